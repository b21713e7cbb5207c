"""The master key of the server."""

from typing_extensions import Unpack

from .._http.request import CallOptions, Request
from ..models import MasterKeyRotation
from .transport import AsyncTransport


class AsyncMasterKey:
    """The key of the server that wraps the keys of all profiles. Needs the scope ``projects:manage``."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def rotate(self, **options: Unpack[CallOptions]) -> MasterKeyRotation:
        """Wraps the keys of all profiles with a new master key, or with the first of ``CARREL_MASTER_KEY``. Nothing stops meanwhile."""
        return await self._transport.json(MasterKeyRotation, Request("POST", "/v1/master-key/rotate"), options)

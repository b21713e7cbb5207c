"""The dashboard of the server."""

from typing_extensions import Unpack

from .._http.request import CallOptions, Request
from ..models import Account, SignInLink
from .transport import AsyncTransport


class AsyncDashboard:
    """The dashboard of the server, which people open in a browser of their own."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def account(self, **options: Unpack[CallOptions]) -> Account:
        """Whose the API key is, what it may do, and the version of the server."""
        return await self._transport.json(Account, Request("GET", "/dashboard/me"), options)

    async def create_sign_in_link(self, **options: Unpack[CallOptions]) -> SignInLink:
        """Makes a link that signs in as this API key, once, within ten minutes."""
        return await self._transport.json(SignInLink, Request("POST", "/v1/sign-in-links"), options)

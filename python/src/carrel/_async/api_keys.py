"""API keys."""

from typing_extensions import Unpack

from .. import params
from .._http.request import CallOptions, Request, key_of, path_of
from .._wire import parted, to_wire
from ..models import ApiKey, CreatedApiKey
from .page_list import AsyncPageList
from .transport import AsyncTransport


class AsyncApiKeys:
    """API keys of the project. Needs the scope ``keys:manage``."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(self, **request: Unpack[params.CreateApiKeyCall]) -> CreatedApiKey:
        """Makes an API key; keep its ``secret``, which is shown this once. Retried safely: an idempotency key is made when none is given.
        When the first answer was lost and the key comes from a retry, it has no ``secret``: revoke it and make another.
        """
        fields, options = parted(request)
        json = to_wire(params.CreateApiKeyRequest, fields)
        creation = Request("POST", "/v1/api-keys", json=json, idempotency_key=key_of(options))
        return await self._transport.json(CreatedApiKey, creation, options)

    def list(self, **query: Unpack[params.ListApiKeysCall]) -> AsyncPageList[ApiKey]:
        """The keys of the project, revoked ones included, without their secrets."""
        fields, options = parted(query)
        request = Request("GET", "/v1/api-keys", query=to_wire(params.ListApiKeysQuery, fields))
        return AsyncPageList(self._transport, ApiKey, request, options)

    async def revoke(self, id: str, **options: Unpack[CallOptions]) -> ApiKey:
        """Revokes a key, at once."""
        return await self._transport.json(ApiKey, Request("DELETE", path_of("v1", "api-keys", id)), options)

"""Your own customers."""

from typing_extensions import Unpack

from .. import params
from .._http.request import CallOptions, Request, key_of, path_of
from .._wire import parted, to_wire
from ..models import Credentials, CredentialsDeleted, CredentialsSet, DeletedCredentials, EndUserExport, EndUserInfo, EndUserLogin
from .page_list import AsyncPageList
from .transport import AsyncTransport


class AsyncEndUsers:
    """Your own customers, by your own names for them. There is one as soon as anything is said of them, so that none has to be made.

    Example::

        login = {"domain": "shop.example", "username": "ann@example.com", "password": password}
        await client.end_users("ann").credentials.set(logins=[login])
        async for end_user in client.end_users.list():
            print(end_user.end_user_id, end_user.session_count)
    """

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def __call__(self, id: str) -> "AsyncEndUser":
        """One of them. Nothing is asked until one of its calls is made."""
        return AsyncEndUser(self._transport, id)

    def list(self, **query: Unpack[params.ListEndUsersCall]) -> AsyncPageList[EndUserInfo]:
        """Those that there is something of, newest first."""
        fields, options = parted(query)
        request = Request("GET", "/v1/end-users", query=to_wire(params.ListEndUsersQuery, fields))
        return AsyncPageList(self._transport, EndUserInfo, request, options)


class AsyncEndUser:
    """One of your customers."""

    id: str
    """Your own name for them."""
    credentials: "AsyncEndUserCredentials"

    def __init__(self, transport: AsyncTransport, id: str) -> None:
        self._transport = transport
        self.id = id
        self.credentials = AsyncEndUserCredentials(transport, id)

    async def get(self, **options: Unpack[CallOptions]) -> EndUserInfo:
        """What there is of them."""
        return await self._transport.json(EndUserInfo, Request("GET", _path_of(self.id)), options)

    async def login(self, **request: Unpack[params.LoginEndUserCall]) -> EndUserLogin:
        """Has somebody sign in once, by a live link that works without an account; what they are signed in to is kept for the turns to
        come. The log of the browser says how it ends: ``login.saved`` or ``login.failed``.

        Example::

            login = await client.end_users("ann").login(url="https://shop.example/sign-in")
            print(f"Sign in here: {login.live_url}")
        """
        fields, options = parted(request)
        json = to_wire(params.LoginRequest, fields)
        creation = Request("POST", _path_of(self.id, "login"), json=json, idempotency_key=key_of(options))
        return await self._transport.json(EndUserLogin, creation, options)

    async def export(self, **options: Unpack[CallOptions]) -> EndUserExport:
        """All that there is of them; of credentials what exists, never a value. Needs the scope ``end-users:manage``."""
        return await self._transport.json(EndUserExport, Request("GET", _path_of(self.id, "export")), options)

    async def delete(self, **options: Unpack[CallOptions]) -> None:
        """Deletes all that there is of them, for good: browsers, sessions, credentials and profiles. Needs ``end-users:manage``."""
        await self._transport.none(Request("DELETE", _path_of(self.id)), options)


class AsyncEndUserCredentials:
    """What an end user signs in with. Values go in, and never come out."""

    def __init__(self, transport: AsyncTransport, id: str) -> None:
        self._transport = transport
        self._path = _path_of(id, "credentials")

    async def set(self, **request: Unpack[params.SetCredentialsCall]) -> None:
        """Gives credentials; what is not named stays.

        Example::

            login = {"domain": "shop.example", "username": "ann@example.com", "password": password, "totp_secret": totp_secret}
            await credentials.set(logins=[login])
            await credentials.set(storage_state=await context.storage_state(indexed_db=True))  # Playwright: signed in elsewhere
            await credentials.set(reddit_session=cookie)  # a preset: the cookie of a site by its name
        """
        fields, options = parted(request)
        json = to_wire(params.SetCredentialsRequest, fields)
        await self._transport.json(CredentialsSet, Request("PUT", self._path, json=json), options)

    async def get(self, **options: Unpack[CallOptions]) -> Credentials:
        """What there is, never a value."""
        return await self._transport.json(Credentials, Request("GET", self._path), options)

    async def delete(self, **request: Unpack[params.DeleteCredentialsCall]) -> DeletedCredentials:
        """Deletes those that are named, or all when none is, and says what there was of it. Conversations stay."""
        fields, options = parted(request)
        json = to_wire(params.DeleteCredentialsRequest, fields)
        return (await self._transport.json(CredentialsDeleted, Request("DELETE", self._path, json=json), options)).deleted


def _path_of(id: str, *parts: str) -> str:
    return path_of("v1", "end-users", id, *parts)

"""The client."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

import httpx
from typing_extensions import Self, Unpack

from .. import params
from .._http.request import CallOptions, CreateOptions, Method, Request
from .._settings import settings_of
from ..models import Capacity, Health, Readiness, SettingsOfServer
from .api_keys import AsyncApiKeys
from .audit_events import AsyncAuditEvents
from .browser import AsyncBrowser
from .browsers import AsyncBrowsers
from .dashboard import AsyncDashboard
from .end_users import AsyncEndUsers
from .events import AsyncEvents
from .master_key import AsyncMasterKey
from .profiles import AsyncProfiles
from .projects import AsyncProjects
from .recordings import AsyncRecordings
from .sessions import AsyncSessions
from .tasks import AsyncTasks
from .transport import AsyncTransport
from .webhooks import AsyncWebhooks


class AsyncCarrel:
    """A client of one Carrel server. Its connections are closed at the end of a block of ``async with``, or by `close`.

    Example::

        from carrel import AsyncCarrel

        client = AsyncCarrel()  # CARREL_URL and CARREL_API_KEY
        async with client.Session() as session:
            await session.execute(type="goto", url="https://example.com")
            print((await session.observe()).metadata.title)

        task = await client.tasks.run(end_user_id="ann", task="What is on sale?", start_url="https://shop.example")
        print(task.result)
    """

    browsers: AsyncBrowsers
    profiles: AsyncProfiles
    recordings: AsyncRecordings
    tasks: AsyncTasks
    sessions: AsyncSessions
    end_users: AsyncEndUsers
    """Your own customers: ``client.end_users("ann").credentials.set(…)``."""
    webhooks: AsyncWebhooks
    events: AsyncEvents
    """What happens in the whole project."""
    projects: AsyncProjects
    api_keys: AsyncApiKeys
    audit_events: AsyncAuditEvents
    master_key: AsyncMasterKey
    dashboard: AsyncDashboard

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = 60.0,
        max_retries: int = 2,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        """Nothing is asked of the server yet.

        Args:
            url: where the server is. Default: ``CARREL_URL``, else ``http://127.0.0.1:7070``
            api_key: ``ck_…``. Default: ``CARREL_API_KEY``
            timeout: how long one call may take in all, in seconds, on top of the time that the call itself lets the server take
            max_retries: how often to try again where that is safe
            http_client: what to send requests with, which is then yours to close

        Raises:
            CarrelError: ``invalid_configuration``: the URL is not one.
        """
        self._transport = AsyncTransport(settings_of(url, api_key, timeout, max_retries), http_client)
        self.browsers = AsyncBrowsers(self._transport)
        self.profiles = AsyncProfiles(self._transport)
        self.recordings = AsyncRecordings(self._transport)
        self.tasks = AsyncTasks(self._transport)
        self.sessions = AsyncSessions(self._transport)
        self.end_users = AsyncEndUsers(self._transport)
        self.webhooks = AsyncWebhooks(self._transport)
        self.events = AsyncEvents(self._transport)
        self.projects = AsyncProjects(self._transport)
        self.api_keys = AsyncApiKeys(self._transport)
        self.audit_events = AsyncAuditEvents(self._transport)
        self.master_key = AsyncMasterKey(self._transport)
        self.dashboard = AsyncDashboard(self._transport)

    @property
    def url(self) -> str:
        """Where the server is."""
        return self._transport.url

    @asynccontextmanager
    async def Session(self, *, keep_alive: bool = True, **request: Unpack[params.OpenBrowserCall]) -> AsyncGenerator[AsyncBrowser, None]:
        """A browser for the length of a block: ``browsers.open``, in the words of other clients. Conversations are in ``sessions``.

        Example::

            async with client.Session(proxies=True, solve_captchas=True) as session:
                await session.execute(type="goto", url="https://example.com")
        """
        async with await self.browsers.open(keep_alive=keep_alive, **request) as browser:
            yield browser

    async def capacity(self, **options: Unpack[CallOptions]) -> Capacity:
        """How many browsers and tasks the project has, and may have; with ``projects:manage`` also how much the server can do."""
        return await self._transport.json(Capacity, Request("GET", "/v1/capacity"), options)

    async def settings(self, **options: Unpack[CallOptions]) -> SettingsOfServer:
        """What the server is set to, and where each value came from. Needs the scope ``projects:manage``."""
        return await self._transport.json(SettingsOfServer, Request("GET", "/v1/settings"), options)

    async def health(self, **options: Unpack[CallOptions]) -> Health:
        """Whether the server answers, and its version. Needs no API key."""
        return await self._transport.json(Health, Request("GET", "/health"), options)

    async def ready(self, **options: Unpack[CallOptions]) -> Readiness:
        """Whether browsers can be opened now, and if not, why. Needs no API key."""
        return await self._transport.json(Readiness, Request("GET", "/ready", also_answers=(503,)), options)

    async def request(
        self,
        method: Method,
        path: str,
        *,
        query: Mapping[str, str | int | None] | None = None,
        json: Any = None,
        **options: Unpack[CreateOptions],
    ) -> Any:
        """Any call of the API that answers JSON or nothing (None), by its path and as on the wire: for what this client has no method for.
        Errors, retries and the time limit are those of every call.

        Example::

            await client.request("GET", "/openapi.json")
        """
        key = options.get("idempotency_key")
        return await self._transport.json_or_nothing(Request(method, path, query=query or {}, json=json, idempotency_key=key), options)

    async def close(self) -> None:
        """Closes the connections. Browsers stay open, but are no longer kept open."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self.close()

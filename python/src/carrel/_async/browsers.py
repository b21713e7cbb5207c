"""The browsers of the project."""

from typing_extensions import Unpack

from .. import params
from .._http.request import CallOptions, Request, key_of, path_of
from .._wire import parted, to_wire
from ..models import BrowserInfo, LiveLink
from .browser import AsyncBrowser, saved_or_raise
from .page_list import AsyncPageList
from .transport import AsyncTransport


class AsyncBrowsers:
    """The browsers of the project."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def open(self, *, keep_alive: bool = True, **request: Unpack[params.OpenBrowserCall]) -> AsyncBrowser:
        """Opens a browser. It is kept open until it is closed or this program ends; without ``keep_alive`` it is left to its time limits.

        Without an ``idempotency_key`` this is tried again only where it is certain that no browser was opened: a browser whose answer was
        lost on the way closes by its idle limit.

        Args:
            keep_alive: renew the browser's time limits for as long as this program holds it, up to the operator's cap

        Example::

            async with await client.browsers.open(idle_timeout_seconds=60, metadata={"customer": "42"}) as browser:
                ...

            # Starts as the profile was left, and saves to it when it closes; when another browser does so too, waits for it up to 30 s.
            async with await client.browsers.open(profile={"id": profile.id, "persist": True}, wait_ms=30_000) as browser:
                ...
        """
        fields, options = parted(request)
        json = to_wire(params.OpenBrowserRequest, fields)
        opening = Request(
            "POST",
            "/v1/browsers",
            json=json,
            idempotency_key=options.get("idempotency_key"),
            server_time=json.get("waitMs", 0) / 1000,
        )
        info = await self._transport.json(BrowserInfo, opening, options)
        return AsyncBrowser(self._transport, info, is_kept_alive=keep_alive)

    async def get(self, id: str, *, keep_alive: bool = False, **options: Unpack[CallOptions]) -> AsyncBrowser:
        """A browser that is there already. It is left to its time limits, unless ``keep_alive`` is set."""
        info = await self._transport.json(BrowserInfo, Request("GET", path_of("v1", "browsers", id)), options)
        return AsyncBrowser(self._transport, info, is_kept_alive=keep_alive and info.status == "running")

    def list(self, **query: Unpack[params.ListBrowsersCall]) -> AsyncPageList[BrowserInfo]:
        """The browsers, newest first, ended ones included."""
        fields, options = parted(query)
        request = Request("GET", "/v1/browsers", query=to_wire(params.ListBrowsersQuery, fields))
        return AsyncPageList(self._transport, BrowserInfo, request, options)

    async def close(self, id: str, **options: Unpack[CallOptions]) -> BrowserInfo:
        """Closes a browser by its id; with a profile that it is to ``persist``, it is saved first. Closing one that has ended does nothing.

        Raises:
            CarrelUnsavedError: it has ended, but was not saved.
        """
        request = Request("DELETE", path_of("v1", "browsers", id))
        return saved_or_raise(await self._transport.json(BrowserInfo, request, options))

    async def create_live_link(self, id: str, **request: Unpack[params.CreateLiveLinkCall]) -> LiveLink:
        """Makes a link by which a person without an account sees a browser, or takes it over; its ``url`` is shown this once. While
        somebody has control, actions wait. Retried safely: an idempotency key is made when none is given.

        Example::

            link = await client.browsers.create_live_link(browser.id, scope="control", ttl_seconds=15 * 60)
            print(link.url)
        """
        fields, options = parted(request)
        json = to_wire(params.CreateLiveLinkRequest, fields)
        creation = Request("POST", _live_path_of(id), json=json, idempotency_key=key_of(options))
        return await self._transport.json(LiveLink, creation, options)

    def list_live_links(self, id: str, **options: Unpack[CallOptions]) -> AsyncPageList[LiveLink]:
        """The links of a browser that are good, newest first, without their URLs."""
        return AsyncPageList(self._transport, LiveLink, Request("GET", _live_path_of(id)), options)

    async def revoke_live_link(self, id: str, link_id: str, **options: Unpack[CallOptions]) -> None:
        """Revokes a link; what is open through it ends at once."""
        await self._transport.none(Request("DELETE", _live_path_of(id, link_id)), options)


def _live_path_of(id: str, *parts: str) -> str:
    return path_of("v1", "browsers", id, "live", *parts)

"""One browser."""

from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Any

from typing_extensions import Self, Unpack

from .. import params
from .._errors import CarrelError, CarrelUnsavedError
from .._http.event_stream import EventStreamParser
from .._http.request import CallOptions, Request, path_of
from .._wire import parted, to_wire
from ..enums import BrowserStatus
from ..models import ActionResult, BrowserEvent, BrowserInfo, BrowserResources, NetworkLog, Observation, ProfileVersion, ScrapeResult
from .acts import AsyncActs
from .browser_parts import AsyncBrowserCookies, AsyncBrowserFiles, AsyncBrowserTabs
from .event_log import AsyncEventLog, Following, follow_events, read_events
from .event_stream_of import FOR_EVER, SILENCE_TIMEOUT, stream_of
from .keep_alive import AsyncKeepAlive
from .transport import AsyncTransport

_LAST_EVENTS = {"browser.closed", "browser.failed", "browser.timed_out"}
_ENDED = {"closed", "failed", "timed_out"}


class AsyncBrowser(AsyncActs):
    """One isolated browser. ``async with`` closes it at the end of the block, whatever happens in between.

    Example::

        client = AsyncCarrel()
        async with await client.browsers.open() as browser:
            await browser.execute(type="goto", url="https://example.com")
            observation = await browser.observe()
            print(observation.snapshot)

    The same browser in Playwright::

        playwright_browser = await playwright.chromium.connect_over_cdp(browser.cdp_url())
        page = playwright_browser.contexts[0].pages[0]
    """

    cookies: AsyncBrowserCookies
    tabs: AsyncBrowserTabs
    files: AsyncBrowserFiles

    def __init__(self, transport: AsyncTransport, info: BrowserInfo, *, is_kept_alive: bool) -> None:
        self._transport = transport
        self._info = info
        # Whether `close` has told how it ended.
        self._is_ended = False
        self.cookies = AsyncBrowserCookies(transport, info.id)
        self.tabs = AsyncBrowserTabs(transport, info.id)
        self.files = AsyncBrowserFiles(transport, info.id)
        self._keep_alive = AsyncKeepAlive(info, self._renew) if is_kept_alive else None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.status}>"

    @property
    def id(self) -> str:
        """The id of the browser."""
        return self._info.id

    @property
    def status(self) -> BrowserStatus:
        """As of the last answer of the server about this browser; `refresh` asks anew."""
        return self._info.status

    @property
    def info(self) -> BrowserInfo:
        """Everything of the last answer of the server about this browser."""
        return self._info

    def cdp_url(self) -> str:
        """The WebSocket URL for Playwright's ``connect_over_cdp``. A secret: whoever has it drives this browser.

        Raises:
            CarrelError: ``no_cdp_url``: the browser has ended, or the API key may not drive it.
        """
        if self._info.cdp_url is not None:
            return self._info.cdp_url
        why = (
            "the server gave no cdp_url: use an API key with the scope browsers:write"
            if self.status == "running"
            else f"it is {self.status}: open another browser"
        )
        raise CarrelError("no_cdp_url", f"There is no cdp_url of {self.id}, because {why}.")

    async def refresh(self, **options: Unpack[CallOptions]) -> BrowserInfo:
        """Asks the server about this browser."""
        return self._learn(await self._transport.json(BrowserInfo, Request("GET", self._path_of()), options))

    async def update(self, **change: Unpack[params.UpdateBrowserCall]) -> BrowserInfo:
        """Extends the time limits (counted in seconds, the maximum from the start), or replaces the metadata."""
        fields, options = parted(change)
        info = await self._update(fields, options)
        if self._keep_alive is not None:
            self._keep_alive.learn(info)
        return info

    async def _act(self, action: dict[str, Any], options: CallOptions) -> ActionResult:
        json = to_wire(params.ACTIONS.get(action.get("type", ""), dict[str, Any]), action)
        milliseconds = json.get("timeMs", json.get("timeoutMs", 0))
        # What is no number is for the server to refuse.
        server_time = milliseconds / 1000 if isinstance(milliseconds, (int, float)) else 0.0
        request = Request("POST", self._path_of("execute"), json=json, server_time=server_time)
        return await self._transport.json(ActionResult, request, options)

    async def observe(self, **request: Unpack[params.ObserveCall]) -> Observation:
        """Sees the page as an agent does: snapshot, and interactive elements with the refs that `execute` takes."""
        read, options = self._read("observe", params.ObserveRequest, request)
        return await self._transport.json(Observation, read, options)

    async def scrape(self, **request: Unpack[params.ScrapeCall]) -> ScrapeResult:
        """Reads the page: Markdown, links, and fields by CSS selector or JSON Schema."""
        read, options = self._read("scrape", params.ScrapeRequest, request)
        return await self._transport.json(ScrapeResult, read, options)

    async def screenshot(self, **request: Unpack[params.ScreenshotCall]) -> bytes:
        """Takes a picture of the viewport, the whole page or one element; png unless told otherwise."""
        read, options = self._read("screenshot", params.ScreenshotRequest, request, accept="image/*")
        return await self._transport.content(read, options)

    async def pdf(self, **request: Unpack[params.PdfCall]) -> bytes:
        """Prints the page to PDF."""
        read, options = self._read("pdf", params.PdfRequest, request, accept="application/pdf")
        return await self._transport.content(read, options)

    def events(
        self, *, after: int = 0, follow: bool = False, max_retries: int = 5, silence_timeout: float = SILENCE_TIMEOUT
    ) -> AsyncGenerator[BrowserEvent, None]:
        """The log of this browser, oldest first; with ``follow``, also what is yet to come, until the browser has ended.

        Args:
            after: only events with a larger id
            follow: wait for what is yet to come
            max_retries: when following: how often in a row to connect again without hearing anything new
            silence_timeout: when following: take a connection for dead that has been silent, heartbeats included, for so many seconds

        Example::

            async for event in browser.events(follow=True):
                print(event.type, event.data)
        """

        async def is_last(event: BrowserEvent) -> bool:
            return event.type in _LAST_EVENTS

        async def has_ended() -> bool:
            return (await self._transport.json(BrowserInfo, Request("GET", self._path_of()), {})).status in _ENDED

        log = AsyncEventLog(self._transport, BrowserEvent, self._path_of("events"), self.id, is_last, has_ended)
        if follow:
            return follow_events(log, after, Following(max_retries, silence_timeout, FOR_EVER))
        return read_events(log, after, {})

    async def network(self, **query: Unpack[params.GetNetworkCall]) -> NetworkLog:
        """What this browser asked the network for, oldest first, with where it leaves and how many bytes that took in all. Only the last
        requests are kept, and only while the browser runs.
        """
        fields, options = parted(query)
        request = Request("GET", self._path_of("network"), query=to_wire(params.GetNetworkQuery, fields))
        return await self._transport.json(NetworkLog, request, options)

    async def resources(self, **options: Unpack[CallOptions]) -> BrowserResources:
        """What this browser uses of its machine: memory, processor time, processes, network. To ask wakes it from no sleep."""
        return await self._transport.json(BrowserResources, Request("GET", self._path_of("resources")), options)

    def follow_resources(self) -> AsyncGenerator[BrowserResources, None]:
        """The same every two seconds, until the browser has ended.

        Example::

            async for use in browser.follow_resources():
                print(use.memory_bytes, use.cpu_seconds)
        """
        request = Request("GET", self._path_of("resources"))
        return stream_of(self._transport, BrowserResources, request, SILENCE_TIMEOUT, FOR_EVER, EventStreamParser())

    def release(self) -> None:
        """Stops keeping the browser open; its idle limit runs from now on."""
        if self._keep_alive is not None:
            self._keep_alive.stop()

    async def checkpoint(self, **options: Unpack[CallOptions]) -> ProfileVersion:
        """Saves the state to the profile that this browser was opened with (``persist``), while its pages go on. The server does so by
        itself every few minutes and when the browser ends, however it ends.

        Raises:
            CarrelApiError: ``conflict``: the browser has no profile to save to.
        """
        # Done twice, it saves the same twice.
        request = Request("POST", self._path_of("checkpoint"), is_harmless=True)
        saved = await self._transport.json(ProfileVersion, request, options)
        if self._info.profile is not None:
            profile = self._info.profile.model_copy(update={"saved_version": saved.version, "error": None})
            self._info = self._info.model_copy(update={"profile": profile})
        return saved

    async def close(self, **options: Unpack[CallOptions]) -> BrowserInfo:
        """Closes the browser, and gives it as it ended; ``profile.saved_version`` is what was saved of it. Closing one that has ended does
        nothing.

        Raises:
            CarrelUnsavedError: it has ended, but was not saved to the profile that it was to ``persist``: also at the end of a ``with``
                block, so that no login is lost without a word, but only once.
        """
        self.release()
        info = self._learn(await self._transport.json(BrowserInfo, Request("DELETE", self._path_of()), options))
        self._is_ended = True
        return saved_or_raise(info)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if not self._is_ended:
            await self.close()

    def _path_of(self, *parts: str) -> str:
        return path_of("v1", "browsers", self._info.id, *parts)

    def _read(self, part: str, shape: Any, given: Mapping[str, Any], *, accept: str = "application/json") -> tuple[Request, CallOptions]:
        """A POST that changes nothing, so that it may be repeated."""
        fields, options = parted(given)
        json = to_wire(shape, fields)
        server_time = json.get("timeoutMs", 0) / 1000
        return Request("POST", self._path_of(part), json=json, accept=accept, is_harmless=True, server_time=server_time), options

    async def _renew(self, change: params.UpdateBrowserRequest, timeout: float) -> BrowserInfo:
        return await self._update(change, {"timeout": timeout, "max_retries": 0})

    async def _update(self, change: Mapping[str, Any], options: CallOptions) -> BrowserInfo:
        request = Request("PATCH", self._path_of(), json=to_wire(params.UpdateBrowserRequest, change))
        return self._learn(await self._transport.json(BrowserInfo, request, options))

    def _learn(self, info: BrowserInfo) -> BrowserInfo:
        """Keeps the URL when an answer leaves it out although the browser runs."""
        is_left_out = info.status == "running" and info.cdp_url is None
        self._info = info.model_copy(update={"cdp_url": self._info.cdp_url}) if is_left_out else info
        return self._info


def saved_or_raise(info: BrowserInfo) -> BrowserInfo:
    """A browser that has ended, unless it was to be saved and was not: whoever asked for that must not take it for done."""
    profile = info.profile
    if profile is not None and profile.persist and profile.error is not None:
        raise CarrelUnsavedError(info, profile, profile.error)
    return info

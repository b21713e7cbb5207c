"""Sends requests to one server: time, retries, errors."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx

from .._errors import CarrelApiError, CarrelConnectionError, CarrelError, CarrelTimeoutError
from .._http.answer import api_error, connection_error
from .._http.deadline import Deadline
from .._http.request import CallOptions, Request
from .._http.retry import asked_wait, may_retry, retry_delay
from .._settings import Settings
from .._wire import from_wire
from .runtime import close_in_the_end, sleep

T = TypeVar("T")


class AsyncTransport:
    """Sends requests to one server."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient | None) -> None:
        self._settings = settings
        # As many connections as there are calls: each log that is followed has one for itself.
        self._http = http or httpx.AsyncClient(limits=httpx.Limits(max_connections=None))
        self._is_own = http is None
        if self._is_own:
            close_in_the_end(self, self._http.aclose)

    @property
    def url(self) -> str:
        return self._settings.url

    async def close(self) -> None:
        if self._is_own:
            await self._http.aclose()

    async def json(self, shape: type[T], request: Request, options: CallOptions) -> T:
        """An answer in JSON, as the contract describes it."""
        response, content = await self._call(request, options)
        return from_wire(shape, content, status=response.status_code, url=str(response.url))

    async def json_or_nothing(self, request: Request, options: CallOptions) -> Any:
        """An answer in JSON, or None when it has no body."""
        response, content = await self._call(request, options)
        if response.status_code == 204:
            return None
        return from_wire(object, content, status=response.status_code, url=str(response.url))

    async def content(self, request: Request, options: CallOptions) -> bytes:
        """An answer in bytes."""
        _, content = await self._call(request, options)
        return content

    async def none(self, request: Request, options: CallOptions) -> None:
        """An answer without a body."""
        await self._call(request, options, is_gone_good=request.method == "DELETE")

    async def stream(self, request: Request, timeout: float | None) -> httpx.Response:
        """An answer that is read as it comes, and closed by the caller. Nothing is retried.

        Args:
            timeout: how long it may be silent, in seconds; None: for ever
        """

        async def open_at(url: str) -> httpx.Response:
            response = await self._http.send(self._built(request, url, timeout), stream=True)
            if not response.is_success:
                try:
                    raise api_error(
                        response, await self._content(response, Deadline(timeout, lambda: f"{url} was silent for {timeout} s."))
                    )
                finally:
                    await response.aclose()
            return response

        return await self._where_it_is(open_at)

    async def _call(self, request: Request, options: CallOptions, *, is_gone_good: bool = False) -> tuple[httpx.Response, bytes]:
        given = options.get("timeout")
        timeout = self._settings.timeout + request.server_time if given is None else given
        retries = options.get("max_retries")
        max_retries = self._settings.max_retries if retries is None else retries
        deadline = Deadline(timeout, lambda: f"{request.method} {request.path} did not end within {timeout} s. Give it a larger timeout.")
        last_error: CarrelError | None = None
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._where_it_is(lambda url: self._attempt(request, deadline, url))
            except CarrelTimeoutError as error:
                raise error from last_error
            except CarrelApiError as error:
                # When the answer to a DELETE was lost and the next try finds nothing to delete, the first one did it.
                if is_gone_good and attempt > 1 and error.code == "not_found":
                    return httpx.Response(204), b""
                last_error = error
            except CarrelConnectionError as error:
                last_error = error
            delay = retry_delay(attempt, asked_wait(last_error))
            is_over = deadline.at_most(delay) < delay  # The error says more than "timeout", and says it now.
            if attempt > max_retries or is_over or not may_retry(last_error, request.is_repeatable):
                raise last_error
            await sleep(delay)

    async def _where_it_is(self, call: Callable[[str], Awaitable[T]]) -> T:
        """Makes a call, and when the browser that it is for is on another server, which has done nothing then, makes it there. The key
        goes along: only a server that has it already has named that one, and never in the clear where it went encrypted before. Without
        a key, nothing would come of it.
        """
        try:
            return await call(self.url)
        except CarrelApiError as error:
            url = error.details.get("url") if error.code == "browser_elsewhere" else None
            has_key = self._settings.api_key is not None
            if not has_key or not isinstance(url, str) or (self.url.startswith("https:") and not url.startswith("https:")):
                raise
        return await call(url)

    async def _attempt(self, request: Request, deadline: Deadline, url: str) -> tuple[httpx.Response, bytes]:
        deadline.check()
        try:
            response = await self._http.send(self._built(request, url, deadline.remaining), stream=True)
            try:
                content = await self._content(response, deadline)
            finally:
                await response.aclose()
        except httpx.TimeoutException as error:
            raise deadline.error() from error
        except httpx.RequestError as error:
            raise connection_error(error, url) from error
        if not response.is_success and response.status_code not in request.also_answers:
            raise api_error(response, content)
        return response, content

    async def _content(self, response: httpx.Response, deadline: Deadline) -> bytes:
        """All of an answer. httpx limits each wait for a piece of it; the deadline is for all of them."""
        pieces: list[bytes] = []
        async for piece in response.aiter_bytes():
            deadline.check()
            pieces.append(piece)
        return b"".join(pieces)

    def _built(self, request: Request, url: str, timeout: float | None) -> httpx.Request:
        return self._http.build_request(
            request.method,
            f"{url}{request.path}",
            params=request.given_query or None,
            headers=request.headers_with(self._settings.api_key),
            json=request.json,
            content=request.content,
            timeout=timeout,
        )

"""Lists."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any, Generic, TypeVar

from .._http.request import CallOptions, Request
from .._model import Page
from .transport import AsyncTransport

T = TypeVar("T")


class AsyncPageList(Generic[T]):
    """A list that is read page by page as it is iterated.

    Example::

        async for browser in client.browsers.list(status="running"):
            print(browser.id)

        page = await client.browsers.list(limit=10).page()
        print(page.data, page.next_cursor)
    """

    def __init__(self, transport: AsyncTransport, shape: type[T], request: Request, options: CallOptions) -> None:
        self._transport = transport
        self._page: type[Page[T]] = Page[shape]  # type: ignore[valid-type]
        self._request = request
        self._options = options

    async def page(self, cursor: str | None = None) -> Page[T]:
        """One page: the first, or the one that begins at a ``next_cursor``."""
        query: dict[str, Any] = {**self._request.query, **({} if cursor is None else {"cursor": cursor})}
        return await self._transport.json(self._page, replace(self._request, query=query), self._options)

    async def __aiter__(self) -> AsyncGenerator[T, None]:
        """Every entry of every page."""
        cursor: str | None = None
        while True:
            page = await self.page(cursor)
            for item in page.data:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def all(self) -> list[T]:
        """Everything at once."""
        return [item async for item in self]

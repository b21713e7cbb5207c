"""Cookies, tabs and files of one browser."""

import builtins
from collections.abc import Sequence

from typing_extensions import Unpack

from .. import params
from .._http.request import CallOptions, CreateOptions, Request, path_of
from .._model import Page
from .._wire import to_wire
from ..models import BrowserFile, Cookie, Cookies, Tab
from .transport import AsyncTransport


class AsyncBrowserCookies:
    """Cookies of one browser."""

    def __init__(self, transport: AsyncTransport, browser_id: str) -> None:
        self._transport = transport
        self._path = path_of("v1", "browsers", browser_id, "cookies")

    async def get(self, **options: Unpack[CallOptions]) -> list[Cookie]:
        """All cookies, of every site."""
        return (await self._transport.json(Cookies, Request("GET", self._path), options)).cookies

    async def set(self, cookies: Sequence[params.CookieToSet | Cookie], **options: Unpack[CallOptions]) -> list[Cookie]:
        """Sets cookies and gives all there are then; others stay."""
        request = Request("PUT", self._path, json=to_wire(params.SetCookies, {"cookies": cookies}))
        return (await self._transport.json(Cookies, request, options)).cookies


class AsyncBrowserTabs:
    """Tabs of one browser. They share its storage."""

    def __init__(self, transport: AsyncTransport, browser_id: str) -> None:
        self._transport = transport
        self._browser_id = browser_id

    def _path_of(self, *parts: str) -> str:
        return path_of("v1", "browsers", self._browser_id, "tabs", *parts)

    async def list(self, **options: Unpack[CallOptions]) -> builtins.list[Tab]:
        """The tabs, in order of opening."""
        return (await self._transport.json(Page[Tab], Request("GET", self._path_of()), options)).data

    async def open(self, url: str | None = None, **options: Unpack[CreateOptions]) -> Tab:
        """Opens a tab, at a URL or empty, and makes it the active one."""
        json = {} if url is None else {"url": url}
        request = Request("POST", self._path_of(), json=json, idempotency_key=options.get("idempotency_key"))
        return await self._transport.json(Tab, request, options)

    async def close(self, tab_id: str, **options: Unpack[CallOptions]) -> None:
        """Closes a tab."""
        await self._transport.none(Request("DELETE", self._path_of(tab_id)), options)


class AsyncBrowserFiles:
    """Files of one browser: those you put there for pages to upload, and those that pages downloaded."""

    def __init__(self, transport: AsyncTransport, browser_id: str) -> None:
        self._transport = transport
        self._browser_id = browser_id

    def _path_of(self, *parts: str) -> str:
        return path_of("v1", "browsers", self._browser_id, "files", *parts)

    async def list(self, **options: Unpack[CallOptions]) -> builtins.list[BrowserFile]:
        """Uploads, and downloads that have finished."""
        return (await self._transport.json(Page[BrowserFile], Request("GET", self._path_of()), options)).data

    async def put(self, name: str, content: bytes | str, **options: Unpack[CallOptions]) -> BrowserFile:
        """Puts a file there, for an action of type ``upload`` to name. Replaces one of the same name.

        Example::

            await browser.files.put("cv.txt", "I read a lot.")
            await browser.execute(type="upload", selector="input[type=file]", files=["cv.txt"])
        """
        sent = content.encode() if isinstance(content, str) else content
        return await self._transport.json(BrowserFile, Request("PUT", self._path_of(name), content=sent), options)

    async def get(self, name: str, **options: Unpack[CallOptions]) -> bytes:
        """The content of a file."""
        return await self._transport.content(Request("GET", self._path_of(name), accept="application/octet-stream"), options)

    async def delete(self, name: str, **options: Unpack[CallOptions]) -> None:
        """Deletes a file."""
        await self._transport.none(Request("DELETE", self._path_of(name)), options)

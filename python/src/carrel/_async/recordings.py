"""Recordings."""

from collections.abc import AsyncGenerator

import httpx
from typing_extensions import Unpack

from .. import params
from .._frames import RecordingFrame, frames_in
from .._http.answer import connection_error
from .._http.request import CallOptions, Request, path_of
from .._model import Page
from .._wire import parted, to_wire
from ..enums import RecordingFormat
from ..models import Recording, RecordingLine
from .page_list import AsyncPageList
from .transport import AsyncTransport

PAGE_SIZE = 1000


class AsyncRecordings:
    """What was recorded of browsers that were opened with ``record``."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self, **query: Unpack[params.ListRecordingsCall]) -> AsyncPageList[Recording]:
        """Newest first."""
        fields, options = parted(query)
        request = Request("GET", "/v1/recordings", query=to_wire(params.ListRecordingsQuery, fields))
        return AsyncPageList(self._transport, Recording, request, options)

    async def get(self, browser_id: str, **options: Unpack[CallOptions]) -> Recording:
        """How long it is, and how it ended."""
        return await self._transport.json(Recording, Request("GET", _path_of(browser_id)), options)

    async def timeline(
        self, browser_id: str, *, after: int = 0, search: str | None = None, **options: Unpack[CallOptions]
    ) -> AsyncGenerator[RecordingLine, None]:
        """What happened when, in its order: all of it, or lines with a text."""
        cursor: str | None = str(after)
        while cursor is not None:
            query = {"after": cursor, "search": search, "limit": PAGE_SIZE}
            request = Request("GET", _path_of(browser_id, "timeline"), query=query)
            page = await self._transport.json(Page[RecordingLine], request, options)
            for line in page.data:
                yield line
            cursor = page.next_cursor

    async def frames(
        self, browser_id: str, *, from_ms: int = 0, to_ms: int | None = None, **options: Unpack[CallOptions]
    ) -> AsyncGenerator[RecordingFrame, None]:
        """Its pictures in their order, from one moment up to another, fetched as they are used.

        Example::

            async for frame in client.recordings.frames(browser_id, to_ms=10_000):
                print(frame.at_ms, len(frame.jpeg))
        """
        while True:
            request = Request("GET", _path_of(browser_id, "frames"), query={"fromMs": from_ms, "toMs": to_ms})
            frames = frames_in(await self._transport.content(request, options))
            for frame in frames:
                yield frame
            if not frames:
                return
            from_ms = frames[-1].at_ms + 1

    async def frame(self, browser_id: str, at_ms: int | None = None, **options: Unpack[CallOptions]) -> bytes:
        """The picture (JPEG) that was shown at a moment; without one, the last."""
        return await self._transport.content(Request("GET", _path_of(browser_id, "frame"), query={"atMs": at_ms}), options)

    async def export(self, browser_id: str, *, format: RecordingFormat = "mp4") -> AsyncGenerator[bytes, None]:
        """A film of it, piece by piece as it is made; the server needs ffmpeg for that. It fails where the connection breaks, and is not
        tried again.

        Example::

            with open("film.mp4", "wb") as file:
                async for piece in client.recordings.export(browser_id):
                    file.write(piece)
        """
        request = Request("GET", _path_of(browser_id, "export"), query={"format": format}, accept="video/*")
        try:
            response = await self._transport.stream(request, None)
            try:
                async for piece in response.aiter_bytes():
                    yield piece
            finally:
                await response.aclose()
        except httpx.RequestError as error:
            raise connection_error(error, self._transport.url) from error

    async def delete(self, browser_id: str, **options: Unpack[CallOptions]) -> None:
        """Deletes it; one that goes on ends with that."""
        await self._transport.none(Request("DELETE", _path_of(browser_id)), options)


def _path_of(browser_id: str, *parts: str) -> str:
    return path_of("v1", "browsers", browser_id, "recording", *parts)

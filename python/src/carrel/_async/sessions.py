"""Conversations."""

from typing_extensions import Unpack

from .. import params
from .._http.request import CallOptions, Request, path_of
from .._wire import parted, to_wire
from ..models import Session, SessionExport, SessionSummary
from .page_list import AsyncPageList
from .transport import AsyncTransport


class AsyncSessions:
    """Conversations. One begins with a task that names no ``session_id``, and goes on with those that name its."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get(self, id: str, **options: Unpack[CallOptions]) -> Session:
        """A session with all its turns, in chronological order."""
        return await self._transport.json(Session, Request("GET", _path_of(id)), options)

    def list(self, **query: Unpack[params.ListSessionsCall]) -> AsyncPageList[SessionSummary]:
        """The sessions, those first whose last turn is the newest."""
        fields, options = parted(query)
        request = Request("GET", "/v1/sessions", query=to_wire(params.ListSessionsQuery, fields))
        return AsyncPageList(self._transport, SessionSummary, request, options)

    async def export(self, id: str, **options: Unpack[CallOptions]) -> SessionExport:
        """All that there is of a session: its turns, what they knew, and their logs."""
        return await self._transport.json(SessionExport, Request("GET", _path_of(id, "export")), options)

    async def delete(self, id: str, **options: Unpack[CallOptions]) -> None:
        """Deletes a session with all its turns, for good; those under way are cancelled first."""
        await self._transport.none(Request("DELETE", _path_of(id)), options)


def _path_of(id: str, *parts: str) -> str:
    return path_of("v1", "sessions", id, *parts)

"""The audit log."""

from typing_extensions import Unpack

from .. import params
from .._http.request import Request
from .._wire import parted, to_wire
from ..models import AuditEvent
from .page_list import AsyncPageList
from .transport import AsyncTransport


class AsyncAuditEvents:
    """The log of what was done with secrets of the project. Needs the scope ``audit:read``."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self, **query: Unpack[params.ListAuditEventsCall]) -> AsyncPageList[AuditEvent]:
        """Who took values out of profiles, brought some in, or deleted one; newest first."""
        fields, options = parted(query)
        request = Request("GET", "/v1/audit-events", query=to_wire(params.ListAuditEventsQuery, fields))
        return AsyncPageList(self._transport, AuditEvent, request, options)

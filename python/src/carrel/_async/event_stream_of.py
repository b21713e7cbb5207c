"""What a server sends as server-sent events over one connection."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import TypeVar

import httpx

from .._errors import CarrelConnectionError
from .._http.answer import connection_error
from .._http.deadline import Deadline
from .._http.event_stream import EventStreamParser
from .._http.request import Request
from .._wire import from_wire
from .transport import AsyncTransport

T = TypeVar("T")

SILENCE_TIMEOUT = 60.0  # Servers send a heartbeat far more often.
FOR_EVER = Deadline(None, lambda: "")


async def stream_of(
    transport: AsyncTransport, shape: type[T], request: Request, silence: float, deadline: Deadline, parser: EventStreamParser
) -> AsyncGenerator[T, None]:
    """What comes over one connection, until it ends.

    Args:
        silence: take the connection for dead that has been silent for so many seconds
        parser: learns how long the server asks to wait before connecting again
    """
    try:
        response = await transport.stream(replace(request, accept="text/event-stream"), deadline.at_most(silence))
        try:
            async for content in response.aiter_bytes():
                deadline.check()
                for event in parser.push(content):
                    yield from_wire(shape, event.data.encode(), status=response.status_code, url=str(response.url))
        finally:
            await response.aclose()
    except httpx.TimeoutException as error:
        deadline.check()
        raise CarrelConnectionError(f"Nothing came from {transport.url} for {silence} s.", is_unsent=False) from error
    except httpx.RequestError as error:
        raise connection_error(error, transport.url) from error

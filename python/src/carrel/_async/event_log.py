"""Durable logs of the server."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar

from .._errors import CarrelConnectionError, CarrelError
from .._http.deadline import Deadline
from .._http.event_stream import EventStreamParser
from .._http.request import CallOptions, Request
from .._http.retry import asked_wait, may_retry, retry_delay
from .._model import Page
from ..models import BrowserEvent, ProjectEvent, TaskEvent
from .event_stream_of import stream_of
from .runtime import sleep
from .transport import AsyncTransport

E = TypeVar("E", BrowserEvent, TaskEvent, ProjectEvent)

PAGE_SIZE = 1000


@dataclass(frozen=True)
class AsyncEventLog(Generic[E]):
    """A log of one thing that ends some time."""

    transport: AsyncTransport
    shape: type[E]
    path: str
    subject: str
    """What it is the log of, for messages."""
    is_last: Callable[[E], Awaitable[bool]]
    """Whether nothing follows this event."""
    has_ended: Callable[[], Awaitable[bool]]
    """Asks the server whether what the log is of has ended."""


@dataclass(frozen=True)
class Following:
    """How to follow a log."""

    max_retries: int
    """How often in a row to connect again without hearing anything new."""
    silence_timeout: float
    """After how many seconds without a word, heartbeats included, a connection is taken for dead."""
    deadline: Deadline


async def read_events(log: AsyncEventLog[E], after: int, options: CallOptions) -> AsyncGenerator[E, None]:
    """The events there are now."""
    page: type[Page[E]] = Page[log.shape]  # type: ignore[name-defined]
    while True:
        request = Request("GET", log.path, query={"after": after, "limit": PAGE_SIZE})
        events = (await log.transport.json(page, request, options)).data
        for event in events:
            yield event
        if len(events) < PAGE_SIZE:
            return
        after = events[-1].id


async def follow_events(log: AsyncEventLog[E], after: int, following: Following) -> AsyncGenerator[E, None]:
    """A log from one event on, also what is yet to come, until its end. A connection that breaks is made again from the last event that
    came, so that none is missed and none comes twice.
    """
    attempt = 0
    parser = EventStreamParser()
    while True:
        attempt += 1
        failure: CarrelError | None = None
        try:
            request = Request("GET", log.path, query={"after": after}, headers={"last-event-id": str(after)})
            stream = stream_of(log.transport, log.shape, request, following.silence_timeout, following.deadline, parser)
            async with aclosing(stream) as events:
                async for event in events:
                    attempt = 0  # Something new came: the connection works.
                    after = event.id
                    yield event
                    if await log.is_last(event):
                        return
        except CarrelError as error:
            following.deadline.check()
            if attempt > following.max_retries or not may_retry(error, True):
                raise
            failure = error
        # The server ended the stream of its own accord: perhaps there is nothing more to come.
        if failure is None and await log.has_ended():
            async for event in read_events(log, after, {}):
                yield event
            return
        if attempt > following.max_retries:
            raise CarrelConnectionError(
                f"{log.transport.url} keeps ending the event stream of {log.subject} although it has not ended.", is_unsent=False
            )
        asked = asked_wait(failure)
        retry = parser.retry
        parser = EventStreamParser()
        parser.retry = retry
        await sleep(following.deadline.at_most(retry_delay(max(1, attempt), retry if asked is None else asked)))
        following.deadline.check()

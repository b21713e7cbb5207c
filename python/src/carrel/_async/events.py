"""What happens in the whole project."""

from collections.abc import AsyncGenerator

from typing_extensions import Unpack

from .._http.request import CallOptions, Request
from .._model import Page
from ..models import ProjectEvent
from .event_log import AsyncEventLog, Following, follow_events, read_events
from .event_stream_of import FOR_EVER, SILENCE_TIMEOUT
from .transport import AsyncTransport

_PATH = "/v1/events"


class AsyncEvents:
    """What happens in the whole project, as far as the key may see it: a line for each event of its browsers and tasks, and for each
    change of its recordings, profiles, end users, webhooks and keys, whoever made it."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport
        self._log = AsyncEventLog(transport, ProjectEvent, _PATH, "the project", _goes_on, _goes_on)

    async def last(self, **options: Unpack[CallOptions]) -> int:
        """The last line there is: what is asked for later is as of then, or newer, and ``follow(after=…)`` tells of what is newer."""
        page = await self._transport.json(Page[ProjectEvent], Request("GET", _PATH, query={"after": "now"}), options)
        return int(page.next_cursor or 0)

    def list(self, *, after: int = 0) -> AsyncGenerator[ProjectEvent, None]:
        """The lines of the last week that come after that one, or all, oldest first."""
        return read_events(self._log, after, {})

    async def follow(
        self, *, after: int | None = None, max_retries: int = 5, silence_timeout: float = SILENCE_TIMEOUT
    ) -> AsyncGenerator[ProjectEvent, None]:
        """What happens from now on, or after that line, until the loop is left. A connection that breaks is made again, and none is missed.

        Args:
            after: only lines with a larger id
            max_retries: how often in a row to connect again without hearing anything new
            silence_timeout: take a connection for dead that has been silent, heartbeats included, for so many seconds

        Example::

            async for event in client.events.follow():
                print(event.type, event.browser_id)
        """
        start = await self.last() if after is None else after
        async for event in follow_events(self._log, start, Following(max_retries, silence_timeout, FOR_EVER)):
            yield event


async def _goes_on(_event: ProjectEvent | None = None) -> bool:
    return False

"""Server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html describes them."""

import re
from codecs import getincrementaldecoder
from dataclasses import dataclass

# A CR at the very end may be the first half of a CR LF: it waits for what follows.
_LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")


@dataclass(frozen=True)
class ServerSentEvent:
    """One event."""

    type: str
    data: str
    last_event_id: str
    """The last id seen so far, of this event or an earlier one."""


class EventStreamParser:
    """Takes a stream of server-sent events apart, in whatever pieces it comes."""

    retry: float | None = None
    """How long the server asks to wait before connecting again, in seconds."""

    def __init__(self) -> None:
        # It drops a byte order mark, as the standard asks.
        self._decoder = getincrementaldecoder("utf-8-sig")(errors="replace")
        self._buffer = ""
        self._data: list[str] = []
        self._type = ""
        self._last_event_id = ""

    def push(self, content: bytes) -> list[ServerSentEvent]:
        """Adds the next bytes; gives the events that they complete."""
        self._buffer += self._decoder.decode(content)
        events: list[ServerSentEvent] = []
        while end := _LINE_END.search(self._buffer):
            line, self._buffer = self._buffer[: end.start()], self._buffer[end.end() :]
            if line:
                self._take_field(line)
            elif event := self._dispatch():
                events.append(event)
        return events

    def _take_field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        # A line that begins with a colon has no name: a comment, such as the server's heartbeat.
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._type = value
        elif name == "id" and "\0" not in value:
            self._last_event_id = value
        elif name == "retry" and re.fullmatch("[0-9]+", value):
            self.retry = int(value) / 1000

    def _dispatch(self) -> ServerSentEvent | None:
        data, self._data = self._data, []
        event_type, self._type = self._type, ""
        if not data:
            return None
        return ServerSentEvent(event_type or "message", "\n".join(data), self._last_event_id)

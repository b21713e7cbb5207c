"""One call, as the resources describe it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Literal
from urllib.parse import quote

from typing_extensions import TypedDict

from .._errors import CarrelError

_NAMELESS = ("", ".", "..")

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class CallOptions(TypedDict, total=False):
    """What every call takes."""

    timeout: float | None
    """How long the call may take in all, in seconds, retries and the waits between them included. Default: the client's."""
    max_retries: int | None
    """How often to try again where that is safe. Default: the client's."""


class CreateOptions(CallOptions, total=False):
    """What a call that creates something takes."""

    idempotency_key: str | None
    """A string of your own, e.g. a UUID: the same call with the same key within 24 hours is answered from the first, not done again.
    With it the call is retried after a broken connection too. It costs the server a write to disk."""


@dataclass(frozen=True)
class Request:
    """One request."""

    method: Method
    path: str
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Names as on the wire. What is None is left out."""
    json: Any = field(default=None, repr=False)
    """It may hold passwords: not for the eyes of whoever reads a log."""
    content: bytes | None = field(default=None, repr=False)
    accept: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    idempotency_key: str | None = None
    is_harmless: bool = False
    """Although it is a POST without an idempotency key, doing it twice does no harm."""
    also_answers: tuple[int, ...] = ()
    """Statuses that carry an answer although they are no success."""
    server_time: float = 0.0
    """What the caller lets the server take by itself, on top of the client's timeout, in seconds."""

    @property
    def is_repeatable(self) -> bool:
        return self.is_harmless or self.method != "POST" or self.idempotency_key is not None

    @property
    def given_query(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.query.items() if value is not None}

    def headers_with(self, api_key: str | None) -> dict[str, str]:
        headers = {"accept": self.accept, **self.headers}
        if api_key is not None:
            headers["authorization"] = f"Bearer {api_key}"
        if self.idempotency_key is not None:
            headers["idempotency-key"] = self.idempotency_key
        if self.content is not None:
            headers["content-type"] = "application/octet-stream"
        return headers


def path_of(*parts: str) -> str:
    """The path on the server, each part encoded: ``path_of("v1", "browsers", id)``.

    Raises:
        CarrelError: ``invalid_request``: a part is no text, is empty, or is one of the two that a URL has for "here" and "above", which
            encoding does not help. The path would be another call's: of the list, or of what the resource is part of.
    """
    for part in parts:
        if not isinstance(part, str) or part in _NAMELESS:  # callers may have no types
            path = "/".join(str(part) for part in parts)
            raise CarrelError("invalid_request", f"{part!r} in /{path} is not an id or a name. Give the one that you mean.")
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def key_of(options: CreateOptions) -> str:
    """The idempotency key that was given, or a new one."""
    return options.get("idempotency_key") or token_hex(16)

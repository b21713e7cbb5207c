"""Which calls are tried again, and when."""

import random
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from math import isfinite

from .._errors import CarrelApiError, CarrelConnectionError, CarrelError

FIRST_DELAY = 0.25
MAX_DELAY = 8.0

# Codes of answers that say "not now": another try may well succeed.
_NOT_NOW = {
    "quota_exceeded",
    "queue_full",
    "overloaded",
    "store_unavailable",
    "profile_store_unavailable",
    "shutting_down",
    "idempotency_key_in_use",
}
# Codes of answers that stay the same however long one waits, until somebody mends the server.
_NOT_YET = {"chromium_not_found", "profile_key_missing"}
# Statuses that a proxy before the server gives when it is the one that fails.
_PROXY_STATUSES = {429, 502, 503, 504}


def may_retry(error: Exception, is_repeatable: bool) -> bool:
    """Whether to try a failed call again.

    A call that may be repeated without harm is, after a broken connection or an answer that says "not now". Any other is only where it
    is certain that nothing was done: the connection was refused, or the server turned the request away with a time to come back.
    """
    if isinstance(error, CarrelConnectionError):
        return is_repeatable or error.is_unsent
    if not isinstance(error, CarrelApiError) or error.code in _NOT_YET:
        return False
    if error.status in (429, 503) and error.retry_after is not None:
        return True
    is_proxy = error.code == "unexpected_response" and error.status in _PROXY_STATUSES
    return is_repeatable and (error.code in _NOT_NOW or is_proxy)


def retry_delay(attempt: int, retry_after: float | None, chance: Callable[[], float] = random.random) -> float:
    """How long to wait before try number ``attempt`` + 1, in seconds: what the server asked for, else twice as long each time; with
    jitter, so that many clients turned away together do not come back together.
    """
    if retry_after is not None:
        return retry_after + chance() * FIRST_DELAY
    ceiling = min(MAX_DELAY, FIRST_DELAY * 2.0 ** (attempt - 1))
    return ceiling / 2 + chance() * ceiling / 2


def asked_wait(error: CarrelError | None) -> float | None:
    """How long the server asked to wait, in seconds."""
    return error.retry_after if isinstance(error, CarrelApiError) else None


def parse_retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Reads a ``Retry-After`` header (seconds, or an HTTP date; RFC 9110 §10.2.3) as seconds from now."""
    if header is None or header.strip() == "":
        return None
    try:
        seconds = float(header)
        return seconds if isfinite(seconds) and seconds >= 0 else None
    except ValueError:
        pass  # Perhaps it is a date.
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = date if date.tzinfo is not None else date.replace(tzinfo=timezone.utc)
    return max(0.0, (aware - (now or datetime.now(timezone.utc))).total_seconds())

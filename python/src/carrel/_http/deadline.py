"""Time."""

from collections.abc import Callable
from time import monotonic

from .._errors import CarrelTimeoutError


class Deadline:
    """One limit in time over everything that a call does: attempts, waits between them, and reading the answer."""

    def __init__(self, seconds: float | None, describe: Callable[[], str]) -> None:
        self._ends_at = None if seconds is None else monotonic() + seconds
        self._describe = describe

    @property
    def remaining(self) -> float | None:
        """In seconds; None: for ever."""
        return None if self._ends_at is None else max(0.0, self._ends_at - monotonic())

    @property
    def is_over(self) -> bool:
        return self.remaining == 0.0

    def error(self) -> CarrelTimeoutError:
        return CarrelTimeoutError(self._describe())

    def check(self) -> None:
        if self.is_over:
            raise self.error()

    def at_most(self, seconds: float) -> float:
        """The time that is left, but no more than that."""
        remaining = self.remaining
        return seconds if remaining is None else min(seconds, remaining)

"""Keeps browsers open."""

from collections.abc import Awaitable, Callable
from time import monotonic

from .. import params
from .._errors import CarrelApiError, CarrelError
from ..models import BrowserInfo
from .runtime import AsyncAlarm, start

MAX_INTERVAL = 3600.0  # No sleep of a laptop or a changed limit goes unnoticed for longer.


class AsyncKeepAlive:
    """Keeps a browser open while a program holds it: sets its idle limit anew each time a third of it is over, and lengthens its life when
    that draws to a close, as far as the operator lets it. Time is measured here from when the browser was opened, so that the clocks of
    the two machines need not agree. It keeps no program alive.
    """

    def __init__(self, info: BrowserInfo, send: Callable[[params.UpdateBrowserRequest, float], Awaitable[BrowserInfo]]) -> None:
        self._send = send
        self._opened_at = monotonic()
        self._step_seconds = info.max_duration_seconds
        self._limits = info
        # The operator's cap on the duration, once it has been met.
        self._cap_seconds: float = float("inf")
        self._is_stopped = False
        self._alarm = AsyncAlarm()
        self._work = start(self._run)

    def learn(self, info: BrowserInfo) -> None:
        """Takes over limits that were changed by hand."""
        limits = self._limits
        is_same = (info.idle_timeout_seconds, info.max_duration_seconds) == (limits.idle_timeout_seconds, limits.max_duration_seconds)
        self._limits = info
        if not is_same:
            self._alarm.ring()

    def stop(self) -> None:
        """Ends it; nothing is sent any more."""
        self._is_stopped = True
        self._alarm.ring()

    @property
    def _interval(self) -> float:
        return min(min(self._limits.idle_timeout_seconds, self._limits.max_duration_seconds) / 3, MAX_INTERVAL)

    async def _run(self) -> None:
        while not self._is_stopped:
            if not await self._alarm.wait(self._interval):
                await self._renew()

    async def _renew(self) -> None:
        try:
            self._limits = await self._extend()
        except CarrelError as error:
            # Gone, or no longer ours: the next call on the browser will tell it. Anything else may have passed by the next time, of which
            # there are two before the limit is reached.
            if _is_final(error):
                self.stop()
        except RuntimeError:
            self.stop()  # The program has closed the client.

    async def _extend(self) -> BrowserInfo:
        idle, duration = self._limits.idle_timeout_seconds, self._limits.max_duration_seconds
        elapsed = monotonic() - self._opened_at
        timeout = 2 * self._interval  # As long as an answer can still be in time.
        if duration - elapsed < 2 * self._interval and duration < self._cap_seconds:
            wanted = int(min(duration + self._step_seconds, self._cap_seconds))
            try:
                return await self._send({"idle_timeout_seconds": idle, "max_duration_seconds": wanted}, timeout)
            except CarrelApiError as error:
                if error.code != "limit_exceeded":
                    raise
                # Next time as far as the operator lets it, and no further: the browser ends then, but until then not for idleness.
                cap = error.details.get("cap")
                self._cap_seconds = cap if isinstance(cap, (int, float)) else duration
        return await self._send({"idle_timeout_seconds": idle}, timeout)


def _is_final(error: CarrelError) -> bool:
    return isinstance(error, CarrelApiError) and 400 <= error.status < 500 and error.retry_after is None

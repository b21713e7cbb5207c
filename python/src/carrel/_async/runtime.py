"""What the two halves of the client do differently: waiting, and going on beside the program. `_sync/runtime.py` is the other one."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

sleep = asyncio.sleep

# How a program gives up what it waits for.
GIVEN_UP: tuple[type[BaseException], ...] = (asyncio.CancelledError, KeyboardInterrupt)


def close_in_the_end(_owner: object, _close: Callable[[], object]) -> None:
    """Closes what nobody holds any more. With asyncio, whoever opened something has to: there may be no loop any more to do it in."""


class AsyncAlarm:
    """A sleep that can be ended."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Whether it rang before that time was over."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        self._event.clear()
        return True


def start(work: Callable[[], Coroutine[Any, Any, None]]) -> object:
    """Has something go on beside the program, for as long as what this gives is kept; it does not keep the program alive."""
    return asyncio.get_running_loop().create_task(work())


async def call_back(callback: Callable[[T], object] | None, value: T) -> None:
    """Tells the program something, and waits for what it does with it."""
    answer = callback(value) if callback is not None else None
    if inspect.isawaitable(answer):
        await answer


async def to_the_end(work: Awaitable[T], undo: Callable[[T], Awaitable[object]]) -> T:
    """Does something that must not be given up in the midst. When the program gives it up, it is undone once it is done."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await undo(await task)
        raise

"""What the two halves of the client do differently: waiting, and going on beside the program. `_async/runtime.py` is the other one."""

import threading
import weakref
from collections.abc import Callable
from time import sleep as sleep
from typing import TypeVar

T = TypeVar("T")

# How a program gives up what it waits for: Ctrl-C.
GIVEN_UP: tuple[type[BaseException], ...] = (KeyboardInterrupt,)


def close_in_the_end(owner: object, close: Callable[[], object]) -> None:
    """Closes something when nobody holds its owner any more, or the program ends."""
    weakref.finalize(owner, close)


class Alarm:
    """A sleep that can be ended."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ring(self) -> None:
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Whether it rang before that time was over."""
        is_rung = self._event.wait(seconds)
        self._event.clear()
        return is_rung


def start(work: Callable[[], None]) -> object:
    """Has something go on beside the program, for as long as what this gives is kept; it does not keep the program alive."""
    thread = threading.Thread(target=work, name="carrel", daemon=True)
    thread.start()
    return thread


def call_back(callback: Callable[[T], object] | None, value: T) -> None:
    """Tells the program something, and waits for what it does with it."""
    if callback is not None:
        callback(value)


def to_the_end(work: T, undo: Callable[[T], object]) -> T:
    """Does something that must not be given up in the midst: here it is done already."""
    return work

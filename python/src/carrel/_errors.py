"""What this client raises."""

from typing import Any, Literal

from .enums import ErrorCode
from .models import BrowserInfo, BrowserProfile, BrowserProfileError, Task

ClientErrorCode = Literal[
    "connection_failed",
    "timeout",
    "unexpected_response",
    "invalid_configuration",
    "no_cdp_url",
    "profile_not_saved",
    "task_not_completed",
    "invalid_webhook",
]
"""What can go wrong on the client's side of a call."""


class CarrelError(Exception):
    """Everything that this client raises.

    Example::

        try:
            browser = client.browsers.open()
        except CarrelError as error:
            if error.code != "quota_exceeded":
                raise
            print("all places taken")
    """

    code: ErrorCode | ClientErrorCode
    """The kind of error: stable, for programs. A later server may have one that is not known here."""
    message: str
    """What happened, and what to do."""

    def __init__(self, code: ErrorCode | ClientErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class CarrelApiError(CarrelError):
    """The server answered with an error."""

    status: int
    """The HTTP status."""
    details: dict[str, Any]
    """Facts about this case; the keys depend on the code, and are as on the wire."""
    request_id: str | None
    """Names this request in the server's log; None when something before the server answered."""
    retry_after: float | None
    """How long the server asks to wait before another try, in seconds."""

    def __init__(
        self,
        code: ErrorCode | Literal["unexpected_response"],
        message: str,
        *,
        status: int,
        details: dict[str, Any] | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, message)
        self.status = status
        self.details = details or {}
        self.request_id = request_id
        self.retry_after = retry_after


class CarrelConnectionError(CarrelError):
    """No answer: the server could not be reached, or the connection broke."""

    is_unsent: bool
    """Whether it is certain that the request never reached a server."""

    def __init__(self, message: str, *, is_unsent: bool) -> None:
        super().__init__("connection_failed", message)
        self.is_unsent = is_unsent


class CarrelTimeoutError(CarrelError):
    """The time given for a call was over. The server may have done it all the same."""

    def __init__(self, message: str) -> None:
        super().__init__("timeout", message)


class CarrelUnsavedError(CarrelError):
    """The browser has ended, but its state was not saved to its profile. What was saved of it before is still there."""

    browser: BrowserInfo
    """The browser as it ended."""
    reason: BrowserProfileError
    """Why it was not saved: a code of the server's catalogue, such as ``profile_too_large``, and a message."""

    def __init__(self, browser: BrowserInfo, profile: BrowserProfile, reason: BrowserProfileError) -> None:
        last = profile.version if profile.saved_version is None else profile.saved_version
        before = "Nothing had been saved before." if last is None else f"Version {last} is still there."
        super().__init__(
            "profile_not_saved",
            f"{browser.id} has ended, but was not saved to its profile {profile.id}: {reason.message} {before}",
        )
        self.browser = browser
        self.reason = reason


class CarrelTaskError(CarrelError):
    """A task has no result: it failed, was cancelled, or has not ended. Raised by `result_of`."""

    task: Task
    """The task as it is; ``error_code`` says why it failed, for programs."""

    def __init__(self, task: Task) -> None:
        states = {"failed": "failed", "cancelled": "was cancelled"}
        state = states.get(task.status, f"has not ended ({task.status})")
        super().__init__("task_not_completed", f"The task {task.task_id} {state}" + (f": {task.error}" if task.error else ""))
        self.task = task

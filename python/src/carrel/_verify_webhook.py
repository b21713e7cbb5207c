"""Deliveries of webhooks."""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from time import time
from typing import Literal

from pydantic import Field, TypeAdapter

from ._errors import CarrelError
from ._model import Model, OrNewer
from .enums import BrowserStatus, TaskStatus, WebhookEventType
from .models import BrowserEvent, TaskEvent

DEFAULT_TOLERANCE_SECONDS = 300


BrowserWebhookEventType = Literal["human.needed", "login.saved", "login.failed"]
"""What a webhook is told of a browser that is no task's."""


class TaskWebhookData(Model):
    """What happened to a task."""

    task_id: str
    session_id: str
    end_user_id: str
    status: OrNewer[TaskStatus]
    metadata: dict[str, str]
    event: TaskEvent
    """As it is in the log of the task."""
    url: str | None = Field(default=None, repr=False)
    """Of ``human.asked``: where a person without an account can answer. A secret; left out once that is over."""


class BrowserWebhookData(Model):
    """What happened to a browser that is no task's."""

    browser_id: str
    end_user_id: str | None
    status: OrNewer[BrowserStatus]
    metadata: dict[str, str]
    event: BrowserEvent
    """As it is in the log of the browser."""
    url: str | None = Field(default=None, repr=False)
    """Of ``human.needed``: where a person without an account can do it. A secret; left out once its time is over."""


class TaskWebhookPayload(Model):
    """The body of a delivery that is of a task."""

    type: OrNewer[WebhookEventType]
    timestamp: datetime
    data: TaskWebhookData


class BrowserWebhookPayload(Model):
    """The body of a delivery that is of a browser."""

    type: OrNewer[BrowserWebhookEventType]
    timestamp: datetime
    data: BrowserWebhookData


WebhookPayload = TaskWebhookPayload | BrowserWebhookPayload
"""The body of a delivery: of a task, or of a browser."""

_payload: TypeAdapter[WebhookPayload] = TypeAdapter(WebhookPayload)


def verify_webhook(
    body: str | bytes,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    tolerance_seconds: float = DEFAULT_TOLERANCE_SECONDS,
    now: float | None = None,
) -> WebhookPayload:
    """Takes a delivery of a webhook in: checks that it comes from who has the secret and is not an old one sent again, as Standard Webhooks
    say (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md), and gives its content. Deliveries may
    come twice, and in any order: the header ``webhook-id`` tells one from another.

    Args:
        body: as it came, not parsed and written again
        headers: names of any case
        secret: ``whsec_…``; several while one takes the place of another
        tolerance_seconds: how far the clock of the sender may be off, and how old a delivery may be
        now: what time it is, in seconds since 1970. Default: ``time.time()``

    Raises:
        CarrelError: ``invalid_webhook``; ``invalid_configuration`` when a secret is none.

    Example::

        payload = verify_webhook(await request.body(), request.headers, os.environ["CARREL_WEBHOOK_SECRET"])
        if isinstance(payload, TaskWebhookPayload):
            print(payload.type, payload.data.task_id)
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp, signatures = (_header_of(given, f"webhook-{name}") for name in ("id", "timestamp", "signature"))
    is_time = re.fullmatch("[0-9]{1,15}", timestamp) is not None
    if not is_time or abs((time() if now is None else now) - int(timestamp)) > tolerance_seconds:
        raise _refusal(f"It was sent at {json.dumps(timestamp)} (Unix time), more than {tolerance_seconds} s from now.")
    content = body.encode() if isinstance(body, str) else body
    signed = f"{message_id}.{timestamp}.".encode() + content
    if not _is_signed_with_any([secret] if isinstance(secret, str) else secret, signed, signatures):
        raise _refusal("No signature is one of this secret. Give the body as it came, and the secret of this webhook.")
    return _payload.validate_json(content)  # It is the server's, since it is signed.


def _refusal(why: str) -> CarrelError:
    return CarrelError("invalid_webhook", f"The delivery cannot be trusted. {why}")


def _header_of(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise _refusal(f"It has no header {name}.")
    return value


def _is_signed_with_any(secrets: Sequence[str], signed: bytes, header: str) -> bool:
    given = [_bytes_of(one.removeprefix("v1,")) for one in header.split(" ") if one.startswith("v1,")]
    wanted = [hmac.new(_key_of(secret), signed, hashlib.sha256).digest() for secret in secrets]
    # Each in constant time.
    return any(hmac.compare_digest(one, other) for one in given if one is not None for other in wanted)


def _key_of(secret: str) -> bytes:
    key = _bytes_of(secret.removeprefix("whsec_"))
    if not key:
        raise CarrelError("invalid_configuration", "The secret of a webhook must be like whsec_…, as it was shown when it was made.")
    return key


def _bytes_of(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None  # Not base64. Whoever asked says what that means.

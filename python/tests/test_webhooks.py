"""Deliveries of webhooks: only those that are signed, and new."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence

import pytest

from carrel import BrowserWebhookPayload, CarrelError, TaskWebhookPayload, WebhookPayload, verify_webhook
from contract_server import event

NOW = 1_763_769_600.0
SECRET = f"whsec_{base64.b64encode(b'0123456789abcdef0123456789abcdef').decode()}"
OTHER = f"whsec_{base64.b64encode(b'another secret of the same kind!').decode()}"
DATA = {"taskId": "t_1", "sessionId": "s_1", "endUserId": "ann", "status": "completed", "metadata": {}, "event": event(3, "task.completed")}
BODY = json.dumps({"type": "task.completed", "timestamp": "2026-11-22T00:00:00.000Z", "data": DATA})


def delivery(secret: str = SECRET, body: str = BODY, sent: float = NOW) -> dict[str, str]:
    timestamp = str(int(sent))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, f"msg_1.{timestamp}.{body}".encode(), hashlib.sha256).digest()).decode()
    return {"Webhook-Id": "msg_1", "Webhook-Timestamp": timestamp, "Webhook-Signature": f"v1,{signature}"}


def verify(headers: dict[str, str], body: str | bytes = BODY, secret: str | Sequence[str] = SECRET) -> WebhookPayload:
    return verify_webhook(body, headers, secret, now=NOW)


def test_should_take_what_is_signed_and_give_it() -> None:
    payload = verify(delivery())
    assert isinstance(payload, TaskWebhookPayload)
    assert (payload.type, payload.data.task_id, payload.data.event.id) == ("task.completed", "t_1", 3)
    assert verify(delivery(), BODY.encode()).type == "task.completed"
    assert verify(delivery(OTHER), secret=[SECRET, OTHER]).type == "task.completed"
    both = delivery()
    both["Webhook-Signature"] = f"{delivery(OTHER)['Webhook-Signature']} v1a,x {both['Webhook-Signature']}"
    assert verify(both).type == "task.completed"


def test_should_tell_a_browser_from_a_task() -> None:
    data = {
        "browserId": "br_1",
        "endUserId": None,
        "status": "running",
        "metadata": {},
        "event": event(3, "human.needed"),
        "url": "http://x/?secret",
    }
    body = json.dumps({"type": "human.needed", "timestamp": "2026-11-22T00:00:00.000Z", "data": data})
    payload = verify(delivery(body=body), body)
    assert isinstance(payload, BrowserWebhookPayload)
    assert payload.data.browser_id == "br_1"
    assert "secret" not in repr(payload)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (delivery(), f"{BODY} "),
        (delivery(OTHER), BODY),
        (delivery(sent=NOW - 301), BODY),
        (delivery(sent=NOW + 301), BODY),
        ({**delivery(), "Webhook-Id": "msg_2"}, BODY),
        ({**delivery(), "Webhook-Timestamp": "now"}, BODY),
        ({**delivery(), "Webhook-Timestamp": "٣"}, BODY),
        ({**delivery(), "Webhook-Timestamp": "9" * 5000}, BODY),
        ({**delivery(), "Webhook-Signature": delivery()["Webhook-Signature"].replace("v1,", "v2,")}, BODY),
        ({**delivery(), "Webhook-Signature": "v1,"}, BODY),
        ({name: value for name, value in delivery().items() if name != "Webhook-Signature"}, BODY),
    ],
)
def test_should_refuse_what_is_not(headers: dict[str, str], body: str) -> None:
    with pytest.raises(CarrelError) as raised:
        verify(headers, body)
    assert raised.value.code == "invalid_webhook"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%"])
def test_should_say_that_a_secret_is_none(secret: str) -> None:
    with pytest.raises(CarrelError) as raised:
        verify(delivery(), secret=secret)
    assert raised.value.code == "invalid_configuration"

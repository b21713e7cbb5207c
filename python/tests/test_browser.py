"""A browser that is held: kept open, closed with its block, and told when it was not saved."""

import subprocess
import sys
from threading import Event

import pytest

from carrel import CarrelApiError, CarrelError, CarrelUnsavedError
from conftest import Connect
from contract_server import Answer, Exchange, browser_info, failure, hang_up, json_answer

PROFILE = {"id": "pf_1", "persist": True, "version": 1, "savedVersion": None, "error": None}


def once_asked(count: int, answer: Answer, told: Event) -> Answer:
    """Answers, and tells when it has been asked so often."""

    def answered(exchange: Exchange) -> None:
        answer(exchange)
        if len(exchange.server.owner.received) >= count:
            told.set()

    return answered


def test_should_be_closed_at_the_end_of_its_block_also_by_an_error(connect: Connect) -> None:
    client, server = connect(json_answer(201, browser_info()), json_answer(200, browser_info(status="closed")))
    with pytest.raises(ZeroDivisionError), client.Session(proxies=True):
        _ = 1 / 0
    assert server.asked == ["POST /v1/browsers", "DELETE /v1/browsers/br_1"]
    assert server.received[0].json == {"proxies": True}


def test_should_know_its_cdp_url_until_it_has_ended_and_show_it_nowhere(connect: Connect) -> None:
    info = browser_info()
    without = {name: value for name, value in info.items() if name != "cdpUrl"}
    client, _ = connect(json_answer(200, info), json_answer(200, without), json_answer(200, browser_info(status="closed", cdpUrl=None)))
    browser = client.browsers.get("br_1")
    browser.refresh()
    assert browser.cdp_url().startswith("ws://")
    assert "secret" not in f"{browser!r} {browser.info!r}"
    browser.close()
    with pytest.raises(CarrelError, match="it is closed") as raised:
        browser.cdp_url()
    assert raised.value.code == "no_cdp_url"


def test_should_say_once_that_it_was_not_saved(connect: Connect) -> None:
    unsaved = {**PROFILE, "error": {"code": "profile_too_large", "message": "Too large."}}
    client, server = connect(json_answer(201, browser_info()), json_answer(200, browser_info(status="closed", profile=unsaved)))
    with pytest.raises(CarrelUnsavedError, match=r"Too large\. Version 1 is still there") as raised, client.Session() as browser:
        browser.close()
    assert (raised.value.reason.code, raised.value.browser.id) == ("profile_too_large", "br_1")
    assert len(server.received) == 2
    only_read = {**unsaved, "persist": False}
    client, _ = connect(json_answer(200, browser_info(status="closed", profile=only_read)))
    assert client.browsers.close("br_1").status == "closed"


def test_should_save_while_it_runs_and_know_it(connect: Connect) -> None:
    version = {"version": 4, "createdAt": "2026-11-22T00:00:00.000Z", "source": "checkpoint", "browserId": "br_1", "basedOn": None}
    saved = {
        **version,
        "mergedWith": None,
        "kind": "chromium",
        "browserVersion": "1",
        "sizeBytes": 1,
        "unpackedBytes": 1,
        "isCurrent": True,
    }
    client, _ = connect(json_answer(200, browser_info(profile=PROFILE)), hang_up, json_answer(200, saved))
    browser = client.browsers.get("br_1")
    assert browser.checkpoint().version == 4
    assert browser.info.profile is not None
    assert browser.info.profile.saved_version == 4


def test_should_give_the_server_the_time_that_an_action_takes(connect: Connect) -> None:
    slow_enough = Event()

    def answer(exchange: Exchange) -> None:
        slow_enough.wait(0.6)  # longer than the client's own limit
        result = {"success": True, "type": "wait", "message": "", "tabId": "A", "url": "", "title": "", "durationMs": 1, "changes": {}}
        json_answer(200, result)(exchange)

    client, server = connect(json_answer(200, browser_info()), answer, timeout=0.3)
    browser = client.browsers.get("br_1")
    assert browser.execute({"type": "wait", "time_ms": 5000}).success
    assert server.received[1].json == {"type": "wait", "timeMs": 5000}


def test_should_renew_the_limits_while_it_is_held_as_far_as_the_operator_lets_it(connect: Connect) -> None:
    told = Event()
    limits = {"idleTimeoutSeconds": 1, "maxDurationSeconds": 1}
    answers = [json_answer(201, browser_info(**limits)), failure(503, "overloaded"), failure(422, "limit_exceeded", {"cap": 1})]
    client, server = connect(*answers, once_asked(5, json_answer(200, browser_info(**limits)), told))
    browser = client.browsers.open()
    assert told.wait(5)
    browser.release()
    renewals = [request.json for request in server.received[1:5]]
    # One that failed for now, one past the cap and, at once, one without; after that only the idle limit.
    assert renewals == [{"idleTimeoutSeconds": 1, "maxDurationSeconds": 2}] * 2 + [{"idleTimeoutSeconds": 1}] * 2


def test_should_stop_renewing_what_is_gone(connect: Connect) -> None:
    told = Event()
    gone = once_asked(2, failure(404, "not_found"), told)
    client, server = connect(json_answer(201, browser_info(idleTimeoutSeconds=1)), gone)
    client.browsers.open()
    assert told.wait(5)
    assert not Event().wait(0.7)  # two more would have been due
    assert len(server.received) == 2


def test_should_keep_no_program_alive(connect: Connect) -> None:
    _, server = connect(json_answer(201, browser_info()))
    program = "import sys; from carrel import Carrel; Carrel(sys.argv[1]).browsers.open()"
    subprocess.run([sys.executable, "-c", program, server.url], check=True, timeout=20)
    assert server.asked == ["POST /v1/browsers"]


def test_should_raise_what_the_server_says_of_a_browser_that_is_not_there(connect: Connect) -> None:
    client, _ = connect(failure(404, "not_found"))
    with pytest.raises(CarrelApiError) as raised:
        client.browsers.get("br_2")
    assert raised.value.status == 404

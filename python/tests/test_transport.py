"""Requests, errors, retries and time, against a real HTTP server that answers what a test says."""

import socket
from collections.abc import Callable
from time import monotonic

import pytest

from carrel import Carrel, CarrelApiError, CarrelConnectionError, CarrelError, CarrelTimeoutError
from carrel._http.retry import parse_retry_after, retry_delay
from conftest import Connect
from contract_server import browser_info, cut_off, dribble, failure, hang_up, json_answer, nothing, page, silence

HEALTH = {"status": "ok", "version": "0.1.0"}
PROJECT = {
    "id": "pj_1",
    "name": "x",
    "maxBrowsers": 1,
    "maxTasks": 1,
    "model": None,
    "record": None,
    "createdAt": "2026-11-22T00:00:00.000Z",
}
LIMITS = {"idle_timeout_seconds": 60}
OPENED = json_answer(201, browser_info())


def test_should_carry_the_key_and_the_fields_in_camel_case(connect: Connect) -> None:
    client, server = connect(OPENED)
    client.browsers.open(
        keep_alive=False, idle_timeout_seconds=60, metadata={"order_id": "7"}, profile={"id": "pf_1", "on_conflict": "merge"}
    )
    (request,) = server.received
    assert request.headers["authorization"] == "Bearer ck_test"
    assert request.json == {"idleTimeoutSeconds": 60, "metadata": {"order_id": "7"}, "profile": {"id": "pf_1", "onConflict": "merge"}}
    assert "idempotency-key" not in request.headers


def test_should_send_a_field_that_it_does_not_know_for_the_server_to_refuse(connect: Connect) -> None:
    client, server = connect(failure(422, "unknown_field"))
    with pytest.raises(CarrelApiError, match="unknown_field"):
        client.browsers.open(solve_captcha=True)  # type: ignore[call-arg]
    assert server.received[0].json == {"solve_captcha": True}


@pytest.mark.parametrize("id", ["", ".", "..", None, 7])
def test_should_refuse_what_is_no_id_before_anything_is_sent(connect: Connect, id: str) -> None:
    client, server = connect(json_answer(200, {"data": [], "nextCursor": None}))
    calls: list[Callable[[], object]] = [
        lambda: client.browsers.get(id),
        lambda: client.profiles.delete(id),
        lambda: client.profiles.versions(id).page(),
        lambda: client.tasks.wait(id),
        lambda: list(client.tasks.events(id, follow=True)),
    ]
    for call in calls:
        with pytest.raises(CarrelError, match="is not an id or a name") as raised:
            call()
        assert raised.value.code == "invalid_request"
    assert server.received == []


def test_should_not_send_what_cannot_be_right(connect: Connect) -> None:
    client, server = connect(OPENED)
    with pytest.raises(CarrelError, match=r"idle_timeout_seconds: .*integer") as raised:
        client.browsers.open(idle_timeout_seconds="long")  # type: ignore[arg-type]
    assert raised.value.code == "invalid_request"
    assert server.received == []


def test_should_encode_ids_and_keep_the_path_of_a_server_below_another(connect: Connect) -> None:
    _, server = connect(failure(404, "not_found"))
    with Carrel(f"{server.url}/below/") as client, pytest.raises(CarrelApiError):
        client.browsers.get("a/b?c")
    assert server.asked == ["GET /below/v1/browsers/a%2Fb%3Fc"]


@pytest.mark.parametrize("url", ["ftp://x", "127.0.0.1:7070", "http://u:p@host", "http://host?x=1", "http://host:99999", "http://"])
def test_should_refuse_a_url_that_is_none(url: str) -> None:
    with pytest.raises(CarrelError) as raised:
        Carrel(url)
    assert raised.value.code == "invalid_configuration"


def test_should_give_errors_of_the_server_with_all_they_say(connect: Connect) -> None:
    client, _ = connect(failure(422, "limit_exceeded", {"cap": 60}))
    with pytest.raises(CarrelApiError, match="do something") as raised:
        client.browsers.open()
    error = raised.value
    assert (error.code, error.status, error.details, error.request_id) == ("limit_exceeded", 422, {"cap": 60}, "req_1")


def test_should_quote_an_answer_that_is_not_of_carrel(connect: Connect) -> None:
    client, server = connect(lambda exchange: exchange.send(404, b"<html>nginx", {}), lambda exchange: exchange.send(200, b"<html>", {}))
    with pytest.raises(CarrelApiError, match=r"404.*<html>nginx.*CARREL_URL") as raised:
        client.health()
    assert raised.value.code == "unexpected_response"
    with pytest.raises(CarrelApiError, match="CARREL_URL") as raised:
        client.health()
    assert (raised.value.code, raised.value.status, len(server.received)) == ("unexpected_response", 200, 2)


def test_should_say_how_to_start_a_server_where_none_is() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with Carrel(url, max_retries=1) as client, pytest.raises(CarrelConnectionError, match="carrel serve") as raised:
            client.browsers.open()
    assert raised.value.is_unsent


def test_should_not_follow_a_redirect(connect: Connect) -> None:
    client, server = connect(lambda exchange: exchange.send(302, b"", {"location": "/elsewhere"}))
    with pytest.raises(CarrelApiError, match="302"):
        client.health()
    assert len(server.received) == 1


def test_should_give_the_readiness_of_a_server_that_is_not_ready(connect: Connect) -> None:
    check = {"ok": False, "message": "no"}
    client, server = connect(json_answer(503, {"ready": False, "checks": {"store": check, "chromium": check, "draining": check}}))
    assert client.ready().checks.chromium.message == "no"
    assert len(server.received) == 1


def test_should_come_back_when_turned_away_and_not_before_it_was_told(connect: Connect) -> None:
    client, server = connect(failure(429, "quota_exceeded", retry_after="1"), OPENED)
    began = monotonic()
    client.browsers.open(keep_alive=False)
    assert len(server.received) == 2
    assert monotonic() - began >= 1


def test_should_not_open_again_when_a_browser_may_have_been_opened(connect: Connect) -> None:
    client, server = connect(hang_up, OPENED)
    with pytest.raises(CarrelConnectionError) as raised:
        client.browsers.open()
    assert not raised.value.is_unsent
    assert len(server.received) == 1


def test_should_open_again_with_the_same_key_when_one_was_given(connect: Connect) -> None:
    client, server = connect(hang_up, failure(503, "overloaded"), OPENED)
    client.browsers.open(keep_alive=False, idempotency_key="one")
    assert [request.headers["idempotency-key"] for request in server.received] == ["one"] * 3


def test_should_make_keys_of_its_own_for_what_it_creates(connect: Connect) -> None:
    client, server = connect(hang_up, json_answer(201, PROJECT))
    client.projects.create(name="x")
    client.projects.create(name="x")
    keys = [request.headers["idempotency-key"] for request in server.received]
    assert keys[0] == keys[1] != keys[2]


def test_should_repeat_an_observation_but_never_an_action(connect: Connect) -> None:
    client, server = connect(json_answer(200, browser_info()), hang_up)
    browser = client.browsers.get("br_1")
    with pytest.raises(CarrelConnectionError):
        browser.observe(max_retries=1)
    with pytest.raises(CarrelConnectionError):
        browser.execute(type="click", ref="e1")
    assert [path.split("/")[-1] for path in server.asked] == ["br_1", "observe", "observe", "execute"]


def test_should_read_again_an_answer_that_was_cut_off(connect: Connect) -> None:
    client, server = connect(cut_off, json_answer(200, HEALTH))
    assert client.health().status == "ok"
    assert len(server.received) == 2


def test_should_take_a_deletion_for_done_when_its_answer_was_lost(connect: Connect) -> None:
    client, _ = connect(hang_up, failure(404, "not_found"))
    client.profiles.delete("pf_1")
    with pytest.raises(CarrelApiError, match="not_found"):
        client.profiles.delete("pf_1")


def test_should_stop_after_max_retries_and_not_wait_for_longer_than_there_is(connect: Connect) -> None:
    client, server = connect(hang_up, hang_up, failure(503, "overloaded", retry_after="60"))
    with pytest.raises(CarrelConnectionError):
        client.health(max_retries=1)
    assert len(server.received) == 2
    began = monotonic()
    with pytest.raises(CarrelApiError, match="overloaded"):
        client.health(timeout=5)
    assert monotonic() - began < 2


@pytest.mark.parametrize("answer", [silence, dribble])
def test_should_give_up_when_the_time_is_over(connect: Connect, answer: object) -> None:
    client, server = connect(answer)
    began = monotonic()
    with pytest.raises(CarrelTimeoutError, match=r"0\.3 s"):
        client.health(timeout=0.3)
    assert 0.3 <= monotonic() - began < 2
    assert len(server.received) == 1


def test_should_make_a_call_where_the_browser_is(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARREL_API_KEY", raising=False)
    there_client, there = connect(json_answer(200, browser_info()))
    client, here = connect(failure(421, "browser_elsewhere", {"url": there.url}))
    assert client.browsers.get("br_1", keep_alive=False).id == "br_1"
    assert there.received[0].headers["authorization"] == here.received[0].headers["authorization"]
    with Carrel(here.url) as keyless, pytest.raises(CarrelApiError, match="browser_elsewhere"):
        keyless.browsers.get("br_1")
    assert len(there.received) == 1
    there_client.close()


def test_should_read_a_list_page_after_page(connect: Connect) -> None:
    client, server = connect(json_answer(200, {"data": [PROJECT], "nextCursor": "c1"}), page(PROJECT, PROJECT))
    assert len(client.projects.list(limit=3).all()) == 3
    assert server.asked == ["GET /v1/projects?limit=3", "GET /v1/projects?limit=3&cursor=c1"]


def test_should_request_anything(connect: Connect) -> None:
    client, server = connect(json_answer(200, {"any": ["thing"]}), nothing)
    assert client.request("GET", "/v1/other", query={"a": 1, "b": None}) == {"any": ["thing"]}
    assert client.request("POST", "/v1/other", json={"aB": 1}, idempotency_key="k") is None
    assert server.asked == ["GET /v1/other?a=1", "POST /v1/other"]
    assert server.received[1].json == {"aB": 1}


def test_should_read_retry_after_and_wait_longer_each_time() -> None:
    assert [parse_retry_after(text) for text in ("3", "0.5", "-1", "soon", "", "nan", None)] == [3.0, 0.5, None, None, None, None, None]
    assert parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert [retry_delay(attempt, None, lambda: 1.0) for attempt in (1, 2, 3, 9)] == [0.25, 0.5, 1.0, 8.0]
    assert retry_delay(1, 2.0, lambda: 0.0) == 2.0

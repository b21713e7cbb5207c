"""Logs: followed over broken connections, missing no event and repeating none."""

from collections.abc import Sequence

import pytest

from carrel import CarrelConnectionError, CarrelError
from carrel._http.event_stream import EventStreamParser
from conftest import Connect
from contract_server import Answer, browser_info, event, event_stream, failure, hang_up, json_answer, log, page, silence


def read(connect: Connect, *answers: Answer, **options: object) -> tuple[list[int], CarrelError | None, Sequence[str | None]]:
    client, server = connect(json_answer(200, browser_info()), *answers)
    browser = client.browsers.get("br_1")
    ids: list[int] = []
    error = None
    try:
        for one in browser.events(**options):  # type: ignore[arg-type]
            ids.append(one.id)
    except CarrelError as raised:
        error = raised
    return ids, error, [request.headers.get("last-event-id") for request in server.received[1:]]


def test_should_read_what_there_is_now_page_after_page(connect: Connect) -> None:
    ids, error, asked = read(connect, page(*[event(id) for id in range(6, 1006)]), page(event(1006)), after=5)
    assert (ids, error, len(asked)) == (list(range(6, 1007)), None, 2)


def test_should_follow_to_the_end_though_the_connection_stays_open(connect: Connect) -> None:
    stream = event_stream(f": hi\n\n{log(event(1), event(2, 'browser.closed'))}", "stay")
    assert read(connect, stream, follow=True) == ([1, 2], None, ["0"])


def test_should_connect_again_after_the_last_event_that_came(connect: Connect) -> None:
    ids, error, asked = read(
        connect,
        event_stream(f'retry: 1\n\n{log(event(4), event(5))}id: 6\ndata: {{"id":6,', "break"),
        hang_up,
        event_stream(log(event(6), event(7, "browser.failed")), "end"),
        follow=True,
        after=3,
    )
    assert (ids, error, asked) == ([4, 5, 6, 7], None, ["3", "5", "5"])


def test_should_take_a_silent_connection_for_dead(connect: Connect) -> None:
    quiet_after_one = event_stream(log(event(1)), "stay")
    ids, error, asked = read(connect, quiet_after_one, silence, follow=True, silence_timeout=0.2, max_retries=0)
    assert isinstance(error, CarrelConnectionError)
    assert (ids, asked) == ([1], ["0", "1"])


def test_should_end_where_the_log_ends_with_its_browser(connect: Connect) -> None:
    ended = json_answer(200, browser_info(status="closed"))
    ids, error, _ = read(connect, event_stream("", "end"), ended, page(event(8)), follow=True, after=7)
    assert (ids, error) == ([8], None)


def test_should_say_that_streams_do_not_come_through(connect: Connect) -> None:
    running = json_answer(200, browser_info())
    _, error, _ = read(connect, event_stream("retry: 1\n\n", "end"), running, follow=True, max_retries=0)
    assert "keeps ending the event stream of br_1" in str(error)


def test_should_not_ask_again_for_what_is_refused(connect: Connect) -> None:
    _, error, asked = read(connect, failure(404, "not_found"), follow=True)
    assert error is not None
    assert (error.code, len(asked)) == ("not_found", 1)


def test_should_follow_a_project_from_now_on(connect: Connect) -> None:
    ids = dict.fromkeys(["browserId", "taskId", "sessionId", "endUserId", "profileId", "webhookId", "apiKeyId", "eventId"])
    line = {**event(42, "something.newer"), **ids}
    client, server = connect(json_answer(200, {"data": [], "nextCursor": "41"}), event_stream(log(line), "stay"))
    following = client.events.follow()
    assert str(next(following).type) == "something.newer"  # of a later server
    following.close()
    assert server.asked == ["GET /v1/events?after=now", "GET /v1/events?after=41"]


STREAM = "\ufeff: hello\ndata: one\ndata:two\nid: 1\n\nevent: named\r\ndata:  ü\r\n\r\ndata\rretry: 250\r\rid: 2\0\nfoo: bar\n\ndata: cut"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_should_take_a_stream_apart_however_it_is_cut(size: int) -> None:
    parser, content = EventStreamParser(), STREAM.encode()
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    events = [(one.type, one.data, one.last_event_id) for piece in pieces for one in parser.push(piece)]
    assert events == [("message", "one\ntwo", "1"), ("named", " ü", "1"), ("message", "", "1")]
    assert parser.retry == 0.25

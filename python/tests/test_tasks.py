"""Tasks that are waited for, whatever becomes of the connection."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from carrel import CarrelApiError, CarrelTaskError, CarrelTimeoutError, is_terminal, result_of
from carrel.models import Task
from conftest import Connect
from contract_server import Answer, Exchange, event, event_stream, failure, hang_up, json_answer, log, page, silence, task

SUBMITTED = json_answer(201, {"taskId": "t_1", "sessionId": "s_1", "status": "pending", "createdAt": "2026-11-22T00:00:00.000Z"})
SUMMARY = {"n": 1, "type": "execution", "msg": "Looked", "success": True, "url": "", "durationMs": 1, "tools": [], "hasScreenshot": False}
STEP = event(2, "step.finished", summary=SUMMARY)
DONE = event(3, "task.completed")


def deployment(streams: Iterator[Answer], *, log_of: list[dict[str, object]], ended: dict[str, object]) -> Answer:
    """A server of one task: its streams in turn, its log, and the task as it ended."""

    def answer(exchange: Exchange) -> None:
        path, _, query = exchange.path.partition("?")
        if exchange.command == "POST":
            (SUBMITTED if path == "/v1/tasks" else json_answer(200, task(status="cancelled")))(exchange)
        elif not path.endswith("/events"):
            json_answer(200, ended)(exchange)
        elif "event-stream" in exchange.headers["accept"]:
            next(streams)(exchange)
        else:
            after = int(query.split("after=")[1].split("&")[0])
            page(*[one for one in log_of if int(str(one["id"])) > after])(exchange)

    return answer


def test_should_submit_tell_what_happens_and_give_the_task_as_it_ended(connect: Connect) -> None:
    streams = iter([event_stream(log(event(1, "task.created"), STEP, DONE), "stay")])
    client, server = connect(deployment(streams, log_of=[], ended=task()))
    types, steps = [], []
    ended = client.tasks.run(
        end_user_id="ann",
        task="Look",
        start_url="https://shop.example",
        schema={"a_b": {"c_d": 1}},
        on_event=lambda one: types.append(one.type),
        on_step=lambda step: steps.append(step.msg),
    )
    assert (result_of(ended), types, steps) == ("Seen.", ["task.created", "step.finished", "task.completed"], ["Looked"])
    request = server.received[0]
    assert request.json == {"endUserId": "ann", "task": "Look", "startUrl": "https://shop.example", "schema": {"a_b": {"c_d": 1}}}
    assert request.headers["idempotency-key"]


def test_should_go_on_from_the_last_event_when_the_stream_breaks(connect: Connect) -> None:
    streams = iter([event_stream(log(event(1, "task.created")), "break"), hang_up, event_stream(log(STEP, DONE), "end")])
    running_then_done = iter([task(status="running"), task(status="running")])

    def answer(exchange: Exchange) -> None:
        ended = next(running_then_done, task()) if exchange.command == "GET" and exchange.path == "/v1/tasks/t_1" else task()
        deployment(streams, log_of=[], ended=ended)(exchange)

    client, _ = connect(answer)
    ids: list[int] = []
    client.tasks.wait("t_1", on_event=lambda one: ids.append(one.id))
    assert ids == [1, 2, 3]


def test_should_ask_again_and_again_where_streams_do_not_come_through(connect: Connect) -> None:
    streams: Iterator[Answer] = iter([lambda exchange: exchange.send(502, b"<html>a proxy", {})])
    client, _ = connect(deployment(streams, log_of=[STEP, DONE], ended=task(status="failed", result=None, error="No luck.")))
    ids: list[int] = []
    ended = client.tasks.run(end_user_id="ann", task="Look", on_event=lambda one: ids.append(one.id))
    assert (ids, ended.status) == ([2, 3], "failed")
    with pytest.raises(CarrelTaskError, match=r"t_1 failed: No luck\.") as raised:
        result_of(ended)
    assert raised.value.task.task_id == "t_1"


def test_should_cancel_a_task_that_is_given_up_by_time(connect: Connect) -> None:
    client, server = connect(deployment(iter([silence]), log_of=[], ended=task(status="running")))
    with pytest.raises(CarrelTimeoutError, match=r"0\.3 s, and was cancelled"):
        client.tasks.run(end_user_id="ann", task="Look", timeout=0.3)
    assert server.asked[-1] == "POST /v1/tasks/t_1/cancel"


def test_should_cancel_a_task_that_is_given_up_by_ctrl_c(connect: Connect) -> None:
    client, server = connect(deployment(iter([event_stream(log(STEP), "stay")]), log_of=[], ended=task(status="running")))

    def interrupt(_step: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.tasks.run(end_user_id="ann", task="Look", on_step=interrupt)
    assert server.asked[-1] == "POST /v1/tasks/t_1/cancel"


def test_should_leave_a_task_alone_that_is_only_waited_for(connect: Connect) -> None:
    client, server = connect(deployment(iter([silence]), log_of=[], ended=task(status="running")))
    with pytest.raises(CarrelTimeoutError, match="It goes on"):
        client.tasks.wait("t_1", timeout=0.3)
    assert not [path for path in server.asked if path.startswith("POST")]


def test_should_raise_what_the_server_says_against_the_task(connect: Connect) -> None:
    client, _ = connect(failure(409, "session_busy"))
    with pytest.raises(CarrelApiError) as raised:
        client.tasks.run(end_user_id="ann", task="Look")
    assert raised.value.code == "session_busy"


class Offer(BaseModel):
    title: str
    price: float


def test_should_give_a_result_as_the_model_that_it_was_asked_for_by() -> None:
    ended = Task.model_validate(task(result={"title": "Atlas", "price": 7}, schema=Offer.model_json_schema()))
    assert result_of(ended, Offer) == Offer(title="Atlas", price=7.0)
    assert is_terminal(ended)
    assert ended.schema_ is not None

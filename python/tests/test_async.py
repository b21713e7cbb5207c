"""What is different with asyncio. All else is the same code: the synchronous half is made from the asynchronous one."""

import asyncio
from collections.abc import Callable
from time import monotonic

import pytest

from carrel import AsyncCarrel, CarrelConnectionError
from contract_server import (
    ContractServer,
    browser_info,
    event,
    event_stream,
    failure,
    hang_up,
    json_answer,
    log,
    page,
    silence,
    task,
)

pytestmark = pytest.mark.anyio
Serve = Callable[..., ContractServer]
SUBMITTED = {"taskId": "t_1", "sessionId": "s_1", "status": "pending", "createdAt": "2026-11-22T00:00:00.000Z"}


async def until(is_so: Callable[[], bool]) -> None:
    """What a server has been asked is no event of this loop: it is looked at."""
    deadline = monotonic() + 30
    while not is_so():
        assert monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_should_open_follow_and_close_in_blocks(serve: Serve) -> None:
    opened, closed = json_answer(201, browser_info()), json_answer(200, browser_info(status="closed"))
    stream = event_stream(log(event(1), event(2, "browser.closed")), "stay")
    server = serve(opened, hang_up, stream, closed)
    async with AsyncCarrel(server.url) as client, client.Session() as session:
        assert [one.id async for one in session.events(follow=True)] == [1, 2]
    assert server.asked[-1] == "DELETE /v1/browsers/br_1"


async def test_should_do_many_things_at_once(serve: Serve) -> None:
    server = serve(page(), page(), page())
    async with AsyncCarrel(server.url) as client:
        assert await asyncio.gather(*[client.browsers.list().all() for _ in range(3)]) == [[], [], []]


async def test_should_renew_the_limits_while_it_is_held(serve: Serve) -> None:
    server = serve(json_answer(201, browser_info(idleTimeoutSeconds=1)))
    async with AsyncCarrel(server.url) as client:
        browser = await client.browsers.open()
        await until(lambda: len(server.received) == 3)
        browser.release()
        await asyncio.sleep(0.5)
    assert [request.json for request in server.received[1:]] == [{"idleTimeoutSeconds": 1}] * 2


async def test_should_cancel_a_task_that_is_given_up(serve: Serve) -> None:
    server = serve(json_answer(201, SUBMITTED), silence, json_answer(200, task(status="cancelled")))
    async with AsyncCarrel(server.url) as client:
        running = asyncio.create_task(client.tasks.run(end_user_id="ann", task="Look"))
        await until(lambda: len(server.received) == 2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert server.asked[2:] == ["POST /v1/tasks/t_1/cancel"]


async def test_should_cancel_a_task_that_is_given_up_while_it_is_submitted(serve: Serve) -> None:
    # Nobody would know the task that comes of it.
    server = serve(failure(429, "queue_full", retry_after="0"), json_answer(201, SUBMITTED), json_answer(200, task(status="cancelled")))
    async with AsyncCarrel(server.url) as client:
        running = asyncio.create_task(client.tasks.run(end_user_id="ann", task="Look"))
        await until(lambda: len(server.received) == 1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert server.asked == ["POST /v1/tasks", "POST /v1/tasks", "POST /v1/tasks/t_1/cancel"]


async def test_should_wait_for_what_a_callback_does(serve: Serve) -> None:
    done = event_stream(log(event(1, "task.created"), event(2, "task.completed")), "stay")
    ended = json_answer(200, task())
    server = serve(json_answer(201, SUBMITTED), done, ended, ended, page())
    told: list[str] = []

    async def tell(one: object) -> None:
        await asyncio.sleep(0.01)
        told.append(getattr(one, "type", ""))

    async with AsyncCarrel(server.url) as client:
        assert (await client.tasks.run(end_user_id="ann", task="Look", on_event=tell)).result == "Seen."
    assert told == ["task.created", "task.completed"]


async def test_should_say_what_broke(serve: Serve) -> None:
    server = serve(hang_up)
    async with AsyncCarrel(server.url, max_retries=0) as client:
        with pytest.raises(CarrelConnectionError, match="broke before"):
            await client.health()

"""Tasks."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass

from typing_extensions import Unpack

from .. import params
from .._errors import CarrelConnectionError, CarrelError, CarrelTimeoutError
from .._http.deadline import Deadline
from .._http.request import CallOptions, CreateOptions, Request, key_of, path_of
from .._http.retry import may_retry
from .._results import is_terminal
from .._wire import parted, to_wire
from ..models import StepSummary, SubmittedTask, Task, TaskEvent, TaskList
from .event_log import AsyncEventLog, Following, follow_events, read_events
from .event_stream_of import FOR_EVER, SILENCE_TIMEOUT
from .page_list import AsyncPageList
from .runtime import GIVEN_UP, call_back, sleep, to_the_end
from .transport import AsyncTransport

OnEvent = Callable[[TaskEvent], object]
OnStep = Callable[[StepSummary], object]

_LAST_EVENTS = {"task.completed", "task.failed", "task.cancelled"}
_POLL_INTERVAL = 1.0
# A server says something every 15 s; a proxy that keeps that back is asked past.
_SILENCE_TIMEOUT = 35.0
_CANCEL_TIMEOUT = 10.0


class AsyncTasks:
    """Tasks: turns of conversations. Each is done by a fresh agent in a fresh browser, which knows the result of the turn before, what went
    wrong in earlier ones, and the end user's credentials and signed-in state; nothing else.

    Example::

        first = await client.tasks.run(end_user_id="ann", task="Which books are on sale?", start_url="https://shop.example")
        second = await client.tasks.run(end_user_id="ann", session_id=first.session_id, task="Which of those is the cheapest?")
        print(second.status, second.result)
    """

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def run(
        self, *, on_event: OnEvent | None = None, on_step: OnStep | None = None, **request: Unpack[params.SubmitTaskCall]
    ) -> Task:
        """Submits a task and waits for its end, whatever that is: look at ``status``, or take the result with `result_of`. A broken
        connection does not end the waiting, and where streams do not come through it asks again and again. While the task is paused with a
        question to a person (``on_event`` tells of ``human.asked``) it goes on waiting: answer with `resume`.

        When the waiting is given up, by ``timeout``, by Ctrl-C or by cancelling, the task is cancelled.

        Args:
            on_event: called with each line of the task's log, from its first on; the next one waits for what it does
            on_step: the same of each step that is done
            timeout: how long it may take in all, in seconds, waiting for a worker and for people included; then it is cancelled. Default:
                as long as it takes

        Raises:
            CarrelTimeoutError: the ``timeout`` is over.

        Example::

            task = await client.tasks.run(
                end_user_id="ann",
                task="Find the postage to Japan",
                start_url="https://shop.example",
                on_step=lambda step: print(step.n, step.msg),
            )
        """
        fields, options = parted(request)
        timeout, max_retries = options.get("timeout"), options.get("max_retries")
        deadline = Deadline(timeout, lambda: f"The task did not end within {timeout} s, and was cancelled.")
        # Not given up in the midst: nobody would know the task that may have come of it.
        creation: CreateOptions = {"idempotency_key": key_of(options)}
        submitted = await to_the_end(self._submit(fields, creation), lambda task: self._cancel_quietly(task.task_id))
        waiting = _Waiting(on_event, on_step, max_retries, deadline)
        try:
            return await self._wait(submitted.task_id, waiting)
        except GIVEN_UP:
            await self._cancel_quietly(submitted.task_id)
            raise
        except CarrelTimeoutError:
            if deadline.is_over:
                await self._cancel_quietly(submitted.task_id)
            raise

    async def submit(self, **request: Unpack[params.SubmitTaskCall]) -> SubmittedTask:
        """Submits a task, and does not wait for it. Retried safely: an idempotency key is made when none is given."""
        fields, options = parted(request)
        return await self._submit(fields, options)

    async def wait(
        self,
        id: str,
        *,
        on_event: OnEvent | None = None,
        on_step: OnStep | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Task:
        """Waits for the end of a task that was submitted before, and gives it. Giving the waiting up leaves the task as it is.

        Args:
            on_event: called with each line of the task's log, from its first on; the next one waits for what it does
            on_step: the same of each step that is done
            timeout: how long to wait at most, in seconds. Default: until the task has ended, which its own ``timeout_ms`` sees to
            max_retries: how often to try again a call that the server did not answer. Default 5
        """
        deadline = Deadline(timeout, lambda: f"{id} did not end within {timeout} s. It goes on.")
        return await self._wait(id, _Waiting(on_event, on_step, max_retries, deadline))

    async def get(self, id: str, **query: Unpack[params.GetTaskCall]) -> Task:
        """With ``include="context"``, what it knew of the turns before is in ``context``."""
        fields, options = parted(query)
        request = Request("GET", _path_of(id), query=to_wire(params.GetTaskQuery, fields))
        return await self._transport.json(Task, request, options)

    async def list(self, **query: Unpack[params.ListTasksCall]) -> TaskList:
        """A page of the tasks, grouped by session, newest first. ``client.sessions.list()`` reads on by itself."""
        fields, options = parted(query)
        request = Request("GET", "/v1/tasks", query=to_wire(params.ListTasksQuery, fields))
        return await self._transport.json(TaskList, request, options)

    async def cancel(self, id: str, **options: Unpack[CallOptions]) -> Task:
        """Cancels a task, wherever it is. One that has ended stays as it is."""
        return await self._transport.json(Task, Request("POST", _path_of(id, "cancel"), is_harmless=True), options)

    async def pause(self, id: str, **options: Unpack[CallOptions]) -> Task:
        """Has a task pause at the end of its step, until it is resumed."""
        return await self._transport.json(Task, Request("POST", _path_of(id, "pause")), options)

    async def resume(self, id: str, **request: Unpack[params.ResumeTaskCall]) -> Task:
        """Has a paused task go on; with the answer, when it waits for one.

        Example::

            task = await client.tasks.get(task_id)
            if task.waiting_for and task.waiting_for.question:
                await client.tasks.resume(task_id, answer="the second one")
        """
        fields, options = parted(request)
        json = to_wire(params.ResumeTaskRequest, fields)
        return await self._transport.json(Task, Request("POST", _path_of(id, "resume"), json=json), options)

    async def requeue(self, id: str, **options: Unpack[CallOptions]) -> Task:
        """Begins a task anew that failed for want of something that is not its own (``is_dead``)."""
        return await self._transport.json(Task, Request("POST", _path_of(id, "requeue")), options)

    def dead(self, **query: Unpack[params.ListDeadTasksCall]) -> AsyncPageList[Task]:
        """The tasks that failed for want of something that is not their own, such as a browser or a server, newest first."""
        fields, options = parted(query)
        request = Request("GET", "/v1/dead-tasks", query=to_wire(params.ListDeadTasksQuery, fields))
        return AsyncPageList(self._transport, Task, request, options)

    def events(
        self, id: str, *, after: int = 0, follow: bool = False, max_retries: int = 5, silence_timeout: float = SILENCE_TIMEOUT
    ) -> AsyncGenerator[TaskEvent, None]:
        """The log of a task, oldest first; with ``follow``, also what is yet to come, until the task has ended.

        Args:
            after: only events with a larger id
            follow: wait for what is yet to come
            max_retries: when following: how often in a row to connect again without hearing anything new
            silence_timeout: when following: take a connection for dead that has been silent, heartbeats included, for so many seconds

        Example::

            async for event in client.tasks.events(task_id, follow=True):
                print(event.type, event.data)
        """
        log = self._log(id, {})
        if follow:
            return follow_events(log, after, Following(max_retries, silence_timeout, FOR_EVER))
        return read_events(log, after, {})

    async def screenshot(self, id: str, step: int, **options: Unpack[CallOptions]) -> bytes:
        """The picture of a step (JPEG), of a task that was submitted with ``screenshots``."""
        request = Request("GET", _path_of(id, "steps", str(step), "screenshot"), accept="image/jpeg")
        return await self._transport.content(request, options)

    async def _submit(self, fields: dict[str, object], options: CreateOptions) -> SubmittedTask:
        json = to_wire(params.SubmitTaskRequest, fields)
        creation = Request("POST", "/v1/tasks", json=json, idempotency_key=key_of(options))
        return await self._transport.json(SubmittedTask, creation, options)

    def _log(self, id: str, options: CallOptions) -> AsyncEventLog[TaskEvent]:
        async def has_ended() -> bool:
            return is_terminal(await self.get(id, **options))

        async def is_last(event: TaskEvent) -> bool:
            # One that was begun anew since has more to say after an end.
            return event.type in _LAST_EVENTS and await has_ended()

        return AsyncEventLog(self._transport, TaskEvent, _path_of(id, "events"), id, is_last, has_ended)

    async def _wait(self, id: str, waiting: "_Waiting") -> Task:
        deadline, after = waiting.deadline, 0
        while True:
            try:
                following = Following(max_retries=0, silence_timeout=_SILENCE_TIMEOUT, deadline=deadline)
                async with aclosing(follow_events(self._log(id, waiting.options), after, following)) as events:
                    async for event in events:
                        after = event.id
                        await waiting.tell(event)
            except CarrelError as error:
                deadline.check()
                if not _is_cut(error):
                    raise
            # The task is asked before the log, so that a task that has ended has said all that it has to say.
            try:
                task = await self.get(id, **waiting.options)
                async for event in read_events(self._log(id, waiting.options), after, waiting.options):
                    after = event.id
                    await waiting.tell(event)
            except CarrelTimeoutError:
                deadline.check()
                raise
            if is_terminal(task):
                return task
            await sleep(deadline.at_most(_POLL_INTERVAL))
            deadline.check()

    async def _cancel_quietly(self, id: str) -> None:
        # That it cannot be cancelled either says less than the reason to give it up.
        with suppress(CarrelError):
            await self.cancel(id, timeout=_CANCEL_TIMEOUT)


@dataclass(frozen=True)
class _Waiting:
    """How to wait for a task, and whom to tell."""

    on_event: OnEvent | None
    on_step: OnStep | None
    max_retries: int | None
    deadline: Deadline

    @property
    def options(self) -> CallOptions:
        """Of each call that is made on the way."""
        return {"timeout": self.deadline.remaining, "max_retries": 5 if self.max_retries is None else self.max_retries}

    async def tell(self, event: TaskEvent) -> None:
        await call_back(self.on_event, event)
        if event.type == "step.finished":
            await call_back(self.on_step, StepSummary.model_validate(event.data["summary"]))


def _path_of(id: str, *parts: str) -> str:
    return path_of("v1", "tasks", id, *parts)


def _is_cut(error: CarrelError) -> bool:
    """Whether a stream came to nothing although the server may well be there."""
    return isinstance(error, CarrelConnectionError) or may_retry(error, True)

"""Results of tasks."""

from typing import Any, TypeVar, overload

from pydantic import BaseModel

from ._errors import CarrelTaskError
from .models import Task

M = TypeVar("M", bound=BaseModel)

_ENDS = {"completed", "failed", "cancelled"}


def is_terminal(task: Task) -> bool:
    """Whether a task is over: completed, failed or cancelled."""
    return task.status in _ENDS


@overload
def result_of(task: Task) -> Any: ...
@overload
def result_of(task: Task, shape: type[M]) -> M: ...
def result_of(task: Task, shape: type[M] | None = None) -> Any:
    """The result of a task that has completed.

    Args:
        task: a task that has ended
        shape: the pydantic model that its ``schema`` was made of; without one, the result is as it came

    Raises:
        CarrelTaskError: it failed, was cancelled or has not ended.

    Example::

        task = client.tasks.run(end_user_id="ann", task="Which is the cheapest?", schema=Offer.model_json_schema())
        offer = result_of(task, Offer)
    """
    if task.status != "completed":
        raise CarrelTaskError(task)
    return task.result if shape is None else shape.model_validate(task.result)

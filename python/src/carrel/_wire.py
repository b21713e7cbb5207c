"""Requests on their way to the wire: names from snake_case to camelCase, where they are names of the contract and not a caller's own."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from ._errors import CarrelApiError, CarrelError
from ._http.request import CallOptions, CreateOptions

T = TypeVar("T")

_OPTIONS = frozenset(CreateOptions.__annotations__) | frozenset(CallOptions.__annotations__)


def parted(call: Mapping[str, Any]) -> tuple[dict[str, Any], CreateOptions]:
    """Parts what a call was given into the fields of its request and its options."""
    request = {name: value for name, value in call.items() if name not in _OPTIONS}
    options = CreateOptions()
    if "timeout" in call:
        options["timeout"] = call["timeout"]
    if "max_retries" in call:
        options["max_retries"] = call["max_retries"]
    if "idempotency_key" in call:
        options["idempotency_key"] = call["idempotency_key"]
    return request, options


def to_wire(shape: Any, given: Any) -> Any:
    """What was given, in JSON as the contract has it. A field that it does not have goes along as it is: the server says what is wrong.

    Raises:
        CarrelError: ``invalid_request``: a value is of another type than the contract has.
    """
    adapter = _adapter(shape)
    try:
        return adapter.dump_python(adapter.validate_python(_plain(given)), mode="json", by_alias=True)
    except ValidationError as error:
        raise CarrelError("invalid_request", f"The request was not sent, as it cannot be right. {_told(error)}") from None


def from_wire(shape: type[T], content: bytes, *, status: int, url: str) -> T:
    """An answer, as the contract describes it."""
    try:
        answer: T = _adapter(cast(Any, shape)).validate_json(content)
    except ValidationError as error:
        raise CarrelApiError(
            "unexpected_response",
            f"{url} answered {status} with something that is not Carrel's. Is CARREL_URL right? {_told(error)}",
            status=status,
        ) from None
    return answer


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _plain(value: object) -> Any:
    """Answers may be parts of requests: a cookie of one browser is set in another."""
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True, exclude_unset=True, mode="json")
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in cast(Mapping[str, object], value).items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in cast(Sequence[object], value)]
    return value


def _told(error: ValidationError) -> str:
    """What is wrong, and where. Not the error itself: it quotes values, which may be passwords, cookies and keys."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    return " ".join(f"{'.'.join(map(str, problem['loc'])) or 'It'}: {problem['msg']}." for problem in problems[:5])

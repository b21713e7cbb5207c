"""Answers that are no success, and none at all."""

import json
from typing import Any, cast

import httpx

from .._errors import CarrelApiError, CarrelConnectionError
from .retry import parse_retry_after

_MAX_QUOTED_CHARS = 200


def connection_error(error: Exception, url: str) -> CarrelConnectionError:
    """Turns what httpx raised into an error that says which server did not answer and what to do."""
    why = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    # No connection came about, so that not one byte of the request was sent.
    is_unsent = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
    if is_unsent:
        what = f"No Carrel server answers at {url} ({why}). Start one with `carrel serve`, or set CARREL_URL to where yours is."
    else:
        what = f"The connection to {url} broke before the whole answer had come ({why})."
    return CarrelConnectionError(what, is_unsent=is_unsent)


def api_error(response: httpx.Response, content: bytes) -> CarrelApiError:
    """Reads an answer that is not a success. An error of a later server, with a code not known here, keeps that code."""
    retry_after = parse_retry_after(response.headers.get("retry-after"))
    body = _object(content)
    if isinstance(body.get("code"), str) and isinstance(body.get("error"), str):
        return CarrelApiError(
            body["code"],
            body["error"],
            status=response.status_code,
            details=body.get("details"),
            request_id=body.get("requestId"),
            retry_after=retry_after,
        )
    text = content.decode(errors="replace")
    quoted = json.dumps(text if len(text) <= _MAX_QUOTED_CHARS else f"{text[:_MAX_QUOTED_CHARS]}…", ensure_ascii=False)
    return CarrelApiError(
        "unexpected_response",
        f"{response.url} answered {response.status_code} with something that is not Carrel's: {quoted}. "
        "Is CARREL_URL right, or is a proxy in between?",
        status=response.status_code,
        retry_after=retry_after,
    )


def _object(content: bytes) -> dict[str, Any]:
    """Empty when it is none: the caller says so, with the text."""
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}

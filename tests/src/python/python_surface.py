"""Prints what one can do with the Python client, as typescript-surface.ts reads it off the SDK for TypeScript."""

import inspect
import json
from typing import Any, get_type_hints

import carrel
from carrel import enums, models, params
from carrel._async.end_users import AsyncEndUser
from carrel._sync.end_users import EndUser

KINDS = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def taken_by(method: Any) -> list[str]:
    """The names of all that a method takes: its parameters, and the fields of a dictionary of them."""
    if method.__name__ == "execute":  # What it takes is in its overloads: all of each action.
        return sorted({field for shape in [*params.ACTIONS.values(), carrel.CallOptions] for field in get_type_hints(shape)})
    names = set()
    for parameter in inspect.signature(method).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            names |= set(fields_of(parameter.annotation))
        elif parameter.kind in KINDS:
            names.add(parameter.name)
    return sorted(names)


def fields_of(annotation: Any) -> dict[str, Any]:
    """The fields of `Unpack[…]`."""
    (shape,) = annotation.__args__
    return get_type_hints(shape)


def read(owner: type, prefix: str, members: dict[str, list[str]]) -> None:
    hints = get_type_hints(owner)
    for name, part in hints.items():
        if not name.startswith("_"):
            if isinstance(part, type) and part.__module__.startswith("carrel._"):
                read(part, f"{prefix}{name}.", members)
            else:
                members[f"{prefix}{name}"] = []
    for name, member in inspect.getmembers(owner):
        if name.startswith("_"):
            continue
        members[f"{prefix}{name}"] = [] if isinstance(member, property) else taken_by(member)


def surface(client: type, browser: type, end_user: type, page_list: type) -> dict[str, list[str]]:
    members: dict[str, list[str]] = {}
    read(client, "", members)
    read(browser, "browser.", members)
    read(end_user, "end_user.", members)
    read(page_list, "page_list.", members)
    return members


sync = surface(carrel.Carrel, carrel.Browser, EndUser, carrel.PageList)
# The two halves are one: what is asked of the first is asked of both.
assert sync == surface(carrel.AsyncCarrel, carrel.AsyncBrowser, AsyncEndUser, carrel.AsyncPageList)
public = {name for module in (carrel, models, params, enums) for name in vars(module) if not name.startswith("_")}
print(json.dumps({"members": sync, "exports": sorted(public)}))

"""What all models of answers have in common."""

import re
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, GetPydanticSchema
from pydantic_core import core_schema

T = TypeVar("T")

OrNewer = Annotated[T, GetPydanticSchema(lambda _source, _handler: core_schema.str_schema())]
"""One of the words that were there when this client was made; or one that a later server has."""


def camel(name: str) -> str:
    """The name of a field on the wire."""
    return re.sub(r"_(.)", lambda match: match[1].upper(), name)


REQUEST = ConfigDict(alias_generator=camel, populate_by_name=True, extra="allow")
"""How what a caller gives becomes what goes over the wire. What the contract does not have goes along: the server says what is wrong."""


class Model(BaseModel):
    """An answer of the server."""

    # Built when they are first used: not every program needs all of them.
    model_config = ConfigDict(
        alias_generator=camel,
        populate_by_name=True,
        extra="allow",
        protected_namespaces=(),
        defer_build=True,
    )


class Page(Model, Generic[T]):
    """One page of a list."""

    data: list[T]
    next_cursor: str | None
    """Where the next page begins; None at the end."""

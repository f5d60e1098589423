"""From Python's values to requests, and from responses to models."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Mapping, Optional, Sequence, Tuple, Type, TypeVar, Union, cast
from urllib.parse import quote, urlencode

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json

from ._connection import Call, Outcome, Response
from .errors import unexpected

Kind = TypeVar("Kind")

Scalar = Union[str, int, bool]
QueryValue = Union[Scalar, Sequence[str], None]
Object = Union[BaseModel, Mapping[str, Any]]
Body = Union[Object, Sequence[Object], None]


def call(method: str, path: str, ids: Tuple[str, ...] = (), query: Optional[Mapping[str, QueryValue]] = None, body: Body = None) -> Call:
    """A request. Each ``{}`` of the path is one of the ids; members of a model that were not set stay absent."""
    for id in ids:
        if id in ("", ".", ".."):
            # Servers and proxies resolve these, and would do something else.
            raise ValueError(f"{id!r} is no id")
    path = path.format(*(quote(id, safe="") for id in ids))
    pairs = [pair for name, value in (query or {}).items() for pair in _pairs(name, value)]
    if pairs:
        path = f"{path}?{urlencode(pairs)}"
    return Call(method, path, None if body is None else _json(body))


def searched(search: Optional[str], search_params: Optional[Mapping[str, QueryValue]]) -> Mapping[str, QueryValue]:
    """The parameters of a search."""
    return {"search": search, **(search_params or {})}


def read(outcome: Outcome, kind: Type[Kind]) -> Kind:
    """The value of a success.

    :raises ManagementError: for everything else.
    """
    if not isinstance(outcome, Response):
        raise outcome
    try:
        value: Kind = _adapter(cast(Any, kind)).validate_json(outcome.body)
    except ValidationError as error:
        raise unexpected(outcome.status) from error
    return value


def read_status(outcome: Outcome, kind: Type[Kind], statuses: Tuple[int, ...]) -> Optional[Kind]:
    """The value of a success with one of these statuses; None for others."""
    if isinstance(outcome, Response) and outcome.status not in statuses:
        return None
    return read(outcome, kind)


def check(outcome: Outcome) -> None:
    """Success, whatever it says."""
    if not isinstance(outcome, Response):
        raise outcome


@lru_cache(maxsize=1024)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _json(body: Union[Object, Sequence[Object]]) -> str:
    if isinstance(body, BaseModel):
        return body.model_dump_json(by_alias=True, exclude_unset=True)
    if isinstance(body, Mapping):
        return to_json(body, by_alias=True).decode()
    return f"[{','.join(_json(one) for one in body)}]"


def _pairs(name: str, value: QueryValue) -> Sequence[Tuple[str, str]]:
    if value is None:
        return []
    if isinstance(value, (str, int)):
        return [(name, _text(value))]
    return [(name, _text(one)) for one in value]


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

"""What the generated groups of operations stand on, in plain functions and in coroutines."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Callable, ClassVar, List, Mapping, Optional, Tuple, Type, TypeVar

from pydantic import BaseModel, ConfigDict

from .._background import block, runBlocking
from ._calls import Kind, QueryValue, call, check, read, read_status, searched
from ._connection import Call, Connection, Outcome
from ._paging import AsyncPages, Pages

__all__ = ["ABSENT", "AsyncBase", "AsyncGroup", "Base", "Group", "RequestModel", "ResponseModel", "call", "searched"]

Item = TypeVar("Item")

# The default of members of requests that may be absent but not null.
ABSENT: Any = None


def camel(name: str) -> str:
    """``primary_email`` as on the wire: ``primaryEmail``."""
    first, *others = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


class RequestModel(BaseModel):
    """What is sent. Members that are not given stay absent; None is sent as null, and only members that may be null take it."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=camel, populate_by_name=True, extra="forbid", protected_namespaces=())


class ResponseModel(BaseModel):
    """What the server answers. Members that this package does not know yet are kept in ``model_extra``."""

    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=camel, populate_by_name=True, extra="allow", protected_namespaces=())


class Base(Connection):
    """The client in plain functions. Give it to as many threads as there are."""

    def _perform(self, call: Call) -> Outcome:
        attempts = 1
        while True:
            outcome = block(self.attempt, call)
            wait = self.wait_before_next(call, outcome, attempts)
            if wait is None:
                return outcome
            time.sleep(wait)
            attempts += 1

    def __enter__(self: Client) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing has to be closed; this is for symmetry with other clients."""


class AsyncBase(Connection):
    """The client in coroutines."""

    async def _perform(self, call: Call) -> Outcome:
        attempts = 1
        while True:
            outcome = await runBlocking(self.attempt, call)
            wait = self.wait_before_next(call, outcome, attempts)
            if wait is None:
                return outcome
            await asyncio.sleep(wait)
            attempts += 1

    async def __aenter__(self: AsyncClient) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing has to be closed; this is for symmetry with other clients."""


Client = TypeVar("Client", bound=Base)
AsyncClient = TypeVar("AsyncClient", bound=AsyncBase)


class Group:
    """Operations on one kind of thing."""

    def __init__(self, client: Base) -> None:
        self._client = client

    def _fetch(self, call: Call, kind: Type[Kind]) -> Kind:
        return read(self._client._perform(call), kind)

    def _fetch_if(self, statuses: Tuple[int, ...], call: Call, kind: Type[Kind]) -> Optional[Kind]:
        return read_status(self._client._perform(call), kind, statuses)

    def _send(self, call: Call) -> None:
        check(self._client._perform(call))

    def _list(
        self,
        path: str,
        ids: Tuple[str, ...],
        query: Mapping[str, QueryValue],
        kind: Type[Kind],
        items: Callable[[Kind], List[Item]],
        page_size: int,
    ) -> Pages[Item]:
        def fetch(number: int, size: int) -> List[Item]:
            return items(self._fetch(call("GET", path, ids, {**query, "page": number, "page_size": size}), kind))

        return Pages(fetch, page_size)


class AsyncGroup:
    """The same in coroutines."""

    def __init__(self, client: AsyncBase) -> None:
        self._client = client

    async def _fetch(self, call: Call, kind: Type[Kind]) -> Kind:
        return read(await self._client._perform(call), kind)

    async def _fetch_if(self, statuses: Tuple[int, ...], call: Call, kind: Type[Kind]) -> Optional[Kind]:
        return read_status(await self._client._perform(call), kind, statuses)

    async def _send(self, call: Call) -> None:
        check(await self._client._perform(call))

    def _list(
        self,
        path: str,
        ids: Tuple[str, ...],
        query: Mapping[str, QueryValue],
        kind: Type[Kind],
        items: Callable[[Kind], List[Item]],
        page_size: int,
    ) -> AsyncPages[Item]:
        async def fetch(number: int, size: int) -> List[Item]:
            return items(await self._fetch(call("GET", path, ids, {**query, "page": number, "page_size": size}), kind))

        return AsyncPages(fetch, page_size)

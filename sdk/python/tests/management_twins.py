"""Both clients behind one plain face, so that each test is run on both."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from logto.management import AsyncManagementClient, AsyncPages, ManagementClient


class Driven:
    """A group of the client in coroutines, each call of which is run to its end."""

    def __init__(self, group: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._group, self._loop = group, loop

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._group, name)

        def run(*arguments: Any, **options: Any) -> Any:
            result = method(*arguments, **options)
            if isinstance(result, AsyncPages):
                return DrivenPages(result, self._loop)
            assert inspect.iscoroutine(result)
            return self._loop.run_until_complete(result)

        return run


class DrivenPages:
    def __init__(self, pages: AsyncPages[Any], loop: asyncio.AbstractEventLoop) -> None:
        self._pages, self._loop = pages, loop

    def page(self, number: int) -> Any:
        return self._loop.run_until_complete(self._pages.page(number))

    def pages(self) -> Any:
        async def collect() -> Any:
            return [one async for one in self._pages.pages()]

        return iter(self._loop.run_until_complete(collect()))

    def __iter__(self) -> Any:
        async def collect() -> Any:
            return [one async for one in self._pages]

        return iter(self._loop.run_until_complete(collect()))


class AsyncTwin:
    """The client in coroutines."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._client, self._loop = AsyncManagementClient(*arguments, **options), asyncio.new_event_loop()

    def __getattr__(self, name: str) -> Any:
        return Driven(getattr(self._client, name), self._loop)


TWINS = {"plain": ManagementClient, "coroutines": AsyncTwin}

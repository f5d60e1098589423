"""Lists that come in pages."""

from __future__ import annotations

from typing import AsyncIterator, Awaitable, Callable, Generic, Iterator, List, TypeVar

Item = TypeVar("Item")

MAX_PAGE_SIZE = 100


def check_size(page_size: int) -> int:
    if not 1 <= page_size <= MAX_PAGE_SIZE:
        raise ValueError(f"page_size must be 1 to {MAX_PAGE_SIZE}")
    return page_size


class Pages(Generic[Item]):
    """A list whose pages are fetched as they are needed. Each iteration begins anew.

    What is added or removed meanwhile can shift the pages: an item may then come twice, or not at all.
    """

    def __init__(self, fetch: Callable[[int, int], List[Item]], page_size: int) -> None:
        self._fetch = fetch
        self.page_size: int = check_size(page_size)

    def page(self, number: int) -> List[Item]:
        """One page; the first is 1, those after the last are empty."""
        return self._fetch(number, self.page_size)

    def pages(self) -> Iterator[List[Item]]:
        """Page after page, without empty ones."""
        number = 1
        while True:
            items = self.page(number)
            if items:
                yield items
            if len(items) < self.page_size:
                return
            number += 1

    def __iter__(self) -> Iterator[Item]:
        for items in self.pages():
            yield from items


class AsyncPages(Generic[Item]):
    """The same for ``async for``."""

    def __init__(self, fetch: Callable[[int, int], Awaitable[List[Item]]], page_size: int) -> None:
        self._fetch = fetch
        self.page_size: int = check_size(page_size)

    async def page(self, number: int) -> List[Item]:
        """One page; the first is 1, those after the last are empty."""
        return await self._fetch(number, self.page_size)

    async def pages(self) -> AsyncIterator[List[Item]]:
        """Page after page, without empty ones."""
        number = 1
        while True:
            items = await self.page(number)
            if items:
                yield items
            if len(items) < self.page_size:
                return
            number += 1

    async def __aiter__(self) -> AsyncIterator[Item]:
        async for items in self.pages():
            for item in items:
                yield item

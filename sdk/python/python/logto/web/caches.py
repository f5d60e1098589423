"""Small values with an end, shared by the processes of an application where the cache is."""

from __future__ import annotations

from typing import Any, Dict, Optional, Protocol, Tuple, Union, runtime_checkable

from .._clock import elapsed
from .._lock import ProcessLock


@runtime_checkable
class Cache(Protocol):
    """What is asked of a cache. The caches of Django, cachelib and Flask-Caching are ones as they are."""

    def get(self, key: str, /) -> Any:
        """The stored text, or None."""

    def set(self, key: str, value: str, seconds: int, /) -> Any:
        """Stores a text for so many seconds."""


@runtime_checkable
class AsyncCache(Protocol):
    """The same in coroutines."""

    async def get(self, key: str, /) -> Any:
        """The stored text, or None."""

    async def set(self, key: str, value: str, seconds: int, /) -> Any:
        """Stores a text for so many seconds."""


AnyCache = Union[Cache, AsyncCache]


class MemoryCache:
    """In the memory of this process: for one process, and for development."""

    def __init__(self, limit: int = 100_000) -> None:
        """
        :param limit: how many values are kept; above it, those stored longest ago are dropped.
        """
        self._limit = limit
        self._values: Dict[str, Tuple[str, float]] = {}
        self._lock = ProcessLock()

    def get(self, key: str) -> Optional[str]:
        with self._lock:
            value, until = self._values.get(key, (None, 0.0))
            if value is not None and until <= elapsed():
                del self._values[key]
                return None
            return value

    def set(self, key: str, value: str, seconds: int) -> None:
        with self._lock:
            self._store(key, value, seconds)

    def delete(self, key: str) -> None:
        with self._lock:
            self._values.pop(key, None)

    def add(self, key: str, value: str, seconds: int) -> bool:
        """Stores a text unless there is one; whether it did. Nothing comes between."""
        with self._lock:
            if self._values.get(key, ("", 0.0))[1] > elapsed():
                return False
            self._store(key, value, seconds)
            return True

    def _store(self, key: str, value: str, seconds: int) -> None:
        self._values.pop(key, None)
        self._values[key] = value, elapsed() + seconds
        while len(self._values) > self._limit:
            del self._values[next(iter(self._values))]


class RedisCache:
    """Over a ``redis.Redis`` of your own."""

    def __init__(self, client: Any, prefix: str = "") -> None:
        self._client, self._prefix = client, prefix

    def get(self, key: str) -> Optional[str]:
        return _text(self._client.get(self._prefix + key))

    def set(self, key: str, value: str, seconds: int) -> None:
        self._client.set(self._prefix + key, value, ex=seconds)

    def delete(self, key: str) -> None:
        self._client.delete(self._prefix + key)

    def add(self, key: str, value: str, seconds: int) -> bool:
        """Stores a text unless there is one; whether it did. Nothing comes between."""
        return bool(self._client.set(self._prefix + key, value, ex=seconds, nx=True))


class AsyncRedisCache:
    """Over a ``redis.asyncio.Redis`` of your own."""

    def __init__(self, client: Any, prefix: str = "") -> None:
        self._client, self._prefix = client, prefix

    async def get(self, key: str) -> Optional[str]:
        return _text(await self._client.get(self._prefix + key))

    async def set(self, key: str, value: str, seconds: int) -> None:
        await self._client.set(self._prefix + key, value, ex=seconds)

    async def delete(self, key: str) -> None:
        await self._client.delete(self._prefix + key)

    async def add(self, key: str, value: str, seconds: int) -> bool:
        """Stores a text unless there is one; whether it did. Nothing comes between."""
        return bool(await self._client.set(self._prefix + key, value, ex=seconds, nx=True))


def _text(value: Any) -> Optional[str]:
    return value.decode() if isinstance(value, bytes) else value

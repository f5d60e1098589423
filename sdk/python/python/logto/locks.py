"""Locks for storages that several processes share, so that only one of them refreshes a session's tokens at a time.

Each is called with a key and gives a context manager. As an attribute of a storage it is what
:class:`logto.LockingStorage` asks for: ``lock = FileLock("/run/app")``.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, AsyncGenerator, Callable, Generator, Optional, Union

from .Storage import PersistKey, Storage

DEFAULT_WAIT = 30.0
POLL_INTERVAL = 0.02

_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"


class FileLock:
    """A lock between the processes of one machine, by ``flock``. Not on Windows, and not on network file systems without it."""

    def __init__(self, directory: Union[str, Path], wait: float = DEFAULT_WAIT) -> None:
        """
        :param directory: where lock files are made and removed; made when it is missing, for this user alone.
        :param wait: how long to wait for the lock, in seconds.
        :raises NotImplementedError: on Windows.
        """
        if os.name == "nt":
            raise NotImplementedError("FileLock needs flock, which Windows has not: use RedisLock or a lock of your database")
        self._directory = Path(directory)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._wait = wait

    @contextmanager
    def __call__(self, key: str) -> Generator[None, None, None]:
        path = self._directory / f"{key}.lock"
        descriptor = _retry(lambda: _lock_file(path), self._wait)
        try:
            yield
        finally:
            # Removed while it is locked: whoever waits for it sees that it is no longer the one.
            path.unlink(missing_ok=True)
            os.close(descriptor)


def _lock_file(path: Path) -> Optional[int]:
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), os.stat(path)):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


class RedisLock:
    """A lock between machines: ``SET NX PX`` with a random value, removed only by its holder."""

    def __init__(self, client: Any, prefix: str = "logto:lock:", lifetime: float = 60.0, wait: float = DEFAULT_WAIT) -> None:
        """
        :param client: a ``redis.Redis`` of your own.
        :param prefix: of the keys in Redis.
        :param lifetime: after this many seconds a holder that died no longer holds it: longer than ``LogtoConfig.timeout``.
        :param wait: how long to wait for the lock, in seconds.
        """
        self._client, self._prefix, self._lifetime, self._wait = client, prefix, lifetime, wait

    @contextmanager
    def __call__(self, key: str) -> Generator[None, None, None]:
        name, value = f"{self._prefix}{key}", secrets.token_urlsafe(16)
        milliseconds = int(self._lifetime * 1000)
        _retry(lambda: self._client.set(name, value, nx=True, px=milliseconds) or None, self._wait)
        try:
            yield
        finally:
            self._client.eval(_RELEASE, 1, name, value)


class AsyncRedisLock:
    """The same over a ``redis.asyncio.Redis``, for storages that are awaited."""

    def __init__(self, client: Any, prefix: str = "logto:lock:", lifetime: float = 60.0, wait: float = DEFAULT_WAIT) -> None:
        """The parameters are those of :class:`RedisLock`."""
        self._client, self._prefix, self._lifetime, self._wait = client, prefix, lifetime, wait

    @asynccontextmanager
    async def __call__(self, key: str) -> AsyncGenerator[None, None]:
        name, value = f"{self._prefix}{key}", secrets.token_urlsafe(16)
        until = time.monotonic() + self._wait
        while not await self._client.set(name, value, nx=True, px=int(self._lifetime * 1000)):
            if time.monotonic() >= until:
                raise TimeoutError("the lock was not free in time")
            await asyncio.sleep(POLL_INTERVAL)
        try:
            yield
        finally:
            await self._client.eval(_RELEASE, 1, name, value)


def _retry(attempt: Callable[[], Any], wait: float) -> Any:
    """The first result that is not None. Waits by sleeping, which gevent turns into a switch.

    :raises TimeoutError: after ``wait`` seconds.
    """
    until = time.monotonic() + wait
    while True:
        result = attempt()
        if result is not None:
            return result
        if time.monotonic() >= until:
            raise TimeoutError("the lock was not free in time")
        time.sleep(POLL_INTERVAL)


class LockedStorage(Storage):
    """A storage with a lock added."""

    def __init__(self, storage: Storage, lock: Callable[[str], AbstractContextManager[object]]) -> None:
        self._storage = storage
        self._lock = lock

    def get(self, key: PersistKey) -> Optional[str]:
        return self._storage.get(key)

    def set(self, key: PersistKey, value: Optional[str]) -> None:
        self._storage.set(key, value)

    def delete(self, key: PersistKey) -> None:
        self._storage.delete(key)

    def lock(self, key: str) -> AbstractContextManager[object]:
        return self._lock(key)

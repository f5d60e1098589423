"""Where a user's session is kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Dict, Literal, Optional, Protocol, runtime_checkable

PersistKey = Literal["idToken", "accessTokenMap", "refreshToken", "signInSession"]


class Storage(ABC):
    """One user's session: four strings. Implement it over the session of your framework.

    Only ever called on the thread (and, in coroutines, on the event loop) that called the client.
    """

    @abstractmethod
    def get(self, key: PersistKey) -> Optional[str]:
        """The stored value, or None."""

    @abstractmethod
    def set(self, key: PersistKey, value: Optional[str]) -> None:
        """Stores a value; None counts as absent."""

    @abstractmethod
    def delete(self, key: PersistKey) -> None:
        """Removes a value; no error when there is none."""


class AsyncStorage(ABC):
    """The same over a store that has to be awaited. All four keys are read before an operation and once more after it;
    what the operation changed is awaited at its end.
    """

    @abstractmethod
    async def get(self, key: PersistKey) -> Optional[str]:
        """The stored value, or None."""

    @abstractmethod
    async def set(self, key: PersistKey, value: Optional[str]) -> None:
        """Stores a value; None counts as absent."""

    @abstractmethod
    async def delete(self, key: PersistKey) -> None:
        """Removes a value; no error when there is none."""


@runtime_checkable
class LockingStorage(Protocol):
    """A storage that several processes share, with a lock so that only one of them refreshes its tokens at a time."""

    def lock(self, key: str) -> AbstractContextManager[object]:
        """Holds the lock while the context is entered. Entered and left on any thread.

        :param key: letters, digits, ``-`` and ``_``; made of the session's refresh token, so different for each session.
        :raises TimeoutError: when the lock cannot be had in time.
        """
        ...


@runtime_checkable
class AsyncLockingStorage(Protocol):
    """The same for an :class:`AsyncStorage`; a plain context manager may be returned too."""

    def lock(self, key: str) -> AbstractAsyncContextManager[object]:
        """Holds the lock while the context is entered."""
        ...


class MemoryStorage(Storage):
    """A session in the memory of this process, for tests and scripts. Warns once per object."""

    @staticmethod
    def printWarning() -> None:
        import logging

        logging.getLogger("logto").warning(
            "LogtoClient keeps its session in memory (MemoryStorage): fine for a test; a web application needs a storage "
            "over its users' sessions"
        )

    def __init__(self) -> None:
        self._data: Dict[str, Optional[str]] = {}
        self._warned = False

    def _warn(self) -> None:
        if not self._warned:
            self._warned = True
            self.printWarning()

    def get(self, key: str) -> Optional[str]:
        self._warn()
        return self._data.get(key)

    def set(self, key: str, value: Optional[str]) -> None:
        self._warn()
        self._data[key] = value

    def delete(self, key: str) -> None:
        self._warn()
        self._data.pop(key, None)

"""Where a user's session is kept."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import Dict, Literal, Optional

PersistKey = Literal["idToken", "accessTokenMap", "refreshToken", "signInSession"]

_log = logging.getLogger("logto")


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


class MemoryStorage(Storage):
    """A session in the memory of this process, for tests and scripts. Warns once per object."""

    @staticmethod
    def printWarning() -> None:
        _log.warning(
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

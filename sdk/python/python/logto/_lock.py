"""A lock that a child process never finds held by a thread that it does not have."""

from __future__ import annotations

import os
import threading
from weakref import WeakSet


class ProcessLock:
    """Between the threads of a process; free in a process that was forked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _made.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def renew(self) -> None:
        """In a child process: whoever held it is not here."""
        self._lock = threading.Lock()


_made: WeakSet[ProcessLock] = WeakSet()


def _renew_all() -> None:
    for lock in list(_made):
        lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)

"""Sessions in a cache that all processes share: the browser has a random number, and nothing else."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Callable, Dict, Generator, Optional, Protocol

from flask import Request, Response

from .._native import ValueCipher
from ..LogtoException import StorageError
from ..Storage import Storage
from ..web import Cookie
from ..web.caches import Cache
from ._settings import FlaskSettings

PREFIX = "logto:session:"
_ID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

Lock = Callable[[str], "AbstractContextManager[Any]"]


class SessionCache(Cache, Protocol):
    """A cache for sessions: ``RedisCache``, ``MemoryCache``, and the caches of cachelib and Flask-Caching as they are."""

    def delete(self, key: str, /) -> Any:
        """Removes a text; no error when there is none."""


class ServerSessions:
    """Where they are, and what the cookie is like."""

    def __init__(self, cache: SessionCache, lock: Optional[Lock], settings: FlaskSettings) -> None:
        self.cache = cache
        self.lock = lock
        self.settings = settings

    def open(self, request: Request) -> ServerStorage:
        """The session of a request."""
        return (ServerStorage if self.lock is None else LockedServerStorage)(self, request)

    def cookie(self, value: str, is_secure: bool) -> Cookie:
        """The cookie with a session's id; an empty one removes it."""
        settings = self.settings
        secure = is_secure if settings.cookie_secure is None else settings.cookie_secure
        secure = secure or settings.cookie_name.startswith("__") or settings.cookie_samesite == "none"
        age = settings.cookie_max_age if value else 0
        return Cookie(settings.cookie_name, value, age, settings.cookie_path, settings.cookie_domain, secure, settings.cookie_samesite)


class ServerStorage(Storage):
    """One request's view of its session. What is written is there at once, and what others write is seen by the next request, or
    under the lock.
    """

    def __init__(self, sessions: ServerSessions, request: Request) -> None:
        self._sessions = sessions
        self._secure = request.is_secure
        given = request.cookies.get(sessions.settings.cookie_name, "")
        self._id: Optional[str] = given if _ID.fullmatch(given) else None
        self._given = bool(given)
        self._data: Dict[str, str] = {}
        self._was_there = False
        self._read = False
        self._cookie: Optional[Cookie] = None

    def get(self, key: str) -> Optional[str]:
        return self._current().get(key)

    def set(self, key: str, value: Optional[str]) -> None:
        if value is None:
            return self.delete(key)
        self._change(lambda data: data.__setitem__(key, value))

    def delete(self, key: str) -> None:
        if self._current().get(key) is not None:
            self._change(lambda data: data.pop(key, None))

    def renew_id(self) -> None:
        """Another id for the same session: one that was known before the sign-in is worth nothing after it."""
        data = dict(self._current())
        self._remove()
        if data:
            self._data = data
            self._write()

    def save(self, response: Response) -> None:
        """Adds the cookie to the answer, if it is another one now."""
        response.vary.add("Cookie")
        if self._cookie is not None and (self._cookie.value or self._given):
            response.headers.add("Set-Cookie", self._cookie.header)
            response.headers.setdefault("Cache-Control", "no-store")

    def _current(self) -> Dict[str, str]:
        if not self._read:
            self._data, self._read = self._load(), True
        return self._data

    def _forget_copy(self) -> None:
        self._read = False

    def _change(self, change: Callable[[Dict[str, str]], Any]) -> None:
        self._current()
        began = self._was_there
        self._data = self._load()
        if began and not self._was_there:
            # Signed out meanwhile, by another request: what this one has fetched must not bring the session back.
            return
        change(self._data)
        if self._data:
            self._write()
        else:
            self._remove()

    def _load(self) -> Dict[str, str]:
        found = self._sessions.cache.get(_key(self._id)) if self._id else None
        self._was_there = bool(found)
        if not found or not self._id:
            return {}
        try:
            opened = ValueCipher(self._id).decrypt(PREFIX, str(found))
            return dict(json.loads(opened or b"{}"))
        except (StorageError, ValueError):
            return {}

    def _write(self) -> None:
        # An id that a browser brings and the cache does not know is not taken over: somebody may have put it there.
        if not self._was_there or self._id is None:
            self._id = secrets.token_urlsafe(32)
        # Sealed with the id, of which the cache has only a digest: whoever reads the cache cannot use what is in it.
        sealed = ValueCipher(self._id).encrypt(PREFIX, json.dumps(self._data, separators=(",", ":")).encode())
        self._sessions.cache.set(_key(self._id), sealed, self._sessions.settings.cookie_max_age)
        self._was_there = self._read = True
        self._cookie = self._sessions.cookie(self._id, self._secure)

    def _remove(self) -> None:
        if self._id:
            self._sessions.cache.delete(_key(self._id))
        self._id, self._data, self._was_there, self._read = None, {}, False, True
        self._cookie = self._sessions.cookie("", self._secure)


class LockedServerStorage(ServerStorage):
    """The same with a lock, so that only one process refreshes the tokens of a session at a time."""

    @contextmanager
    def lock(self, key: str) -> Generator[None, None, None]:
        """Holds the lock; what others wrote before it is seen in it."""
        if self._sessions.lock is None:
            yield
            return
        with self._sessions.lock(key):
            self._forget_copy()
            yield


def _key(session_id: str) -> str:
    return PREFIX + hashlib.sha256(session_id.encode()).hexdigest()

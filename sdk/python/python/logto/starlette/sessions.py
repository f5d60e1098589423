"""Where the sessions of the browsers are kept: in encrypted cookies, or on a server under a random id."""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
import re
import secrets
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, AsyncGenerator, Callable, Dict, List, Mapping, Optional, Protocol, Sequence, cast

from .._native import ValueCipher
from ..locks import AsyncRedisLock
from ..LogtoException import ConfigurationError, StorageError
from ..Storage import PersistKey, Storage
from ..web import Cookie, EncryptedCookies

LIFETIME = 14 * 24 * 3600
SIGNED_IN_AT = "signedInAt"

_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_log = logging.getLogger("logto")


class Session(Storage):
    """What one browser's session holds, read once for a request and written with its answer."""

    def __init__(self, data: Optional[Mapping[str, str]] = None, session_id: Optional[str] = None) -> None:
        self.data: Dict[str, str] = dict(data or {})
        self.id = session_id
        self.changed = False
        self.began = False

    def get(self, key: PersistKey) -> Optional[str]:
        return self.data.get(key)

    def set(self, key: PersistKey, value: Optional[str]) -> None:
        if value is None:
            self.delete(key)
        elif self.data.get(key) != value:
            self.data[key] = value
            self.changed = True

    def delete(self, key: PersistKey) -> None:
        if self.data.pop(key, None) is not None:
            self.changed = True

    def begin(self, data: Mapping[str, str]) -> None:
        """Puts a fresh sign-in in the place of whatever was there, under a fresh id."""
        self.data, self.changed, self.began = dict(data), True, True

    def clear(self) -> None:
        """Ends the session."""
        self.data, self.changed, self.began = {}, True, False


class LockedSession(Session):
    """A session that other processes share: read again under its lock, and written before the lock is left."""

    def __init__(self, data: Mapping[str, str], session_id: str, sessions: ServerSessions) -> None:
        super().__init__(data, session_id)
        self._sessions = sessions

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        return self._sessions.locked(self, key)


class Sessions(Protocol):
    """How sessions are kept."""

    async def open(self, cookies: Mapping[str, str]) -> Session:
        """The session of a request; an empty one when it has none, or one that is not to be trusted."""
        ...

    async def save(self, session: Session, cookies: Mapping[str, str], secure: bool) -> List[Cookie]:
        """Keeps a changed session, and gives the cookies to set."""
        ...

    async def keep(self, session: Session) -> None:
        """Keeps a changed session where no cookie can be set any more, if that is possible."""
        ...


class CookieSessions:
    """In the browser, encrypted and cut into pieces that it does not drop."""

    def __init__(self, cookies: EncryptedCookies) -> None:
        self._cookies = cookies

    async def open(self, cookies: Mapping[str, str]) -> Session:
        return Session(self._cookies.read(cookies))

    async def save(self, session: Session, cookies: Mapping[str, str], secure: bool) -> List[Cookie]:
        return self._cookies.write(session.data, cookies, secure)

    async def keep(self, session: Session) -> None:
        _log.warning("a session changed after the answer had begun: its cookie keeps the tokens from before")


class SessionStore(Protocol):
    """Keeps texts on a server, for :class:`LogtoAuth`. The texts are encrypted, and the keys are digests of the sessions' ids.

    With a method ``lock(key)`` that gives an async context manager, the processes of the application refresh the tokens of a session one
    at a time (:class:`logto.AsyncLockingStorage`).
    """

    async def load(self, key: str) -> Optional[str]:
        """The text, or None."""

    async def save(self, key: str, text: str, seconds: int, create: bool) -> None:
        """Stores a text for so many seconds.

        :param create: False: only in the place of a text that is there, so that no slow request brings back an ended session.
        """

    async def remove(self, key: str) -> None:
        """Removes a text; no error when there is none."""


class RedisSessions:
    """A :class:`SessionStore` over a ``redis.asyncio.Redis`` of your own."""

    def __init__(
        self,
        client: Any,
        prefix: str = "logto:session:",
        lock: Optional[Callable[[str], AbstractAsyncContextManager[object]]] = None,
    ) -> None:
        """
        :param lock: so that processes refresh the tokens of a session one at a time. None: one in the same Redis.
        """
        self._client, self._prefix = client, prefix
        self.lock = AsyncRedisLock(client) if lock is None else lock

    async def load(self, key: str) -> Optional[str]:
        found = await self._client.get(self._prefix + key)
        return found.decode() if isinstance(found, bytes) else found

    async def save(self, key: str, text: str, seconds: int, create: bool) -> None:
        await self._client.set(self._prefix + key, text, ex=seconds, xx=not create)

    async def remove(self, key: str) -> None:
        await self._client.delete(self._prefix + key)


class ServerSessions:
    """In a :class:`SessionStore`; the browser has a random id of 256 bits, a fresh one with each sign-in."""

    def __init__(self, store: SessionStore, secret: Sequence[str], cookie: Cookie) -> None:
        """
        :param secret: the first encrypts, all decrypt.
        :param cookie: what the cookie is like; its ``max_age`` is how long a session lives without being used.
        """
        check_store(store)
        self._store, self._cookie = store, cookie
        self._ciphers = [ValueCipher(one) for one in secret]

    async def open(self, cookies: Mapping[str, str]) -> Session:
        session_id = cookies.get(self._cookie.name, "")
        if not _ID.fullmatch(session_id):
            return Session()
        data = await self._load(session_id)
        if data is None:
            return Session()
        return LockedSession(data, session_id, self) if hasattr(self._store, "lock") else Session(data, session_id)

    async def save(self, session: Session, cookies: Mapping[str, str], secure: bool) -> List[Cookie]:
        if session.data and not session.began:
            await self.keep(session)
            return [self._made(session.id or "", secure)]
        if session.id is not None:
            await self._store.remove(_key(session.id))
        if not session.data:
            return [self._made("", secure)] if self._cookie.name in cookies else []
        session.id, session.began = secrets.token_urlsafe(32), False
        await self._write(session, create=True)
        return [self._made(session.id, secure)]

    async def keep(self, session: Session) -> None:
        if session.id is None:
            return
        if session.data:
            await self._write(session, create=False)
        else:
            await self._store.remove(_key(session.id))

    @asynccontextmanager
    async def locked(self, session: Session, key: str) -> AsyncGenerator[None, None]:
        """Holds the lock of the store; whatever another process has written meanwhile is read, and what changed is written."""
        async with cast(Any, self._store).lock(key):
            if not session.changed and session.id is not None:
                session.data = await self._load(session.id) or {}
            try:
                yield
            finally:
                if session.changed and not session.began:
                    await self.keep(session)

    async def _load(self, session_id: str) -> Optional[Dict[str, str]]:
        key = _key(session_id)
        text = await self._store.load(key)
        for cipher in self._ciphers if text is not None else ():
            try:
                opened = cipher.decrypt(key, cast(str, text))
            except StorageError:
                continue
            return None if opened is None else dict(json.loads(opened))
        return None

    async def _write(self, session: Session, create: bool) -> None:
        key = _key(session.id or "")
        text = self._ciphers[0].encrypt(key, json.dumps(session.data).encode())
        await self._store.save(key, text, self._cookie.max_age, create)

    def _made(self, value: str, secure: bool) -> Cookie:
        one = self._cookie
        return Cookie(one.name, value, one.max_age if value else 0, one.path, one.domain, one.secure or secure, one.same_site)


def _key(session_id: str) -> str:
    # Whoever reads the store learns no id that a browser could send.
    return hashlib.sha256(session_id.encode()).hexdigest()


def check_store(store: object) -> None:
    """Refuses what cannot keep sessions.

    :raises ConfigurationError: ``config.session_store``
    """
    described = " ".join(str(getattr(one, "__name__", "")) for one in (store, type(store), getattr(store, "cls", None)))
    if "SessionMiddleware" in described:
        raise ConfigurationError(
            "Starlette's SessionMiddleware cannot keep the sessions: its cookie is readable by whoever has the browser, and "
            "browsers silently drop it when tokens make it larger than 4,096 bytes. Leave `store` out for encrypted cookies, or give "
            "a store on a server such as RedisSessions",
            code="config.session_store",
        )
    missing = [name for name in ("load", "save", "remove") if not inspect.iscoroutinefunction(getattr(store, name, None))]
    if missing:
        raise ConfigurationError(
            f"A session store has the coroutines load, save and remove; {type(store).__name__} lacks {', '.join(missing)}",
            code="config.session_store",
        )

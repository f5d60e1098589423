"""Logout tokens: the provider says that a session is over (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import hashlib
import inspect
import json
import time
from dataclasses import dataclass
from typing import Any, Awaitable, Callable, Optional, cast

from ._background import block, runBlocking
from ._config import LogtoConfig
from ._lock import ProcessLock
from ._shared import shared_core
from .LogtoException import ConfigurationError, TokenError
from .web.caches import AnyCache, AsyncCache, Cache, MemoryCache

PREFIX = "logto:logout:"


@dataclass(frozen=True)
class LogoutToken:
    """A verified logout token. With a session id it ends that session, else all of the user's."""

    issuer: str
    subject: Optional[str]
    session_id: Optional[str]
    token_id: str
    issued_at: int
    """Epoch seconds."""


class LogoutTokenValidator:
    """Checks logout tokens for one application: signature, type, issuer, audience, times, event, no nonce, and each but once."""

    def __init__(self, config: LogtoConfig, seen: Optional[AnyCache] = None) -> None:
        """
        :param seen: remembers the tokens that came; shared by the processes of the application. Without it, each process
            remembers its own.
        """
        self._config = config
        self._seen: AnyCache = MemoryCache() if seen is None else seen
        self._lock = ProcessLock()

    def validate(self, logout_token: str, end: Optional[Callable[[LogoutToken], object]] = None) -> LogoutToken:
        """
        :param end: ends what the token names. The token counts as used only after that: when it fails, the provider can send the token
            again. It may be called twice for a token that comes twice at once.
        :raises TokenError: ``logout_token.invalid`` or ``logout_token.replayed``: answer 400.
        :raises NetworkError: when the keys cannot be fetched.
        """
        if inspect.iscoroutinefunction(self._seen.get):
            raise ConfigurationError("This cache has to be awaited: use validate_async", code="storage.async")
        claims = json.loads(block(shared_core(self._config).verify_logout_token, logout_token))
        token, cache = _read(claims), cast(Cache, self._seen)
        if end is not None:
            _refuse_unless(cache.get(_key(claims)) is None)
            end(token)
        self._use_up(cache, claims)
        return token

    async def validate_async(self, logout_token: str, end: Optional[Callable[[LogoutToken], Awaitable[object]]] = None) -> LogoutToken:
        """The same in a coroutine, for either kind of cache."""
        claims = json.loads(await runBlocking(shared_core(self._config).verify_logout_token, logout_token))
        token = _read(claims)
        if end is not None:
            _refuse_unless(await self._seen_async(_key(claims)) is None)
            await end(token)
        await self._use_up_async(claims)
        return token

    async def _seen_async(self, key: str) -> object:
        if inspect.iscoroutinefunction(self._seen.get):
            return await cast(AsyncCache, self._seen).get(key)
        return await runBlocking(self._seen.get, key)

    async def _use_up_async(self, claims: Any) -> None:
        if not inspect.iscoroutinefunction(self._seen.get):
            return await runBlocking(self._use_up, self._seen, claims)
        cache, key = cast(AsyncCache, self._seen), _key(claims)
        add = getattr(cache, "add", None)
        if add is not None:
            new = bool(await add(key, "1", self._seconds(claims)))
        else:
            new = await cache.get(key) is None
            await cache.set(key, "1", self._seconds(claims))
        _refuse_unless(new)

    def _use_up(self, cache: Cache, claims: Any) -> None:
        key, seconds = _key(claims), self._seconds(claims)
        add = getattr(cache, "add", None)
        with self._lock:
            if add is not None:
                new = bool(add(key, "1", seconds))
            else:
                new = cache.get(key) is None
                cache.set(key, "1", seconds)
        _refuse_unless(new)

    def _seconds(self, claims: Any) -> int:
        """As long as the token would be accepted."""
        return max(1, int(claims["exp"] - time.time()) + self._config.leeway + 1)


def _key(claims: Any) -> str:
    return PREFIX + hashlib.sha256(f"{claims['iss']} {claims['jti']}".encode()).hexdigest()


def _refuse_unless(new: bool) -> None:
    if not new:
        raise TokenError("The logout token has been used already", code="logout_token.replayed")


def _read(claims: Any) -> LogoutToken:
    return LogoutToken(claims["iss"], claims.get("sub"), claims.get("sid"), claims["jti"], int(claims["iat"]))

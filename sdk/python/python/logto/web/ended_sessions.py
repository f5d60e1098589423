"""Which sessions a back-channel logout has ended (OpenID Connect Back-Channel Logout 1.0 section 2.7)."""

from __future__ import annotations

import hashlib
import inspect
from typing import List, Optional, Protocol, Tuple, cast

from ..LogtoException import ConfigurationError
from ..models.oidc import IdTokenClaims
from .caches import AnyCache, AsyncCache, Cache

PREFIX = "logto:ended:"
DEFAULT_LIFETIME = 14 * 24 * 3600


class EndingToken(Protocol):
    """What is read of a verified logout token; ``logto.logout_tokens.LogoutToken`` is one."""

    @property
    def issuer(self) -> str: ...
    @property
    def subject(self) -> Optional[str]: ...
    @property
    def session_id(self) -> Optional[str]: ...
    @property
    def issued_at(self) -> int: ...


class EndedSessions:
    """Remembers logouts, and is asked with each request whether its session is one of them."""

    def __init__(self, cache: AnyCache, lifetime: int = DEFAULT_LIFETIME) -> None:
        """
        :param cache: shared by all processes of the application.
        :param lifetime: how long a logout is remembered, in seconds: as long as a session of the application may live.
        """
        self._cache = cache
        self._lifetime = lifetime
        self._awaited = inspect.iscoroutinefunction(cache.get)

    def end(self, token: EndingToken) -> None:
        """Ends the session that the token names or, when it names none, all that the user has until now."""
        self._plain().set(_key_of(token), str(token.issued_at), self._lifetime)

    async def end_async(self, token: EndingToken) -> None:
        """The same, for either kind of cache."""
        if not self._awaited:
            return self.end(token)
        await cast(AsyncCache, self._cache).set(_key_of(token), str(token.issued_at), self._lifetime)

    def is_ended(self, claims: IdTokenClaims, signed_in_at: Optional[int] = None) -> bool:
        """Whether the session of this ID token is over.

        :param signed_in_at: the ``iat`` of the ID token that the session began with, in epoch seconds. Keep it in the session:
            without it, one counts as begun with the last renewal of its ID token, and escapes a logout of the whole user.
        """
        return any(_ends(self._plain().get(key), began) for key, began in _keys_for(claims, signed_in_at))

    async def is_ended_async(self, claims: IdTokenClaims, signed_in_at: Optional[int] = None) -> bool:
        """The same, for either kind of cache."""
        if not self._awaited:
            return self.is_ended(claims, signed_in_at)
        cache = cast(AsyncCache, self._cache)
        for key, began in _keys_for(claims, signed_in_at):
            if _ends(await cache.get(key), began):
                return True
        return False

    def _plain(self) -> Cache:
        if self._awaited:
            raise ConfigurationError(
                "This cache has to be awaited: use `end_async` and `is_ended_async`", code="storage.async"
            )
        return cast(Cache, self._cache)


def _key(kind: str, issuer: str, value: str) -> str:
    # A digest, because some caches do not take every character, and because what is in it is nobody's business.
    return PREFIX + hashlib.sha256("\n".join((kind, issuer, value)).encode()).hexdigest()


def _key_of(token: EndingToken) -> str:
    if token.session_id is not None:
        return _key("sid", token.issuer, token.session_id)
    if token.subject is None:
        raise ValueError("A logout token names a session, a user or both")
    return _key("sub", token.issuer, token.subject)


def _keys_for(claims: IdTokenClaims, signed_in_at: Optional[int]) -> List[Tuple[str, Optional[int]]]:
    """The keys to look under, each with the time before which a logout does not count (None: any does)."""
    began = claims.iat if signed_in_at is None else min(signed_in_at, claims.iat)
    keys: List[Tuple[str, Optional[int]]] = [(_key("sub", claims.iss, claims.sub), began)]
    sid = getattr(claims, "sid", None)
    # A sign-in after the logout counts, also where the provider goes on with the session: otherwise it would lead to the next one.
    return [*keys, (_key("sid", claims.iss, sid), signed_in_at)] if isinstance(sid, str) else keys


def _ends(stored: object, began: Optional[int]) -> bool:
    if stored is None:
        return False
    try:
        at = int(str(stored))
    except ValueError:
        return True
    return began is None or began <= at

"""What the integrations for Flask, Django and Starlette share: who is signed in, where to go next, encrypted cookies, ended sessions.

No framework is imported here.
"""

from .caches import AsyncCache, AsyncRedisCache, Cache, MemoryCache, RedisCache
from .cookies import Cookie, EncryptedCookies
from .ended_sessions import EndedSessions, EndingToken
from .next_page import PendingNext, safe_next, state_of
from .users import AnonymousUser, SignedInUser, User

__all__ = [
    "AnonymousUser",
    "AsyncCache",
    "AsyncRedisCache",
    "Cache",
    "Cookie",
    "EncryptedCookies",
    "EndedSessions",
    "EndingToken",
    "MemoryCache",
    "PendingNext",
    "RedisCache",
    "SignedInUser",
    "User",
    "safe_next",
    "state_of",
]

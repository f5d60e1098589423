"""What the integrations for Flask, Django and Starlette share: who is signed in, where to go next, encrypted cookies, ended sessions.

No framework is imported here.
"""

from .browser import is_page_load
from .caches import AsyncCache, AsyncRedisCache, Cache, MemoryCache, RedisCache
from .cookies import Cookie, EncryptedCookies
from .ended_sessions import EndedSessions, EndingToken
from .next_page import PendingNext, safe_next, state_of
from .problems import Problem, problem, problem_of
from .users import AnonymousUser, SignedInUser, User
from .verified_claims import VerifiedClaims

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
    "Problem",
    "RedisCache",
    "SignedInUser",
    "User",
    "VerifiedClaims",
    "is_page_load",
    "problem",
    "problem_of",
    "safe_next",
    "state_of",
]

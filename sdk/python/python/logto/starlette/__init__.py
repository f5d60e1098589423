"""Sign-in for Starlette. ``logto.fastapi`` adds the dependencies of FastAPI."""

from ..web.problems import Problem
from .answers import NotAllowed, SignInRequired
from .auth import LogtoAuth
from .backend import LogtoBackend, TokenBackend, TokenUser, scopes_of
from .sessions import RedisSessions, SessionStore
from .tokens import verified_webhook

__all__ = [
    "LogtoAuth",
    "LogtoBackend",
    "NotAllowed",
    "Problem",
    "RedisSessions",
    "SessionStore",
    "SignInRequired",
    "TokenBackend",
    "TokenUser",
    "scopes_of",
    "verified_webhook",
]

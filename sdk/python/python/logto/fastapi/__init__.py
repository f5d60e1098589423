"""Sign-in and access tokens for FastAPI, as dependencies."""

from ..starlette import NotAllowed, Problem, RedisSessions, SessionStore, SignInRequired
from .auth import LogtoAuth
from .bearer import AccessTokenBearer, OrganizationTokenBearer
from .webhooks import webhook

__all__ = [
    "AccessTokenBearer",
    "LogtoAuth",
    "NotAllowed",
    "OrganizationTokenBearer",
    "Problem",
    "RedisSessions",
    "SessionStore",
    "SignInRequired",
    "webhook",
]

"""Sign-in for Flask.

    app.config.from_mapping(SECRET_KEY=…, LOGTO_ENDPOINT="https://auth.example.com", LOGTO_APP_ID=…, LOGTO_APP_SECRET=…)
    auth = LogtoAuth(app)

    @app.get("/account")
    @auth.login_required
    def account():
        return f"Hello {current_user.name}"
"""

from ..web import AnonymousUser, MemoryCache, Problem, RedisCache, SignedInUser
from ._extension import LogtoAuth
from ._guards import (
    authentication_required,
    current_token,
    current_user,
    login_required,
    organization_required,
    roles_required,
    scopes_required,
    token_required,
    webhook_required,
)
from .signals import session_ended, user_signed_in, user_signed_out, webhook_received

__all__ = [
    "AnonymousUser",
    "LogtoAuth",
    "MemoryCache",
    "Problem",
    "RedisCache",
    "SignedInUser",
    "authentication_required",
    "current_token",
    "current_user",
    "login_required",
    "organization_required",
    "roles_required",
    "scopes_required",
    "session_ended",
    "token_required",
    "user_signed_in",
    "user_signed_out",
    "webhook_received",
    "webhook_required",
]

"""Who is using the sample: storage over Flask's session, the client, and a decorator for protected pages."""

from __future__ import annotations

from functools import wraps
from typing import Any, Callable, Optional

from flask import g, redirect, render_template, request, session, url_for
from logto import LogtoClient, LogtoConfig, LogtoException, Storage, UserInfoScope

from settings import Settings

try:
    from logto import EncryptedStorage
except ImportError:  # The published package 0.2.1 has none: tokens are then readable in the cookie.
    EncryptedStorage = None


class SessionStorage(Storage):
    """Keeps what the client remembers in the visitor's Flask session.

    Flask keeps the session in a cookie of at most 4093 bytes, signed but not encrypted. A handful of tokens fit; an
    application with more of them wants a session on the server (Flask-Session) or a storage over its own database.
    """

    def get(self, key: str) -> Optional[str]:
        return session.get(key)

    def set(self, key: str, value: Optional[str]) -> None:
        session[key] = value

    def delete(self, key: str) -> None:
        session.pop(key, None)


def make_client(settings: Settings) -> LogtoClient:
    """One client for the whole application: Flask's ``session`` is that of the request at hand."""
    storage: Storage = SessionStorage()
    if EncryptedStorage is not None and len(settings.secret_key) >= 16:
        storage = EncryptedStorage(storage, settings.secret_key)
    config = LogtoConfig(
        endpoint=settings.endpoint,
        appId=settings.app_id,
        appSecret=settings.app_secret or None,
        resources=[settings.resource] if settings.resource else [],
        scopes=[
            UserInfoScope.email,
            UserInfoScope.organizations,
            UserInfoScope.organization_roles,
            *settings.scopes,
        ],
    )
    return LogtoClient(config, storage)


def forget_session() -> None:
    """Drops what the client remembers of this visitor."""
    for key in ("idToken", "accessTokenMap", "refreshToken", "signInSession"):
        session.pop(key, None)


def session_has_ended(error: Exception) -> bool:
    """Whether the server refused the refresh token: only a new sign-in helps. True for both packages' exceptions."""
    return isinstance(error, LogtoException) and "invalid_grant" in str(error)


def is_finished_callback(error: Exception) -> bool:
    """Whether a callback belongs to no sign-in that is under way. Both packages use these texts."""
    return str(error) in ("Sign-in session not found", "Invalid state in the callback URI")


def seems_signed_in(client: LogtoClient) -> bool:
    """For the frame of a page, which must not fail, not even because the server is away."""
    try:
        return client.isAuthenticated()
    except LogtoException:
        return bool(client.getIdToken())


def authenticated(client: LogtoClient, shouldRedirect: bool = False, fetchUserInfo: bool = False) -> Callable:
    """Protects a view; in it, ``g.user`` holds the claims of the ID token, or with ``fetchUserInfo`` those of userinfo.

    :param shouldRedirect: send visitors who are not signed in to the sign-in page and back; otherwise answer 401.
    :param fetchUserInfo: ask the server, for claims that the ID token does not have.
    """

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        async def protected(*args: Any, **kwargs: Any) -> Any:
            if not client.isAuthenticated():
                if shouldRedirect and request.method == "GET":
                    # Kept here and not in the address, so that nobody can send people elsewhere with a link.
                    session["next"] = request.full_path.rstrip("?")
                    return redirect(url_for("sign_in"))
                return render_template("error.html", title="Please sign in", text="This page is for signed-in people."), 401
            try:
                g.user = await client.fetchUserInfo() if fetchUserInfo else client.getIdTokenClaims()
                return await view(*args, **kwargs)
            except LogtoException as error:
                if not session_has_ended(error):
                    raise
                forget_session()
                session["next"] = request.full_path.rstrip("?")
                return redirect(url_for("sign_in"))

        return protected

    return decorate

"""Who makes a request, for Starlette's AuthenticationMiddleware: ``request.user``, ``request.auth`` and ``@requires``."""

from __future__ import annotations

from typing import Any, List, NoReturn, Optional, Tuple, cast

from starlette.authentication import AuthCredentials, AuthenticationBackend, BaseUser
from starlette.requests import HTTPConnection

from ..LogtoException import LogtoException
from ..web import SignedInUser, User
from .tokens import AccessToken, AccessTokenValidator, TokenRefused, refusal, response_of
from .visit import visit_of

AUTHENTICATED = "authenticated"


class LogtoBackend(AuthenticationBackend):
    """By the session. The scopes of ``request.auth`` are :func:`scopes_of` the user."""

    async def authenticate(self, conn: HTTPConnection) -> Optional[Tuple[AuthCredentials, BaseUser]]:
        try:
            user = await visit_of(conn).user()
        except LogtoException as error:
            # Pages that do not ask who is signed in work while the provider is away.
            return _UnknownCredentials(error), cast(BaseUser, _UnknownUser(error))
        return AuthCredentials(scopes_of(user)), cast(BaseUser, user)


def scopes_of(user: User) -> List[str]:
    """``authenticated``, ``role:NAME``, ``organization:ID`` and ``organization:ID:ROLE``; none for whoever is not signed in."""
    if not isinstance(user, SignedInUser):
        return []
    organizations = [*user.organizations, *user.organization_roles]
    return [AUTHENTICATED, *(f"role:{name}" for name in user.roles), *(f"organization:{one}" for one in organizations)]


class _UnknownUser:
    """Nobody knows who it is, and whoever asks is told so."""

    def __init__(self, error: LogtoException) -> None:
        object.__setattr__(self, "_error", error)

    def __getattr__(self, name: str) -> NoReturn:
        raise cast(LogtoException, self._error)


class _UnknownCredentials(AuthCredentials):
    def __init__(self, error: LogtoException) -> None:
        self._error = error

    @property
    def scopes(self) -> List[str]:  # type: ignore[override]
        raise self._error


class TokenUser:
    """Whoever an access token is for."""

    is_authenticated = True

    def __init__(self, token: AccessToken) -> None:
        self.token = token

    @property
    def identity(self) -> str:
        return self.token.subject

    @property
    def display_name(self) -> str:
        return self.identity


class TokenBackend(AuthenticationBackend):
    """By an access token in the ``Authorization`` header, for APIs: the scopes of ``request.auth`` are ``authenticated`` and the token's.

    Give :meth:`on_error` to the middleware: ``AuthenticationMiddleware(app, backend=backend, on_error=backend.on_error)``.
    """

    def __init__(self, validator: AccessTokenValidator) -> None:
        self._validator = validator

    async def authenticate(self, conn: HTTPConnection) -> Optional[Tuple[AuthCredentials, BaseUser]]:
        header = conn.headers.get("authorization")
        if header is None:
            return None
        try:
            token = await self._validator.validate_header_async(header)
        except LogtoException as error:
            raise TokenRefused(error) from error
        return AuthCredentials([AUTHENTICATED, *token.scopes]), cast(BaseUser, TokenUser(token))

    @staticmethod
    def on_error(conn: HTTPConnection, error: Exception) -> Any:
        """401 with a challenge, or 503 while the provider is away."""
        reason = error.__cause__
        if not isinstance(reason, LogtoException):
            raise error
        return response_of(refusal(reason))

"""What is kept for each Flask application, in ``app.extensions["logto"]``."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, Dict, FrozenSet, Iterable, Optional, Protocol, cast

from flask import current_app

from .._logto import Logto
from ..LogtoException import ConfigurationError
from ..web import EncryptedCookies, EndingToken, Problem, SignedInUser, VerifiedClaims
from ._server_sessions import ServerSessions
from ._settings import FlaskSettings

if TYPE_CHECKING:
    from ._extension import LogtoAuth

EXTENSION = "logto"


class BearerToken(Protocol):
    """What a view may read of a validated token; ``logto.resource_server.ValidatedToken`` is one."""

    @property
    def claims(self) -> Any: ...
    @property
    def subject(self) -> str: ...
    @property
    def client_id(self) -> Optional[str]: ...
    @property
    def scopes(self) -> FrozenSet[str]: ...
    @property
    def organization_id(self) -> Optional[str]: ...


class BearerValidator(Protocol):
    """Checks the header of a request; ``logto.resource_server.TokenValidator`` is one."""

    def validate_header(
        self, authorization: Optional[str], *, scopes: Iterable[str] = (), organization: Optional[str] = None
    ) -> BearerToken: ...


class LogoutValidator(Protocol):
    """Checks a logout token; ``logto.logout_tokens.LogoutTokenValidator`` is one."""

    def validate(self, logout_token: str, end: Callable[[EndingToken], object]) -> EndingToken: ...


@dataclass
class Hooks:
    """What an application does in its own way."""

    user_loader: Optional[Callable[[SignedInUser], Any]] = None
    problem: Optional[Callable[[Problem], Any]] = None
    sign_in_options: Optional[Callable[[], Dict[str, Any]]] = None


@dataclass
class Registered:
    """An application with its settings."""

    auth: LogtoAuth
    settings: FlaskSettings
    logto: Logto
    cookies: Optional[EncryptedCookies]
    server_sessions: Optional[ServerSessions] = None
    verified: VerifiedClaims = field(default_factory=VerifiedClaims)

    def endpoint(self, name: str) -> str:
        """A route's name for ``url_for``."""
        return f"{self.auth.name}.{name}"

    @property
    def keeps_flask_session(self) -> bool:
        """Whether tokens are in ``flask.session``, which is on the server then."""
        return self.cookies is None and self.server_sessions is None and self.auth.storage_factory is None

    def resource(self, wanted: Optional[str]) -> str:
        """The API resource that a view names, or the application's only one.

        :raises ConfigurationError: when there is none, or more than one.
        """
        found = wanted or self.settings.api_resource
        if not found:
            raise ConfigurationError(
                "Which API resource? Name it in the decorator, or set LOGTO_API_RESOURCE (one resource in LOGTO_RESOURCES is enough)",
                code="config.invalid",
            )
        return found

    @cached_property
    def token_validator(self) -> BearerValidator:
        """For bearer tokens that other applications send to this one."""
        if self.auth.token_validator is not None:
            return self.auth.token_validator
        client = self.settings.client
        made = importlib.import_module("logto.resource_server").TokenValidator(
            client.endpoint,
            self.resource(None),
            leeway=client.leeway,
            timeout=client.timeout,
            ca_bundle=client.ca_bundle,
            proxy=client.proxy,
            allow_insecure_http=client.allow_insecure_http,
        )
        return cast(BearerValidator, made)

    @cached_property
    def logout_validator(self) -> LogoutValidator:
        """For the logout tokens that the server sends."""
        if self.auth.logout_validator is not None:
            return self.auth.logout_validator
        made = importlib.import_module("logto.logout_tokens").LogoutTokenValidator(self.settings.client, self.auth.logout_cache)
        return cast(LogoutValidator, made)


def registered() -> Registered:
    """The one of the application at hand.

    :raises ConfigurationError: when ``LogtoAuth(app)`` was not called for it.
    """
    found = current_app.extensions.get(EXTENSION)
    if found is None:
        raise ConfigurationError(
            "This application has no sign-in: call LogtoAuth(app), or init_app(app) in an application factory", code="config.invalid"
        )
    return cast(Registered, found)

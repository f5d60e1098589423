"""The extension itself."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, TypeVar

from flask import Flask, Request, Response, current_app

from .._logto import Logto
from ..LogtoClient import LogtoClient
from ..LogtoException import LogtoException
from ..SyncLogtoClient import SyncLogtoClient
from ..web import EndedSessions, Problem, SignedInUser
from ..web.caches import Cache
from . import _guards, _pages, _settings
from ._registered import EXTENSION, BearerValidator, Hooks, LogoutValidator, Registered, registered
from ._server_sessions import Lock, ServerSessions, SessionCache
from ._storage import StorageFactory, cookies_of
from ._views import blueprint
from ._visit import started_visit, visit

F = TypeVar("F", bound=Callable[..., Any])


class LogtoAuth:
    """Sign-in for a Flask application: ``LogtoAuth(app)``, or ``auth = LogtoAuth()`` and ``auth.init_app(app)``.

    Adds the routes ``/sign-in``, ``/sign-in-callback`` and ``/sign-out`` and reads its settings from ``app.config["LOGTO_…"]``.
    """

    login_required = staticmethod(_guards.login_required)
    roles_required = staticmethod(_guards.roles_required)
    scopes_required = staticmethod(_guards.scopes_required)
    organization_required = staticmethod(_guards.organization_required)
    token_required = staticmethod(_guards.token_required)
    webhook_required = staticmethod(_guards.webhook_required)

    def __init__(
        self,
        app: Optional[Flask] = None,
        *,
        name: str = "logto",
        storage: Optional[StorageFactory] = None,
        session_cache: Optional[SessionCache] = None,
        session_lock: Optional[Lock] = None,
        logout_cache: Optional[Cache] = None,
        token_validator: Optional[BearerValidator] = None,
    ) -> None:
        """
        :param name: of the blueprint: ``url_for("logto.sign_in")``.
        :param storage: gives the storage of the visitor at hand; it is asked for the keys ``logtoNext`` and ``logtoSignedInAt`` too.
            Without it and ``session_cache``, Flask's session when that is on the server, else encrypted cookies.
        :param session_cache: keeps the sessions in a cache shared by all processes (``RedisCache``, a cache of cachelib).
        :param session_lock: ``FileLock`` or ``RedisLock`` of ``logto.locks``: one process at a time refreshes a session's tokens.
        :param logout_cache: switches the receiver of back-channel logouts on. Shared by all processes (``RedisCache``, a cache of
            cachelib); ``MemoryCache`` is for a single one.
        :param token_validator: for ``token_required``; without it, one with the application's settings. Its ``metadata`` is served.
        """
        self.name = name
        self.hooks = Hooks()
        self.storage_factory = storage
        self.session_cache, self.session_lock = session_cache, session_lock
        self.logout_cache = logout_cache
        self.ended_sessions = None if logout_cache is None else EndedSessions(logout_cache)
        self.token_validator = token_validator
        self.logout_validator: Optional[LogoutValidator] = None
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Adds sign-in to an application. Its settings and, where it is on the server, its session come before.

        :raises ConfigurationError: naming the settings that are wrong, or a session that would overflow.
        """
        settings = _settings.read(app.config)
        sessions = None if self.session_cache is None else ServerSessions(self.session_cache, self.session_lock, settings)
        cookies = None if self.storage_factory is not None or sessions is not None else cookies_of(app, settings)
        app.extensions[EXTENSION] = Registered(self, settings, Logto(settings.client), cookies, sessions)
        app.register_blueprint(blueprint(self.name, settings, self.ended_sessions is not None))
        metadata = getattr(self.token_validator, "metadata", None)
        if metadata is not None:
            app.add_url_rule(metadata.path, f"{self.name}_resource_metadata", lambda: (metadata.document(), metadata.headers))
        app.register_error_handler(LogtoException, _pages.explain)
        app.after_request(_save)
        app.context_processor(_names_for_templates)

    @property
    def client(self) -> SyncLogtoClient:
        """The visitor's session in plain functions: ``auth.client.get_access_token(resource)``, ``auth.client.fetch_user_info()``."""
        return visit(registered()).client

    @property
    def async_client(self) -> LogtoClient:
        """The same in coroutines, for ``async`` views."""
        return visit(registered()).async_client

    def user_loader(self, loader: Callable[[SignedInUser], Any]) -> Callable[[SignedInUser], Any]:
        """Decorator: makes the application's own user of the signed-in one, for ``current_user``. None: may not come in."""
        self.hooks.user_loader = loader
        return loader

    def problem_handler(self, handler: Callable[[Problem], Any]) -> Callable[[Problem], Any]:
        """Decorator: the application's own answer to a problem, instead of the template ``logto/problem.html``."""
        self.hooks.problem = handler
        return handler

    def sign_in_options(self, options: Callable[[], Dict[str, Any]]) -> Callable[[], Dict[str, Any]]:
        """Decorator: further parameters of :meth:`logto.SyncLogtoClient.sign_in` for each sign-in, such as ``extra_params``."""
        self.hooks.sign_in_options = options
        return options

    def use_flask_login(self, manager: Any) -> None:
        """Lets Flask-Login's ``current_user`` and ``login_required`` know the users of this package too.

        :param manager: the application's ``LoginManager``.
        """

        def load(_: Request) -> Any:
            found = visit(registered()).loaded_user
            return found if getattr(found, "is_authenticated", True) else None

        manager.request_loader(load)
        manager.unauthorized_handler(_pages.require_sign_in)


def _save(response: Response) -> Response:
    """Writes the session's cookies with the answer."""
    now = started_visit()
    if now is not None:
        now.save(response)
    return response


def _names_for_templates() -> Dict[str, Any]:
    mine: Dict[str, Any] = {"logto_user": _guards.current_user}
    # Flask-Login has this name too, and an application may have users of both kinds.
    return mine if hasattr(current_app, "login_manager") else {**mine, "current_user": _guards.current_user}

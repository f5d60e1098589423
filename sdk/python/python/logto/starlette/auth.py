"""Sign-in for a Starlette application: routes, middleware, and who is signed in."""

from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Dict, List, Mapping, Optional, Sequence, Union
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from .._config import LogtoConfig
from .._logto import Logto
from ..LogtoClient import LogtoClient
from ..LogtoException import ConfigurationError, LogtoException, StepUpRequired, TokenError
from ..web import Cookie, EncryptedCookies, EndedSessions, MemoryCache, SignedInUser, User, safe_next, state_of, step_up
from ..web.caches import AnyCache
from . import answers
from ..web.problems import Kind, Problem, problem, problem_of
from .answers import NotAllowed, SignInRequired
from .attempts import MAX_NEXT, Attempt, Attempts
from .backend import LogtoBackend
from .routes import Routes
from .sessions import LIFETIME, CookieSessions, ServerSessions, Session, Sessions, SessionStore
from .tokens import refusal, response_of
from .visit import VisitMiddleware, visit_of

if TYPE_CHECKING:
    from typing_extensions import TypedDict

    class Options(TypedDict, total=False):
        """The options of :class:`LogtoAuth`, for classes that inherit from it."""

        store: Optional[SessionStore]
        cache: Optional[AnyCache]
        base_url: Optional[str]
        prefix: str
        cookie_name: str
        lifetime: int
        home: str
        problem_page: Optional[ProblemPage]


_log = logging.getLogger("logto.starlette")

ProblemPage = Callable[[Request, Problem], Union[Response, Awaitable[Response]]]


class LogtoAuth:
    """One per application. Adds the routes for signing in and out, and answers who is signed in."""

    def __init__(
        self,
        config: LogtoConfig,
        secret: Union[str, Sequence[str]],
        *,
        store: Optional[SessionStore] = None,
        cache: Optional[AnyCache] = None,
        base_url: Optional[str] = None,
        prefix: str = "",
        cookie_name: str = "logto",
        lifetime: int = LIFETIME,
        home: str = "/",
        problem_page: Optional[ProblemPage] = None,
    ) -> None:
        """
        :param secret: at least 16 characters, the same in every process. Of several, the first encrypts, and all decrypt.
        :param store: keeps the sessions on a server, for example :class:`RedisSessions`. None: in encrypted cookies.
        :param cache: remembers back-channel logouts, shared by the processes, for example ``logto.web.AsyncRedisCache``. None: the memory
            of this process.
        :param base_url: the public address of the application. None: as each request says it, which needs a proxy that can be trusted.
        :param prefix: path before the routes, for example ``/account``.
        :param cookie_name: of the session; with the prefix ``__Host-`` over https, no other host of the domain can set it.
        :param lifetime: how long a session lives without being used, in seconds.
        :param home: path to go to after signing in and out.
        :param problem_page: makes the pages for what goes wrong, in the place of plain ones.
        :raises ConfigurationError: when a setting is unusable.
        """
        self.config, self.logto = config, Logto(config)
        self.home, self.problem_page = home, problem_page
        self.base_url = None if base_url is None else _checked_base(base_url)
        secrets = [secret] if isinstance(secret, str) else list(secret)
        secure = cookie_name.startswith(("__Host-", "__Secure-")) or (self.base_url or "").startswith("https:")
        cookies = EncryptedCookies(secrets, cookie_name, secure=secure or None, max_age=lifetime)
        self.sessions: Sessions = CookieSessions(cookies)
        if store is not None:
            self.sessions = ServerSessions(store, secrets, Cookie(cookie_name, "", lifetime, "/", None, secure, "lax"))
        self.attempts = Attempts(secrets, cookie_name, secure)
        self.cache: AnyCache = MemoryCache() if cache is None else _checked_cache(cache)
        self.ended = EndedSessions(self.cache, lifetime)
        self.sign_in_path, self.callback_path = f"{prefix}/sign-in", f"{prefix}/sign-in-callback"
        self.sign_out_path, self.back_channel_path = f"{prefix}/sign-out", f"{prefix}/backchannel-logout"
        self._routes = Routes(self)

    @property
    def routes(self) -> List[BaseRoute]:
        """For the application's routes."""
        routes = self._routes
        return [
            Route(self.sign_in_path, routes.sign_in, methods=["GET"], name="logto-sign-in"),
            Route(self.callback_path, routes.callback, methods=["GET"], name="logto-sign-in-callback"),
            Route(self.sign_out_path, routes.sign_out, methods=["GET", "POST"], name="logto-sign-out"),
            Route(self.back_channel_path, routes.back_channel_logout, methods=["POST"], name="logto-backchannel-logout"),
        ]

    @property
    def middleware(self) -> List[Middleware]:
        """For the application's middleware: the session, and Starlette's authentication over it."""
        return [Middleware(VisitMiddleware, auth=self), Middleware(AuthenticationMiddleware, backend=LogtoBackend())]

    @property
    def exception_handlers(self) -> Dict[Any, Callable[[Request, Any], Awaitable[Response]]]:
        """For the application's exception handlers."""
        return {SignInRequired: self.on_sign_in_required, NotAllowed: self.on_not_allowed, LogtoException: self.on_error}

    def install(self, app: Starlette) -> None:
        """Adds all three to an application that exists already."""
        app.router.routes.extend(self.routes)
        for one in reversed(self.middleware):
            app.add_middleware(one.cls, *one.args, **one.kwargs)
        for kind, handler in self.exception_handlers.items():
            app.add_exception_handler(kind, handler)

    async def find_user(self, connection: HTTPConnection) -> User:
        """Who is signed in; :class:`logto.web.AnonymousUser` when nobody is.

        :raises NetworkError: when the provider had to be asked and is away. That says nothing about the session.
        """
        return await visit_of(connection).user()

    async def require_user(self, connection: HTTPConnection) -> SignedInUser:
        """The same.

        :raises SignInRequired: when nobody is signed in. Its handler sends people to sign in and back, and answers programs 401.
        """
        user = await self.find_user(connection)
        if isinstance(user, SignedInUser):
            return user
        raise SignInRequired(self.sign_in_path)

    async def client(self, connection: HTTPConnection) -> LogtoClient:
        """The client of whoever is signed in, for tokens and user information. Await its coroutines only: its plain functions block.

        :raises SignInRequired: when nobody is.
        """
        await self.require_user(connection)
        return await visit_of(connection).client()

    async def sign_in(self, request: Request, next: Optional[str] = None, **options: Any) -> Response:
        """Starts a sign-in and sends the browser there.

        :param next: where to go after it, within the application; anything else is :attr:`home`.
        :param options: of :meth:`LogtoClient.sign_in`, for example ``first_screen="register"``.
        """
        visit, base = visit_of(request), self.base_of(request)
        storage = Session()
        url = await self.logto.session(storage).sign_in(redirect_uri=base + self.callback_path, **options)
        target = self.safe_next(request, next)
        attempt = Attempt(storage.data.get("signInSession", ""), target if len(target) <= MAX_NEXT else self.home)
        visit.cookies += self.attempts.start(state_of(url) or "", attempt, request.cookies, visit.secure)
        return RedirectResponse(url, 303, {"Cache-Control": "no-store"})

    async def sign_out(self, request: Request) -> Response:
        """Ends the session here and sends the browser to end it at the provider. One that is away keeps nobody signed in here."""
        visit = visit_of(request)
        client = await visit.client()
        try:
            url, away = await client.sign_out(self.base_of(request) + self.home), None
        except LogtoException as error:
            url, away = "", error
        await visit.end()
        visit.cookies += self.attempts.forget(None, request.cookies, visit.secure)
        if away is not None:
            return await self.answer(request, self.problem(request, "still_signed_in_there", away.code))
        return RedirectResponse(url, 303, {"Cache-Control": "no-store"})

    def base_of(self, connection: HTTPConnection) -> str:
        """The public address of the application, without a slash at its end."""
        if self.base_url is not None:
            return self.base_url
        base = str(connection.base_url).rstrip("/")
        return f"http{base[2:]}" if base.startswith("ws") else base

    def safe_next(self, request: Request, target: Optional[str]) -> str:
        """A target within the application, without its mount path; else :attr:`home`."""
        root = urlsplit(self.base_of(request)).path
        own = [root + path for path in (self.sign_in_path, self.callback_path, self.sign_out_path)]
        return safe_next(target, urlsplit(self.base_of(request)).netloc, root + self.home, own)

    async def on_sign_in_required(self, request: Request, error: SignInRequired) -> Response:
        """Sends people to the sign-in and back; gives others 401."""
        try:
            if answers.may_redirect(request):
                return await self.sign_in(request, _here(request))
        except LogtoException as failed:
            return await self.on_error(request, failed)
        return await self.answer(request, self.problem(request, "sign_in_required"), error.detail, error.headers)

    async def on_not_allowed(self, request: Request, error: NotAllowed) -> Response:
        """403 as a page or as JSON."""
        return await self.answer(request, self.problem(request, "forbidden", error.code), error.detail)

    async def on_error(self, request: Request, error: LogtoException) -> Response:
        """A session that has ended: as without one. A provider that is away: 503. A token that somebody presented: 401 or 403.
        Anything else is a fault of the program.
        """
        if isinstance(error, TokenError):
            return response_of(refusal(error))
        if isinstance(error, StepUpRequired):
            return await self._step_up(request, error)
        if answers.needs_sign_in(error):
            return await self.on_sign_in_required(request, SignInRequired(self.sign_in_path))
        if not answers.is_unavailable(error):
            raise error
        return await self.answer(request, self.problem(request, "server_away", error.code))

    async def _step_up(self, request: Request, error: StepUpRequired) -> Response:
        """A sign-in with what the page needs, and back here; others get an answer instead."""
        claims = (await self.find_user(request)).claims
        if step_up.has_failed(request.cookies.get(step_up.COOKIE), error, claims):
            _log.error("a sign-in with %s was not enough for %s: does the provider know these parameters?", dict(error.parameters), request.url.path)
            refused = await self.answer(request, self.problem(request, "misconfigured", error.code))
            refused.delete_cookie(step_up.COOKIE)
            return refused
        if not answers.may_redirect(request):
            return await self.answer(request, self.problem(request, "sign_in_required", error.code))
        try:
            response = await self.sign_in(request, _here(request), extra_params=error.parameters)
        except LogtoException as failed:
            return await self.on_error(request, failed)
        mark, secure = step_up.mark(error, claims), self.base_of(request).startswith("https:")
        response.set_cookie(step_up.COOKIE, mark, step_up.MAX_AGE, secure=secure, httponly=True, samesite="lax")
        return response

    def problem(self, request: Request, kind: Union[Kind, LogtoException], code: Optional[str] = None) -> Problem:
        """What went wrong, in the language that the browser asks for."""
        if isinstance(kind, LogtoException):
            return problem_of(kind, answers.languages(request))
        return problem(kind, code, answers.languages(request))

    async def answer(
        self, request: Request, found: Problem, detail: Optional[str] = None, headers: Optional[Mapping[str, str]] = None
    ) -> Response:
        """A problem as a page for people, as JSON for programs."""
        base = self.base_of(request)
        if not answers.wants_page(request):
            response = answers.document(found, detail)
        elif self.problem_page is None:
            response = answers.page(found, base + self.sign_in_path, base + self.home)
        else:
            made = self.problem_page(request, found)
            response = await made if inspect.isawaitable(made) else made
        response.headers.update({**found.headers, **(headers or {})})
        return response


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _checked_base(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ConfigurationError(f"base_url={base_url!r} is no address like https://app.example.com", code="config.invalid")
    return base_url.rstrip("/")


def _checked_cache(cache: AnyCache) -> AnyCache:
    if not isinstance(cache, MemoryCache) and not inspect.iscoroutinefunction(cache.get):
        raise ConfigurationError(
            "This cache would block the event loop: give one with coroutines, for example logto.web.AsyncRedisCache", code="config.invalid"
        )
    return cache

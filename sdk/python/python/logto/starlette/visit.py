"""One request: its session, its user, and the cookies of its answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Dict, List, Optional
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..LogtoClient import LogtoClient
from ..LogtoException import ConfigurationError, LogtoException
from ..web import AnonymousUser, Cookie, SignedInUser, User
from .sessions import SIGNED_IN_AT, Session

if TYPE_CHECKING:
    from .auth import LogtoAuth

KEY = "logto.visit"

_log = logging.getLogger("logto")


class Visit:
    """Reads the session at most once, finds out at most once who is signed in, and writes what changed with the answer."""

    def __init__(self, auth: LogtoAuth, connection: HTTPConnection) -> None:
        self.auth = auth
        self.connection = connection
        self.cookies: List[Cookie] = []
        self._session: Optional[Session] = None
        self._user: Optional[User] = None
        self._error: Optional[LogtoException] = None
        self._answered = False

    @property
    def secure(self) -> bool:
        """Whether the browser came by https."""
        return self.auth.base_of(self.connection).startswith("https:")

    async def session(self) -> Session:
        if self._session is None:
            strange = self.connection.scope["type"] == "websocket" and not self._is_own_origin()
            self._session = Session() if strange else await self.auth.sessions.open(self.connection.cookies)
        return self._session

    async def client(self) -> LogtoClient:
        """The client over the session, whoever is signed in."""
        return self.auth.logto.session(await self.session())

    async def user(self) -> User:
        """Who is signed in.

        :raises LogtoException: when nobody can know now; the same one each time.
        """
        if self._error is not None:
            raise self._error
        if self._user is None:
            try:
                self._user = await self._find()
            except LogtoException as error:
                self._error = error
                raise
        return self._user

    async def begin(self, tokens: Dict[str, str]) -> None:
        """Puts a fresh sign-in into the session."""
        session, fresh = await self.session(), Session(tokens)
        claims = await self.auth.logto.session(fresh).fetch_id_token_claims()
        session.begin({**fresh.data, SIGNED_IN_AT: str(claims.iat)})
        self._user, self._error = SignedInUser(claims), None

    async def end(self) -> None:
        """Nobody is signed in any more."""
        (await self.session()).clear()
        self._user, self._error = AnonymousUser(), None

    async def _find(self) -> User:
        session = await self.session()
        if not session.data:
            return AnonymousUser()
        claims = await self.auth.logto.session(session).find_id_token_claims()
        if claims is None:
            return AnonymousUser()
        began = session.data.get(SIGNED_IN_AT, "")
        if await self.auth.ended.is_ended_async(claims, int(began) if began.isdecimal() else None):
            session.clear()
            return AnonymousUser()
        return SignedInUser(claims)

    def _is_own_origin(self) -> bool:
        # Browsers let every page open a web socket, and send the cookies of this site from its sub-domains.
        origin = self.connection.headers.get("origin")
        if origin is None:
            return True
        theirs, ours = urlsplit(origin), urlsplit(self.auth.base_of(self.connection))
        # Whoever is on the way can put anything into this site's pages without TLS.
        return theirs.netloc.lower() == ours.netloc.lower() and not (theirs.scheme == "http" and ours.scheme == "https")

    async def answer(self, message: Message) -> None:
        """Adds to the start of an answer what the browser has to keep."""
        headers = MutableHeaders(scope=message)
        made = list(self.cookies)
        if self._session is not None and self._session.changed:
            made += await self.auth.sessions.save(self._session, self.connection.cookies, self.secure)
            self._session.changed = False
        for cookie in made:
            headers.append("set-cookie", cookie.header)
        if made:
            headers["cache-control"] = "no-store"
        if made or isinstance(self._user, SignedInUser):
            headers.add_vary_header("Cookie")
        self._answered = True

    async def close(self) -> None:
        """Keeps what changed since the answer began, or when there was none."""
        if self._session is not None and self._session.changed:
            await self.auth.sessions.keep(self._session)


class VisitMiddleware:
    """Gives each request its :class:`Visit`. Around everything that asks who is signed in."""

    def __init__(self, app: ASGIApp, auth: LogtoAuth) -> None:
        self._app, self._auth = app, auth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        outer = scope.get(KEY)
        if scope["type"] not in ("http", "websocket") or (outer is not None and outer.auth is self._auth):
            return await self._app(scope, receive, send)
        if outer is not None:
            # An application with a sign-in of its own, mounted in another.
            scope = {**scope}
        visit = Visit(self._auth, HTTPConnection(scope))

        async def answering(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                await visit.answer(message)
            await send(message)

        scope[KEY] = visit
        try:
            await self._app(scope, receive, answering)
        finally:
            await visit.close()


def visit_of(connection: HTTPConnection) -> Visit:
    """The visit of a request.

    :raises ConfigurationError: ``config.no_middleware``
    """
    found = connection.scope.get(KEY)
    if not isinstance(found, Visit):
        raise ConfigurationError(
            "The application has no middleware of LogtoAuth: call `auth.install(app)`, or give `auth.middleware` to it",
            code="config.no_middleware",
        )
    return found

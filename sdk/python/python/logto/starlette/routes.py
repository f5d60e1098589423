"""The addresses that a browser, or the provider, opens for a sign-in."""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Awaitable, Callable, List, Optional, Protocol, cast
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from ..LogtoException import LogtoException, SignInCallbackError, TokenError
from ..models.sign_in import FirstScreen
from ..web import EndingToken
from ..web.browser import is_page_load
from ..web.problems import for_log, level_of
from . import answers
from .sessions import Session
from .visit import visit_of

if TYPE_CHECKING:
    from .auth import LogtoAuth

_log = logging.getLogger("logto")

MAX_BODY = 64 * 1024
_SCREENS = {name: screen for screen in FirstScreen for name in (screen.name, screen.value)}


class LogoutTokenValidator(Protocol):
    """Checks a logout token; ``logto.logout_tokens.LogoutTokenValidator`` is one."""

    async def validate_async(self, logout_token: str, end: Callable[[EndingToken], Awaitable[object]]) -> EndingToken: ...


class Routes:
    """The endpoints of one :class:`LogtoAuth`."""

    def __init__(self, auth: LogtoAuth) -> None:
        self._auth = auth
        self._logout_tokens: Optional[LogoutTokenValidator] = None

    async def sign_in(self, request: Request) -> Response:
        """``GET /sign-in?next=/path&first_screen=register``: to the provider."""
        screen = _SCREENS.get(request.query_params.get("first_screen", ""))
        options = {} if screen is None else {"first_screen": screen}
        return await self._auth.sign_in(request, request.query_params.get("next"), **options)

    async def callback(self, request: Request) -> Response:
        """``GET /sign-in-callback``: back from the provider."""
        auth, visit = self._auth, visit_of(request)
        state = request.query_params.get("state")
        attempt = auth.attempts.find(state, request.cookies)
        try:
            if attempt is None:
                raise SignInCallbackError("No sign-in of this browser has this state", code="sign_in_session.not_found")
            storage = Session({"signInSession": attempt.sign_in_session})
            uri = f"{auth.base_of(request)}{auth.callback_path}?{request.url.query}"
            await auth.logto.session(storage).handle_sign_in_callback(uri)
            await visit.begin({key: value for key, value in storage.data.items() if key != "signInSession"})
        except LogtoException as error:
            if answers.is_unavailable(error) and error.code != "access_denied" and error.code != "invalid_grant":
                return await auth.on_error(request, error)
            return await self._unfinished(request, error, state if attempt else None)
        visit.cookies += auth.attempts.forget(state, request.cookies, visit.secure)
        return RedirectResponse(attempt.next, 303, {"Cache-Control": "no-store"})

    async def _unfinished(self, request: Request, error: LogtoException, state: Optional[str]) -> Response:
        auth, visit = self._auth, visit_of(request)
        if state is not None:
            visit.cookies += auth.attempts.forget(state, request.cookies, visit.secure)
        elif (await visit.user()).is_authenticated:
            # Loaded again, or opened by going back, after it had worked.
            return RedirectResponse(auth.base_of(request) + auth.home, 303, {"Cache-Control": "no-store"})
        found = auth.problem(request, error)
        _log.log(level_of(found), "sign-in not finished: %s", for_log(error))
        return await auth.answer(request, found)

    async def sign_out(self, request: Request) -> Response:
        """``GET`` or ``POST /sign-out``. Not for images and links on other sites, with which those could sign people out."""
        if request.method == "GET" and not is_page_load(request.headers):
            return await self._auth.answer(request, self._auth.problem(request, "forbidden", "not_a_page_load"))
        if request.headers.get("sec-fetch-site") == "cross-site":
            return RedirectResponse(self._auth.base_of(request) + self._auth.home, 303, {"Cache-Control": "no-store"})
        return await self._auth.sign_out(request)

    async def back_channel_logout(self, request: Request) -> Response:
        """``POST /backchannel-logout``, from the provider (OpenID Connect Back-Channel Logout 1.0 section 2.5)."""
        body = await read_body(request, MAX_BODY)
        given = parse_qs((body or b"").decode("ascii", "replace")).get("logout_token", [])
        if len(given) != 1:
            return _refused("logout_token is missing")
        try:
            await self._validator().validate_async(given[0], self._auth.ended.end_async)
        except TokenError as error:
            return _refused(str(error))
        return Response(status_code=200, headers={"Cache-Control": "no-store"})

    def _validator(self) -> LogoutTokenValidator:
        if self._logout_tokens is None:
            made = importlib.import_module("logto.logout_tokens").LogoutTokenValidator(self._auth.config, self._auth.cache)
            self._logout_tokens = cast(LogoutTokenValidator, made)
        return self._logout_tokens


async def read_body(request: Request, limit: int) -> Optional[bytes]:
    """The body of a request, or None when it is larger than so many bytes."""
    parts: List[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                return None
            parts.append(part)
    except ClientDisconnect:
        return None
    return b"".join(parts)


def _refused(text: str) -> Response:
    return JSONResponse({"error": "invalid_request", "error_description": text}, 400, {"Cache-Control": "no-store"})

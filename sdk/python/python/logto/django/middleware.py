"""Asks with each request of a signed-in browser whether its session still holds, and renews what has ended."""

from __future__ import annotations

import logging
from typing import Any, Awaitable, Callable, Optional, Union, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth import load_backend, logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch

from ..LogtoException import NetworkError, ProviderError, ReauthenticationRequired, StepUpRequired
from ..web import step_up
from .backends import LogtoBackend
from .claims import claims_of
from .responses import CHALLENGE, address, is_script, page, please_sign_in, unavailable
from .sessions import SESSION_KEY, SignedInSession
from .views import start_sign_in

GetResponse = Union[Callable[[HttpRequest], HttpResponseBase], Callable[[HttpRequest], Awaitable[HttpResponseBase]]]

_log = logging.getLogger("logto.django")


class LogtoMiddleware:
    """Belongs below ``AuthenticationMiddleware``. Parallel requests with an ended token refresh it once; scripts get 401 as JSON where
    a page would be sent to sign in; while the provider is away, 503 and nobody is signed out.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._async = iscoroutinefunction(get_response)
        if self._async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if self._async:
            return self._call_async(request)
        response: Optional[HttpResponseBase] = self._before(request)
        if response is None:
            response = cast(HttpResponseBase, self.get_response(request))
        return self._after(request, response)

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        response: Optional[HttpResponseBase] = await sync_to_async(self._before)(request) if _has_session(request) else None
        if response is None:
            response = await cast(Awaitable[HttpResponseBase], self.get_response(request))
        return await sync_to_async(self._after)(request, response)

    def process_exception(self, request: HttpRequest, error: Exception) -> Optional[HttpResponse]:
        """What a view did not handle: the session is over, or the provider is away."""
        if isinstance(error, ReauthenticationRequired):
            logout(request)
            return self._sign_in_again(request)
        if isinstance(error, StepUpRequired):
            return self._step_up(request, error)
        return unavailable(request) if isinstance(error, NetworkError) else None

    def _step_up(self, request: HttpRequest, error: StepUpRequired) -> HttpResponse:
        """A sign-in with what the page needs, and back here; scripts get 401 instead."""
        claims = SignedInSession.of(request).client.find_id_token_claims()
        if step_up.has_failed(request.COOKIES.get(step_up.COOKIE), error, claims):
            _log.error("a sign-in with %s was not enough for %s: does the provider know these parameters?", dict(error.parameters), request.path)
            refused = page(request, "failed", 500, code=error.code)
            refused.delete_cookie(step_up.COOKIE)
            return refused
        if is_script(request):
            return please_sign_in()
        # What was sent by POST cannot be sent again after the sign-in.
        target = request.get_full_path() if request.method == "GET" else "/"
        response = cast(HttpResponse, start_sign_in(request, target, extra_params=error.parameters))
        mark = step_up.mark(error, claims)
        response.set_cookie(step_up.COOKIE, mark, step_up.MAX_AGE, secure=request.is_secure(), httponly=True, samesite="Lax")
        return response

    def _before(self, request: HttpRequest) -> Optional[HttpResponse]:
        if not _has_session(request) or SESSION_KEY not in request.session or _works_without(request):
            return None
        if not request.user.is_authenticated:
            logout(request)
            return None
        session = SignedInSession.of(request)
        before = session.id_token()
        try:
            claims = session.client.find_id_token_claims()
        except (NetworkError, ProviderError) as error:
            _log.warning("a session could not be checked: %s", error)
            return unavailable(request)
        if claims is None:
            logout(request)
        elif session.id_token() != before:
            _update(request, claims_of(claims))
        return None

    def _after(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        found = getattr(request, "_logto_signed_in_session", None) if _has_session(request) else None
        if found is not None:
            found.keep()
        challenge = getattr(request, CHALLENGE, None)
        if challenge is not None and response.status_code == 403:
            response.headers.setdefault("WWW-Authenticate", challenge)
        return _for_scripts(request, response)

    def _sign_in_again(self, request: HttpRequest) -> HttpResponse:
        if is_script(request):
            return please_sign_in()
        from django.contrib.auth.views import redirect_to_login

        # What was sent by POST cannot be sent again after the sign-in.
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "/", address("sign_in"))


def _has_session(request: HttpRequest) -> bool:
    # Without looking into the session, so that a page for strangers stays cacheable (no `Vary: Cookie`).
    return hasattr(request, "session") and request.session.session_key is not None


def _works_without(request: HttpRequest) -> bool:
    """Signing out and finishing a sign-in have to work while the provider is away."""
    try:
        return request.path in (address("sign_out"), address("callback"))
    except NoReverseMatch:
        return False


def _update(request: HttpRequest, claims: Any) -> None:
    """Rights that the provider has taken away meanwhile are gone with the renewed ID token."""
    backend = load_backend(request.session.get("_auth_user_backend", "logto.django.backends.LogtoBackend"))
    if isinstance(backend, LogtoBackend):
        backend.update_user(cast(Any, request.user), claims)


def _for_scripts(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """A redirect to the sign-in page, as ``login_required`` makes it, becomes 401 for a script."""
    location = response.headers.get("Location") if response.status_code in (302, 303, 307) else None
    if location is None or not is_script(request):
        return response
    try:
        pages = {address("sign_in"), resolve_url(settings.LOGIN_URL)}
    except NoReverseMatch:
        return response
    return please_sign_in() if location.partition("?")[0] in pages else response

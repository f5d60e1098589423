"""Signing in and out."""

from __future__ import annotations

import logging
from types import MappingProxyType
from typing import Any, Literal, Mapping, Optional
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ..LogtoException import IdTokenError, LogtoException, NetworkError, ProviderError, ReauthenticationRequired, SignInCallbackError
from ..models.oidc import IdTokenClaims
from ..web.ended_sessions import EndedSessions
from ..web.next_page import PendingNext, safe_next, state_of
from ..web.problems import callback_kind, for_log
from . import signals
from .claims import claims_of
from .configuration import application, option
from .marks import MarkCache
from .phrases import phrases
from .responses import address, page, unavailable
from .sessions import NEXT_KEY, PENDING_KEY, SESSION_KEY, begin, end
from .storage import PendingStorage

UNFINISHABLE = ("sign_in_session.not_found", "callback.invalid_state")

_log = logging.getLogger("logto.django")


@transaction.non_atomic_requests
@never_cache
@require_GET
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Sends the browser to the sign-in page, and back to ``?next=`` afterwards; ``?mode=signUp`` starts with registration."""
    target = _next(request, request.GET.get("next"))
    if request.user.is_authenticated and SESSION_KEY in request.session:
        return HttpResponseRedirect(target)
    return start_sign_in(request, target, interaction_mode="signUp" if request.GET.get("mode") == "signUp" else None)


def start_sign_in(
    request: HttpRequest, target: str, *, interaction_mode: Optional[Literal["signIn", "signUp"]] = None, extra_params: Mapping[str, str] = MappingProxyType({})
) -> HttpResponseBase:
    """Sends the browser to the sign-in page, and to ``target`` afterwards."""
    client = application().sync_session(PendingStorage(request.session, PENDING_KEY))
    try:
        url = client.sign_in(
            redirect_uri=_absolute(request, address("callback")),
            interaction_mode=interaction_mode,
            extra_params={**(option("LOGTO_SIGN_IN_PARAMS") or {}), **extra_params},
        )
    except NetworkError as error:
        return _away(request, error)
    except ProviderError as error:
        return _failed(request, error)
    pending = PendingNext.load(request.session.get(NEXT_KEY))
    pending.remember(state_of(url) or "", target)
    request.session[NEXT_KEY] = pending.dump()
    return HttpResponseRedirect(url)


@transaction.non_atomic_requests
@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponseBase:
    """Where the browser comes back to."""
    storage = PendingStorage(request.session, PENDING_KEY)
    client = application().sync_session(storage)
    pending = PendingNext.load(request.session.get(NEXT_KEY))
    target = pending.take(request.GET.get("state")) or resolve_url(settings.LOGIN_REDIRECT_URL)
    try:
        client.handle_sign_in_callback(_absolute(request, request.get_full_path()))
        claims = client.fetch_id_token_claims()
        found = claims_of(claims, client.fetch_user_info() if option("LOGTO_FETCH_USER_INFO") else None)
    except SignInCallbackError as error:
        return _not_finished(request, error, target)
    except NetworkError as error:
        return _away(request, error)
    except (IdTokenError, ProviderError, ReauthenticationRequired) as error:
        return _failed(request, error)
    request.session[NEXT_KEY] = pending.dump()
    return _signed_in(request, storage, claims, found) or HttpResponseRedirect(target)


def _signed_in(request: HttpRequest, storage: PendingStorage, claims: IdTokenClaims, found: Any) -> Optional[HttpResponseBase]:
    """Signs the user of these claims in, or gives the page that says why not."""
    if EndedSessions(MarkCache()).is_ended(claims):
        return page(request, "unknown", 400, again=True)
    user = authenticate(request, logto_claims=found)
    if user is None:
        _log.warning("%s has signed in, but has no account here", claims.sub)
        return _refused(request, storage)
    # Changes the key of the session, so that one planted before the sign-in is worth nothing (session fixation).
    login(request, user)
    begin(request, storage, claims)
    # Asked again now that there is a row: a logout that came in between has either left its mark or ended the row.
    if EndedSessions(MarkCache()).is_ended(claims):
        logout(request)
        return page(request, "unknown", 400, again=True)
    signals.signed_in.send(sender=type(user), user=user, claims=found, request=request)
    return None


def _refused(request: HttpRequest, storage: PendingStorage) -> HttpResponse:
    try:
        # The tokens of somebody without an account are of no use to anybody.
        application().sync_session(storage).sign_out()
    except LogtoException as error:
        _log.info("tokens were not revoked: %s", error)
    return page(request, "refused", 403)


def _not_finished(request: HttpRequest, error: SignInCallbackError, target: str) -> HttpResponseBase:
    if error.code in UNFINISHABLE and request.user.is_authenticated:
        # The page was reloaded or gone back to: the sign-in has been finished already.
        return HttpResponseRedirect(target)
    kind = callback_kind(error)
    if kind == "server_away":
        return _away(request, error)
    if kind == "misconfigured":
        return _failed(request, error)
    _log.info("a sign-in was not finished: %s", for_log(error))
    return page(request, "unknown" if error.code in UNFINISHABLE else "cancelled", 400, code=error.code, again=True)


def _away(request: HttpRequest, error: LogtoException) -> HttpResponse:
    _log.warning("the provider is away: %s", error)
    return unavailable(request)


def _failed(request: HttpRequest, error: LogtoException) -> HttpResponse:
    _log.error("a sign-in failed: %s", for_log(error))
    return page(request, "failed", 502, code=error.code, again=True)


@transaction.non_atomic_requests
@never_cache
@require_http_methods(["GET", "POST"])
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Ends the session here and at the provider. By POST; GET shows a page with a button, unless ``LOGTO_SIGN_OUT_BY_GET``."""
    if request.method == "GET" and not option("LOGTO_SIGN_OUT_BY_GET"):
        words = phrases()
        context = {"title": words["sign_out_title"], "text": words["sign_out_text"], "words": words, "ask_sign_out": True}
        return render(request, "logto/message.html", context)
    home = resolve_url(settings.LOGOUT_REDIRECT_URL or "/")
    user, known = request.user, SESSION_KEY in request.session
    try:
        url = end(request, _absolute(request, home)) if known else home
    except LogtoException as error:
        _log.warning("signed out here only: %s", error)
        url = None
    logout(request)
    signals.signed_out.send(sender=type(user), user=user, request=request)
    return page(request, "local", 200) if url is None else HttpResponseRedirect(url)


@transaction.non_atomic_requests
@never_cache
@require_GET
def admin_sign_in(request: HttpRequest) -> HttpResponseBase:
    """The admin's sign-in page. Whoever is signed in without being staff is told so, and not sent around in circles."""
    if request.user.is_authenticated and not getattr(request.user, "is_staff", False):
        return page(request, "staff", 403)
    return sign_in(request)


def _next(request: HttpRequest, asked: Optional[str]) -> str:
    default = resolve_url(settings.LOGIN_REDIRECT_URL)
    host = request.get_host()
    target = safe_next(asked, host, default=default, refused=(address("sign_out"), address("callback"), address("sign_in")))
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts={host}, require_https=request.is_secure()) else default


def _absolute(request: HttpRequest, path: str) -> str:
    """The public address of a path. ``LOGTO_PUBLIC_URL`` is for applications behind a proxy that hides it."""
    public = option("LOGTO_PUBLIC_URL")
    if not public or urlsplit(path).scheme:
        return request.build_absolute_uri(path)
    return str(public).rstrip("/") + path

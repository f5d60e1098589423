"""System checks: each names the setting that is wrong, before somebody meets it while signing in."""

from __future__ import annotations

import difflib
from typing import Any, Iterable, List, Optional

from django.conf import settings
from django.contrib.auth import load_backend
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch

from .backends import LogtoBackend
from .configuration import SETTINGS, application, option, scopes, texts
from .responses import address

MIDDLEWARE = "logto.django.middleware.LogtoMiddleware"
NEEDED_ABOVE = ("django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware")
DRF_AUTHENTICATION = "logto.django.rest_framework.LogtoAuthentication"
MIN_SECRET = 16
# Settings of mozilla-django-oidc that have no counterpart, and why the project can do without.
NOT_NEEDED = {
    "OIDC_EXEMPT_URLS": "sessions are renewed without a redirect, so no address has to be left out",
    "OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS": "the refresh token renews the ID token when it has ended",
    "OIDC_REDIRECT_ALLOWED_HOSTS": "after a sign-in, users only go to pages of this host",
    "OIDC_USERNAME_ALGO": "override LogtoBackend.create_user",
    "OIDC_OP_LOGOUT_URL_METHOD": "sign_out ends the session at the provider",
    "OIDC_DRF_AUTH_BACKEND": "use logto.django.rest_framework.LogtoAuthentication",
}


def check_settings(app_configs: Optional[Iterable[Any]] = None, **_: Any) -> List[CheckMessage]:
    """The client's settings."""
    found: List[CheckMessage] = []
    try:
        application()
    except ImproperlyConfigured as error:
        found.append(Error(str(error), hint="See docs/python/django.md, 'Client'.", id="logto.E001"))
    if len(settings.SECRET_KEY) < MIN_SECRET:
        found.append(Error(f"SECRET_KEY has less than {MIN_SECRET} characters, and tokens are encrypted with it", id="logto.E002"))
    for name in dir(settings):
        if name.startswith("LOGTO_") and name not in SETTINGS:
            close = difflib.get_close_matches(name, SETTINGS, 1)
            hint = f"Is it {close[0]}?" if close else f"There are: {', '.join(SETTINGS)}."
            found.append(Error(f"{name} is not a setting of logto.django", hint=hint, id="logto.E003"))
    mapped = [name for name in ("LOGTO_STAFF_ROLES", "LOGTO_SUPERUSER_ROLES") if texts(name)]
    known = {"roles", "urn:logto:scope:organization_roles"}
    found += [
        Error(f'{name} is set, but LOGTO_SCOPES has no scope that brings roles', hint='Add "roles".', id="logto.E004")
        for name in mapped
        if not known & set(scopes())
    ]
    classes = getattr(settings, "REST_FRAMEWORK", {}).get("DEFAULT_AUTHENTICATION_CLASSES", ())
    if DRF_AUTHENTICATION in classes and not texts("LOGTO_API_AUDIENCE"):
        hint = "The identifier of the API resource whose access tokens this project takes."
        found.append(Error("LOGTO_API_AUDIENCE is not set, but REST_FRAMEWORK has LogtoAuthentication", hint=hint, id="logto.E006"))
    if getattr(settings, "OIDC_VERIFY_SSL", True) is False:
        found.append(Error("OIDC_VERIFY_SSL = False is refused", hint="Set LOGTO_CA_BUNDLE to your authority's file.", id="logto.E005"))
    return found


def check_project(app_configs: Optional[Iterable[Any]] = None, **_: Any) -> List[CheckMessage]:
    """What the project has to include."""
    found: List[CheckMessage] = []
    middleware = list(settings.MIDDLEWARE)
    if MIDDLEWARE not in middleware:
        found.append(Error(f"MIDDLEWARE has no {MIDDLEWARE}", hint="Put it below AuthenticationMiddleware.", id="logto.E010"))
    else:
        missing = [one for one in NEEDED_ABOVE if one not in middleware[: middleware.index(MIDDLEWARE)]]
        found += [Error(f"MIDDLEWARE: {one} has to be above {MIDDLEWARE}", id="logto.E011") for one in missing]
    if not any(isinstance(load_backend(path), LogtoBackend) for path in settings.AUTHENTICATION_BACKENDS):
        hint = 'Add "logto.django.backends.LogtoBackend" or your subclass.'
        found.append(Error("AUTHENTICATION_BACKENDS has no LogtoBackend", hint=hint, id="logto.E012"))
    try:
        address("callback")
    except NoReverseMatch as error:
        found.append(Error("ROOT_URLCONF has no URLs of logto.django", hint=str(error), id="logto.E013"))
    return found


def check_deployment(app_configs: Optional[Iterable[Any]] = None, **_: Any) -> List[CheckMessage]:
    """Sessions that would lose a sign-in."""
    found: List[CheckMessage] = []
    if settings.SESSION_ENGINE == "django.contrib.sessions.backends.signed_cookies":
        why = "keeps sessions in a cookie, which pending sign-ins can overflow and where nobody can end them"
        hint = 'Use "django.contrib.sessions.backends.db", "cached_db" or "cache".'
        found.append(Error(f"SESSION_ENGINE: {settings.SESSION_ENGINE} {why}", hint=hint, id="logto.E020"))
    if str(settings.SESSION_COOKIE_SAMESITE).lower() == "strict":
        why = "the browser does not send the cookie on the way back from the provider"
        found.append(Error(f'SESSION_COOKIE_SAMESITE = "Strict": {why}', hint='Use "Lax".', id="logto.E021"))
    if settings.SESSION_ENGINE.endswith(("backends.cache", "cached_db")):
        backend = str(settings.CACHES.get(settings.SESSION_CACHE_ALIAS, {}).get("BACKEND", ""))
        if backend.endswith(("LocMemCache", "DummyCache")):
            what = f'CACHES["{settings.SESSION_CACHE_ALIAS}"] is not shared by processes, but SESSION_ENGINE keeps sessions in it'
            found.append(Warning(what, hint="Use Redis, memcached or database sessions.", id="logto.W022"))
    return found


def check_moved_settings(app_configs: Optional[Iterable[Any]] = None, **_: Any) -> List[CheckMessage]:
    """Settings of mozilla-django-oidc that do nothing any more."""
    found: List[CheckMessage] = [
        Warning(f"{name} does nothing", hint=why, id="logto.W030") for name, why in NOT_NEEDED.items() if hasattr(settings, name)
    ]
    both = [(name, one.moved_from) for name, one in SETTINGS.items() if one.moved_from and hasattr(settings, one.moved_from)]
    found += [
        Warning(f"{old} does nothing, because {name} is set too", id="logto.W031")
        for name, old in both
        if hasattr(settings, name) and option(name) != getattr(settings, str(old))
    ]
    return found

"""The checks of a Django project's settings, and a project that moves over from mozilla-django-oidc."""

from __future__ import annotations

import io

import pytest

from django_site import Browser, settings_for  # isort: first

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import include, path

from logto.django.backends import LogtoBackend
from logto.django.configuration import option, read_config
from logto.django.models import Account, Session

GOOD = settings_for("http://localhost:3001")


def found(**changes):
    with override_settings(**{**GOOD, **changes}):
        return {one.id: one.msg for one in run_checks(tags=["logto"])}


def without(*names):
    return [one for one in settings.MIDDLEWARE if not one.endswith(names)]


def test_a_good_project_has_no_complaints():
    assert found() == {}


@pytest.mark.parametrize("number, names, changes", [
    ("E001", "LOGTO_ENDPOINT", {"LOGTO_ENDPOINT": ""}),
    ("E001", "LOGTO_APP_ID", {"LOGTO_APP_ID": None}),
    ("E001", "LOGTO_ENDPOINT", {"LOGTO_ENDPOINT": "http://auth.example"}),
    ("E001", "LOGTO_TIMEOUT", {"LOGTO_TIMEOUT": "soon"}),
    ("E002", "SECRET_KEY", {"SECRET_KEY": "short"}),
    ("E003", "LOGTO_APPID", {"LOGTO_APPID": "x"}),
    ("E004", "LOGTO_STAFF_ROLES", {"LOGTO_STAFF_ROLES": ["admin"], "LOGTO_SCOPES": []}),
    ("E005", "OIDC_VERIFY_SSL", {"OIDC_VERIFY_SSL": False}),
    ("E010", "MIDDLEWARE", {"MIDDLEWARE": without("LogtoMiddleware")}),
    ("E011", "MIDDLEWARE", {"MIDDLEWARE": ["logto.django.middleware.LogtoMiddleware", *without("LogtoMiddleware")]}),
    ("E012", "AUTHENTICATION_BACKENDS", {"AUTHENTICATION_BACKENDS": ["django.contrib.auth.backends.ModelBackend"]}),
    ("E013", "ROOT_URLCONF", {"ROOT_URLCONF": "django.contrib.auth.urls"}),
    ("E020", "SESSION_ENGINE", {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}),
    ("E021", "SESSION_COOKIE_SAMESITE", {"SESSION_COOKIE_SAMESITE": "Strict"}),
    ("W022", "CACHES", {"SESSION_ENGINE": "django.contrib.sessions.backends.cache"}),
    ("W030", "OIDC_EXEMPT_URLS", {"OIDC_EXEMPT_URLS": ["x"]}),
    ("W031", "OIDC_RP_CLIENT_ID", {"OIDC_RP_CLIENT_ID": "another"}),
])
def test_each_check_names_the_setting(number, names, changes):
    messages = found(**changes)
    assert names in messages.get(f"logto.{number}", ""), messages


def test_logto_check(peer):
    out = io.StringIO()
    with override_settings(**settings_for(peer.endpoint), LOGTO_PUBLIC_URL="https://app.example"):
        call_command("logto_check", stdout=out)
    assert peer.issuer in out.getvalue() and "https://app.example/sign-in-callback" in out.getvalue()
    peer.failures["/oidc/.well-known/openid-configuration"] = 404, {}
    with override_settings(**settings_for(peer.endpoint), LOGTO_LEEWAY=31), pytest.raises(CommandError, match=peer.endpoint):
        call_command("logto_check", stdout=out)
    with override_settings(**settings_for(peer.endpoint), LOGTO_APPID="x"), pytest.raises(CommandError):
        call_command("logto_check", stdout=out)


def test_migrations_are_complete():
    call_command("makemigrations", "logto", check=True, dry_run=True, verbosity=0)


class MovedBackend(LogtoBackend):
    """The hooks of a project, renamed."""

    def create_user(self, claims):
        user = super().create_user(claims)
        user.last_name = claims.get("name", "")
        user.save()
        return user


# The URL configuration of the project that has moved.
urlpatterns = [
    path("oidc/", include("logto.django.oidc_urls")),
    path("", include([path("", __import__("django_urls").index), path("account", __import__("django_urls").account)])),
]


def test_a_project_moved_over_from_mozilla_django_oidc(peer):
    """Its settings as they were; INSTALLED_APPS, the middleware, the backend and the include are renamed."""
    moved = {
        "OIDC_RP_CLIENT_ID": "app1",
        "OIDC_RP_CLIENT_SECRET": "secret1",
        "OIDC_RP_SCOPES": "openid email profile",
        "OIDC_RP_SIGN_ALGO": "ES384",
        "OIDC_OP_AUTHORIZATION_ENDPOINT": f"{peer.issuer}/auth",
        "OIDC_OP_TOKEN_ENDPOINT": f"{peer.issuer}/token",
        "OIDC_OP_USER_ENDPOINT": f"{peer.issuer}/me",
        "OIDC_OP_JWKS_ENDPOINT": f"{peer.issuer}/jwks",
        "OIDC_CREATE_USER": True,
        "ALLOW_LOGOUT_GET_METHOD": True,
        "OIDC_TIMEOUT": 5,
        "LOGIN_URL": "oidc_authentication_init",
        "ROOT_URLCONF": __name__,
        "AUTHENTICATION_BACKENDS": [f"{__name__}.MovedBackend"],
    }
    with override_settings(**moved):
        assert run_checks(tags=["logto"]) == []
        config = read_config()
        assert (config.endpoint, config.app_id, config.scopes, config.timeout) == (peer.endpoint, "app1", ["email"], 5)
        assert option("LOGTO_SIGN_OUT_BY_GET") is True
        browser = Browser(peer.visit)
        assert browser.get("/account")["Location"] == "/oidc/authenticate/?next=/account"
        assert browser.sign_in("/account")["Location"] == "/account"
        assert "/oidc/callback/" in peer.last("/oidc/token")["redirect_uri"]
        assert get_user_model().objects.get().last_name == "Ada"
        assert browser.get("/oidc/logout/")["Location"].startswith(f"{peer.issuer}/session/end")
    for model in (Session, Account, get_user_model()):
        model.objects.all().delete()

"""The settings ``LOGTO_…`` and, for projects that move over, those of mozilla-django-oidc."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from pydantic import ValidationError

from .._config import LogtoConfig
from .._logto import Logto
from ..LogtoException import LogtoException


class Setting(NamedTuple):
    """One setting: what it is without being set, and the name that mozilla-django-oidc has for it."""

    default: Any = None
    moved_from: Optional[str] = None


SETTINGS: Dict[str, Setting] = {
    "LOGTO_ENDPOINT": Setting(),
    "LOGTO_APP_ID": Setting(moved_from="OIDC_RP_CLIENT_ID"),
    "LOGTO_APP_SECRET": Setting(moved_from="OIDC_RP_CLIENT_SECRET"),
    "LOGTO_SCOPES": Setting((), moved_from="OIDC_RP_SCOPES"),
    "LOGTO_RESOURCES": Setting(()),
    "LOGTO_TIMEOUT": Setting(10, moved_from="OIDC_TIMEOUT"),
    "LOGTO_PROXY": Setting(moved_from="OIDC_PROXY"),
    "LOGTO_CA_BUNDLE": Setting(),
    "LOGTO_LEEWAY": Setting(30),
    "LOGTO_PROMPT": Setting("consent"),
    "LOGTO_ALLOW_INSECURE_HTTP": Setting(False),
    "LOGTO_PUBLIC_URL": Setting(),
    "LOGTO_CREATE_USERS": Setting(True, moved_from="OIDC_CREATE_USER"),
    "LOGTO_FETCH_USER_INFO": Setting(False),
    "LOGTO_STAFF_ROLES": Setting(()),
    "LOGTO_SUPERUSER_ROLES": Setting(()),
    "LOGTO_SIGN_OUT_BY_GET": Setting(False, moved_from="ALLOW_LOGOUT_GET_METHOD"),
    "LOGTO_SIGN_IN_PARAMS": Setting(None, moved_from="OIDC_AUTH_REQUEST_EXTRA_PARAMS"),
    "LOGTO_WEBHOOK_SIGNING_KEY": Setting(),
    "LOGTO_API_AUDIENCE": Setting(),
    "LOGTO_API_METADATA": Setting(),
}
AUTHORIZATION_PATH = "/oidc/auth"
# mozilla-django-oidc's OIDC_RP_SCOPES contains them; every sign-in asks for them anyway.
ALWAYS_ASKED = {"openid", "profile", "offline_access"}


def option(name: str) -> Any:
    """The value of a setting, under its name or the one that it had before."""
    known = SETTINGS[name]
    if hasattr(settings, name):
        return getattr(settings, name)
    if name == "LOGTO_ENDPOINT":
        return _endpoint_of(getattr(settings, "OIDC_OP_AUTHORIZATION_ENDPOINT", None))
    if known.moved_from is not None and hasattr(settings, known.moved_from):
        return _moved(name, getattr(settings, known.moved_from))
    return known.default


def texts(name: str) -> List[str]:
    """A setting that is a list; a single text is split at spaces."""
    value = option(name)
    return value.split() if isinstance(value, str) else [str(getattr(one, "value", one)) for one in value or ()]


def scopes() -> List[str]:
    """What a sign-in asks for beyond openid, offline_access and profile."""
    return [scope for scope in texts("LOGTO_SCOPES") if scope not in ALWAYS_ASKED]


def _moved(name: str, value: Any) -> Any:
    # Theirs is a dictionary like that of the package requests.
    if name == "LOGTO_PROXY" and isinstance(value, dict):
        proxies = cast(Dict[str, Any], value)
        return proxies.get("https") or proxies.get("http")
    return value


def _endpoint_of(authorization: Optional[str]) -> Optional[str]:
    """The endpoint, from the address of its authorization endpoint."""
    if not authorization or not urlsplit(authorization).path.endswith(AUTHORIZATION_PATH):
        return None
    return authorization.partition("?")[0][: -len(AUTHORIZATION_PATH)]


def read_config() -> LogtoConfig:
    """The client's settings.

    :raises ImproperlyConfigured: with the name of the setting that is missing or wrong.
    """
    for name in ("LOGTO_ENDPOINT", "LOGTO_APP_ID"):
        if not option(name):
            raise ImproperlyConfigured(f"{name} is not set")
    try:
        return LogtoConfig(
            endpoint=option("LOGTO_ENDPOINT"),
            app_id=option("LOGTO_APP_ID"),
            app_secret=option("LOGTO_APP_SECRET") or None,
            scopes=list(scopes()),
            resources=texts("LOGTO_RESOURCES"),
            prompt=option("LOGTO_PROMPT"),
            timeout=option("LOGTO_TIMEOUT"),
            proxy=option("LOGTO_PROXY"),
            ca_bundle=option("LOGTO_CA_BUNDLE"),
            leeway=option("LOGTO_LEEWAY"),
            allow_insecure_http=option("LOGTO_ALLOW_INSECURE_HTTP"),
        )
    except ValidationError as error:
        fields = ", ".join(_setting_of(str(one["loc"][0]) if one["loc"] else "") for one in error.errors())
        raise ImproperlyConfigured(f"{fields}: {error.errors()[0]['msg']}") from error


def _setting_of(field: str) -> str:
    names = {"endpoint": "LOGTO_ENDPOINT", "appId": "LOGTO_APP_ID", "appSecret": "LOGTO_APP_SECRET", "caFile": "LOGTO_CA_BUNDLE"}
    return names.get(field, f"LOGTO_{field.upper()}")


_application: Optional[Logto] = None


def application() -> Logto:
    """The client's core, made on first use and shared by all requests.

    :raises ImproperlyConfigured: when a setting is missing or wrong.
    """
    global _application
    if _application is None:
        try:
            _application = Logto(read_config())
        except LogtoException as error:
            raise ImproperlyConfigured(f"LOGTO_ENDPOINT or another setting of the client: {error}") from error
    return _application


def _forget(*, setting: str, **_: Any) -> None:
    global _application
    if setting.startswith(("LOGTO_", "OIDC_")):
        _application = None


# Tests that override settings get a client with the new ones.
setting_changed.connect(_forget, dispatch_uid="logto.settings")

"""Where a visitor's session is kept: encrypted cookies, or Flask's session when that is on the server."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Union, cast

from flask import Flask, Request, Response, session
from flask.sessions import SecureCookieSessionInterface

from ..LogtoException import ConfigurationError
from ..Storage import Storage
from ..web import EncryptedCookies
from ._settings import FlaskSettings

# What the integration keeps beside the four texts of the client.
NEXT = "logtoNext"
SIGNED_IN_AT = "logtoSignedInAt"
ALL_KEYS = ("idToken", "refreshToken", "accessTokenMap", "signInSession", NEXT, SIGNED_IN_AT)

StorageFactory = Callable[[], Storage]


class CookieStorage(Storage):
    """One request's copy of the session in encrypted cookies, written back with the answer when it has changed."""

    def __init__(self, cookies: EncryptedCookies, request: Request) -> None:
        self._cookies = cookies
        self._present: List[str] = list(request.cookies)
        self._secure = request.is_secure
        self._data: Dict[str, str] = cookies.read(request.cookies)
        self._changed = False

    def get(self, key: str) -> Optional[str]:
        return self._data.get(key)

    def set(self, key: str, value: Optional[str]) -> None:
        if value is None:
            return self.delete(key)
        self._changed = self._changed or self._data.get(key) != value
        self._data[key] = value

    def delete(self, key: str) -> None:
        self._changed = self._data.pop(key, None) is not None or self._changed

    def save(self, response: Response) -> None:
        """Adds the cookies to the answer. An answer with them is for this visitor alone."""
        response.vary.add("Cookie")
        if not self._changed:
            return
        for cookie in self._cookies.write(self._data, self._present, self._secure):
            response.headers.add("Set-Cookie", cookie.header)
        response.headers.setdefault("Cache-Control", "no-store")


class FlaskSessionStorage(Storage):
    """Over ``flask.session``, with the keys that applications of the published package use, so that they stay signed in."""

    def get(self, key: str) -> Optional[str]:
        found = session.get(key)
        return found if isinstance(found, str) else None

    def set(self, key: str, value: Optional[str]) -> None:
        session[key] = value

    def delete(self, key: str) -> None:
        session.pop(key, None)


def renew_session_id(app: Flask) -> None:
    """A new id for a session on the server, so that one that was known before the sign-in is worth nothing after it."""
    regenerate: Optional[Callable[[Any], None]] = getattr(app.session_interface, "regenerate", None)
    # Flask-Session regenerates only a session that is there.
    if regenerate is not None and session:
        regenerate(session._get_current_object())  # type: ignore[attr-defined]


def is_in_a_cookie(app: Flask) -> bool:
    return isinstance(app.session_interface, SecureCookieSessionInterface)


def cookies_of(app: Flask, settings: FlaskSettings) -> Optional[EncryptedCookies]:
    """The encrypted cookies, or None for Flask's session.

    :raises ConfigurationError: when Flask's session is wanted and would overflow, or there is no secret to encrypt with.
    """
    if settings.session == "flask" or (settings.session is None and not is_in_a_cookie(app)):
        if is_in_a_cookie(app):
            raise ConfigurationError(
                "LOGTO_SESSION is 'flask', but Flask keeps its session in one cookie of 4,093 bytes, which tokens overflow: browsers "
                "drop it silently, and users sign in again and again. Keep sessions on the server (Flask-Session: call Session(app) "
                "before LogtoAuth(app)), or leave LOGTO_SESSION out: then an encrypted cookie is used that cannot overflow",
                code="config.session_would_overflow",
            )
        return None
    try:
        return EncryptedCookies(
            _secrets(app),
            settings.cookie_name,
            settings.cookie_path,
            settings.cookie_secure,
            settings.cookie_samesite,
            settings.cookie_max_age,
            settings.cookie_limit,
            settings.cookie_domain,
        )
    except ConfigurationError as error:
        secret = "secret" in str(error)
        setting = "SECRET_KEY" if secret else "LOGTO_COOKIE_NAME, _PATH, _DOMAIN, _SECURE, _SAMESITE"
        raise ConfigurationError(f"{setting}: {error}", code="config.invalid") from error


def _secrets(app: Flask) -> List[str]:
    config = cast(Dict[str, Any], app.config)
    keys: List[Union[str, bytes, None]] = [app.secret_key, *(config.get("SECRET_KEY_FALLBACKS") or [])]
    if not app.secret_key:
        raise ConfigurationError(
            "the encrypted cookie needs a secret: a long random text, the same in every process, set before LogtoAuth(app). Make one "
            "with `python -c 'import secrets; print(secrets.token_hex())'`",
            code="config.invalid",
        )
    return [key.hex() if isinstance(key, bytes) else key for key in keys if key]

"""The settings of an application, read from ``app.config`` and refused by name when they are wrong."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Tuple, Type, Union

from pydantic import ValidationError

from .._config import LogtoConfig
from ..LogtoException import ConfigurationError
from ..web.cookies import MAX_AGE, SameSite

PREFIX = "LOGTO_"

# Settings of the client, by the name of their field in `LogtoConfig`.
_CLIENT = {
    "ENDPOINT": "endpoint",
    "APP_ID": "appId",
    "APP_SECRET": "appSecret",
    "PROMPT": "prompt",
    "RESOURCES": "resources",
    "SCOPES": "scopes",
    "LEEWAY": "leeway",
    "TIMEOUT": "timeout",
    "CALLBACK_MATCH": "callbackMatch",
    "CA_BUNDLE": "caFile",
    "PROXY": "proxy",
    "ALLOW_INSECURE_HTTP": "allowInsecureHttp",
    "REFRESH_AHEAD": "refreshAhead",
}
_REQUIRED = {
    "ENDPOINT": "the server's public address, for example https://auth.example.com",
    "APP_ID": "the id of the application, as `loggia app create` or the console shows it",
}
_TEXT: Tuple[Type[Any], ...] = (str,)
_OPTIONAL_TEXT: Tuple[Type[Any], ...] = (str, type(None))


@dataclass(frozen=True)
class FlaskSettings:
    """What is Flask's part of the settings. Each is ``app.config["LOGTO_" + name in capitals]``."""

    url_prefix: str = ""
    """In front of the three paths."""
    sign_in_path: str = "/sign-in"
    callback_path: str = "/sign-in-callback"
    sign_out_path: str = "/sign-out"
    backchannel_logout_path: str = "/backchannel-logout"
    after_sign_in: str = "/"
    """Where to go when the sign-in was started by itself."""
    after_sign_out: str = "/"
    redirect_uri: Optional[str] = None
    """The public address of the callback. None: as the request says."""
    post_logout_redirect_uri: Optional[str] = None
    """None: the address of ``after_sign_out``."""
    session: Optional[str] = None
    """``cookie`` or ``flask``. None: Flask's session if it is kept on the server, the encrypted cookie otherwise."""
    cookie_name: str = "logto"
    cookie_path: str = "/"
    cookie_domain: Optional[str] = None
    cookie_secure: Optional[bool] = None
    cookie_samesite: SameSite = "lax"
    cookie_max_age: int = MAX_AGE
    cookie_limit: int = 2
    api_resource: Optional[str] = None
    """The API resource that this application is, or asks for. None: the only one of ``LOGTO_RESOURCES``."""
    webhook_signing_key: Optional[str] = None
    client: LogtoConfig = field(default=None)  # type: ignore[assignment]

    @property
    def paths(self) -> Tuple[str, ...]:
        """The routes of this package, which are no place to go to after a sign-in."""
        return self.sign_in_path, self.callback_path, self.sign_out_path, self.backchannel_logout_path


_TYPES: Dict[str, Tuple[Type[Any], ...]] = {
    "cookie_secure": (bool, type(None)),
    "cookie_max_age": (int,),
    "cookie_limit": (int,),
    "redirect_uri": _OPTIONAL_TEXT,
    "post_logout_redirect_uri": _OPTIONAL_TEXT,
    "session": _OPTIONAL_TEXT,
    "cookie_domain": _OPTIONAL_TEXT,
    "api_resource": _OPTIONAL_TEXT,
    "webhook_signing_key": _OPTIONAL_TEXT,
}
_OWN = {name.upper(): name for name in FlaskSettings.__dataclass_fields__ if name != "client"}


def read(config: Mapping[str, Any]) -> FlaskSettings:
    """Reads all settings.

    :raises ConfigurationError: naming every setting that is missing, unknown or wrong.
    """
    given = {name[len(PREFIX) :]: value for name, value in config.items() if name.startswith(PREFIX)}
    faults = [f"LOGTO_{name} is missing: {meaning}" for name, meaning in _REQUIRED.items() if not given.get(name)]
    faults += [_unknown(name) for name in given if name not in _CLIENT and name not in _OWN]
    own = {_OWN[name]: value for name, value in given.items() if name in _OWN}
    faults += [fault for name, value in own.items() if (fault := _fault_of(name, value))]
    client: Optional[LogtoConfig] = None
    if not faults:
        try:
            client = LogtoConfig(**{_CLIENT[name]: _listed(name, value) for name, value in given.items() if name in _CLIENT})
        except ValidationError as error:
            faults += _named(error)
    if faults or client is None:
        raise ConfigurationError("; ".join(faults), code="config.invalid")
    if not own.get("api_resource") and len(client.resources) == 1:
        own["api_resource"] = client.resources[0]
    return FlaskSettings(**own, client=client)


def _unknown(name: str) -> str:
    known = [*_CLIENT, *_OWN]
    close = difflib.get_close_matches(name, known, 1)
    return f"LOGTO_{name} is no setting" + (f": is it LOGTO_{close[0]}?" if close else "")


def _fault_of(name: str, value: Any) -> Optional[str]:
    title = f"LOGTO_{name.upper()}"
    types = _TYPES.get(name, _TEXT)
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        return f"{title} must be {_words(types)}, not {value!r}"
    return _fault_of_value(name, title, value)


def _fault_of_value(name: str, title: str, value: Any) -> Optional[str]:
    """What is wrong with a value of the right type."""
    if name in ("cookie_max_age", "cookie_limit") and value < 1:
        return f"{title} must be at least 1, not {value!r}"
    if name.endswith("_path") and not value.startswith("/"):
        return f"{title} must start with /, not be {value!r}"
    if name == "url_prefix" and value and (not value.startswith("/") or value.endswith("/")):
        return f"{title} must start with / and not end with it, not be {value!r}"
    if name in ("after_sign_in", "after_sign_out") and (not value.startswith("/") or value.startswith("//")):
        return f"{title} must be a path of this application, not {value!r}"
    if name == "session" and value not in (None, "cookie", "flask"):
        return f"{title} must be 'cookie' or 'flask', not {value!r}"
    if name == "cookie_samesite" and value not in ("lax", "none"):
        return f"{title} must be 'lax' or 'none', not {value!r}"
    return None


def _words(types: Tuple[Type[Any], ...]) -> str:
    names = {str: "a text", bool: "True or False", int: "a whole number", type(None): "None"}
    return " or ".join(names[one] for one in types)


def _listed(name: str, value: Any) -> Any:
    """Lists may be texts with spaces between, as environment variables have them."""
    is_list = name in ("RESOURCES", "SCOPES")
    listed: Union[List[str], Any] = value.split() if is_list and isinstance(value, str) else value
    return None if name == "APP_SECRET" and value == "" else listed


def _named(error: ValidationError) -> List[str]:
    names = {field_name: f"LOGTO_{name}" for name, field_name in _CLIENT.items()}
    # Without the input: it may be a secret.
    return [f"{names.get(str(one['loc'][0]) if one['loc'] else '', 'LOGTO_')}: {one['msg']}" for one in error.errors()]

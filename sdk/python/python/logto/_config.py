"""The settings of one application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Dict, List, Literal, Optional, Union, cast, overload

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ._connection import DEFAULT_TIMEOUT
from .models.oidc import Scope

DEFAULT_LEEWAY = 30


class LogtoConfig(BaseModel):
    """Settings of one application. Every name is accepted, and can be read, in camelCase and in snake_case."""

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)

    endpoint: str
    """The provider's public address, for example ``https://auth.example.com``."""
    appId: str
    appSecret: Optional[str] = None
    """None for public clients."""
    prompt: Literal["consent", "login"] = "consent"
    resources: List[str] = []
    """Indicators of the API resources for which access tokens will be wanted."""
    scopes: List[Union[str, Scope]] = []
    """Asked for in addition to openid, offline_access and profile."""
    leeway: int = Field(default=DEFAULT_LEEWAY, ge=0)
    """Tolerated difference of clocks in seconds when an ID token is checked."""
    timeout: float = Field(default=DEFAULT_TIMEOUT, gt=0, le=300)
    """Limit for one call, all its requests to the provider included, in seconds."""
    callbackMatch: Literal["full", "path"] = "full"
    """How a callback's address is compared with the redirect URI. ``path`` is for applications behind a proxy that hides
    their public address from them."""
    caFile: Optional[str] = None
    """The certificate authorities to trust instead of the system's: a PEM file, or a directory of them. In snake_case
    ``ca_bundle``."""
    proxy: Optional[str] = None
    """Address of a proxy (``http://``, ``https://``, ``socks5://``). None: as ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and
    ``NO_PROXY`` say; an empty text: none."""
    allowInsecureHttp: bool = False
    """Lets the provider be reached by plain http at other addresses than localhost: for development only."""
    refreshAhead: int = Field(default=0, ge=0, le=3600)
    """Access tokens are renewed this many seconds before they have to be, at most after half their life. While the provider
    cannot be reached, the token that still works is used."""

    _names: ClassVar[Dict[str, str]] = {
        "app_id": "appId",
        "app_secret": "appSecret",
        "callback_match": "callbackMatch",
        "ca_bundle": "caFile",
        "allow_insecure_http": "allowInsecureHttp",
        "refresh_ahead": "refreshAhead",
    }

    if TYPE_CHECKING:
        # pydantic knows one name per field; type checkers shall know both.
        @overload
        def __init__(
            self,
            *,
            endpoint: str,
            appId: str,
            appSecret: Optional[str] = None,
            prompt: Literal["consent", "login"] = "consent",
            resources: List[str] = ...,
            scopes: List[Union[str, Scope]] = ...,
            leeway: int = ...,
            timeout: float = ...,
            callbackMatch: Literal["full", "path"] = "full",
            caFile: Optional[str] = None,
            proxy: Optional[str] = None,
            allowInsecureHttp: bool = False,
            refreshAhead: int = 0,
        ) -> None: ...
        @overload
        def __init__(
            self,
            *,
            endpoint: str,
            app_id: str,
            app_secret: Optional[str] = None,
            prompt: Literal["consent", "login"] = "consent",
            resources: List[str] = ...,
            scopes: List[Union[str, Scope]] = ...,
            leeway: int = ...,
            timeout: float = ...,
            callback_match: Literal["full", "path"] = "full",
            ca_bundle: Optional[str] = None,
            proxy: Optional[str] = None,
            allow_insecure_http: bool = False,
            refresh_ahead: int = 0,
        ) -> None: ...
        def __init__(self, **settings: Any) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _accept_snake_case(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        settings = cast(Dict[str, Any], data)
        twice = [name for name, field in cls._names.items() if name in settings and field in settings]
        if twice:
            raise ValueError(f"{twice[0]} and {cls._names[twice[0]]} are one setting: give it once")
        return {cls._names.get(name, name): value for name, value in settings.items()}

    @property
    def app_id(self) -> str:
        return self.appId

    @property
    def app_secret(self) -> Optional[str]:
        return self.appSecret

    @property
    def callback_match(self) -> Literal["full", "path"]:
        return self.callbackMatch

    @property
    def ca_bundle(self) -> Optional[str]:
        return self.caFile

    @property
    def allow_insecure_http(self) -> bool:
        return self.allowInsecureHttp

    @property
    def refresh_ahead(self) -> int:
        return self.refreshAhead

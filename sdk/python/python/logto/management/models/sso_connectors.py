"""Models of sso connectors. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel
from .shared import SsoConnectorBranding


class CreateSsoConnector(RequestModel):
    """A new connector. It signs people in once it has settings and a domain."""

    provider_name: str
    connector_name: str
    config: Dict[str, Any] = ABSENT
    domains: List[str] = ABSENT
    branding: CreateSsoConnectorBranding = ABSENT
    sync_profile: bool = ABSENT
    enable_token_storage: bool = ABSENT


class CreateSsoConnectorBranding(RequestModel):
    """How a connector looks on the pages."""

    display_name: str = ABSENT
    logo: str = ABSENT
    """URLs of images."""
    dark_logo: str = ABSENT


class SsoConnector(ResponseModel):
    """A connector with what is known of its provider."""

    tenant_id: str
    id: str
    provider_name: str
    connector_name: str
    config: Dict[str, Any]
    """The settings, credentials included; empty until they are made."""
    domains: List[str]
    """E-mail domains, in lower case and in ASCII."""
    branding: SsoConnectorBranding
    sync_profile: bool
    """Whether name and avatar follow the provider at each sign-in; else they are taken over once."""
    enable_token_storage: bool
    created_at: int
    """Milliseconds since 1970."""
    name: str
    """The name of the kind of provider."""
    provider_type: Union[Literal["oidc", "saml"], str]
    """The protocol of an enterprise's provider."""
    provider_logo: str
    provider_logo_dark: str
    provider_config: Optional[Dict[str, Any]] = None
    """What the provider says of itself; left out while it can't be asked."""


class UpdateSsoConnector(RequestModel):
    """Changes of a connector. Each member is replaced as a whole."""

    connector_name: str = ABSENT
    config: Dict[str, Any] = ABSENT
    domains: List[str] = ABSENT
    branding: CreateSsoConnectorBranding = ABSENT
    sync_profile: bool = ABSENT
    enable_token_storage: bool = ABSENT

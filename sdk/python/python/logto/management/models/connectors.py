"""Models of connectors. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel
from .shared import ConnectorFactoryFormItem


class Connector(ResponseModel):
    """A connector with its settings."""

    id: str
    sync_profile: bool
    enable_token_storage: bool
    config: Dict[str, Any]
    """The settings, credentials included."""
    metadata: ConnectorMetadata
    connector_id: str
    """The factory."""
    extra_info: Optional[Dict[str, Any]] = None
    type: Union[Literal["Email", "Sms", "Social"], str]
    """What a connector is for."""
    target: str
    """The name of the service."""
    name: Dict[str, str]
    description: Dict[str, str]
    logo: str
    """The URL of an image."""
    logo_dark: Optional[str]
    readme: str
    """Markdown."""
    form_items: Optional[List[ConnectorFactoryFormItem]] = None
    platform: Optional[Union[Literal["Native", "Universal", "Web"], str]]
    """Null unless it is a social connector."""
    is_demo: Optional[bool] = None
    is_standard: Optional[bool] = None
    """Whether connectors name themselves and their target, so that there may be several."""
    is_token_storage_supported: Optional[bool] = None
    """Whether `enableTokenStorage` can be set."""


class ConnectorMetadata(ResponseModel):
    """What a standard connector says of itself instead of its factory."""

    target: Optional[str] = None
    name: Optional[Dict[str, Any]] = None
    logo: Optional[str] = None
    logo_dark: Optional[str] = None


class CreateConnector(RequestModel):
    """A new connector. One for e-mail or SMS takes the place of the tenant's connector of that kind."""

    connector_id: str
    """The factory."""
    id: str = ABSENT
    config: Dict[str, Any] = ABSENT
    metadata: CreateConnectorMetadata = ABSENT
    sync_profile: bool = ABSENT
    enable_token_storage: bool = ABSENT


class CreateConnectorAuthorizationUri(RequestModel):
    """A person to be sent to a provider by a page of the administrator's own."""

    state: str
    """A secret of the person's browser: whoever knows it may use what comes back."""
    redirect_uri: str


class CreateConnectorMetadata(RequestModel):
    """What a standard connector says of itself instead of its factory."""

    target: str = ABSENT
    name: Dict[str, Any] = ABSENT
    logo: str = ABSENT
    logo_dark: Optional[str] = None


class CreateConnectorTest(RequestModel):
    """A message to try settings that are not stored yet: one of `email` and `phone`."""

    phone: str = ABSENT
    email: str = ABSENT
    config: Dict[str, Any]
    locale: str = ABSENT
    """The language of the message."""


class CreatedConnectorAuthorizationUri(ResponseModel):
    """Where to send the person."""

    redirect_to: str


class UpdateConnector(RequestModel):
    """Changes of a connector. The settings are replaced as a whole."""

    config: Dict[str, Any] = ABSENT
    metadata: CreateConnectorMetadata = ABSENT
    sync_profile: bool = ABSENT
    enable_token_storage: bool = ABSENT

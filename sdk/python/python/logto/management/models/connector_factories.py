"""Models of connector factories. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, Union

from .._base import ResponseModel
from .shared import ConnectorFactoryFormItem


class ConnectorFactory(ResponseModel):
    """What connectors are made from."""

    id: str
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

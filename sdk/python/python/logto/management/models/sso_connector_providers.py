"""Models of sso connector providers. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Literal, Union

from .._base import ResponseModel


class SsoConnectorProvider(ResponseModel):
    """A kind of provider of enterprises."""

    provider_name: str
    """What connectors name as `providerName`."""
    provider_type: Union[Literal["oidc", "saml"], str]
    """The protocol of an enterprise's provider."""
    logo: str
    """URLs of images."""
    logo_dark: str
    description: str
    name: str

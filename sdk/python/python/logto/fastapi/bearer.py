"""Access tokens in the ``Authorization`` header, as security schemes of the OpenAPI document."""

# Annotations are read by FastAPI at run time: not `from __future__ import annotations`.
import importlib
from typing import Any, Dict, Mapping, Optional, cast
from urllib.parse import quote

from fastapi import Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.openapi.models import OAuthFlowAuthorizationCode, OAuthFlows
from fastapi.security import OAuth2, SecurityScopes
from fastapi.security.base import SecurityBase

from .._config import LogtoConfig
from ..LogtoException import LogtoException
from ..starlette.tokens import AccessTokenValidator, refusal


class AccessTokenBearer(OAuth2):
    """``token = Security(AccessTokenBearer(…), scopes=["read:things"])``: a ``ValidatedToken`` of the API, or 401 and 403 with the
    challenge of RFC 6750.
    """

    def __init__(self, validator: AccessTokenValidator, endpoint: str, audience: str, scopes: Optional[Mapping[str, str]] = None) -> None:
        """
        :param endpoint: the provider's public address, for the document.
        :param audience: indicator of the API resource, for the document.
        :param scopes: the API's scopes with a description of each, for the document: what Swagger's dialog offers.
        """
        # The resource is part of the address, because OpenAPI has no member for it: without it the token would be one for userinfo.
        flow = OAuthFlowAuthorizationCode(
            authorizationUrl=f"{endpoint.rstrip('/')}/oidc/auth?resource={quote(audience, safe='')}",
            tokenUrl=f"{endpoint.rstrip('/')}/oidc/token",
            scopes=dict(scopes or {}),
        )
        super().__init__(flows=OAuthFlows(authorizationCode=flow), scheme_name="accessToken", description=f"An access token for {audience}.")
        self._validator = validator

    async def __call__(self, request: Request, security_scopes: SecurityScopes) -> Any:  # type: ignore[override]
        header = request.headers.get("authorization")
        try:
            return await self._validator.validate_header_async(header, scopes=security_scopes.scopes)
        except LogtoException as error:
            raise refusal(error) from error


class OrganizationTokenBearer(SecurityBase):
    """The same for a token of the organization that the path names: ``/organizations/{organization_id}/…``."""

    def __init__(self, validator: AccessTokenValidator, parameter: str = "organization_id") -> None:
        """
        :param parameter: the path parameter with the organization's id.
        """
        self.model = HTTPBearerModel(bearerFormat="JWT", description="An access token for the organization in the path.")
        self.scheme_name = "organizationToken"
        self._validator, self._parameter = validator, parameter

    async def __call__(self, request: Request, security_scopes: SecurityScopes) -> Any:
        header, organization = request.headers.get("authorization"), str(request.path_params[self._parameter])
        try:
            return await self._validator.validate_header_async(header, scopes=security_scopes.scopes, organization=organization)
        except LogtoException as error:
            raise refusal(error) from error


def validator_of(config: LogtoConfig, audience: str) -> AccessTokenValidator:
    """A validator with the network settings of the application."""

    made = importlib.import_module("logto.resource_server").TokenValidator(
        config.endpoint,
        audience,
        leeway=config.leeway,
        timeout=config.timeout,
        ca_bundle=config.caFile,
        proxy=config.proxy,
        allow_insecure_http=config.allowInsecureHttp,
    )
    return cast(AccessTokenValidator, made)


def docs_login(client_id: str, scopes: Mapping[str, str]) -> Dict[str, object]:
    """Settings of Swagger UI's dialog: the authorization code flow of a public client with PKCE."""
    return {"clientId": client_id, "usePkceWithAuthorizationCodeGrant": True, "scopes": " ".join(scopes)}

"""Scopes, claims and the provider's metadata.

Models are built when they are first used, because many programs start often and use few of them.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar, List, Optional

from pydantic import BaseModel, ConfigDict


class Scope(Enum):
    """Base of the scope enumerations, so that a list may hold members of either."""


class OAuthScope(Scope):
    offlineAccess = "offline_access"


class UserInfoScope(Scope):
    """What may be asked about a user."""

    openid = "openid"
    profile = "profile"
    email = "email"
    phone = "phone"
    customData = "custom_data"
    custom_data = "custom_data"
    identities = "identities"
    organizations = "urn:logto:scope:organizations"
    organization_roles = "urn:logto:scope:organization_roles"


class ReservedResource(Enum):
    """Resources that exist without being created."""

    organizations = "urn:logto:resource:organizations"


class OidcProviderMetadata(BaseModel):
    """The discovery document (OpenID Connect Discovery 1.0 section 3)."""

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    registration_endpoint: Optional[str] = None
    scopes_supported: List[str] = []
    response_types_supported: List[str]
    response_modes_supported: List[str] = []
    grant_types_supported: List[str] = []
    acr_values_supported: List[str] = []
    subject_types_supported: List[str]
    id_token_signing_alg_values_supported: List[str]
    id_token_encryption_alg_values_supported: List[str] = []
    id_token_encryption_enc_values_supported: List[str] = []
    userinfo_signing_alg_values_supported: List[str] = []
    userinfo_encryption_alg_values_supported: List[str] = []
    userinfo_encryption_enc_values_supported: List[str] = []
    request_object_signing_alg_values_supported: List[str] = []
    request_object_encryption_alg_values_supported: List[str] = []
    request_object_encryption_enc_values_supported: List[str] = []
    token_endpoint_auth_methods_supported: List[str] = []
    token_endpoint_auth_signing_alg_values_supported: List[str] = []
    display_values_supported: List[str] = []
    claim_types_supported: List[str] = []
    claims_supported: List[str] = []
    service_documentation: Optional[str] = None
    claims_locales_supported: List[str] = []
    ui_locales_supported: List[str] = []
    claims_parameter_supported: bool = False
    request_parameter_supported: bool = False
    request_uri_parameter_supported: bool = True
    require_request_uri_registration: bool = False
    op_policy_uri: Optional[str] = None
    op_tos_uri: Optional[str] = None
    end_session_endpoint: Optional[str] = None
    code_challenge_methods_supported: List[str] = []


class AccessTokenClaims(BaseModel):
    """Claims of an access token for a resource or an organization; others are kept as they are."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", defer_build=True)

    iss: str
    sub: str
    aud: str
    exp: int
    iat: int
    scope: str
    client_id: Optional[str] = None


class IdTokenClaims(BaseModel):
    """Claims of an ID token; others are kept as they are."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", defer_build=True)

    iss: str
    sub: str
    aud: str
    exp: int
    iat: int
    at_hash: Optional[str] = None
    name: Optional[str] = None
    username: Optional[str] = None
    picture: Optional[str] = None
    email: Optional[str] = None
    email_verified: Optional[bool] = None
    phone_number: Optional[str] = None
    phone_number_verified: Optional[bool] = None
    organizations: Optional[List[str]] = None
    organization_roles: Optional[List[str]] = None

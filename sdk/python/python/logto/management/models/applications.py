"""Models of applications. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel
from .shared import (
    ApplicationCustomClientMetadata,
    ApplicationOidcClientMetadata,
    CreateOrganizationBranding,
    CreateOrganizationColor,
    Organization,
    OrganizationColor,
    SignInExpBranding,
)


class Application(ResponseModel):
    """An application, and whether it may use the Management API."""

    tenant_id: str
    id: str
    name: str
    description: Optional[str]
    type: Union[Literal["Native", "SPA", "Traditional", "MachineToMachine", "Protected", "SAML"], str]
    """How an application runs, which decides how it proves who it is."""
    oidc_client_metadata: ApplicationOidcClientMetadata
    custom_client_metadata: ApplicationCustomClientMetadata
    protected_app_metadata: Any
    custom_data: Dict[str, Any]
    is_third_party: bool
    app_level_access_control_enabled: bool
    created_at: int
    """Milliseconds since 1970."""
    is_admin: bool


class ApplicationAccessControl(ResponseModel):
    """Who may use an application: whoever is in one of the lists."""

    user_ids: List[str]
    user_role_ids: List[str]
    """Holders of these roles."""
    organization_ids: List[str]
    """Members of these organizations."""
    organization_role_rules: List[ApplicationAccessControlOrganizationRoleRule]


class ApplicationAccessControlOrganizationRoleRule(ResponseModel):
    """Roles in one organization."""

    organization_id: str
    organization_role_ids: List[str]


class ApplicationSecret(ResponseModel):
    """A named secret of an application."""

    tenant_id: str
    application_id: str
    name: str
    value: str
    created_at: int
    """Milliseconds since 1970."""
    expires_at: Optional[int]
    """Milliseconds since 1970; null is never."""


class ApplicationSignInExperience(ResponseModel):
    """How the pages of one application look."""

    tenant_id: str
    application_id: str
    color: OrganizationColor
    branding: SignInExpBranding
    custom_css: Optional[str]
    terms_of_use_url: Optional[str]
    privacy_policy_url: Optional[str]
    display_name: Optional[str]


class ApplicationUserConsentOrganization(ResponseModel):
    """Organizations that a user chose on the consent page of an application."""

    organizations: List[Organization]


class AssignApplicationRoles(RequestModel):
    """The roles of a user or application that a request added to or set."""

    role_ids: List[str]


class CreateApplication(RequestModel):
    """A new application."""

    name: str
    type: Literal["Native", "SPA", "Traditional", "MachineToMachine", "Protected", "SAML"]
    """How an application runs, which decides how it proves who it is."""
    description: Optional[str] = None
    oidc_client_metadata: CreateApplicationOidcClientMetadata = ABSENT
    custom_client_metadata: CreateApplicationCustomClientMetadata = ABSENT
    protected_app_metadata: Optional[Dict[str, Any]] = None
    custom_data: Dict[str, Any] = ABSENT
    is_third_party: bool = ABSENT


class CreateApplicationCustomClientMetadata(RequestModel):
    """Settings of an application's tokens. Unknown members vanish."""

    cors_allowed_origins: List[str] = ABSENT
    id_token_ttl: int = ABSENT
    """Seconds."""
    refresh_token_ttl: int = ABSENT
    """Seconds; `refreshTokenTtlInDays` wins."""
    refresh_token_ttl_in_days: int = ABSENT
    tenant_id: str = ABSENT
    always_issue_refresh_token: bool = ABSENT
    rotate_refresh_token: bool = ABSENT
    """True when absent."""
    allow_token_exchange: bool = ABSENT
    is_device_flow: bool = ABSENT
    max_allowed_grants: int = ABSENT
    token_endpoint_auth_method: Literal[
        "client_secret_jwt",
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
    ] = ABSENT
    """A way for an application to prove itself without showing a secret (OpenID Connect Core section 9, RFC 8705)."""
    jwks: Dict[str, Any] = ABSENT
    """At most ten public keys (RFC 7517 section 5) of `private_key_jwt`, or with the `x5c` of certificates that no authority vouches for."""
    jwks_uri: str = ABSENT
    """Where the public keys of `private_key_jwt` are."""
    tls_client_auth_subject: CreateApplicationCustomClientMetadataTlsClientAuthSubject = ABSENT
    tls_client_certificate_bound_access_tokens: bool = ABSENT
    """Whether it gets only tokens that are bound to the certificate of its connection (RFC 8705)."""
    dpop_bound_access_tokens: bool = ABSENT
    """Whether it gets only tokens that are bound to a key by DPoP (RFC 9449)."""
    dpop_nonce_required: bool = ABSENT
    """Whether its DPoP proofs at the token endpoint need a nonce of the server."""
    id_token_signed_response_alg: Literal["ES256", "ES384", "RS256", "PS256", "EdDSA"] = ABSENT
    """Signs ID tokens and logout tokens; as the tenant when absent."""
    userinfo_signed_response_alg: Literal["ES256", "ES384", "RS256", "PS256", "EdDSA"] = ABSENT
    """Signs the answers of the userinfo endpoint, which are plain JSON when absent."""
    require_pushed_authorization_requests: bool = ABSENT
    """Whether its authorization requests must be pushed (RFC 9126)."""
    require_signed_request_object: bool = ABSENT
    """Whether its authorization requests must be signed (RFC 9101)."""
    acr_values_enabled: bool = ABSENT
    """Whether `acr_values` of its authorization requests count, and its tokens have `acr`, `amr` and `auth_time`."""
    claims_parameter_enabled: bool = ABSENT
    """Whether the parameter `claims` of its authorization requests counts."""
    security_profile: Literal["fapi2"] = ABSENT
    """A profile of OAuth 2.0."""
    access_token_format: Literal["opaque", "jwt"] = ABSENT
    """The form of access tokens that name no resource."""


class CreateApplicationCustomClientMetadataTlsClientAuthSubject(RequestModel):
    """The name in the certificate of `tls_client_auth`."""

    kind: Literal["subjectDn", "sanDns", "sanUri", "sanIp", "sanEmail"]
    """The subject of a certificate, or a kind of its alternative names."""
    value: str
    """Compared as it is. A subject is written as RFC 4514 has it, as `openssl x509 -noout -subject -nameopt RFC2253` prints it."""


class CreateApplicationOidcClientMetadata(RequestModel):
    """Addresses of an application. Both lists are required."""

    redirect_uris: List[str]
    post_logout_redirect_uris: List[str]
    backchannel_logout_uri: str = ABSENT
    backchannel_logout_session_required: bool = ABSENT
    logo_uri: str = ABSENT


class CreateApplicationSecret(RequestModel):
    """A new secret."""

    name: str
    expires_at: Optional[int] = None
    """Milliseconds since 1970."""


class CreateApplicationUserConsentOrganization(RequestModel):
    """Organizations that a user chose on the consent page of an application."""

    organization_ids: List[str]


class CreateApplicationUserConsentScope(RequestModel):
    """Scopes that a third-party application may ask users for."""

    organization_scopes: List[str] = ABSENT
    resource_scopes: List[str] = ABSENT
    organization_resource_scopes: List[str] = ABSENT
    user_scopes: List[Literal[
        "profile",
        "email",
        "phone",
        "address",
        "custom_data",
        "identities",
        "roles",
        "urn:logto:scope:organizations",
        "urn:logto:scope:organization_roles",
        "urn:logto:scope:sessions",
        "urn:logto:scope:trusted_devices",
    ]] = ABSENT


class ReplaceApplicationAccessControl(RequestModel):
    """Who may use an application from now on. At most 1000 different ids per list, of 2000 that are sent."""

    user_ids: List[str]
    user_role_ids: List[str]
    organization_ids: List[str]
    organization_role_rules: List[ReplaceApplicationAccessControlOrganizationRoleRule]


class ReplaceApplicationAccessControlOrganizationRoleRule(RequestModel):
    """Roles in one organization; at least one."""

    organization_id: str
    organization_role_ids: List[str]


class ReplaceApplicationRoles(RequestModel):
    """The roles of a user or application that a request added to or set."""

    role_ids: List[str]


class ReplaceApplicationSignInExperience(RequestModel):
    """How the pages of one application shall look; what is absent stays. An empty address or text is none."""

    color: CreateOrganizationColor = ABSENT
    branding: CreateOrganizationBranding = ABSENT
    custom_css: Optional[str] = None
    display_name: Optional[str] = None
    terms_of_use_url: Optional[str] = None
    privacy_policy_url: Optional[str] = None


class ReplaceApplicationUserConsentOrganizations(RequestModel):
    """Organizations that a user chose on the consent page of an application."""

    organization_ids: List[str]


class UpdateApplication(RequestModel):
    """Changes of an application; `customClientMetadata` and `oidcClientMetadata` are replaced as a whole."""

    name: str = ABSENT
    description: Optional[str] = None
    oidc_client_metadata: CreateApplicationOidcClientMetadata = ABSENT
    custom_client_metadata: CreateApplicationCustomClientMetadata = ABSENT
    protected_app_metadata: Optional[Dict[str, Any]] = None
    custom_data: Dict[str, Any] = ABSENT
    app_level_access_control_enabled: bool = ABSENT
    is_admin: bool = ABSENT
    """Whether the application may use the Management API."""


class UpdateApplicationSecret(RequestModel):
    """The new name of a secret."""

    name: str

"""Models that several groups use. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel


class AccountCenterSettingsProfileField(ResponseModel):
    """A field of the catalogue of profile fields."""

    name: str


class ApplicationCustomClientMetadata(ResponseModel):
    """Settings of an application's tokens. Unknown members vanish."""

    cors_allowed_origins: Optional[List[str]] = None
    id_token_ttl: Optional[int] = None
    """Seconds."""
    refresh_token_ttl: Optional[int] = None
    """Seconds; `refreshTokenTtlInDays` wins."""
    refresh_token_ttl_in_days: Optional[int] = None
    tenant_id: Optional[str] = None
    always_issue_refresh_token: Optional[bool] = None
    rotate_refresh_token: Optional[bool] = None
    """True when absent."""
    allow_token_exchange: Optional[bool] = None
    is_device_flow: Optional[bool] = None
    max_allowed_grants: Optional[int] = None
    token_endpoint_auth_method: Optional[Union[Literal[
        "client_secret_jwt",
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
    ], str]] = None
    """A way for an application to prove itself without showing a secret (OpenID Connect Core section 9, RFC 8705)."""
    jwks: Optional[Dict[str, Any]] = None
    """At most ten public keys (RFC 7517 section 5) of `private_key_jwt`, or with the `x5c` of certificates that no authority vouches for."""
    jwks_uri: Optional[str] = None
    """Where the public keys of `private_key_jwt` are."""
    tls_client_auth_subject: Optional[ApplicationCustomClientMetadataTlsClientAuthSubject] = None
    tls_client_certificate_bound_access_tokens: Optional[bool] = None
    """Whether it gets only tokens that are bound to the certificate of its connection (RFC 8705)."""
    dpop_bound_access_tokens: Optional[bool] = None
    """Whether it gets only tokens that are bound to a key by DPoP (RFC 9449)."""
    dpop_nonce_required: Optional[bool] = None
    """Whether its DPoP proofs at the token endpoint need a nonce of the server."""
    id_token_signed_response_alg: Optional[Union[Literal["ES256", "ES384", "RS256", "PS256", "EdDSA"], str]] = None
    """Signs ID tokens and logout tokens; as the tenant when absent."""
    userinfo_signed_response_alg: Optional[Union[Literal["ES256", "ES384", "RS256", "PS256", "EdDSA"], str]] = None
    """Signs the answers of the userinfo endpoint, which are plain JSON when absent."""
    require_pushed_authorization_requests: Optional[bool] = None
    """Whether its authorization requests must be pushed (RFC 9126)."""
    require_signed_request_object: Optional[bool] = None
    """Whether its authorization requests must be signed (RFC 9101)."""
    acr_values_enabled: Optional[bool] = None
    """Whether `acr_values` of its authorization requests count, and its tokens have `acr`, `amr` and `auth_time`."""
    claims_parameter_enabled: Optional[bool] = None
    """Whether the parameter `claims` of its authorization requests counts."""
    security_profile: Optional[Union[Literal["fapi2"], str]] = None
    """A profile of OAuth 2.0."""
    access_token_format: Optional[Union[Literal["opaque", "jwt"], str]] = None
    """The form of access tokens that name no resource."""


class ApplicationCustomClientMetadataTlsClientAuthSubject(ResponseModel):
    """The name in the certificate of `tls_client_auth`."""

    kind: Union[Literal["subjectDn", "sanDns", "sanUri", "sanIp", "sanEmail"], str]
    """The subject of a certificate, or a kind of its alternative names."""
    value: str
    """Compared as it is. A subject is written as RFC 4514 has it, as `openssl x509 -noout -subject -nameopt RFC2253` prints it."""


class ApplicationOidcClientMetadata(ResponseModel):
    """Addresses of an application. Both lists are required."""

    redirect_uris: List[str]
    post_logout_redirect_uris: List[str]
    backchannel_logout_uri: Optional[str] = None
    backchannel_logout_session_required: Optional[bool] = None
    logo_uri: Optional[str] = None


class ApplicationOrganization(ResponseModel):
    """An organization with the roles of one member."""

    tenant_id: str
    id: str
    name: str
    description: Optional[str]
    custom_data: Dict[str, Any]
    is_mfa_required: bool
    is_trusted_device_allowed: Optional[bool] = None
    """Present, and false, where no device of a member is trusted."""
    color: OrganizationColor
    branding: SignInExpBranding
    custom_css: Optional[str]
    created_at: int
    """Milliseconds since 1970."""
    organization_roles: List[OrganizationInvitationOrganizationRole]


class AssignedApplicationRoles(ResponseModel):
    """The roles that were asked for, and those that were new."""

    role_ids: List[str]
    added_role_ids: List[str]


class CimdUserConsentScope(ResponseModel):
    """Scopes that a third-party application may ask users for, by kind."""

    organization_scopes: List[CimdUserConsentScopeOrganizationScope]
    resource_scopes: List[CimdUserConsentScopeResourceScope]
    organization_resource_scopes: List[CimdUserConsentScopeResourceScope]
    user_scopes: List[str]


class CimdUserConsentScopeOrganizationScope(ResponseModel):
    """A scope in a summary."""

    id: str
    name: str
    description: Optional[str]


class CimdUserConsentScopeResourceScope(ResponseModel):
    """Scopes of one resource."""

    resource: CimdUserConsentScopeResourceScopeResource
    scopes: List[CimdUserConsentScopeOrganizationScope]


class CimdUserConsentScopeResourceScopeResource(ResponseModel):
    """A resource in a summary."""

    id: str
    name: str
    indicator: str


class ConnectorFactoryFormItem(ResponseModel):
    """One setting of a connector, for forms."""

    type: Union[Literal["Text", "Number", "MultilineText", "Switch", "Json", "Select", "MultiSelect"], str]
    """How a setting is entered."""
    key: str
    """The member of `config`."""
    label: str
    placeholder: Optional[str] = None
    required: Optional[bool] = None
    default_value: Any = None
    description: Optional[str] = None
    is_confidential: Optional[bool] = None
    """Whether forms hide what was entered."""
    select_items: Optional[List[ConnectorFactoryFormItemSelectItem]] = None
    show_conditions: Optional[List[ConnectorFactoryFormItemShowCondition]] = None


class ConnectorFactoryFormItemSelectItem(ResponseModel):
    """A choice of a form item."""

    value: str
    title: Optional[str] = None


class ConnectorFactoryFormItemShowCondition(ResponseModel):
    """A form item is shown only while another one has a value."""

    target_key: str
    expect_value: Any = None


class CreateOrganizationBranding(RequestModel):
    """Logos and icons; every member may be absent, unknown ones vanish."""

    logo_url: str = ABSENT
    dark_logo_url: str = ABSENT
    favicon: str = ABSENT
    dark_favicon: str = ABSENT


class CreateOrganizationColor(RequestModel):
    """Colours; every member may be absent, unknown ones vanish."""

    primary_color: str = ABSENT
    is_dark_mode_enabled: bool = ABSENT
    dark_primary_color: str = ABSENT


class ListedApplication(ResponseModel):
    """An OAuth client of the tenant, without its secrets."""

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


class ListedOrganizationFeaturedUser(ResponseModel):
    """A user in a preview."""

    id: str
    avatar: Optional[str]
    name: Optional[str]


class ListedResourceScope(ResponseModel):
    """A permission on a resource."""

    tenant_id: str
    id: str
    resource_id: str
    name: str
    description: Optional[str]
    created_at: int
    """Milliseconds since 1970."""


class LogPayload(ResponseModel):
    """What an entry says of the request that made it."""

    key: str
    result: Union[Literal["Success", "Error"], str]
    """Whether what an entry is about was done."""
    error: Any = None
    """An object with `code` and `message`, or a text."""
    ip: Optional[str] = None
    user_agent: Optional[str] = None
    user_agent_parsed: Optional[Dict[str, Any]] = None
    user_id: Optional[str] = None
    application_id: Optional[str] = None
    session_id: Optional[str] = None
    params: Optional[Dict[str, Any]] = None
    """What the request said, without secrets."""


class Organization(ResponseModel):
    """An organization."""

    tenant_id: str
    id: str
    name: str
    description: Optional[str]
    custom_data: Dict[str, Any]
    is_mfa_required: bool
    is_trusted_device_allowed: Optional[bool] = None
    """Present, and false, where no device of a member is trusted."""
    color: OrganizationColor
    branding: SignInExpBranding
    custom_css: Optional[str]
    created_at: int
    """Milliseconds since 1970."""


class OrganizationColor(ResponseModel):
    """Colours; every member may be absent, unknown ones vanish."""

    primary_color: Optional[str] = None
    is_dark_mode_enabled: Optional[bool] = None
    dark_primary_color: Optional[str] = None


class OrganizationInvitationOrganizationRole(ResponseModel):
    """An id with the name that people know."""

    id: str
    name: str


class OrganizationJitSsoConnector(ResponseModel):
    """The provider of an enterprise, at which the people of its domains sign in."""

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


class OrganizationRole(ResponseModel):
    """A role that members of organizations can have."""

    tenant_id: str
    id: str
    name: str
    description: Optional[str]
    type: Union[Literal["User", "MachineToMachine"], str]
    """Whether a role is for users or for machine-to-machine applications."""


class OrganizationScope(ResponseModel):
    """A permission inside organizations."""

    tenant_id: str
    id: str
    name: str
    description: Optional[str]


class ReplacedApplicationRoles(ResponseModel):
    """The roles of a user or application that a request added to or set."""

    role_ids: List[str]


class Resource(ResponseModel):
    """An API resource."""

    tenant_id: str
    id: str
    name: str
    indicator: str
    """The value of the parameter `resource` and of the claim `aud`."""
    is_default: bool
    access_token_ttl: int
    """Seconds."""


class Role(ResponseModel):
    """A role of the tenant."""

    tenant_id: str
    id: str
    name: str
    description: str
    type: Union[Literal["User", "MachineToMachine"], str]
    """Whether a role is for users or for machine-to-machine applications."""
    is_default: bool
    """Whether new users get it."""


class SignInExpBranding(ResponseModel):
    """Logos and icons; every member may be absent, unknown ones vanish."""

    logo_url: Optional[str] = None
    dark_logo_url: Optional[str] = None
    favicon: Optional[str] = None
    dark_favicon: Optional[str] = None


class SsoConnectorBranding(ResponseModel):
    """How a connector looks on the pages."""

    display_name: Optional[str] = None
    logo: Optional[str] = None
    """URLs of images."""
    dark_logo: Optional[str] = None


class UpdateAccountCenterSettingsProfileField(RequestModel):
    """A field of the catalogue of profile fields."""

    name: str


class UserIdentity(ResponseModel):
    """An account elsewhere that is linked to a user."""

    user_id: str
    details: Optional[Dict[str, Any]] = None


class UserProfile(ResponseModel):
    """The standard claims of a user. Unknown members vanish."""

    family_name: Optional[str] = None
    given_name: Optional[str] = None
    middle_name: Optional[str] = None
    nickname: Optional[str] = None
    preferred_username: Optional[str] = None
    profile: Optional[str] = None
    website: Optional[str] = None
    gender: Optional[str] = None
    birthdate: Optional[str] = None
    zoneinfo: Optional[str] = None
    locale: Optional[str] = None
    address: Optional[UserProfileAddress] = None


class UserProfileAddress(ResponseModel):
    """A postal address. Unknown members vanish."""

    formatted: Optional[str] = None
    street_address: Optional[str] = None
    locality: Optional[str] = None
    region: Optional[str] = None
    postal_code: Optional[str] = None
    country: Optional[str] = None


class UserSsoIdentity(ResponseModel):
    """An account at an enterprise that is linked to a user."""

    tenant_id: str
    id: str
    user_id: str
    issuer: str
    identity_id: str
    """The id of the account at the enterprise."""
    detail: Dict[str, Any]
    """What the enterprise says of the account."""
    created_at: int
    """Milliseconds since 1970."""
    updated_at: int
    """Milliseconds since 1970."""
    sso_connector_id: str

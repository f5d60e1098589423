"""Models of organizations. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel
from .shared import (
    ApplicationCustomClientMetadata,
    ApplicationOidcClientMetadata,
    CreateOrganizationBranding,
    CreateOrganizationColor,
    ListedOrganizationFeaturedUser,
    OrganizationColor,
    OrganizationInvitationOrganizationRole,
    SignInExpBranding,
    UserIdentity,
    UserProfile,
)


class AddOrganizationApplications(RequestModel):
    """Applications to add."""

    application_ids: List[str]


class AddOrganizationUsers(RequestModel):
    """Users to add."""

    user_ids: List[str]


class AddedOrganizationUsers(ResponseModel):
    """Users, as given: the answer to a request that adds members repeats them."""

    user_ids: List[str]


class AssignOrganizationRolesToApplication(RequestModel):
    """Roles of the template."""

    organization_role_ids: List[str]


class AssignOrganizationRolesToApplications(RequestModel):
    """Roles to give to several applications."""

    application_ids: List[str]
    organization_role_ids: List[str]


class AssignOrganizationRolesToUser(RequestModel):
    """Roles of a user, by id or by name."""

    organization_role_ids: List[str] = ABSENT
    organization_role_names: List[str] = ABSENT


class AssignOrganizationRolesToUsers(RequestModel):
    """Roles to give to several users."""

    user_ids: List[str]
    organization_role_ids: List[str]


class AssignedOrganizationRolesToUser(ResponseModel):
    """Roles of the template."""

    organization_role_ids: List[str]


class CreateOrganization(RequestModel):
    """A new organization."""

    name: str
    description: Optional[str] = None
    custom_data: Dict[str, Any] = ABSENT
    is_mfa_required: bool = ABSENT
    is_trusted_device_allowed: bool = ABSENT
    """Whether a trusted device stands for the second factor of a member; true where it is absent."""
    color: CreateOrganizationColor = ABSENT
    branding: CreateOrganizationBranding = ABSENT
    custom_css: Optional[str] = None


class CreateOrganizationJitEmailDomain(RequestModel):
    """An e-mail domain to add."""

    email_domain: str


class CreateOrganizationJitRole(RequestModel):
    """Roles of the template."""

    organization_role_ids: List[str]


class CreateOrganizationJitSsoConnector(RequestModel):
    """Enterprise connectors whose new people become members."""

    sso_connector_ids: List[str]


class ListedOrganization(ResponseModel):
    """An organization in a list; the last members are there when asked for."""

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
    users_count: Optional[int] = None
    featured_users: Optional[List[ListedOrganizationFeaturedUser]] = None


class OrganizationApplication(ResponseModel):
    """An application as a member of an organization."""

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
    organization_roles: List[OrganizationInvitationOrganizationRole]


class OrganizationJitEmailDomain(ResponseModel):
    """An e-mail domain whose users become members."""

    tenant_id: str
    organization_id: str
    email_domain: str


class OrganizationUser(ResponseModel):
    """A user as a member of an organization."""

    id: str
    username: Optional[str]
    primary_email: Optional[str]
    primary_phone: Optional[str]
    name: Optional[str]
    avatar: Optional[str]
    custom_data: Dict[str, Any]
    identities: Dict[str, UserIdentity]
    last_sign_in_at: Optional[int]
    """Milliseconds since 1970."""
    created_at: int
    """Milliseconds since 1970."""
    updated_at: int
    """Milliseconds since 1970."""
    profile: UserProfile
    application_id: Optional[str]
    cimd_client_id: Optional[str]
    is_suspended: bool
    organization_roles: List[OrganizationInvitationOrganizationRole]


class ReplaceOrganizationApplicationRoles(RequestModel):
    """Roles of the template."""

    organization_role_ids: List[str]


class ReplaceOrganizationApplications(RequestModel):
    """Applications to replace all others with."""

    application_ids: List[str]


class ReplaceOrganizationJitEmailDomains(RequestModel):
    """E-mail domains to replace all others with."""

    email_domains: List[str]


class ReplaceOrganizationJitRoles(RequestModel):
    """Roles of the template."""

    organization_role_ids: List[str]


class ReplaceOrganizationJitSsoConnectors(RequestModel):
    """Enterprise connectors whose new people become members."""

    sso_connector_ids: List[str]


class ReplaceOrganizationUserRoles(RequestModel):
    """Roles of a user, by id or by name."""

    organization_role_ids: List[str] = ABSENT
    organization_role_names: List[str] = ABSENT


class ReplaceOrganizationUsers(RequestModel):
    """Users, as given: the answer to a request that adds members repeats them."""

    user_ids: List[str]


class UpdateOrganization(RequestModel):
    """Changes of an organization."""

    name: str = ABSENT
    description: Optional[str] = None
    custom_data: Dict[str, Any] = ABSENT
    is_mfa_required: bool = ABSENT
    is_trusted_device_allowed: bool = ABSENT
    color: CreateOrganizationColor = ABSENT
    branding: CreateOrganizationBranding = ABSENT
    custom_css: Optional[str] = None

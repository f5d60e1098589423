"""Models of roles. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel
from .shared import ListedOrganizationFeaturedUser, Resource, UserIdentity, UserProfile, UserSsoIdentity


class CreateRole(RequestModel):
    """A new role."""

    name: str
    description: str
    type: Literal["User", "MachineToMachine"] = ABSENT
    """Whether a role is for users or for machine-to-machine applications."""
    is_default: bool = ABSENT
    scope_ids: List[str] = ABSENT


class CreateRoleApplication(RequestModel):
    """Applications to give a role to."""

    application_ids: List[str]


class CreateRoleScope(RequestModel):
    """Scopes to add to a role."""

    scope_ids: List[str]


class CreateRoleUser(RequestModel):
    """Users to give a role to."""

    user_ids: List[str]


class ListedRole(ResponseModel):
    """A role in a list, with a preview of those who have it."""

    tenant_id: str
    id: str
    name: str
    description: str
    type: Union[Literal["User", "MachineToMachine"], str]
    """Whether a role is for users or for machine-to-machine applications."""
    is_default: bool
    """Whether new users get it."""
    users_count: int
    featured_users: List[ListedOrganizationFeaturedUser]
    applications_count: int
    featured_applications: List[ListedRoleFeaturedApplication]


class ListedRoleFeaturedApplication(ResponseModel):
    """An application in a preview."""

    id: str
    name: str
    type: Union[Literal["Native", "SPA", "Traditional", "MachineToMachine", "Protected", "SAML"], str]
    """How an application runs, which decides how it proves who it is."""


class RoleScope(ResponseModel):
    """A scope of a role, with its resource."""

    tenant_id: str
    id: str
    resource_id: str
    name: str
    description: Optional[str]
    created_at: int
    """Milliseconds since 1970."""
    resource: Resource


class RoleUser(ResponseModel):
    """A user, with what only its administrators see."""

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
    has_password: Optional[bool] = None
    sso_identities: Optional[List[UserSsoIdentity]] = None


class UpdateRole(RequestModel):
    """Changes of a role."""

    name: str = ABSENT
    description: str = ABSENT
    is_default: bool = ABSENT

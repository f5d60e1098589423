"""Models of organization roles. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel
from .shared import OrganizationInvitationOrganizationRole


class CreateOrganizationRole(RequestModel):
    """A new role."""

    name: str
    description: Optional[str] = None
    type: Literal["User", "MachineToMachine"] = ABSENT
    """Whether a role is for users or for machine-to-machine applications."""
    organization_scope_ids: List[str] = ABSENT
    resource_scope_ids: List[str] = ABSENT


class CreateOrganizationRoleResourceScope(RequestModel):
    """Scopes of API resources for a role."""

    scope_ids: List[str]


class CreateOrganizationRoleScope(RequestModel):
    """Scopes of the template for a role."""

    organization_scope_ids: List[str]


class ListedOrganizationRole(ResponseModel):
    """A role in the list of the template."""

    tenant_id: str
    id: str
    name: str
    description: Optional[str]
    type: Union[Literal["User", "MachineToMachine"], str]
    """Whether a role is for users or for machine-to-machine applications."""
    scopes: List[OrganizationInvitationOrganizationRole]
    resource_scopes: List[ListedOrganizationRoleResourceScope]


class ListedOrganizationRoleResourceScope(ResponseModel):
    """A scope of an API resource, by name."""

    id: str
    name: str
    resource: OrganizationInvitationOrganizationRole


class ReplaceOrganizationRoleResourceScopes(RequestModel):
    """Scopes of API resources for a role."""

    scope_ids: List[str]


class ReplaceOrganizationRoleScopes(RequestModel):
    """Scopes of the template for a role."""

    organization_scope_ids: List[str]


class UpdateOrganizationRole(RequestModel):
    """Changes of a role."""

    name: str = ABSENT
    description: Optional[str] = None
    type: Literal["User", "MachineToMachine"] = ABSENT
    """Whether a role is for users or for machine-to-machine applications."""

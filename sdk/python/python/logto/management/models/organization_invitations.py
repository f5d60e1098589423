"""Models of organization invitations. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel
from .shared import OrganizationInvitationOrganizationRole


class CreateOrganizationInvitation(RequestModel):
    """A new invitation."""

    inviter_id: Optional[str] = None
    invitee: str
    """An e-mail address."""
    organization_id: str
    expires_at: int
    """Milliseconds since 1970, later than now."""
    organization_role_ids: List[str] = ABSENT
    message_payload: Any = None


class CreateOrganizationInvitationMessage(RequestModel):
    """What is sent."""

    code: str = ABSENT
    link: str = ABSENT
    locale: str = ABSENT
    ui_locales: str = ABSENT


class OrganizationInvitation(ResponseModel):
    """An invitation."""

    tenant_id: str
    id: str
    inviter_id: Optional[str]
    """The user who invites."""
    invitee: str
    """An e-mail address."""
    accepted_user_id: Optional[str]
    organization_id: str
    status: Union[Literal["Pending", "Accepted", "Expired", "Revoked"], str]
    """One that nobody has ended in time reads as expired."""
    created_at: int
    """Milliseconds since 1970."""
    updated_at: int
    """Milliseconds since 1970."""
    expires_at: int
    """Milliseconds since 1970."""
    organization_roles: List[OrganizationInvitationOrganizationRole]


class ReplaceOrganizationInvitationStatus(RequestModel):
    """Ends an invitation."""

    accepted_user_id: Optional[str] = None
    """Who accepts: a user whose primary e-mail address is the invitee."""
    status: Literal["Accepted", "Revoked"]
    """The end of an invitation."""

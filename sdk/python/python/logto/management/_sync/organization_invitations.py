"""Operations on organization invitations. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from .._calls import QueryValue
from ..models.organization_invitations import (
    CreateOrganizationInvitation,
    CreateOrganizationInvitationMessage,
    OrganizationInvitation,
    ReplaceOrganizationInvitationStatus,
)


class OrganizationInvitations(Group):
    """Operations on organization invitations."""

    def list(
        self,
        *,
        organization_id: QueryValue = None,
        inviter_id: QueryValue = None,
        invitee: QueryValue = None,
    ) -> List[OrganizationInvitation]:
        """``GET /api/organization-invitations``"""
        request = call(
            "GET",
            "/api/organization-invitations",
            query={"organizationId": organization_id, "inviterId": inviter_id, "invitee": invitee},
        )
        return self._fetch(request, List[OrganizationInvitation])

    def create(self, body: CreateOrganizationInvitation) -> OrganizationInvitation:
        """``POST /api/organization-invitations``"""
        request = call("POST", "/api/organization-invitations", body=body)
        return self._fetch(request, OrganizationInvitation)

    def delete(self, organization_invitation_id: str) -> None:
        """``DELETE /api/organization-invitations/{id}``"""
        request = call("DELETE", "/api/organization-invitations/{}", (organization_invitation_id,))
        self._send(request)

    def get(self, organization_invitation_id: str) -> OrganizationInvitation:
        """``GET /api/organization-invitations/{id}``"""
        request = call("GET", "/api/organization-invitations/{}", (organization_invitation_id,))
        return self._fetch(request, OrganizationInvitation)

    def create_message(self, organization_invitation_id: str, body: CreateOrganizationInvitationMessage) -> None:
        """``POST /api/organization-invitations/{id}/message``"""
        request = call("POST", "/api/organization-invitations/{}/message", (organization_invitation_id,), body=body)
        self._send(request)

    def replace_status(
        self,
        organization_invitation_id: str,
        body: ReplaceOrganizationInvitationStatus,
    ) -> OrganizationInvitation:
        """``PUT /api/organization-invitations/{id}/status``"""
        request = call("PUT", "/api/organization-invitations/{}/status", (organization_invitation_id,), body=body)
        return self._fetch(request, OrganizationInvitation)

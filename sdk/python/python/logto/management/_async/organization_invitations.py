"""Operations on organization invitations, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from .._calls import QueryValue
from ..models.organization_invitations import (
    CreateOrganizationInvitation,
    CreateOrganizationInvitationMessage,
    OrganizationInvitation,
    ReplaceOrganizationInvitationStatus,
)


class AsyncOrganizationInvitations(AsyncGroup):
    """Operations on organization invitations."""

    async def list(
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
        return await self._fetch(request, List[OrganizationInvitation])

    async def create(self, body: CreateOrganizationInvitation) -> OrganizationInvitation:
        """``POST /api/organization-invitations``"""
        request = call("POST", "/api/organization-invitations", body=body)
        return await self._fetch(request, OrganizationInvitation)

    async def delete(self, organization_invitation_id: str) -> None:
        """``DELETE /api/organization-invitations/{id}``"""
        request = call("DELETE", "/api/organization-invitations/{}", (organization_invitation_id,))
        await self._send(request)

    async def get(self, organization_invitation_id: str) -> OrganizationInvitation:
        """``GET /api/organization-invitations/{id}``"""
        request = call("GET", "/api/organization-invitations/{}", (organization_invitation_id,))
        return await self._fetch(request, OrganizationInvitation)

    async def create_message(self, organization_invitation_id: str, body: CreateOrganizationInvitationMessage) -> None:
        """``POST /api/organization-invitations/{id}/message``"""
        request = call("POST", "/api/organization-invitations/{}/message", (organization_invitation_id,), body=body)
        await self._send(request)

    async def replace_status(
        self,
        organization_invitation_id: str,
        body: ReplaceOrganizationInvitationStatus,
    ) -> OrganizationInvitation:
        """``PUT /api/organization-invitations/{id}/status``"""
        request = call("PUT", "/api/organization-invitations/{}/status", (organization_invitation_id,), body=body)
        return await self._fetch(request, OrganizationInvitation)

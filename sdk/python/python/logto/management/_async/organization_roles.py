"""Operations on organization roles, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from .._calls import QueryValue
from .._paging import AsyncPages
from ..models.organization_roles import (
    CreateOrganizationRole,
    CreateOrganizationRoleResourceScope,
    CreateOrganizationRoleScope,
    ListedOrganizationRole,
    ReplaceOrganizationRoleResourceScopes,
    ReplaceOrganizationRoleScopes,
    UpdateOrganizationRole,
)
from ..models.shared import ListedResourceScope, OrganizationRole, OrganizationScope


class AsyncOrganizationRoles(AsyncGroup):
    """Operations on organization roles."""

    def list(self, *, q: QueryValue = None, page_size: int = 100) -> AsyncPages[ListedOrganizationRole]:
        """``GET /api/organization-roles``"""
        return self._list("/api/organization-roles", (), {"q": q}, List[ListedOrganizationRole], list, page_size)

    async def create(self, body: CreateOrganizationRole) -> OrganizationRole:
        """``POST /api/organization-roles``"""
        request = call("POST", "/api/organization-roles", body=body)
        return await self._fetch(request, OrganizationRole)

    async def delete(self, organization_role_id: str) -> None:
        """``DELETE /api/organization-roles/{id}``"""
        request = call("DELETE", "/api/organization-roles/{}", (organization_role_id,))
        await self._send(request)

    async def get(self, organization_role_id: str) -> OrganizationRole:
        """``GET /api/organization-roles/{id}``"""
        request = call("GET", "/api/organization-roles/{}", (organization_role_id,))
        return await self._fetch(request, OrganizationRole)

    async def update(self, organization_role_id: str, body: UpdateOrganizationRole) -> OrganizationRole:
        """``PATCH /api/organization-roles/{id}``"""
        request = call("PATCH", "/api/organization-roles/{}", (organization_role_id,), body=body)
        return await self._fetch(request, OrganizationRole)

    def list_resource_scopes(self, organization_role_id: str, *, page_size: int = 100) -> AsyncPages[ListedResourceScope]:
        """``GET /api/organization-roles/{id}/resource-scopes``"""
        return self._list(
            "/api/organization-roles/{}/resource-scopes",
            (organization_role_id,),
            {},
            List[ListedResourceScope],
            list,
            page_size,
        )

    async def create_resource_scope(self, organization_role_id: str, body: CreateOrganizationRoleResourceScope) -> None:
        """``POST /api/organization-roles/{id}/resource-scopes``"""
        request = call("POST", "/api/organization-roles/{}/resource-scopes", (organization_role_id,), body=body)
        await self._send(request)

    async def replace_resource_scopes(self, organization_role_id: str, body: ReplaceOrganizationRoleResourceScopes) -> None:
        """``PUT /api/organization-roles/{id}/resource-scopes``"""
        request = call("PUT", "/api/organization-roles/{}/resource-scopes", (organization_role_id,), body=body)
        await self._send(request)

    async def delete_resource_scope(self, organization_role_id: str, scope_id: str) -> None:
        """``DELETE /api/organization-roles/{id}/resource-scopes/{scopeId}``"""
        request = call("DELETE", "/api/organization-roles/{}/resource-scopes/{}", (organization_role_id, scope_id))
        await self._send(request)

    def list_scopes(self, organization_role_id: str, *, page_size: int = 100) -> AsyncPages[OrganizationScope]:
        """``GET /api/organization-roles/{id}/scopes``"""
        return self._list(
            "/api/organization-roles/{}/scopes",
            (organization_role_id,),
            {},
            List[OrganizationScope],
            list,
            page_size,
        )

    async def create_scope(self, organization_role_id: str, body: CreateOrganizationRoleScope) -> None:
        """``POST /api/organization-roles/{id}/scopes``"""
        request = call("POST", "/api/organization-roles/{}/scopes", (organization_role_id,), body=body)
        await self._send(request)

    async def replace_scopes(self, organization_role_id: str, body: ReplaceOrganizationRoleScopes) -> None:
        """``PUT /api/organization-roles/{id}/scopes``"""
        request = call("PUT", "/api/organization-roles/{}/scopes", (organization_role_id,), body=body)
        await self._send(request)

    async def delete_scope(self, organization_role_id: str, organization_scope_id: str) -> None:
        """``DELETE /api/organization-roles/{id}/scopes/{organizationScopeId}``"""
        request = call("DELETE", "/api/organization-roles/{}/scopes/{}", (organization_role_id, organization_scope_id))
        await self._send(request)

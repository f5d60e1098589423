"""Operations on organization scopes, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from .._calls import QueryValue
from .._paging import AsyncPages
from ..models.organization_scopes import CreateOrganizationScope, UpdateOrganizationScope
from ..models.shared import OrganizationScope


class AsyncOrganizationScopes(AsyncGroup):
    """Operations on organization scopes."""

    def list(self, *, q: QueryValue = None, page_size: int = 100) -> AsyncPages[OrganizationScope]:
        """``GET /api/organization-scopes``"""
        return self._list("/api/organization-scopes", (), {"q": q}, List[OrganizationScope], list, page_size)

    async def create(self, body: CreateOrganizationScope) -> OrganizationScope:
        """``POST /api/organization-scopes``"""
        request = call("POST", "/api/organization-scopes", body=body)
        return await self._fetch(request, OrganizationScope)

    async def delete(self, organization_scope_id: str) -> None:
        """``DELETE /api/organization-scopes/{id}``"""
        request = call("DELETE", "/api/organization-scopes/{}", (organization_scope_id,))
        await self._send(request)

    async def get(self, organization_scope_id: str) -> OrganizationScope:
        """``GET /api/organization-scopes/{id}``"""
        request = call("GET", "/api/organization-scopes/{}", (organization_scope_id,))
        return await self._fetch(request, OrganizationScope)

    async def update(self, organization_scope_id: str, body: UpdateOrganizationScope) -> OrganizationScope:
        """``PATCH /api/organization-scopes/{id}``"""
        request = call("PATCH", "/api/organization-scopes/{}", (organization_scope_id,), body=body)
        return await self._fetch(request, OrganizationScope)

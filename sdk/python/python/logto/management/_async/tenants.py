"""Operations on tenants, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from ..models.tenants import CreateTenant, Tenant


class AsyncTenants(AsyncGroup):
    """Operations on tenants."""

    async def list(self) -> List[Tenant]:
        """``GET /api/tenants``"""
        request = call("GET", "/api/tenants")
        return await self._fetch(request, List[Tenant])

    async def create(self, body: CreateTenant) -> Tenant:
        """``POST /api/tenants``"""
        request = call("POST", "/api/tenants", body=body)
        return await self._fetch(request, Tenant)

    async def delete(self, tenant_id: str) -> None:
        """``DELETE /api/tenants/{tenantId}``"""
        request = call("DELETE", "/api/tenants/{}", (tenant_id,))
        await self._send(request)

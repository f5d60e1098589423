"""Operations on tenants. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from ..models.tenants import CreateTenant, Tenant


class Tenants(Group):
    """Operations on tenants."""

    def list(self) -> List[Tenant]:
        """``GET /api/tenants``"""
        request = call("GET", "/api/tenants")
        return self._fetch(request, List[Tenant])

    def create(self, body: CreateTenant) -> Tenant:
        """``POST /api/tenants``"""
        request = call("POST", "/api/tenants", body=body)
        return self._fetch(request, Tenant)

    def delete(self, tenant_id: str) -> None:
        """``DELETE /api/tenants/{tenantId}``"""
        request = call("DELETE", "/api/tenants/{}", (tenant_id,))
        self._send(request)

"""Operations on organization scopes. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from .._calls import QueryValue
from .._paging import Pages
from ..models.organization_scopes import CreateOrganizationScope, UpdateOrganizationScope
from ..models.shared import OrganizationScope


class OrganizationScopes(Group):
    """Operations on organization scopes."""

    def list(self, *, q: QueryValue = None, page_size: int = 100) -> Pages[OrganizationScope]:
        """``GET /api/organization-scopes``"""
        return self._list("/api/organization-scopes", (), {"q": q}, List[OrganizationScope], list, page_size)

    def create(self, body: CreateOrganizationScope) -> OrganizationScope:
        """``POST /api/organization-scopes``"""
        request = call("POST", "/api/organization-scopes", body=body)
        return self._fetch(request, OrganizationScope)

    def delete(self, organization_scope_id: str) -> None:
        """``DELETE /api/organization-scopes/{id}``"""
        request = call("DELETE", "/api/organization-scopes/{}", (organization_scope_id,))
        self._send(request)

    def get(self, organization_scope_id: str) -> OrganizationScope:
        """``GET /api/organization-scopes/{id}``"""
        request = call("GET", "/api/organization-scopes/{}", (organization_scope_id,))
        return self._fetch(request, OrganizationScope)

    def update(self, organization_scope_id: str, body: UpdateOrganizationScope) -> OrganizationScope:
        """``PATCH /api/organization-scopes/{id}``"""
        request = call("PATCH", "/api/organization-scopes/{}", (organization_scope_id,), body=body)
        return self._fetch(request, OrganizationScope)

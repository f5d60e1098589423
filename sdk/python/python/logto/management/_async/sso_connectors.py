"""Operations on sso connectors, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from .._paging import AsyncPages
from ..models.shared import OrganizationJitSsoConnector
from ..models.sso_connectors import CreateSsoConnector, SsoConnector, UpdateSsoConnector


class AsyncSsoConnectors(AsyncGroup):
    """Operations on sso connectors."""

    def list(self, *, page_size: int = 100) -> AsyncPages[SsoConnector]:
        """``GET /api/sso-connectors``"""
        return self._list("/api/sso-connectors", (), {}, List[SsoConnector], list, page_size)

    async def create(self, body: CreateSsoConnector) -> OrganizationJitSsoConnector:
        """``POST /api/sso-connectors``"""
        request = call("POST", "/api/sso-connectors", body=body)
        return await self._fetch(request, OrganizationJitSsoConnector)

    async def delete(self, sso_connector_id: str) -> None:
        """``DELETE /api/sso-connectors/{id}``"""
        request = call("DELETE", "/api/sso-connectors/{}", (sso_connector_id,))
        await self._send(request)

    async def get(self, sso_connector_id: str) -> SsoConnector:
        """``GET /api/sso-connectors/{id}``"""
        request = call("GET", "/api/sso-connectors/{}", (sso_connector_id,))
        return await self._fetch(request, SsoConnector)

    async def update(self, sso_connector_id: str, body: UpdateSsoConnector) -> SsoConnector:
        """``PATCH /api/sso-connectors/{id}``"""
        request = call("PATCH", "/api/sso-connectors/{}", (sso_connector_id,), body=body)
        return await self._fetch(request, SsoConnector)

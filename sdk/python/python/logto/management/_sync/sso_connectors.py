"""Operations on sso connectors. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from .._paging import Pages
from ..models.shared import OrganizationJitSsoConnector
from ..models.sso_connectors import CreateSsoConnector, SsoConnector, UpdateSsoConnector


class SsoConnectors(Group):
    """Operations on sso connectors."""

    def list(self, *, page_size: int = 100) -> Pages[SsoConnector]:
        """``GET /api/sso-connectors``"""
        return self._list("/api/sso-connectors", (), {}, List[SsoConnector], list, page_size)

    def create(self, body: CreateSsoConnector) -> OrganizationJitSsoConnector:
        """``POST /api/sso-connectors``"""
        request = call("POST", "/api/sso-connectors", body=body)
        return self._fetch(request, OrganizationJitSsoConnector)

    def delete(self, sso_connector_id: str) -> None:
        """``DELETE /api/sso-connectors/{id}``"""
        request = call("DELETE", "/api/sso-connectors/{}", (sso_connector_id,))
        self._send(request)

    def get(self, sso_connector_id: str) -> SsoConnector:
        """``GET /api/sso-connectors/{id}``"""
        request = call("GET", "/api/sso-connectors/{}", (sso_connector_id,))
        return self._fetch(request, SsoConnector)

    def update(self, sso_connector_id: str, body: UpdateSsoConnector) -> SsoConnector:
        """``PATCH /api/sso-connectors/{id}``"""
        request = call("PATCH", "/api/sso-connectors/{}", (sso_connector_id,), body=body)
        return self._fetch(request, SsoConnector)

"""Operations on connectors. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from .._calls import QueryValue
from ..models.connectors import (
    Connector,
    CreateConnector,
    CreateConnectorAuthorizationUri,
    CreateConnectorTest,
    CreatedConnectorAuthorizationUri,
    UpdateConnector,
)


class Connectors(Group):
    """Operations on connectors."""

    def list(self, *, target: QueryValue = None) -> List[Connector]:
        """``GET /api/connectors``"""
        request = call("GET", "/api/connectors", query={"target": target})
        return self._fetch(request, List[Connector])

    def create(self, body: CreateConnector) -> Connector:
        """``POST /api/connectors``"""
        request = call("POST", "/api/connectors", body=body)
        return self._fetch(request, Connector)

    def create_authorization_uri(
        self,
        connector_id: str,
        body: CreateConnectorAuthorizationUri,
    ) -> CreatedConnectorAuthorizationUri:
        """``POST /api/connectors/{connectorId}/authorization-uri``"""
        request = call("POST", "/api/connectors/{}/authorization-uri", (connector_id,), body=body)
        return self._fetch(request, CreatedConnectorAuthorizationUri)

    def create_test(self, factory_id: str, body: CreateConnectorTest) -> None:
        """``POST /api/connectors/{factoryId}/test``"""
        request = call("POST", "/api/connectors/{}/test", (factory_id,), body=body)
        self._send(request)

    def delete(self, connector_id: str) -> None:
        """``DELETE /api/connectors/{id}``"""
        request = call("DELETE", "/api/connectors/{}", (connector_id,))
        self._send(request)

    def get(self, connector_id: str) -> Connector:
        """``GET /api/connectors/{id}``"""
        request = call("GET", "/api/connectors/{}", (connector_id,))
        return self._fetch(request, Connector)

    def update(self, connector_id: str, body: UpdateConnector) -> Connector:
        """``PATCH /api/connectors/{id}``"""
        request = call("PATCH", "/api/connectors/{}", (connector_id,), body=body)
        return self._fetch(request, Connector)

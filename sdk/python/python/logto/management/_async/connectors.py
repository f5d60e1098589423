"""Operations on connectors, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from .._calls import QueryValue
from ..models.connectors import (
    Connector,
    CreateConnector,
    CreateConnectorAuthorizationUri,
    CreateConnectorTest,
    CreatedConnectorAuthorizationUri,
    UpdateConnector,
)


class AsyncConnectors(AsyncGroup):
    """Operations on connectors."""

    async def list(self, *, target: QueryValue = None) -> List[Connector]:
        """``GET /api/connectors``"""
        request = call("GET", "/api/connectors", query={"target": target})
        return await self._fetch(request, List[Connector])

    async def create(self, body: CreateConnector) -> Connector:
        """``POST /api/connectors``"""
        request = call("POST", "/api/connectors", body=body)
        return await self._fetch(request, Connector)

    async def create_authorization_uri(
        self,
        connector_id: str,
        body: CreateConnectorAuthorizationUri,
    ) -> CreatedConnectorAuthorizationUri:
        """``POST /api/connectors/{connectorId}/authorization-uri``"""
        request = call("POST", "/api/connectors/{}/authorization-uri", (connector_id,), body=body)
        return await self._fetch(request, CreatedConnectorAuthorizationUri)

    async def create_test(self, factory_id: str, body: CreateConnectorTest) -> None:
        """``POST /api/connectors/{factoryId}/test``"""
        request = call("POST", "/api/connectors/{}/test", (factory_id,), body=body)
        await self._send(request)

    async def delete(self, connector_id: str) -> None:
        """``DELETE /api/connectors/{id}``"""
        request = call("DELETE", "/api/connectors/{}", (connector_id,))
        await self._send(request)

    async def get(self, connector_id: str) -> Connector:
        """``GET /api/connectors/{id}``"""
        request = call("GET", "/api/connectors/{}", (connector_id,))
        return await self._fetch(request, Connector)

    async def update(self, connector_id: str, body: UpdateConnector) -> Connector:
        """``PATCH /api/connectors/{id}``"""
        request = call("PATCH", "/api/connectors/{}", (connector_id,), body=body)
        return await self._fetch(request, Connector)

"""Operations on connector factories, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from ..models.connector_factories import ConnectorFactory


class AsyncConnectorFactories(AsyncGroup):
    """Operations on connector factories."""

    async def list(self) -> List[ConnectorFactory]:
        """``GET /api/connector-factories``"""
        request = call("GET", "/api/connector-factories")
        return await self._fetch(request, List[ConnectorFactory])

    async def get(self, connector_factory_id: str) -> ConnectorFactory:
        """``GET /api/connector-factories/{id}``"""
        request = call("GET", "/api/connector-factories/{}", (connector_factory_id,))
        return await self._fetch(request, ConnectorFactory)

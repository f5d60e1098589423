"""Operations on connector factories. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from ..models.connector_factories import ConnectorFactory


class ConnectorFactories(Group):
    """Operations on connector factories."""

    def list(self) -> List[ConnectorFactory]:
        """``GET /api/connector-factories``"""
        request = call("GET", "/api/connector-factories")
        return self._fetch(request, List[ConnectorFactory])

    def get(self, connector_factory_id: str) -> ConnectorFactory:
        """``GET /api/connector-factories/{id}``"""
        request = call("GET", "/api/connector-factories/{}", (connector_factory_id,))
        return self._fetch(request, ConnectorFactory)

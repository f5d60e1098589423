"""Operations on systems, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import AsyncGroup, call
from ..models.systems import SystemApplicationConfig


class AsyncSystems(AsyncGroup):
    """Operations on systems."""

    async def get_application_config(self) -> SystemApplicationConfig:
        """``GET /api/systems/application``"""
        request = call("GET", "/api/systems/application")
        return await self._fetch(request, SystemApplicationConfig)

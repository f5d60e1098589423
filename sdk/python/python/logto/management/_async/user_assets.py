"""Operations on user assets, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import AsyncGroup, call
from ..models.user_assets import UserAssetServiceStatus


class AsyncUserAssets(AsyncGroup):
    """Operations on user assets."""

    async def get_service_status(self) -> UserAssetServiceStatus:
        """``GET /api/user-assets/service-status``"""
        request = call("GET", "/api/user-assets/service-status")
        return await self._fetch(request, UserAssetServiceStatus)

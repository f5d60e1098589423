"""Operations on user assets. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import Group, call
from ..models.user_assets import UserAssetServiceStatus


class UserAssets(Group):
    """Operations on user assets."""

    def get_service_status(self) -> UserAssetServiceStatus:
        """``GET /api/user-assets/service-status``"""
        request = call("GET", "/api/user-assets/service-status")
        return self._fetch(request, UserAssetServiceStatus)

"""Operations on systems. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import Group, call
from ..models.systems import SystemApplicationConfig


class Systems(Group):
    """Operations on systems."""

    def get_application_config(self) -> SystemApplicationConfig:
        """``GET /api/systems/application``"""
        request = call("GET", "/api/systems/application")
        return self._fetch(request, SystemApplicationConfig)

"""Operations on sso connector providers. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from ..models.sso_connector_providers import SsoConnectorProvider


class SsoConnectorProviders(Group):
    """Operations on sso connector providers."""

    def list(self) -> List[SsoConnectorProvider]:
        """``GET /api/sso-connector-providers``"""
        request = call("GET", "/api/sso-connector-providers")
        return self._fetch(request, List[SsoConnectorProvider])

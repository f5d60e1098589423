"""Operations on sso connector providers, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from ..models.sso_connector_providers import SsoConnectorProvider


class AsyncSsoConnectorProviders(AsyncGroup):
    """Operations on sso connector providers."""

    async def list(self) -> List[SsoConnectorProvider]:
        """``GET /api/sso-connector-providers``"""
        request = call("GET", "/api/sso-connector-providers")
        return await self._fetch(request, List[SsoConnectorProvider])

"""Operations on cimd, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import AsyncGroup, call
from ..models.cimd import AssignCimdUserConsentScopes
from ..models.shared import CimdUserConsentScope


class AsyncCimd(AsyncGroup):
    """Operations on cimd."""

    async def list_user_consent_scopes(self) -> CimdUserConsentScope:
        """``GET /api/cimd/user-consent-scopes``"""
        request = call("GET", "/api/cimd/user-consent-scopes")
        return await self._fetch(request, CimdUserConsentScope)

    async def assign_user_consent_scopes(self, body: AssignCimdUserConsentScopes) -> None:
        """``POST /api/cimd/user-consent-scopes``"""
        request = call("POST", "/api/cimd/user-consent-scopes", body=body)
        await self._send(request)

    async def delete_user_consent_scope(self, scope_type: str, scope_id: str) -> None:
        """``DELETE /api/cimd/user-consent-scopes/{scopeType}/{scopeId}``"""
        request = call("DELETE", "/api/cimd/user-consent-scopes/{}/{}", (scope_type, scope_id))
        await self._send(request)

"""Operations on cimd. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import Group, call
from ..models.cimd import AssignCimdUserConsentScopes
from ..models.shared import CimdUserConsentScope


class Cimd(Group):
    """Operations on cimd."""

    def list_user_consent_scopes(self) -> CimdUserConsentScope:
        """``GET /api/cimd/user-consent-scopes``"""
        request = call("GET", "/api/cimd/user-consent-scopes")
        return self._fetch(request, CimdUserConsentScope)

    def assign_user_consent_scopes(self, body: AssignCimdUserConsentScopes) -> None:
        """``POST /api/cimd/user-consent-scopes``"""
        request = call("POST", "/api/cimd/user-consent-scopes", body=body)
        self._send(request)

    def delete_user_consent_scope(self, scope_type: str, scope_id: str) -> None:
        """``DELETE /api/cimd/user-consent-scopes/{scopeType}/{scopeId}``"""
        request = call("DELETE", "/api/cimd/user-consent-scopes/{}/{}", (scope_type, scope_id))
        self._send(request)

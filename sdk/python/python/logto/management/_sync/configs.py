"""Operations on configs. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from ..models.configs import (
    AdminConsoleConfig,
    IdTokenConfig,
    OidcKey,
    OidcSessionConfig,
    RotateOidcKeys,
    UpdateAdminConsoleConfig,
    UpdateOidcSessionConfig,
    UpsertIdTokenConfig,
)


class Configs(Group):
    """Operations on configs."""

    def get_admin_console(self) -> AdminConsoleConfig:
        """``GET /api/configs/admin-console``"""
        request = call("GET", "/api/configs/admin-console")
        return self._fetch(request, AdminConsoleConfig)

    def update_admin_console(self, body: UpdateAdminConsoleConfig) -> AdminConsoleConfig:
        """``PATCH /api/configs/admin-console``"""
        request = call("PATCH", "/api/configs/admin-console", body=body)
        return self._fetch(request, AdminConsoleConfig)

    def get_id_token(self) -> IdTokenConfig:
        """``GET /api/configs/id-token``"""
        request = call("GET", "/api/configs/id-token")
        return self._fetch(request, IdTokenConfig)

    def upsert_id_token(self, body: UpsertIdTokenConfig) -> IdTokenConfig:
        """``PUT /api/configs/id-token``"""
        request = call("PUT", "/api/configs/id-token", body=body)
        return self._fetch(request, IdTokenConfig)

    def get_oidc_session(self) -> OidcSessionConfig:
        """``GET /api/configs/oidc/session``"""
        request = call("GET", "/api/configs/oidc/session")
        return self._fetch(request, OidcSessionConfig)

    def update_oidc_session(self, body: UpdateOidcSessionConfig) -> OidcSessionConfig:
        """``PATCH /api/configs/oidc/session``"""
        request = call("PATCH", "/api/configs/oidc/session", body=body)
        return self._fetch(request, OidcSessionConfig)

    def get_oidc_keys(self, key_type: str) -> List[OidcKey]:
        """``GET /api/configs/oidc/{keyType}``"""
        request = call("GET", "/api/configs/oidc/{}", (key_type,))
        return self._fetch(request, List[OidcKey])

    def rotate_oidc_keys(self, key_type: str, body: RotateOidcKeys) -> List[OidcKey]:
        """``POST /api/configs/oidc/{keyType}/rotate``"""
        request = call("POST", "/api/configs/oidc/{}/rotate", (key_type,), body=body)
        return self._fetch(request, List[OidcKey])

    def delete_oidc_key(self, key_type: str, key_id: str) -> None:
        """``DELETE /api/configs/oidc/{keyType}/{keyId}``"""
        request = call("DELETE", "/api/configs/oidc/{}/{}", (key_type, key_id))
        self._send(request)

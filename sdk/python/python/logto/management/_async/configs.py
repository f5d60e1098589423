"""Operations on configs, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from .._base import AsyncGroup, call
from ..models.configs import (
    AccountConfig,
    Action,
    AdminConsoleConfig,
    CimdConfig,
    IdTokenConfig,
    JwtCustomizer,
    ListedAction,
    ListedJwtCustomizer,
    OidcKey,
    OidcSessionConfig,
    RotateOidcKeys,
    TestAction,
    TestJwtCustomizer,
    UpdateAccountConfig,
    UpdateAction,
    UpdateAdminConsoleConfig,
    UpdateCimdConfig,
    UpdateJwtCustomizer,
    UpdateOidcSessionConfig,
    UpsertAction,
    UpsertIdTokenConfig,
    UpsertJwtCustomizer,
)


class AsyncConfigs(AsyncGroup):
    """Operations on configs."""

    async def get_account(self) -> AccountConfig:
        """``GET /api/configs/account``"""
        request = call("GET", "/api/configs/account")
        return await self._fetch(request, AccountConfig)

    async def update_account(self, body: UpdateAccountConfig) -> AccountConfig:
        """``PATCH /api/configs/account``"""
        request = call("PATCH", "/api/configs/account", body=body)
        return await self._fetch(request, AccountConfig)

    async def list_actions(self) -> List[ListedAction]:
        """``GET /api/configs/actions``"""
        request = call("GET", "/api/configs/actions")
        return await self._fetch(request, List[ListedAction])

    async def test_action(self, body: TestAction) -> Optional[Any]:
        """``POST /api/configs/actions/test``"""
        request = call("POST", "/api/configs/actions/test", body=body)
        return await self._fetch_if((200,), request, object)

    async def delete_action(self, action_type: str) -> None:
        """``DELETE /api/configs/actions/{actionType}``"""
        request = call("DELETE", "/api/configs/actions/{}", (action_type,))
        await self._send(request)

    async def get_action(self, action_type: str) -> Action:
        """``GET /api/configs/actions/{actionType}``"""
        request = call("GET", "/api/configs/actions/{}", (action_type,))
        return await self._fetch(request, Action)

    async def update_action(self, action_type: str, body: UpdateAction) -> Action:
        """``PATCH /api/configs/actions/{actionType}``"""
        request = call("PATCH", "/api/configs/actions/{}", (action_type,), body=body)
        return await self._fetch(request, Action)

    async def upsert_action(self, action_type: str, body: UpsertAction) -> Action:
        """``PUT /api/configs/actions/{actionType}``"""
        request = call("PUT", "/api/configs/actions/{}", (action_type,), body=body)
        return await self._fetch(request, Action)

    async def get_admin_console(self) -> AdminConsoleConfig:
        """``GET /api/configs/admin-console``"""
        request = call("GET", "/api/configs/admin-console")
        return await self._fetch(request, AdminConsoleConfig)

    async def update_admin_console(self, body: UpdateAdminConsoleConfig) -> AdminConsoleConfig:
        """``PATCH /api/configs/admin-console``"""
        request = call("PATCH", "/api/configs/admin-console", body=body)
        return await self._fetch(request, AdminConsoleConfig)

    async def get_cimd(self) -> CimdConfig:
        """``GET /api/configs/cimd``"""
        request = call("GET", "/api/configs/cimd")
        return await self._fetch(request, CimdConfig)

    async def update_cimd(self, body: UpdateCimdConfig) -> CimdConfig:
        """``PATCH /api/configs/cimd``"""
        request = call("PATCH", "/api/configs/cimd", body=body)
        return await self._fetch(request, CimdConfig)

    async def get_id_token(self) -> IdTokenConfig:
        """``GET /api/configs/id-token``"""
        request = call("GET", "/api/configs/id-token")
        return await self._fetch(request, IdTokenConfig)

    async def upsert_id_token(self, body: UpsertIdTokenConfig) -> IdTokenConfig:
        """``PUT /api/configs/id-token``"""
        request = call("PUT", "/api/configs/id-token", body=body)
        return await self._fetch(request, IdTokenConfig)

    async def list_jwt_customizers(self) -> List[ListedJwtCustomizer]:
        """``GET /api/configs/jwt-customizer``"""
        request = call("GET", "/api/configs/jwt-customizer")
        return await self._fetch(request, List[ListedJwtCustomizer])

    async def test_jwt_customizer(self, body: TestJwtCustomizer) -> Dict[str, Any]:
        """``POST /api/configs/jwt-customizer/test``"""
        request = call("POST", "/api/configs/jwt-customizer/test", body=body)
        return await self._fetch(request, Dict[str, Any])

    async def delete_jwt_customizer(self, token_type_path: str) -> None:
        """``DELETE /api/configs/jwt-customizer/{tokenTypePath}``"""
        request = call("DELETE", "/api/configs/jwt-customizer/{}", (token_type_path,))
        await self._send(request)

    async def get_jwt_customizer(self, token_type_path: str) -> JwtCustomizer:
        """``GET /api/configs/jwt-customizer/{tokenTypePath}``"""
        request = call("GET", "/api/configs/jwt-customizer/{}", (token_type_path,))
        return await self._fetch(request, JwtCustomizer)

    async def update_jwt_customizer(self, token_type_path: str, body: UpdateJwtCustomizer) -> JwtCustomizer:
        """``PATCH /api/configs/jwt-customizer/{tokenTypePath}``"""
        request = call("PATCH", "/api/configs/jwt-customizer/{}", (token_type_path,), body=body)
        return await self._fetch(request, JwtCustomizer)

    async def upsert_jwt_customizer(self, token_type_path: str, body: UpsertJwtCustomizer) -> JwtCustomizer:
        """``PUT /api/configs/jwt-customizer/{tokenTypePath}``"""
        request = call("PUT", "/api/configs/jwt-customizer/{}", (token_type_path,), body=body)
        return await self._fetch(request, JwtCustomizer)

    async def get_oidc_session(self) -> OidcSessionConfig:
        """``GET /api/configs/oidc/session``"""
        request = call("GET", "/api/configs/oidc/session")
        return await self._fetch(request, OidcSessionConfig)

    async def update_oidc_session(self, body: UpdateOidcSessionConfig) -> OidcSessionConfig:
        """``PATCH /api/configs/oidc/session``"""
        request = call("PATCH", "/api/configs/oidc/session", body=body)
        return await self._fetch(request, OidcSessionConfig)

    async def get_oidc_keys(self, key_type: str) -> List[OidcKey]:
        """``GET /api/configs/oidc/{keyType}``"""
        request = call("GET", "/api/configs/oidc/{}", (key_type,))
        return await self._fetch(request, List[OidcKey])

    async def rotate_oidc_keys(self, key_type: str, body: RotateOidcKeys) -> List[OidcKey]:
        """``POST /api/configs/oidc/{keyType}/rotate``"""
        request = call("POST", "/api/configs/oidc/{}/rotate", (key_type,), body=body)
        return await self._fetch(request, List[OidcKey])

    async def delete_oidc_key(self, key_type: str, key_id: str) -> None:
        """``DELETE /api/configs/oidc/{keyType}/{keyId}``"""
        request = call("DELETE", "/api/configs/oidc/{}/{}", (key_type, key_id))
        await self._send(request)

"""Operations on account center, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import AsyncGroup, call
from ..models.account_center import AccountCenterSettings, UpdateAccountCenterSettings


class AsyncAccountCenter(AsyncGroup):
    """Operations on account center."""

    async def get_settings(self) -> AccountCenterSettings:
        """``GET /api/account-center``"""
        request = call("GET", "/api/account-center")
        return await self._fetch(request, AccountCenterSettings)

    async def update_settings(self, body: UpdateAccountCenterSettings) -> AccountCenterSettings:
        """``PATCH /api/account-center``"""
        request = call("PATCH", "/api/account-center", body=body)
        return await self._fetch(request, AccountCenterSettings)

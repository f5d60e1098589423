"""Operations on account center. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import Group, call
from ..models.account_center import AccountCenterSettings, UpdateAccountCenterSettings


class AccountCenter(Group):
    """Operations on account center."""

    def get_settings(self) -> AccountCenterSettings:
        """``GET /api/account-center``"""
        request = call("GET", "/api/account-center")
        return self._fetch(request, AccountCenterSettings)

    def update_settings(self, body: UpdateAccountCenterSettings) -> AccountCenterSettings:
        """``PATCH /api/account-center``"""
        request = call("PATCH", "/api/account-center", body=body)
        return self._fetch(request, AccountCenterSettings)

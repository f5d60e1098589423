"""Operations on sign in experience, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Optional

from .._base import AsyncGroup, call
from .._calls import QueryValue
from ..models.sign_in_experience import (
    CheckPasswordWithDefaultSignInExperience,
    CheckedPasswordWithDefaultSignInExperience,
    SignInExp,
    UpdateSignInExp,
    UsernameCaseSensitivityConflicts,
)


class AsyncSignInExperience(AsyncGroup):
    """Operations on sign in experience."""

    async def get(self) -> SignInExp:
        """``GET /api/sign-in-exp``"""
        request = call("GET", "/api/sign-in-exp")
        return await self._fetch(request, SignInExp)

    async def update(self, body: UpdateSignInExp, *, remove_unused_demo_social_connector: QueryValue = None) -> SignInExp:
        """``PATCH /api/sign-in-exp``"""
        request = call(
            "PATCH",
            "/api/sign-in-exp",
            query={"removeUnusedDemoSocialConnector": remove_unused_demo_social_connector},
            body=body,
        )
        return await self._fetch(request, SignInExp)

    async def check_password_with_default(
        self,
        body: CheckPasswordWithDefaultSignInExperience,
    ) -> CheckedPasswordWithDefaultSignInExperience:
        """``POST /api/sign-in-exp/default/check-password``"""
        request = call("POST", "/api/sign-in-exp/default/check-password", body=body)
        return await self._fetch(request, CheckedPasswordWithDefaultSignInExperience)

    async def get_username_case_sensitivity_conflicts(self, *, limit: Optional[int] = None) -> UsernameCaseSensitivityConflicts:
        """``GET /api/sign-in-exp/username-policy/case-sensitivity-conflicts``"""
        request = call("GET", "/api/sign-in-exp/username-policy/case-sensitivity-conflicts", query={"limit": limit})
        return await self._fetch(request, UsernameCaseSensitivityConflicts)

"""Operations on verification codes, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import AsyncGroup, call
from ..models.verification_codes import CreateVerificationCode, VerifyVerificationCode


class AsyncVerificationCodes(AsyncGroup):
    """Operations on verification codes."""

    async def create(self, body: CreateVerificationCode) -> None:
        """``POST /api/verification-codes``"""
        request = call("POST", "/api/verification-codes", body=body)
        await self._send(request)

    async def verify(self, body: VerifyVerificationCode) -> None:
        """``POST /api/verification-codes/verify``"""
        request = call("POST", "/api/verification-codes/verify", body=body)
        await self._send(request)

"""Operations on verification codes. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import Group, call
from ..models.verification_codes import CreateVerificationCode, VerifyVerificationCode


class VerificationCodes(Group):
    """Operations on verification codes."""

    def create(self, body: CreateVerificationCode) -> None:
        """``POST /api/verification-codes``"""
        request = call("POST", "/api/verification-codes", body=body)
        self._send(request)

    def verify(self, body: VerifyVerificationCode) -> None:
        """``POST /api/verification-codes/verify``"""
        request = call("POST", "/api/verification-codes/verify", body=body)
        self._send(request)

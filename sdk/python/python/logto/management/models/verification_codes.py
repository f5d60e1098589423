"""Models of verification codes. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import ABSENT, RequestModel


class CreateVerificationCode(RequestModel):
    """Where to send a code: one of `email` and `phone`."""

    email: str = ABSENT
    phone: str = ABSENT


class VerifyVerificationCode(RequestModel):
    """What the person typed: one of `email` and `phone`, and the code."""

    email: str = ABSENT
    phone: str = ABSENT
    verification_code: str

"""Models of subject tokens. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict

from .._base import ABSENT, RequestModel, ResponseModel


class CreateSubjectToken(RequestModel):
    """Whose token to create."""

    user_id: str
    context: Dict[str, Any] = ABSENT
    """What the caller wants to remember about the purpose; at most 4096 bytes of JSON."""


class CreatedSubjectToken(ResponseModel):
    """A token that can be exchanged once."""

    subject_token: str
    expires_in: int
    """Seconds."""

"""Models of refusals. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, Optional

from .._base import ResponseModel


class Refusal(ResponseModel):
    """A request that was refused."""

    request_id: str
    """As in the header `Logto-Core-Request-Id` of the answer."""
    created_at: int
    """Milliseconds since 1970."""
    method: str
    path: str
    """Without query."""
    status: int
    code: str
    """The error code of the answer; empty for an unexpected failure."""
    description: str
    """What the answer said, in English."""
    detail: Optional[str] = None
    """What the client was not told."""
    client_id: Optional[str] = None
    user_id: Optional[str] = None
    facts: Dict[str, Any]
    """What the check saw, without secrets: what was sent, and what is registered."""
    explanation: RefusalExplanation


class RefusalExplanation(ResponseModel):
    """What happened, and what to do about it, in the language of the request."""

    reason: str
    """A stable name."""
    cause: str
    advice: str

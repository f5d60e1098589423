"""Models of sentinel activities. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Literal

from .._base import RequestModel


class DeleteSentinelActivities(RequestModel):
    """Whom to unlock."""

    target_type: Literal["User", "App"]
    """What was locked."""
    targets: List[str]
    """Usernames, e-mail addresses and phone numbers."""

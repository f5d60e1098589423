"""Operations on sentinel activities. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import Group, call
from ..models.sentinel_activities import DeleteSentinelActivities


class SentinelActivities(Group):
    """Operations on sentinel activities."""

    def delete(self, body: DeleteSentinelActivities) -> None:
        """``POST /api/sentinel-activities/delete``"""
        request = call("POST", "/api/sentinel-activities/delete", body=body)
        self._send(request)

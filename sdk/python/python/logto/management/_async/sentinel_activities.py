"""Operations on sentinel activities, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import AsyncGroup, call
from ..models.sentinel_activities import DeleteSentinelActivities


class AsyncSentinelActivities(AsyncGroup):
    """Operations on sentinel activities."""

    async def delete(self, body: DeleteSentinelActivities) -> None:
        """``POST /api/sentinel-activities/delete``"""
        request = call("POST", "/api/sentinel-activities/delete", body=body)
        await self._send(request)

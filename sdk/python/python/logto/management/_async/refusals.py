"""Operations on refusals, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from .._calls import QueryValue
from .._paging import AsyncPages
from ..models.refusals import Refusal


class AsyncRefusals(AsyncGroup):
    """Operations on refusals."""

    def list(
        self,
        *,
        client_id: QueryValue = None,
        user_id: QueryValue = None,
        code: QueryValue = None,
        page_size: int = 100,
    ) -> AsyncPages[Refusal]:
        """``GET /api/refusals``"""
        return self._list(
            "/api/refusals",
            (),
            {"clientId": client_id, "userId": user_id, "code": code},
            List[Refusal],
            list,
            page_size,
        )

    async def get(self, request_id: str) -> Refusal:
        """``GET /api/refusals/{requestId}``"""
        request = call("GET", "/api/refusals/{}", (request_id,))
        return await self._fetch(request, Refusal)

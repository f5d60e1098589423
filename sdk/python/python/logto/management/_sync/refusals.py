"""Operations on refusals. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import Group, call
from .._calls import QueryValue
from .._paging import Pages
from ..models.refusals import Refusal


class Refusals(Group):
    """Operations on refusals."""

    def list(
        self,
        *,
        client_id: QueryValue = None,
        user_id: QueryValue = None,
        code: QueryValue = None,
        page_size: int = 100,
    ) -> Pages[Refusal]:
        """``GET /api/refusals``"""
        return self._list(
            "/api/refusals",
            (),
            {"clientId": client_id, "userId": user_id, "code": code},
            List[Refusal],
            list,
            page_size,
        )

    def get(self, request_id: str) -> Refusal:
        """``GET /api/refusals/{requestId}``"""
        request = call("GET", "/api/refusals/{}", (request_id,))
        return self._fetch(request, Refusal)

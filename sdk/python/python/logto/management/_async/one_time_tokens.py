"""Operations on one time tokens, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List

from .._base import AsyncGroup, call
from .._calls import QueryValue
from .._paging import AsyncPages
from ..models.one_time_tokens import AddOneTimeTokens, OneTimeToken, ReplaceOneTimeTokenStatus, VerifyOneTimeToken


class AsyncOneTimeTokens(AsyncGroup):
    """Operations on one time tokens."""

    def list(self, *, email: QueryValue = None, status: QueryValue = None, page_size: int = 100) -> AsyncPages[OneTimeToken]:
        """``GET /api/one-time-tokens``"""
        return self._list("/api/one-time-tokens", (), {"email": email, "status": status}, List[OneTimeToken], list, page_size)

    async def add(self, body: AddOneTimeTokens) -> OneTimeToken:
        """``POST /api/one-time-tokens``"""
        request = call("POST", "/api/one-time-tokens", body=body)
        return await self._fetch(request, OneTimeToken)

    async def verify(self, body: VerifyOneTimeToken) -> OneTimeToken:
        """``POST /api/one-time-tokens/verify``"""
        request = call("POST", "/api/one-time-tokens/verify", body=body)
        return await self._fetch(request, OneTimeToken)

    async def delete(self, one_time_token_id: str) -> None:
        """``DELETE /api/one-time-tokens/{id}``"""
        request = call("DELETE", "/api/one-time-tokens/{}", (one_time_token_id,))
        await self._send(request)

    async def get(self, one_time_token_id: str) -> OneTimeToken:
        """``GET /api/one-time-tokens/{id}``"""
        request = call("GET", "/api/one-time-tokens/{}", (one_time_token_id,))
        return await self._fetch(request, OneTimeToken)

    async def replace_status(self, one_time_token_id: str, body: ReplaceOneTimeTokenStatus) -> OneTimeToken:
        """``PUT /api/one-time-tokens/{id}/status``"""
        request = call("PUT", "/api/one-time-tokens/{}/status", (one_time_token_id,), body=body)
        return await self._fetch(request, OneTimeToken)

"""Operations on subject tokens, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import AsyncGroup, call
from ..models.subject_tokens import CreateSubjectToken, CreatedSubjectToken


class AsyncSubjectTokens(AsyncGroup):
    """Operations on subject tokens."""

    async def create(self, body: CreateSubjectToken) -> CreatedSubjectToken:
        """``POST /api/subject-tokens``"""
        request = call("POST", "/api/subject-tokens", body=body)
        return await self._fetch(request, CreatedSubjectToken)

"""Operations on custom phrases, in coroutines. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List

from .._base import AsyncGroup, call
from ..models.custom_phrases import CustomPhrase


class AsyncCustomPhrases(AsyncGroup):
    """Operations on custom phrases."""

    async def list(self) -> List[CustomPhrase]:
        """``GET /api/custom-phrases``"""
        request = call("GET", "/api/custom-phrases")
        return await self._fetch(request, List[CustomPhrase])

    async def delete(self, language_tag: str) -> None:
        """``DELETE /api/custom-phrases/{languageTag}``"""
        request = call("DELETE", "/api/custom-phrases/{}", (language_tag,))
        await self._send(request)

    async def get(self, language_tag: str) -> CustomPhrase:
        """``GET /api/custom-phrases/{languageTag}``"""
        request = call("GET", "/api/custom-phrases/{}", (language_tag,))
        return await self._fetch(request, CustomPhrase)

    async def replace(self, language_tag: str, body: Dict[str, Any]) -> CustomPhrase:
        """``PUT /api/custom-phrases/{languageTag}``"""
        request = call("PUT", "/api/custom-phrases/{}", (language_tag,), body=body)
        return await self._fetch(request, CustomPhrase)

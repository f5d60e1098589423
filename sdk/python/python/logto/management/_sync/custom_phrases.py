"""Operations on custom phrases. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List

from .._base import Group, call
from ..models.custom_phrases import CustomPhrase


class CustomPhrases(Group):
    """Operations on custom phrases."""

    def list(self) -> List[CustomPhrase]:
        """``GET /api/custom-phrases``"""
        request = call("GET", "/api/custom-phrases")
        return self._fetch(request, List[CustomPhrase])

    def delete(self, language_tag: str) -> None:
        """``DELETE /api/custom-phrases/{languageTag}``"""
        request = call("DELETE", "/api/custom-phrases/{}", (language_tag,))
        self._send(request)

    def get(self, language_tag: str) -> CustomPhrase:
        """``GET /api/custom-phrases/{languageTag}``"""
        request = call("GET", "/api/custom-phrases/{}", (language_tag,))
        return self._fetch(request, CustomPhrase)

    def replace(self, language_tag: str, body: Dict[str, Any]) -> CustomPhrase:
        """``PUT /api/custom-phrases/{languageTag}``"""
        request = call("PUT", "/api/custom-phrases/{}", (language_tag,), body=body)
        return self._fetch(request, CustomPhrase)

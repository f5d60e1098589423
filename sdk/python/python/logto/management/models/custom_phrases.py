"""Models of custom phrases. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict

from .._base import ResponseModel


class CustomPhrase(ResponseModel):
    """The texts of a tenant in one language."""

    tenant_id: str
    id: str
    language_tag: str
    translation: Dict[str, Any]
    """The texts that differ from those that ship."""

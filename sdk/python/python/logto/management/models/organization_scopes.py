"""Models of organization scopes. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Optional

from .._base import ABSENT, RequestModel


class CreateOrganizationScope(RequestModel):
    """A new scope."""

    name: str
    description: Optional[str] = None


class UpdateOrganizationScope(RequestModel):
    """Changes of a scope."""

    name: str = ABSENT
    description: Optional[str] = None

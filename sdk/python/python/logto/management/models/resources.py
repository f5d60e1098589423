"""Models of resources. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Optional

from .._base import ABSENT, RequestModel, ResponseModel
from .shared import ListedResourceScope


class CreateResource(RequestModel):
    """A new resource. Any text is a valid indicator."""

    name: str
    indicator: str
    access_token_ttl: int = ABSENT
    """Seconds; one hour when absent."""


class CreateResourceScope(RequestModel):
    """A new scope. An empty description is none."""

    name: str
    description: Optional[str] = None


class ListedResource(ResponseModel):
    """A resource, with its scopes on request."""

    tenant_id: str
    id: str
    name: str
    indicator: str
    """The value of the parameter `resource` and of the claim `aud`."""
    is_default: bool
    access_token_ttl: int
    """Seconds."""
    scopes: Optional[List[ListedResourceScope]] = None


class UpdateResource(RequestModel):
    """Changes of a resource."""

    name: str = ABSENT
    access_token_ttl: int = ABSENT


class UpdateResourceIsDefault(RequestModel):
    """Whether a resource is the one of requests that name none."""

    is_default: bool


class UpdateResourceScope(RequestModel):
    """Changes of a scope. An empty description is none."""

    name: str = ABSENT
    description: Optional[str] = None

"""Models of tenants. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import ABSENT, RequestModel, ResponseModel


class CreateTenant(RequestModel):
    """A new tenant."""

    id: str
    """Lower-case letters, digits and hyphens."""
    name: str = ABSENT
    endpoint: str
    """Where it answers: scheme, host and port, as in `https://acme.auth.example.com`."""


class Tenant(ResponseModel):
    """A tenant."""

    id: str
    name: str
    endpoint: str
    """Where it answers: scheme, host and port."""
    created_at: int
    """Milliseconds since 1970."""

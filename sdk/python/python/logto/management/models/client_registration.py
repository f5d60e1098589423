"""Models of client registration. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Literal

from .._base import ABSENT, RequestModel, ResponseModel


class CreateInitialAccessToken(RequestModel):
    """A new token."""

    name: str
    expires_in: int = ABSENT
    """Seconds; a week unless it is given."""
    max_uses: int = ABSENT
    """How many clients it may register; one unless it is given."""
    user_scopes: List[Literal[
        "profile",
        "email",
        "phone",
        "address",
        "custom_data",
        "identities",
        "roles",
        "urn:logto:scope:organizations",
        "urn:logto:scope:organization_roles",
        "urn:logto:scope:sessions",
        "urn:logto:scope:trusted_devices",
    ]] = ABSENT
    """What the clients may ask users for; `profile` and `email` unless it is given."""


class CreatedInitialAccessToken(ResponseModel):
    """A token that was just made."""

    tenant_id: str
    id: str
    name: str
    user_scopes: List[str]
    max_uses: int
    uses: int
    created_at: int
    """Milliseconds since 1970."""
    expires_at: int
    """Milliseconds since 1970."""
    value: str


class InitialAccessToken(ResponseModel):
    """A token without its value, which is only shown once."""

    tenant_id: str
    id: str
    name: str
    user_scopes: List[str]
    max_uses: int
    uses: int
    created_at: int
    """Milliseconds since 1970."""
    expires_at: int
    """Milliseconds since 1970."""

"""Models of cimd. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Literal

from .._base import ABSENT, RequestModel


class AssignCimdUserConsentScopes(RequestModel):
    """Scopes that a third-party application may ask users for."""

    organization_scopes: List[str] = ABSENT
    resource_scopes: List[str] = ABSENT
    organization_resource_scopes: List[str] = ABSENT
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

"""Small functions that applications import."""

from __future__ import annotations

import base64
from typing import Any, Dict

OrganizationUrnPrefix = "urn:logto:organization:"


def urlsafeEncode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def removeFalsyKeys(data: Dict[str, Any]) -> Dict[str, Any]:
    """The dictionary without its falsy values."""
    return {key: value for key, value in data.items() if value}


def buildOrganizationUrn(organizationId: str) -> str:
    """The name of an organization's access token."""
    return f"{OrganizationUrnPrefix}{organizationId}"

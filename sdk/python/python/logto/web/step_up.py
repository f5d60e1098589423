"""A sign-in that was started for a page which needs a better one, told from one that did not help: otherwise the browser would go round
between page and provider without an end, for example where the provider knows nothing of ``acr_values``.
"""

from __future__ import annotations

import hashlib
from typing import Optional

from ..LogtoException import StepUpRequired
from ..models.oidc import IdTokenClaims

COOKIE = "logto-step-up"
MAX_AGE = 600


def mark(error: StepUpRequired, claims: Optional[IdTokenClaims]) -> str:
    """The cookie for a sign-in that begins: what it is for, and which ID token was not enough."""
    return f"{_digest(error)}.{claims.iat if claims else 0}"


def has_failed(value: Optional[str], error: StepUpRequired, claims: Optional[IdTokenClaims]) -> bool:
    """Whether there has been a sign-in since the cookie was set, and for the same."""
    wanted, _, issued = (value or "").partition(".")
    return claims is not None and wanted == _digest(error) and issued != str(claims.iat)


def _digest(error: StepUpRequired) -> str:
    return hashlib.sha256(repr(sorted(error.parameters.items())).encode()).hexdigest()[:16]

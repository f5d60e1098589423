"""The claims of a user as a dictionary, for the hooks."""

from __future__ import annotations

from typing import Any, Dict, Optional

from ..models.oidc import IdTokenClaims
from ..models.response import UserInfoResponse


def claims_of(claims: IdTokenClaims, info: Optional[UserInfoResponse] = None) -> Dict[str, Any]:
    """Those of the ID token; with userinfo added, which cannot say that it is somebody else.

    A claim that was not sent is missing; one that was sent as null is None.
    """
    known = claims.model_dump(exclude_unset=True)
    more = info.model_dump(exclude_unset=True) if info is not None and info.sub == claims.sub else {}
    return {**more, **known}

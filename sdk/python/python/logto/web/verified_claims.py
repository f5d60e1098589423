"""ID tokens whose signature was checked a moment ago: a check takes longer than the rest of a page."""

from __future__ import annotations

import hashlib
import time
from typing import Dict, Optional, Tuple

from .._clock import elapsed
from .._lock import ProcessLock
from ..models.oidc import IdTokenClaims

# As long as a key that the provider withdraws may still count. The keys themselves are kept much longer.
KEPT_SECONDS = 60
LIMIT = 10_000


class VerifiedClaims:
    """One for each application, in memory and bounded. Holds no tokens, only their digests."""

    def __init__(self, kept_seconds: float = KEPT_SECONDS, limit: int = LIMIT) -> None:
        """
        :param kept_seconds: for how long a check counts, at most until the token ends.
        :param limit: how many tokens; above it, those checked longest ago are dropped.
        """
        self._kept, self._limit = kept_seconds, limit
        self._found: Dict[bytes, Tuple[float, int, str]] = {}
        self._lock = ProcessLock()

    def find(self, id_token: Optional[str]) -> Optional[IdTokenClaims]:
        """The claims of a token that was verified a moment ago and has not ended: this very text, letter for letter."""
        if not id_token:
            return None
        with self._lock:
            until, expires, claims = self._found.get(_digest(id_token), (0.0, 0, ""))
        if until <= elapsed() or expires <= time.time():
            return None
        # Made anew each time, so that nobody changes the claims of another request.
        return IdTokenClaims.model_validate_json(claims)

    def keep(self, id_token: Optional[str], claims: IdTokenClaims) -> None:
        """Remembers the claims that the core has just verified for this token."""
        if not id_token:
            return
        digest, until = _digest(id_token), elapsed() + self._kept
        with self._lock:
            self._found.pop(digest, None)
            self._found[digest] = until, claims.exp, claims.model_dump_json(exclude_unset=True)
            while len(self._found) > self._limit:
                del self._found[next(iter(self._found))]


def _digest(id_token: str) -> bytes:
    return hashlib.sha256(id_token.encode()).digest()

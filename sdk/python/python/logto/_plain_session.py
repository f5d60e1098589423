"""What is a plain function in both kinds of session, because it is one in ``logto`` 0.2.1."""

from __future__ import annotations

from typing import Any

from ._config import LogtoConfig
from ._perform import perform, plain
from ._reading import id_token_claims
from ._shared import shared_core
from .LogtoException import IdTokenError, ReauthenticationRequired
from .models.oidc import IdTokenClaims


class PlainCalls:
    """Verified claims without ``await``."""

    config: LogtoConfig
    _storage: Any

    def get_id_token_claims(self) -> IdTokenClaims:
        """The claims of the session's ID token, verified: signature, type, issuer, audience, times.

        One that has ended is renewed by the refresh token. For that, and for the provider's keys when this process does
        not know them yet, this plain function blocks; in coroutines, use ``await client.fetch_id_token_claims()``.

        :raises IdTokenError: when there is none, or it is not to be trusted, or has ended and cannot be renewed.
        :raises ReauthenticationRequired: when the provider has ended the session.
        :raises NetworkError: when the provider had to be asked and cannot be reached. That says nothing about the session.
        :raises ConfigurationError: for a storage that has to be awaited.
        """
        claims = perform(plain(self._storage), shared_core(self.config).id_token_claims)
        return id_token_claims(claims or "{}")

    def is_authenticated(self) -> bool:
        """Whether the session holds an ID token that is to be trusted; see :meth:`get_id_token_claims`.

        Plain also in coroutines, so that a forgotten ``await`` cannot make it true.

        :raises NetworkError: when the provider had to be asked and cannot be reached: then nobody knows.
        :raises ProviderError: when it answered with something else than was asked for.
        """
        try:
            self.get_id_token_claims()
        except (IdTokenError, ReauthenticationRequired):
            return False
        return True

    def getIdTokenClaims(self) -> IdTokenClaims:
        """See :meth:`get_id_token_claims`."""
        return self.get_id_token_claims()

    def isAuthenticated(self) -> bool:
        """See :meth:`is_authenticated`."""
        return self.is_authenticated()

"""Sign-in for Django: an application, its URLs, an authentication backend, a middleware, system checks, DRF classes.

Add ``"logto.django"`` to ``INSTALLED_APPS``. In a view, :func:`client` gives the client of whoever is signed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ..LogtoClient import LogtoClient
    from ..SyncLogtoClient import SyncLogtoClient

__all__ = ["async_client", "client"]


def client(request: HttpRequest) -> SyncLogtoClient:
    """The client of the request's session, for a plain view: tokens for APIs and organizations, userinfo.

    :raises ReauthenticationRequired: by its calls, when the session is over. The middleware then sends the user to sign in.
    """
    # Here and not above: models can only be imported when the applications are loaded.
    from .sessions import SignedInSession

    return SignedInSession.of(request).client


def async_client(request: HttpRequest) -> LogtoClient:
    """The same in coroutines, for an async view. ``find_id_token_claims`` takes the place of ``get_id_token_claims``."""
    from .sessions import SignedInSession

    return SignedInSession.of(request).async_client

"""The session of a signed-in browser: made by a sign-in, found again with each request, ended by signing out."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import Any, Dict, List, Optional, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from ..LogtoClient import LogtoClient
from ..LogtoException import LogtoException
from ..models.oidc import IdTokenClaims
from ..SyncLogtoClient import SyncLogtoClient
from ..web.ended_sessions import EndingToken
from .configuration import application
from .models import Mark, Session
from .storage import AsyncRowStorage, LockedEncryptedStorage, PendingStorage, RowStorage

SESSION_KEY = "_logto_session"
PENDING_KEY = "_logto_pending"
NEXT_KEY = "_logto_next"
CACHED = "_logto_signed_in_session"

_log = logging.getLogger("logto.django")


class SignedInSession:
    """The tokens of a request's session."""

    def __init__(self, key: str) -> None:
        self.rows = RowStorage(key)
        self._storage = LockedEncryptedStorage(self.rows)

    @classmethod
    def of(cls, request: HttpRequest) -> SignedInSession:
        """The one of this request: one object per request, without tokens for whoever is not signed in."""
        key = str(request.session.get(SESSION_KEY, ""))
        found = cast(Optional[SignedInSession], getattr(request, CACHED, None))
        if found is None or found.rows.key != key:
            found = cls(key)
            setattr(request, CACHED, found)
        return found

    @property
    def client(self) -> SyncLogtoClient:
        return application().sync_session(self._storage)

    @property
    def async_client(self) -> LogtoClient:
        return application().session(AsyncRowStorage(self.rows, self._storage))

    def id_token(self) -> Optional[str]:
        """The stored ID token as it is, to see whether it was renewed."""
        return self._storage.get("idToken")

    def keep(self) -> None:
        """Writes the tokens again after a view whose transaction may have been rolled back."""
        if self.rows.at_risk:
            self.rows.at_risk = False
            self.rows.save()


def begin(request: HttpRequest, pending: PendingStorage, claims: IdTokenClaims) -> None:
    """Gives a finished sign-in its row. Django's session has its new key already."""
    _sweep()
    key = secrets.token_urlsafe(32)
    rows = RowStorage(key)
    Session.objects.create(
        key=key,
        issuer=claims.iss,
        subject=claims.sub,
        sid=str(getattr(claims, "sid", None) or ""),
        began_at=claims.iat,
        expires_at=timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE),
    )
    rows.hold()
    storage = LockedEncryptedStorage(rows)
    for name, value in pending.tokens.items():
        storage.set(name, value)
    rows.release()
    request.session[SESSION_KEY] = key


def end(request: HttpRequest, post_logout_redirect_uri: Optional[str] = None) -> str:
    """Removes the tokens, revokes the refresh token and gives the address that ends the session at the provider.

    :raises NetworkError: when that address is not known because the provider is away. The tokens are gone nevertheless.
    """
    found = SignedInSession.of(request)
    try:
        return found.client.sign_out(post_logout_redirect_uri)
    finally:
        Session.objects.filter(key=found.rows.key).delete()
        request.session.pop(SESSION_KEY, None)


def forget_on_logout(request: Optional[HttpRequest] = None, **_: Any) -> None:
    """Django's own logout (of the admin, of ``LogoutView``) also removes and revokes the tokens."""
    if request is None or not hasattr(request, "session") or SESSION_KEY not in request.session:
        return
    try:
        end(request)
    except LogtoException as error:
        _log.warning("signed out here only: %s", error)


def end_by_logout_token(token: EndingToken) -> int:
    """Ends the sessions that a back-channel logout names; how many."""
    # One with a `sid` ends that session alone, also when it names the user too (Back-Channel Logout 1.0 section 2.7).
    sid = token.session_id
    which: Dict[str, Any] = {"sid": sid} if sid else {"subject": token.subject, "began_at__lte": token.issued_at}
    return Session.objects.filter(issuer=token.issuer, **which).delete()[0]


def _sweep() -> None:
    """Removes what has ended, as part of a sign-in: rows do not grow without bound where nobody runs a cleaning job."""
    for model in (Session, Mark):
        # Any: in django-stubs a query set's own type is `typing.Self`, which Python 3.10 has not.
        keys: Any = model.objects.filter(expires_at__lte=timezone.now()).values_list("pk", flat=True)
        ended: List[str] = list(keys[:100])
        if ended:
            model.objects.filter(pk__in=ended).delete()

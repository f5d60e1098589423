"""One request: its session, its client, and who is signed in. Kept in ``flask.g``, so that requests never share anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, cast

from flask import Response, current_app, g, request

from ..LogtoClient import LogtoClient
from ..models.oidc import IdTokenClaims
from ..Storage import Storage
from ..SyncLogtoClient import SyncLogtoClient
from ..web import AnonymousUser, SignedInUser, User
from ._server_sessions import ServerStorage
from ._storage import ALL_KEYS, SIGNED_IN_AT, CookieStorage, FlaskSessionStorage, renew_session_id

if TYPE_CHECKING:
    from ._registered import Registered

NAME = "_logto_visit"


class Visit:
    """What this package knows during one request."""

    def __init__(self, registered: Registered) -> None:
        self._registered = registered
        self.storage: Storage = self._opened()
        self.client: SyncLogtoClient = registered.logto.sync_session(self.storage)
        self._user: Optional[User] = None
        self._loaded: Any = None

    @property
    def async_client(self) -> LogtoClient:
        """The same session in coroutines."""
        return self._registered.logto.session(self.storage)

    @property
    def user(self) -> User:
        """Who is signed in. Asked once for each request: the ID token is verified, and renewed when it has ended.

        :raises NetworkError: when the provider had to be asked and is away: then nobody knows.
        """
        if self._user is None:
            self._user = self._find_user()
        return self._user

    @property
    def loaded_user(self) -> Any:
        """The same, as the application's ``user_loader`` gives it."""
        if self._loaded is None:
            user, loader = self.user, self._registered.auth.hooks.user_loader
            found = user if loader is None or isinstance(user, AnonymousUser) else loader(user)
            self._loaded = AnonymousUser() if found is None else found
        return self._loaded

    @property
    def has_user(self) -> bool:
        """Whether this request is known to be one of a signed-in user; asks nobody."""
        return isinstance(self._user, SignedInUser)

    def treat_as_anonymous(self) -> None:
        """For the page that says that nobody knows who is signed in: its frame must not ask again."""
        if self._user is None:
            self._user = self._loaded = AnonymousUser()

    def forget(self) -> None:
        """Drops the session without telling the provider."""
        for key in ALL_KEYS:
            self._drop(key)
        self.user_has_changed()

    def user_has_changed(self) -> None:
        """After a sign-in or a sign-out in this request."""
        self._user = self._loaded = None

    def renew_session_id(self) -> None:
        """After a sign-in or a sign-out: an id that was known before is worth nothing."""
        if isinstance(self.storage, ServerStorage):
            self.storage.renew_id()
        elif self._registered.keeps_flask_session:
            renew_session_id(current_app._get_current_object())  # type: ignore[attr-defined]

    def save(self, response: Response) -> None:
        """Adds the session's cookies to the answer."""
        if isinstance(self.storage, (CookieStorage, ServerStorage)):
            self.storage.save(response)

    def read(self, key: str) -> Optional[str]:
        """One of this package's own texts."""
        return self.storage.get(cast(Any, key))

    def write(self, key: str, value: Optional[str]) -> None:
        if value is None:
            self._drop(key)
        else:
            self.storage.set(cast(Any, key), value)

    def _drop(self, key: str) -> None:
        # Only what is there, so that a session without a user is not written for nothing.
        if self.storage.get(cast(Any, key)) is not None:
            self.storage.delete(cast(Any, key))

    def _opened(self) -> Storage:
        if self._registered.auth.storage_factory is not None:
            return self._registered.auth.storage_factory()
        if self._registered.server_sessions is not None:
            return self._registered.server_sessions.open(request)
        if self._registered.cookies is not None:
            return CookieStorage(self._registered.cookies, request)
        return FlaskSessionStorage()

    def _find_claims(self) -> Optional[IdTokenClaims]:
        id_token, verified = self.storage.get("idToken"), self._registered.verified
        claims = verified.find(id_token)
        # A session without an ID token may still have a refresh token to get one with.
        if claims is None and (id_token or self.storage.get("refreshToken")):
            claims = self.client.find_id_token_claims()
            if claims is not None:
                verified.keep(self.storage.get("idToken"), claims)
        return claims

    def _find_user(self) -> User:
        claims = self._find_claims()
        if claims is None:
            return AnonymousUser()
        ended, began = self._registered.auth.ended_sessions, self.read(SIGNED_IN_AT) or ""
        if ended is not None and ended.is_ended(claims, int(began) if began.isdecimal() else None):
            self.forget()
            return AnonymousUser()
        return SignedInUser(claims)


def visit(registered: Registered) -> Visit:
    """The one of this request."""
    found = g.get(NAME)
    if found is None:
        found = Visit(registered)
        setattr(g, NAME, found)
    return cast(Visit, found)


def started_visit() -> Optional[Visit]:
    """The one of this request, if anything has asked for it."""
    return cast(Optional[Visit], g.get(NAME))

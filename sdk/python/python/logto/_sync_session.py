"""One user's session in plain functions. Made from ``_async_session.py`` by ``tools/make_sync.py``: change that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Optional, Type, Union

from ._background import block
from ._config import LogtoConfig
from ._native import Core
from ._perform import Start, perform, plain
from ._reading import answer, id_token_claims
from ._shared import shared_core, text_of
from ._sign_in import SignInOperation
from .LogtoException import IdTokenError, LogtoException, ReauthenticationRequired
from .models.oidc import AccessTokenClaims, IdTokenClaims
from .models.response import UserInfoResponse
from .models.sign_in import DirectSignInOption, FirstScreen, Identifier, InteractionMode
from .OidcCore import OidcCore
from .Storage import MemoryStorage, Storage
from .utilities import buildOrganizationUrn

if TYPE_CHECKING:
    from typing_extensions import Self


class SyncSession:
    """Signs one user in and out, and gives out this user's tokens.

    Cheap to make, one per request: sessions with equal settings share metadata, keys and connections. As a context manager
    it gives itself; nothing has to be closed.
    """

    def __init__(self, config: LogtoConfig, storage: Optional[Storage] = None) -> None:
        """
        :param config: the application's settings.
        :param storage: this user's session. Without it, a memory of this client's own.
        """
        self.config = config
        self._storage: Storage = MemoryStorage() if storage is None else storage
        self._oidcCore: Optional[OidcCore] = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: object) -> None:
        pass

    @property
    def storage(self) -> Storage:
        """Where this session is kept."""
        return self._storage

    @property
    def _shared(self) -> Core:
        return shared_core(self.config)

    def _perform(self, start: Start) -> Optional[str]:
        return perform(self._storage, start)

    def get_oidc_core(self) -> OidcCore:
        """The low-level calls to this client's provider, which is discovered on first use."""
        if self._oidcCore is None:
            provider, document = block(self._shared.discover)
            self._oidcCore = OidcCore._ofProvider(provider, document)
        return self._oidcCore

    def sign_in(
        self,
        redirect_uri: str,
        interaction_mode: Optional[InteractionMode] = None,
        first_screen: Optional[Union[FirstScreen, str]] = None,
        identifiers: Optional[List[Union[Identifier, str]]] = None,
        direct_sign_in: Optional[DirectSignInOption] = None,
        extra_params: Optional[Dict[str, str]] = None,
    ) -> str:
        """Starts a sign-in and gives the address to send the browser to. Tokens of an earlier sign-in are removed.

        Several may be pending in one session (tabs); the latest four are kept.

        :param redirect_uri: where the browser comes back to; registered with the provider.
        :param interaction_mode: ``signUp`` starts with registration.
        :param first_screen: the page to start with.
        :param identifiers: what the first page asks for.
        :param direct_sign_in: go straight to a connector.
        :param extra_params: further parameters of the authorization request.
        :raises NetworkError: when the provider cannot be reached.
        """
        url = self._perform(
            lambda _: self._shared.sign_in(
                redirect_uri=redirect_uri,
                interaction_mode=interaction_mode,
                first_screen=None if first_screen is None else text_of(first_screen),
                identifiers=[text_of(identifier) for identifier in identifiers or []],
                direct_sign_in=None if direct_sign_in is None else (text_of(direct_sign_in.method), direct_sign_in.identifier),
                extra_params=[(name, text_of(value)) for name, value in (extra_params or {}).items() if value],
            )
        )
        return url or ""

    def sign_out(self, post_logout_redirect_uri: Optional[str] = None) -> str:
        """Removes the tokens, revokes the refresh token and gives the address that ends the session at the provider.

        Pending sign-ins of the session are dropped too. A provider that does not answer the revocation stops nothing.

        :param post_logout_redirect_uri: where the browser comes back to; registered with the provider.
        """
        return self._perform(lambda storage: self._shared.sign_out(storage, post_logout_redirect_uri)) or ""

    def handle_sign_in_callback(self, callback_uri: str) -> None:
        """Finishes a sign-in.

        :param callback_uri: the full address of the request that came to the redirect URI.
        :raises SignInCallbackError: when it belongs to no pending sign-in of this session, or the sign-in was refused.
        :raises IdTokenError: when the provider's ID token is not to be trusted.
        """
        self._perform(lambda storage: SignInOperation(self._shared.handle_callback(storage, callback_uri)))

    def get_access_token(self, resource: str = "") -> Optional[str]:
        """The access token for a resource (empty: for userinfo), refreshed when needed; None without a refresh token.

        :raises ReauthenticationRequired: when the provider has ended the session.
        """
        return self._perform(lambda storage: self._shared.access_token(storage, resource))

    def get_organization_token(self, organization_id: str) -> Optional[str]:
        """The access token for an organization. Needs ``UserInfoScope.organizations`` among the scopes."""
        return self.get_access_token(buildOrganizationUrn(organization_id))

    def get_access_token_claims(self, resource: str = "") -> AccessTokenClaims:
        """The claims of the access token for a resource, as its server will read them."""
        token = self.get_access_token(resource)
        if not token:
            raise LogtoException("Failed to get access token claims.", code="access_token.not_found")
        return OidcCore.decodeAccessToken(token)

    def get_organization_token_claims(self, organization_id: str) -> AccessTokenClaims:
        """The claims of the access token for an organization."""
        return self.get_access_token_claims(buildOrganizationUrn(organization_id))

    def fetch_id_token_claims(self) -> IdTokenClaims:
        """The claims of the session's ID token, verified: signature, type, issuer, audience, times. One that has ended is
        renewed by the refresh token.

        :raises IdTokenError: when there is none, or it is not to be trusted, or has ended and cannot be renewed.
        :raises ReauthenticationRequired: when the provider has ended the session.
        :raises NetworkError: when the provider had to be asked and cannot be reached. That says nothing about the session.
        """
        claims = self._perform(self._shared.id_token_claims)
        return id_token_claims(claims or "{}")

    def find_id_token_claims(self) -> Optional[IdTokenClaims]:
        """The same, or None for whoever is not signed in.

        :raises NetworkError: when the provider had to be asked and cannot be reached: then nobody knows.
        :raises ProviderError: when it answered with something else than was asked for.
        """
        try:
            return self.fetch_id_token_claims()
        except (IdTokenError, ReauthenticationRequired):
            return None

    def fetch_user_info(self) -> UserInfoResponse:
        """Asks the provider about the user. An access token revoked before its time is replaced once.

        :raises ReauthenticationRequired: when the provider has ended the session.
        :raises ProviderError: when the claims are of other types than :class:`UserInfoResponse` has.
        """
        info = self._perform(self._shared.user_info)
        if info is None:
            raise LogtoException(
                "Can not get access token and fail to fetch user info.", code="access_token.not_found"
            )
        return answer(UserInfoResponse, info)

    def get_id_token(self) -> Optional[str]:
        """The stored ID token as it is."""
        return plain(self._storage).get("idToken")

    def get_refresh_token(self) -> Optional[str]:
        """The stored refresh token."""
        return plain(self._storage).get("refreshToken")

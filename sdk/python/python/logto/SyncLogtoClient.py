"""The client of one user's session in plain functions. Made from ``LogtoClient.py`` by ``tools/make_sync.py``: change that."""

from __future__ import annotations

from typing import Dict, List, Optional, Union

from ._plain_session import PlainCalls
from ._sync_session import SyncSession
from .models.oidc import AccessTokenClaims, IdTokenClaims
from .models.response import UserInfoResponse
from .models.sign_in import DirectSignInOption, FirstScreen, Identifier, InteractionMode
from .OidcCore import OidcCore


class SyncLogtoClient(PlainCalls, SyncSession):
    """Signs one user in and out, and gives out this user's tokens.

    Cheap to make, one per request: clients with equal settings share metadata, keys and connections. Each call has a name in
    snake_case and one in camelCase, with its parameters.
    """

    def getOidcCore(self) -> OidcCore:
        """See :meth:`get_oidc_core`."""
        return self.get_oidc_core()

    def signIn(
        self,
        redirectUri: str,
        interactionMode: Optional[InteractionMode] = None,
        firstScreen: Optional[Union[FirstScreen, str]] = None,
        identifiers: Optional[List[Union[Identifier, str]]] = None,
        directSignIn: Optional[DirectSignInOption] = None,
        extraParams: Optional[Dict[str, str]] = None,
    ) -> str:
        """See :meth:`sign_in`."""
        return self.sign_in(redirectUri, interactionMode, firstScreen, identifiers, directSignIn, extraParams)

    def signOut(self, postLogoutRedirectUri: Optional[str] = None) -> str:
        """See :meth:`sign_out`."""
        return self.sign_out(postLogoutRedirectUri)

    def handleSignInCallback(self, callbackUri: str) -> None:
        """See :meth:`handle_sign_in_callback`."""
        self.handle_sign_in_callback(callbackUri)

    def getAccessToken(self, resource: str = "") -> Optional[str]:
        """See :meth:`get_access_token`."""
        return self.get_access_token(resource)

    def getOrganizationToken(self, organizationId: str) -> Optional[str]:
        """See :meth:`get_organization_token`."""
        return self.get_organization_token(organizationId)

    def getAccessTokenClaims(self, resource: str = "") -> AccessTokenClaims:
        """See :meth:`get_access_token_claims`."""
        return self.get_access_token_claims(resource)

    def getOrganizationTokenClaims(self, organizationId: str) -> AccessTokenClaims:
        """See :meth:`get_organization_token_claims`."""
        return self.get_organization_token_claims(organizationId)

    def fetchIdTokenClaims(self) -> IdTokenClaims:
        """See :meth:`fetch_id_token_claims`."""
        return self.fetch_id_token_claims()

    def findIdTokenClaims(self) -> Optional[IdTokenClaims]:
        """See :meth:`find_id_token_claims`."""
        return self.find_id_token_claims()

    def fetchUserInfo(self) -> UserInfoResponse:
        """See :meth:`fetch_user_info`."""
        return self.fetch_user_info()

    def getIdToken(self) -> Optional[str]:
        """See :meth:`get_id_token`."""
        return self.get_id_token()

    def getRefreshToken(self) -> Optional[str]:
        """See :meth:`get_refresh_token`."""
        return self.get_refresh_token()

"""The client of one user's session, with the names of ``logto`` 0.2.1.

``SyncLogtoClient.py`` is made from the class at the end of this file by ``tools/make_sync.py``.
"""

from __future__ import annotations

from typing import ClassVar, Dict, List, Optional, Union

from pydantic import BaseModel, ConfigDict

from ._async_session import AsyncSession
from ._config import LogtoConfig
from ._plain_session import PlainCalls
from .models.oidc import AccessTokenClaims, IdTokenClaims, OidcProviderMetadata, Scope, UserInfoScope
from .models.response import UserInfoResponse
from .models.sign_in import DirectSignInOption, FirstScreen, Identifier, InteractionMode
from .OidcCore import OidcCore
from .Storage import MemoryStorage, Storage
from .utilities import buildOrganizationUrn

__all__ = [
    "AccessToken",
    "AccessTokenMap",
    "IdTokenClaims",
    "InteractionMode",
    "LogtoClient",
    "LogtoConfig",
    "MemoryStorage",
    "OidcCore",
    "OidcProviderMetadata",
    "Scope",
    "SignInSession",
    "Storage",
    "UserInfoScope",
    "buildOrganizationUrn",
]


class SignInSession(BaseModel):
    """A pending sign-in as it is stored. More members may follow."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", defer_build=True)

    redirectUri: str
    codeVerifier: str
    state: str


class AccessToken(BaseModel):
    """A stored access token."""

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)

    token: str
    expiresAt: int
    """Epoch seconds, one minute before the provider stops accepting it."""


class AccessTokenMap(BaseModel):
    """The stored access tokens by resource indicator, organization URN or (empty) userinfo."""

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)

    x: Dict[str, AccessToken]


class LogtoClient(PlainCalls, AsyncSession):
    """Signs one user in and out, and gives out this user's tokens.

    Cheap to make, one per request: clients with equal settings share metadata, keys and connections. Each call has a name in
    snake_case and one in camelCase, with its parameters.
    """

    async def getOidcCore(self) -> OidcCore:
        """See :meth:`get_oidc_core`."""
        return await self.get_oidc_core()

    async def signIn(
        self,
        redirectUri: str,
        interactionMode: Optional[InteractionMode] = None,
        firstScreen: Optional[Union[FirstScreen, str]] = None,
        identifiers: Optional[List[Union[Identifier, str]]] = None,
        directSignIn: Optional[DirectSignInOption] = None,
        extraParams: Optional[Dict[str, str]] = None,
    ) -> str:
        """See :meth:`sign_in`."""
        return await self.sign_in(redirectUri, interactionMode, firstScreen, identifiers, directSignIn, extraParams)

    async def signOut(self, postLogoutRedirectUri: Optional[str] = None) -> str:
        """See :meth:`sign_out`."""
        return await self.sign_out(postLogoutRedirectUri)

    async def handleSignInCallback(self, callbackUri: str) -> None:
        """See :meth:`handle_sign_in_callback`."""
        await self.handle_sign_in_callback(callbackUri)

    async def getAccessToken(self, resource: str = "") -> Optional[str]:
        """See :meth:`get_access_token`."""
        return await self.get_access_token(resource)

    async def getOrganizationToken(self, organizationId: str) -> Optional[str]:
        """See :meth:`get_organization_token`."""
        return await self.get_organization_token(organizationId)

    async def getAccessTokenClaims(self, resource: str = "") -> AccessTokenClaims:
        """See :meth:`get_access_token_claims`."""
        return await self.get_access_token_claims(resource)

    async def getOrganizationTokenClaims(self, organizationId: str) -> AccessTokenClaims:
        """See :meth:`get_organization_token_claims`."""
        return await self.get_organization_token_claims(organizationId)

    async def fetchIdTokenClaims(self) -> IdTokenClaims:
        """See :meth:`fetch_id_token_claims`."""
        return await self.fetch_id_token_claims()

    async def findIdTokenClaims(self) -> Optional[IdTokenClaims]:
        """See :meth:`find_id_token_claims`."""
        return await self.find_id_token_claims()

    async def fetchUserInfo(self) -> UserInfoResponse:
        """See :meth:`fetch_user_info`."""
        return await self.fetch_user_info()

    def getIdToken(self) -> Optional[str]:
        """See :meth:`get_id_token`."""
        return self.get_id_token()

    def getRefreshToken(self) -> Optional[str]:
        """See :meth:`get_refresh_token`."""
        return self.get_refresh_token()

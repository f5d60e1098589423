"""Calls to one provider whose metadata is known: what :class:`logto.LogtoClient` is made of, for callers who need less."""

from __future__ import annotations

from typing import List, Optional

from . import _native
from ._background import runBlocking
from ._config import DEFAULT_LEEWAY
from ._connection import DEFAULT_TIMEOUT, connectionSettings
from ._reading import access_token_claims, answer, id_token_claims
from .LogtoException import LogtoException
from .models.oidc import AccessTokenClaims, IdTokenClaims, OAuthScope, OidcProviderMetadata, Scope, UserInfoScope
from .models.response import TokenResponse, UserInfoResponse


class OidcCore:
    """OAuth and OpenID Connect calls without any state of a user."""

    defaultScopes: List[Scope] = [UserInfoScope.openid, OAuthScope.offlineAccess, UserInfoScope.profile]

    def __init__(
        self,
        metadata: OidcProviderMetadata,
        timeout: float = DEFAULT_TIMEOUT,
        caFile: Optional[str] = None,
        proxy: Optional[str] = None,
        allowInsecureHttp: bool = False,
    ) -> None:
        """The settings are those of :class:`logto.LogtoConfig`.

        :raises ConfigurationError: when a setting is unusable, or an address in the metadata is not https.
        """
        self.metadata = metadata
        self._provider = _native.Provider(
            metadata.model_dump_json(), connectionSettings(timeout, caFile, proxy, allowInsecureHttp)
        )

    @classmethod
    def _ofProvider(cls, provider: _native.Provider, document: str) -> OidcCore:
        """A core that shares keys and connections with a client."""
        core = cls.__new__(cls)
        core.metadata = answer(OidcProviderMetadata, document)
        core._provider = provider
        return core

    @staticmethod
    def generateState() -> str:
        """A random ``state``, 43 characters."""
        return _native.random_text()

    @staticmethod
    def generateCodeVerifier() -> str:
        """A random PKCE verifier, 43 characters (RFC 7636 section 4.1)."""
        return _native.random_text()

    @staticmethod
    def generateCodeChallenge(codeVerifier: str) -> str:
        """The S256 challenge of a verifier (RFC 7636 section 4.2)."""
        return _native.challenge(codeVerifier)

    @staticmethod
    def decodeIdToken(idToken: str) -> IdTokenClaims:
        """The claims of an ID token **without verification**; see :meth:`verifyIdToken`."""
        return id_token_claims(_native.decode(idToken))

    @staticmethod
    def decodeAccessToken(accessToken: str) -> AccessTokenClaims:
        """The claims of an access token **without verification**: that is its resource server's business."""
        try:
            claims = _native.decode(accessToken)
        except LogtoException as error:
            raise LogtoException(
                "The access token is not a JWT, so it has no claims to read: only tokens for a resource or an organization "
                "are JWTs",
                code="access_token.opaque",
            ) from error
        return access_token_claims(claims)

    @staticmethod
    async def getProviderMetadata(discoveryUrl: str) -> OidcProviderMetadata:
        """Fetches a discovery document; its issuer must be the one of the address, its endpoints https.

        :raises NetworkError: when the provider cannot be reached.
        :raises ProviderError: when the answer is no discovery document, or another issuer's.
        """
        document = await runBlocking(_native.Provider.discover, discoveryUrl, connectionSettings())
        return answer(OidcProviderMetadata, document)

    async def fetchTokenByCode(
        self, clientId: str, clientSecret: Optional[str], redirectUri: str, code: str, codeVerifier: str
    ) -> TokenResponse:
        """Exchanges an authorization code. Without a secret none is sent (public clients)."""
        text = await runBlocking(
            self._provider.token_by_code,
            client_id=clientId,
            client_secret=clientSecret,
            redirect_uri=redirectUri,
            code=code,
            code_verifier=codeVerifier,
        )
        return answer(TokenResponse, text)

    async def fetchTokenByRefreshToken(
        self, clientId: str, clientSecret: Optional[str], refreshToken: str, resource: str = ""
    ) -> TokenResponse:
        """Refreshes, for a resource, an organization's URN, or (empty) userinfo."""
        text = await runBlocking(
            self._provider.token_by_refresh,
            client_id=clientId,
            client_secret=clientSecret,
            refresh_token=refreshToken,
            key=resource,
        )
        return answer(TokenResponse, text)

    def verifyIdToken(self, idToken: str, clientId: str, leeway: int = DEFAULT_LEEWAY) -> None:
        """Checks signature, issuer, audience and times. Fetches the provider's keys when it does not know the token's.

        :param leeway: tolerated difference of clocks in seconds.
        :raises IdTokenError: when the token is not to be trusted.
        :raises NetworkError: when the keys cannot be fetched.
        """
        self._provider.verify_id_token(idToken, client_id=clientId, leeway=leeway)

    async def fetchUserInfo(self, accessToken: str) -> UserInfoResponse:
        """Asks the userinfo endpoint."""
        text = await runBlocking(self._provider.user_info, accessToken)
        return answer(UserInfoResponse, text)

"""The client of one user's session."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Dict, List, Literal, Optional, Tuple, Union

from pydantic import BaseModel, ConfigDict, Field

from . import _native
from ._background import runBlocking
from ._connection import DEFAULT_TIMEOUT
from .LogtoException import IdTokenError, LogtoException, ReauthenticationRequired
from .models.oidc import AccessTokenClaims, IdTokenClaims, OidcProviderMetadata, Scope, UserInfoScope
from .models.response import UserInfoResponse
from .models.sign_in import DirectSignInOption, FirstScreen, Identifier, InteractionMode
from .OidcCore import DEFAULT_LEEWAY, OidcCore
from .Storage import MemoryStorage, Storage
from .utilities import buildOrganizationUrn


class LogtoConfig(BaseModel):
    """Settings of one application."""

    endpoint: str
    """The provider's public address, for example ``https://auth.example.com``."""
    appId: str
    appSecret: Optional[str] = None
    """None for public clients."""
    prompt: Literal["consent", "login"] = "consent"
    resources: List[str] = []
    """Indicators of the API resources for which access tokens will be wanted."""
    scopes: List[Union[str, Scope]] = []
    """Asked for in addition to openid, offline_access and profile."""
    leeway: int = Field(default=DEFAULT_LEEWAY, ge=0)
    """Tolerated difference of clocks in seconds when an ID token is checked."""
    timeout: float = Field(default=DEFAULT_TIMEOUT, gt=0, le=300)
    """Limit for one call, all its requests to the provider included, in seconds."""
    callbackMatch: Literal["full", "path"] = "full"
    """How a callback's address is compared with the redirect URI. ``path`` is for applications behind a proxy that hides
    their public address from them."""
    caFile: Optional[str] = None
    """The certificate authorities to trust instead of the system's: a PEM file, or a directory of them."""
    proxy: Optional[str] = None
    """Address of a proxy (``http://``, ``https://``, ``socks5://``). None: as ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and
    ``NO_PROXY`` say; an empty text: none."""
    allowInsecureHttp: bool = False
    """Lets the provider be reached by plain http at other addresses than localhost: for development only."""


class SignInSession(BaseModel):
    """A pending sign-in as it is stored. More members may follow."""

    model_config = ConfigDict(extra="allow")

    redirectUri: str
    codeVerifier: str
    state: str


class AccessToken(BaseModel):
    """A stored access token."""

    token: str
    expiresAt: int
    """Epoch seconds, one minute before the provider stops accepting it."""


class AccessTokenMap(BaseModel):
    """The stored access tokens by resource indicator, organization URN or (empty) userinfo."""

    x: Dict[str, AccessToken]


def _text(value: object) -> str:
    """The value of an enumeration's member, or the text itself."""
    return str(getattr(value, "value", value))


@lru_cache(maxsize=64)
def _core(endpoint: str, appId: str, appSecret: Optional[str], prompt: str, resources: Tuple[str, ...], scopes: Tuple[str, ...],
          leeway: int, timeout: float, callbackMatch: str, caFile: Optional[str], proxy: Optional[str],
          allowInsecureHttp: bool) -> _native.Core:
    """The shared core of an application: metadata, keys, connections and refreshes in flight, for all its sessions."""
    return _native.Core(
        endpoint=endpoint,
        app_id=appId,
        app_secret=appSecret,
        prompt=prompt,
        resources=list(resources),
        scopes=list(scopes),
        leeway=leeway,
        timeout=timeout,
        match_path_only=callbackMatch == "path",
        ca_file=caFile,
        proxy=proxy,
        allow_insecure_http=allowInsecureHttp,
    )


if hasattr(os, "register_at_fork"):
    # Connections must not be shared between processes.
    os.register_at_fork(after_in_child=_core.cache_clear)


class LogtoClient:
    """Signs one user in and out, and gives out this user's tokens.

    Cheap to make, one per request: clients with equal settings share metadata, keys and connections.
    """

    def __init__(self, config: LogtoConfig, storage: Optional[Storage] = None) -> None:
        """
        :param config: the application's settings.
        :param storage: this user's session. Without it, a memory of this client's own.
        """
        self.config = config
        self._storage: Storage = MemoryStorage() if storage is None else storage
        self._oidcCore: Optional[OidcCore] = None

    @property
    def _shared(self) -> _native.Core:
        config = self.config
        return _core(
            config.endpoint,
            config.appId,
            config.appSecret,
            config.prompt,
            tuple(config.resources),
            tuple(_text(scope) for scope in config.scopes),
            config.leeway,
            config.timeout,
            config.callbackMatch,
            config.caFile,
            config.proxy,
            config.allowInsecureHttp,
        )

    async def _complete(self, operation: _native.Operation) -> Optional[str]:
        """Runs the blocking part of an operation on another thread and writes the storage on this one."""
        if operation.needs_no_io:
            operation.run()
        else:
            await runBlocking(operation.run)
        return operation.save(self._storage)

    async def getOidcCore(self) -> OidcCore:
        """The low-level calls to this client's provider, which is discovered on first use."""
        if self._oidcCore is None:
            provider, document = await runBlocking(self._shared.discover)
            self._oidcCore = OidcCore._ofProvider(provider, document)
        return self._oidcCore

    async def signIn(
        self,
        redirectUri: str,
        interactionMode: Optional[InteractionMode] = None,
        firstScreen: Optional[Union[FirstScreen, str]] = None,
        identifiers: Optional[List[Union[Identifier, str]]] = None,
        directSignIn: Optional[DirectSignInOption] = None,
        extraParams: Optional[Dict[str, str]] = None,
    ) -> str:
        """Starts a sign-in and gives the address to send the browser to. Tokens of an earlier sign-in are removed.

        Several may be pending in one session (tabs); the latest four are kept.

        :param redirectUri: where the browser comes back to; registered with the provider.
        :param interactionMode: ``signUp`` starts with registration.
        :param firstScreen: the page to start with.
        :param identifiers: what the first page asks for.
        :param directSignIn: go straight to a connector.
        :param extraParams: further parameters of the authorization request.
        :raises NetworkError: when the provider cannot be reached.
        """
        operation = self._shared.sign_in(
            redirect_uri=redirectUri,
            interaction_mode=interactionMode,
            first_screen=None if firstScreen is None else _text(firstScreen),
            identifiers=[_text(identifier) for identifier in identifiers or []],
            direct_sign_in=None if directSignIn is None else (_text(directSignIn.method), directSignIn.identifier),
            extra_params=[(name, _text(value)) for name, value in (extraParams or {}).items() if value],
        )
        return await self._complete(operation) or ""

    async def signOut(self, postLogoutRedirectUri: Optional[str] = None) -> str:
        """Removes the tokens, revokes the refresh token and gives the address that ends the session at the provider.

        Pending sign-ins of the session are dropped too. A provider that does not answer the revocation stops nothing.

        :param postLogoutRedirectUri: where the browser comes back to; registered with the provider.
        """
        return await self._complete(self._shared.sign_out(self._storage, postLogoutRedirectUri)) or ""

    async def handleSignInCallback(self, callbackUri: str) -> None:
        """Finishes a sign-in.

        :param callbackUri: the full address of the request that came to the redirect URI.
        :raises SignInCallbackError: when it belongs to no pending sign-in of this session, or the sign-in was refused.
        :raises IdTokenError: when the provider's ID token is not to be trusted.
        """
        await self._complete(self._shared.handle_callback(self._storage, callbackUri))

    async def getAccessToken(self, resource: str = "") -> Optional[str]:
        """The access token for a resource (empty: for userinfo), refreshed when needed; None without a refresh token.

        :raises ReauthenticationRequired: when the provider has ended the session.
        """
        return await self._complete(self._shared.access_token(self._storage, resource))

    async def getOrganizationToken(self, organizationId: str) -> Optional[str]:
        """The access token for an organization. Needs ``UserInfoScope.organizations`` among the scopes."""
        return await self.getAccessToken(buildOrganizationUrn(organizationId))

    async def getAccessTokenClaims(self, resource: str = "") -> AccessTokenClaims:
        """The claims of the access token for a resource, as its server will read them."""
        accessToken = await self.getAccessToken(resource)
        if not accessToken:
            raise LogtoException("Failed to get access token claims.", code="access_token.not_found")
        return OidcCore.decodeAccessToken(accessToken)

    async def getOrganizationTokenClaims(self, organizationId: str) -> AccessTokenClaims:
        """The claims of the access token for an organization."""
        return await self.getAccessTokenClaims(buildOrganizationUrn(organizationId))

    def getIdToken(self) -> Optional[str]:
        """The stored ID token as it is."""
        return self._storage.get("idToken")

    def getIdTokenClaims(self) -> IdTokenClaims:
        """The claims of the session's ID token, verified: signature, type, issuer, audience, times.

        One that has ended is renewed by the refresh token. For that, and for the provider's keys when this process does
        not know them yet, this plain function blocks; in a coroutine, ``await asyncio.to_thread(client.getIdTokenClaims)``
        does not, if your storage may be called on another thread.

        :raises IdTokenError: when there is none, or it is not to be trusted, or has ended and cannot be renewed.
        :raises ReauthenticationRequired: when the provider has ended the session.
        :raises NetworkError: when the provider had to be asked and cannot be reached. That says nothing about the session.
        """
        operation = self._shared.id_token_claims(self._storage)
        operation.run()
        return IdTokenClaims.model_validate_json(operation.save(self._storage) or "{}")

    def getRefreshToken(self) -> Optional[str]:
        """The stored refresh token."""
        return self._storage.get("refreshToken")

    def isAuthenticated(self) -> bool:
        """Whether the session holds an ID token that is to be trusted; see :meth:`getIdTokenClaims`.

        :raises NetworkError: when the provider had to be asked and cannot be reached: then nobody knows.
        :raises ProviderError: when it answered with something else than was asked for.
        """
        try:
            self.getIdTokenClaims()
        except (IdTokenError, ReauthenticationRequired):
            return False
        return True

    async def fetchUserInfo(self) -> UserInfoResponse:
        """Asks the provider about the user. An access token revoked before its time is replaced once.

        :raises ReauthenticationRequired: when the provider has ended the session.
        """
        info = await self._complete(self._shared.user_info(self._storage))
        if info is None:
            raise LogtoException(
                "Can not get access token and fail to fetch user info.", code="access_token.not_found"
            )
        return UserInfoResponse.model_validate_json(info)

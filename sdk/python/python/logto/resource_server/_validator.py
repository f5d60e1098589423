"""The check of access tokens (RFC 9068 section 4, RFC 7662)."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Final, FrozenSet, Iterable, Optional, Tuple, Union

from .. import _native
from .._background import block, runBlocking
from .._config import DEFAULT_LEEWAY
from .._connection import DEFAULT_TIMEOUT
from .._lock import ProcessLock
from .._reading import presented_claims
from ..LogtoException import ConfigurationError, InsufficientUserAuthentication, TokenError
from ..models.oidc import AccessTokenClaims
from ..step_up import AuthenticationRequirement, require_of_token
from ._metadata import ProtectedResourceMetadata

ALGORITHMS = ("ES256", "ES384", "ES512", "RS256", "PS256", "EdDSA")


class AnyOrganization:
    """The type of :data:`ANY_ORGANIZATION`: no text, so that none that a caller sends can mean it."""


ANY_ORGANIZATION: Final = AnyOrganization()
"""Takes tokens of any organization, and of none: the program then looks at ``organization_id`` itself."""

OrganizationWanted = Union[str, AnyOrganization, None]


class ValidatedToken:
    """An access token that was accepted."""

    __slots__ = ("_claims", "_found", "_metadata_url", "token")

    def __init__(self, token: str, found: _native.PresentedToken, metadata_url: Optional[str] = None) -> None:
        self.token: str = token
        """The token as it came."""
        self._found, self._metadata_url = found, metadata_url
        self._claims: Optional[AccessTokenClaims] = None

    @property
    def claims(self) -> AccessTokenClaims:
        """All claims; ``aud`` is the one by which the token was accepted, ``scope`` may be empty.

        :raises TokenError: for claims of other types than :class:`logto.AccessTokenClaims` has.
        """
        if self._claims is None:
            values: Dict[str, Any] = json.loads(self._found.claims)
            values["aud"] = self._found.audience
            values.setdefault("scope", "")
            # An introspection response need not say them.
            values.setdefault("iss", "")
            # A number of seconds may have a fraction (RFC 7519 section 2).
            if isinstance(values.setdefault("iat", 0), float):
                values["iat"] = int(values["iat"])
            values["exp"] = self._found.expires_at
            self._claims = presented_claims(values)
        return self._claims

    @property
    def subject(self) -> str:
        """The user's id; for machines, that of the application."""
        return self._found.subject

    @property
    def client_id(self) -> Optional[str]:
        """The application that the token was given to."""
        return self._found.client_id

    @property
    def scopes(self) -> FrozenSet[str]:
        return self._found.scopes

    @property
    def audience(self) -> str:
        """The audience by which the token was accepted."""
        return self._found.audience

    @property
    def organization_id(self) -> Optional[str]:
        """The organization in which the scopes hold."""
        return self._found.organization_id

    @property
    def expires_at(self) -> int:
        """Epoch seconds."""
        return self._found.expires_at

    def require_authentication(self, acr_values: Union[str, Iterable[str]] = (), *, max_age: Optional[int] = None) -> None:
        """For what needs a better or a newer sign-in than other requests (RFC 9470).

        :param acr_values: all values of ``acr`` that are enough, the preferred one first.
        :param max_age: seconds since the user proved who they are.
        :raises InsufficientUserAuthentication: 401, with a challenge from which the caller knows what to ask the user for.
        """
        try:
            require_of_token(json.loads(self._found.claims), AuthenticationRequirement(acr_values, max_age))
        except InsufficientUserAuthentication as error:
            error.resource_metadata = self._metadata_url
            raise

    def __repr__(self) -> str:
        return f"ValidatedToken(subject={self.subject!r}, client_id={self.client_id!r}, audience={self.audience!r})"


class TokenValidator:
    """Checks access tokens for one API: signature, type (``at+jwt``), issuer, audience, times, scopes, organization.

    Made once, used from every thread, task or greenlet. Keys are fetched once for all who wait, again for an unknown key id
    (at most every 30 seconds), and served while the provider is away. A signature that was right is remembered while
    the keys stay the same; everything else is checked each time. Opaque tokens are introspected where ``client_id`` is given and
    the provider names an endpoint; its answer counts for 30 seconds.
    """

    def __init__(
        self,
        endpoint: str,
        audience: Union[str, Iterable[str]],
        *,
        algorithms: Iterable[str] = ALGORITHMS,
        leeway: int = DEFAULT_LEEWAY,
        timeout: float = DEFAULT_TIMEOUT,
        ca_bundle: Optional[str] = None,
        proxy: Optional[str] = None,
        allow_insecure_http: bool = False,
        client_id: Optional[str] = None,
        client_secret: Optional[str] = None,
        metadata: Optional[ProtectedResourceMetadata] = None,
    ) -> None:
        """
        :param endpoint: the provider's public address.
        :param audience: indicator of this API, or several; none for an API that takes organization tokens only.
        :param algorithms: those that are allowed.
        :param leeway: tolerated difference of clocks in seconds.
        :param timeout: limit for one call in seconds.
        :param client_id: the application of this API, for introspection. Opaque tokens without an audience are taken only
            when they were given to it.
        :param metadata: what this API says about itself (RFC 9728): challenges name its address, and the packages for Flask and
            FastAPI serve it.
        :raises ConfigurationError: when a setting is unusable.
        """
        self.audiences: Tuple[str, ...] = (audience,) if isinstance(audience, str) else tuple(audience)
        if metadata is not None and metadata.resource not in self.audiences:
            raise ConfigurationError(f"The metadata is about {metadata.resource!r}, which is no audience of the validator", code="config.invalid")
        self.metadata = metadata
        self._settings: Dict[str, Any] = {
            "endpoint": endpoint,
            "audiences": list(self.audiences),
            "algorithms": list(algorithms),
            "leeway": leeway,
            "timeout": timeout,
            "ca_file": ca_bundle,
            "proxy": proxy,
            "allow_insecure_http": allow_insecure_http,
            "client_id": client_id or "",
            "client_secret": client_secret,
        }
        self._making = ProcessLock()
        self._made: Tuple[int, _native.Validator] = (os.getpid(), _native.Validator(**self._settings))

    @property
    def _core(self) -> _native.Validator:
        pid, made = self._made
        if pid == os.getpid():
            return made
        # Connections must not be shared between processes.
        with self._making:
            pid, made = self._made
            if pid != os.getpid():
                made = _native.Validator(**self._settings)
                self._made = (os.getpid(), made)
        return made

    @property
    def clock_offset(self) -> Optional[int]:
        """Seconds that this machine's clock is ahead of the provider's; None before it has answered."""
        return self._core.clock_offset

    def validate(self, token: str, *, scopes: Iterable[str] = (), organization: OrganizationWanted = None) -> ValidatedToken:
        """
        :param scopes: those that the token must have, all of them.
        :param organization: the id of the one it must be for, by its audience or its ``organization_id``. None refuses tokens of
            organizations, whose scopes hold only there.
        :raises TokenError: when the token is not to be trusted: 401.
        :raises InsufficientScope: when it does not allow this: 403.
        :raises NetworkError: when the provider had to be asked and cannot be reached: 503.
        """
        wanted = _texts(scopes)
        try:
            found = self._now(token, wanted, organization)
            if found is None:
                found = block(self._wait, token, wanted, organization)
        except TokenError as error:
            raise self._explained(error, wanted)
        return ValidatedToken(token, found, self._metadata_url)

    async def validate_async(
        self, token: str, *, scopes: Iterable[str] = (), organization: OrganizationWanted = None
    ) -> ValidatedToken:
        """The same in a coroutine: waits for the provider on another thread."""
        wanted = _texts(scopes)
        try:
            found = self._now(token, wanted, organization)
            if found is None:
                found = await runBlocking(self._wait, token, wanted, organization)
        except TokenError as error:
            raise self._explained(error, wanted)
        return ValidatedToken(token, found, self._metadata_url)

    def validate_header(
        self, authorization: Optional[str], *, scopes: Iterable[str] = (), organization: OrganizationWanted = None
    ) -> ValidatedToken:
        """The same for the value of the ``Authorization`` header; None when the request has none."""
        wanted = _texts(scopes)
        return self.validate(self._bearer(authorization, wanted), scopes=wanted, organization=organization)

    async def validate_header_async(
        self, authorization: Optional[str], *, scopes: Iterable[str] = (), organization: OrganizationWanted = None
    ) -> ValidatedToken:
        """The same in a coroutine."""
        wanted = _texts(scopes)
        return await self.validate_async(self._bearer(authorization, wanted), scopes=wanted, organization=organization)

    def _explained(self, error: TokenError, scopes: list[str]) -> TokenError:
        """With what a challenge says beside the error."""
        error.required_scopes = tuple(scopes)
        error.resource_metadata = self._metadata_url
        return error

    @property
    def _metadata_url(self) -> Optional[str]:
        return None if self.metadata is None else self.metadata.url

    def _bearer(self, authorization: Optional[str], scopes: list[str]) -> str:
        """The token of ``Bearer <token>`` (RFC 6750 section 2.1)."""
        scheme, _, token = (authorization or "").strip().partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return token.strip()
        raise self._explained(TokenError("The request has no access token", code="access_token.missing"), scopes)

    def _now(self, token: str, scopes: list[str], organization: OrganizationWanted) -> Optional[_native.PresentedToken]:
        return self._check(token, scopes, organization, wait=False)

    def _wait(self, token: str, scopes: list[str], organization: OrganizationWanted) -> _native.PresentedToken:
        found = self._check(token, scopes, organization, wait=True)
        if found is None:
            raise TokenError("The access token could not be checked", code="access_token.invalid")
        return found

    def _check(
        self, token: str, scopes: list[str], organization: OrganizationWanted, wait: bool
    ) -> Optional[_native.PresentedToken]:
        any_organization = isinstance(organization, AnyOrganization)
        return self._core.validate(
            token,
            scopes,
            None if isinstance(organization, AnyOrganization) else organization,
            any_organization=any_organization,
            wait=wait,
        )


def _texts(scopes: Iterable[str]) -> list[str]:
    """A single text would be read letter by letter."""
    return scopes.split() if isinstance(scopes, str) else list(scopes)

"""Finding the provider of an API of which nothing but its address is known (RFC 9728)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from . import _native
from ._background import block, runBlocking
from ._connection import DEFAULT_TIMEOUT, connectionSettings


@dataclass(frozen=True)
class ApiResource:
    """What an API says about itself. That it is about the address that was asked has been checked."""

    resource: str
    """What to ask tokens for: an entry of ``LogtoConfig.resources``."""
    authorization_servers: Tuple[str, ...]
    """The issuers that give out its tokens, all of them https addresses."""
    scopes: Tuple[str, ...]

    @property
    def endpoint(self) -> str:
        """``LogtoConfig.endpoint`` for the first of them."""
        issuer = self.authorization_servers[0].rstrip("/")
        return issuer[: -len("/oidc")] if issuer.endswith("/oidc") else issuer


def find_resource(
    resource: str,
    *,
    www_authenticate: Optional[str] = None,
    timeout: float = DEFAULT_TIMEOUT,
    ca_bundle: Optional[str] = None,
    proxy: Optional[str] = None,
    allow_insecure_http: bool = False,
) -> Optional[ApiResource]:
    """Asks an API for its metadata.

    :param resource: its identifier; with ``www_authenticate``, the address that refused.
    :param www_authenticate: the challenge of a refusal: then the document that it names is asked. None as an answer says that it names none.
    :raises ConfigurationError: when one of the addresses is not https (http for localhost).
    :raises ProviderError: when the answer is no metadata, or about another API.
    :raises NetworkError: when the API cannot be reached.
    """
    settings = connectionSettings(timeout, ca_bundle, proxy, allow_insecure_http)
    found = block(_native.Provider.find_resource, resource, www_authenticate, settings)
    return None if found is None else ApiResource(found[0], tuple(found[1]), tuple(found[2]))


async def find_resource_async(
    resource: str,
    *,
    www_authenticate: Optional[str] = None,
    timeout: float = DEFAULT_TIMEOUT,
    ca_bundle: Optional[str] = None,
    proxy: Optional[str] = None,
    allow_insecure_http: bool = False,
) -> Optional[ApiResource]:
    """The same in a coroutine."""
    settings = connectionSettings(timeout, ca_bundle, proxy, allow_insecure_http)
    found = await runBlocking(_native.Provider.find_resource, resource, www_authenticate, settings)
    return None if found is None else ApiResource(found[0], tuple(found[1]), tuple(found[2]))

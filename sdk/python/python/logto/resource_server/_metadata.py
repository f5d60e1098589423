"""What an API says about itself (RFC 9728)."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, Optional
from urllib.parse import urlsplit

from ..LogtoException import ConfigurationError

# Clients in browsers read the document across origins.
HEADERS = {"Access-Control-Allow-Origin": "*"}
WELL_KNOWN = "/.well-known/oauth-protected-resource"


class ProtectedResourceMetadata:
    """The document by which a client finds out which provider gives out tokens for an API (RFC 9728 section 2)."""

    def __init__(self, resource: str, endpoint: str, *, scopes: Iterable[str] = (), name: Optional[str] = None,
                 documentation: Optional[str] = None) -> None:
        """
        :param resource: the API's identifier, an https address without fragment: the audience of its tokens.
        :param endpoint: the provider's public address.
        :param scopes: those that a client may ask for.
        :raises ConfigurationError: when the resource is no such address.
        """
        parts = urlsplit(resource)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.fragment or not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
            raise ConfigurationError(f"The resource {resource!r} is not an https address without fragment", code="config.invalid")
        self.resource = resource
        self.issuer: str = f"{endpoint.rstrip('/')}/oidc"
        self._scopes, self._name, self._documentation = list(scopes), name, documentation

    @property
    def path(self) -> str:
        """Where the API serves it: the well-known path before its own (RFC 9728 section 3.1)."""
        parts = urlsplit(self.resource)
        own = "" if parts.path == "/" else parts.path
        return f"{WELL_KNOWN}{own}"

    @property
    def url(self) -> str:
        """The address for ``resource_metadata`` of a challenge (RFC 9728 section 5.1)."""
        parts = urlsplit(self.resource)
        query = f"?{parts.query}" if parts.query else ""
        return f"{parts.scheme}://{parts.netloc}{self.path}{query}"

    @property
    def headers(self) -> Dict[str, str]:
        """Those of the answer, beside its type."""
        return dict(HEADERS)

    def document(self) -> Dict[str, Any]:
        """The members of the document."""
        members: Dict[str, Any] = {
            "resource": self.resource,
            "authorization_servers": [self.issuer],
            "bearer_methods_supported": ["header"],
        }
        if self._scopes:
            members["scopes_supported"] = self._scopes
        if self._name:
            members["resource_name"] = self._name
        if self._documentation:
            members["resource_documentation"] = self._documentation
        return members

    def json(self) -> str:
        """The document, for ``application/json``."""
        return json.dumps(self.document())

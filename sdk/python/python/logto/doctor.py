"""Why sign-in does not work: checks of a provider and of how this machine reaches it. Run by ``python -m logto doctor``."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Literal, Optional
from urllib.parse import urlsplit

from . import _native
from ._connection import DEFAULT_TIMEOUT, ConnectionSettings, connectionSettings
from ._doctor_cookie import DEFAULT_RESOURCES, session_cookie
from ._doctor_http import OTHER_SERVER, Certificate, Plain, ProbeError
from ._doctor_redirect import redirect_uri
from ._doctor_report import Finding
from ._json import Json
from .LogtoException import LogtoException, TokenError
from .resource_server import TokenValidator
from .resource_server._validator import ALGORITHMS

WELL_KNOWN = "/oidc/.well-known/openid-configuration"
LEEWAY = 30
CERTIFICATE_DAYS = 14
# Well formed, and signed by nobody: the provider's keys have to be read before that is known.
_UNSIGNED_HEADER = {"alg": "ES384", "typ": "at+jwt", "kid": "logto-doctor"}


@dataclass(frozen=True)
class Target:
    """What is examined. ``resources`` is how many API resources the application asks tokens for; ``timeout`` is in seconds."""

    endpoint: str
    app_id: Optional[str] = None
    redirect_uri: Optional[str] = None
    resources: int = DEFAULT_RESOURCES
    ca_bundle: Optional[str] = None
    allow_insecure_http: bool = False
    timeout: float = DEFAULT_TIMEOUT

    @property
    def connection(self) -> ConnectionSettings:
        return connectionSettings(self.timeout, self.ca_bundle, None, self.allow_insecure_http)


@dataclass
class Examination:
    """The checks of one provider, in order; those that need one that failed are skipped."""

    target: Target
    metadata: Dict[str, Any] = field(default_factory=dict[str, Any])
    algorithms: List[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self._plain = Plain(self.target.ca_bundle, self.target.timeout)

    def run(self) -> Iterator[Finding]:
        """One finding after the other, as they become known."""
        address = self._address()
        yield address
        discovery = Finding("discovery", "skipped", "the address cannot be used")
        if address.status != "failed":
            yield self._tls()
            discovery = self._discovery()
        yield discovery
        if discovery.status == "failed" or not self.metadata:
            for name in ("keys", "clock", "redirect URI"):
                yield Finding(name, "skipped", "needs the discovery document")
        else:
            yield self._keys()
            yield self._clock()
            yield redirect_uri(self._plain, str(self.metadata["authorization_endpoint"]), self.target.app_id, self.target.redirect_uri)
        yield session_cookie(self.target.resources, self.algorithms[0] if self.algorithms else "ES384")

    def _address(self) -> Finding:
        parts = urlsplit(self.target.endpoint)
        if parts.path.rstrip("/").endswith(("/oidc", "/.well-known/openid-configuration")):
            return Finding("address", "failed", f"{self.target.endpoint} is more than the endpoint",
                           f"Give the address without {parts.path!r}: the package adds it.")
        try:
            # The core refuses here what it would refuse in the application.
            TokenValidator(self.target.endpoint, (), ca_bundle=self.target.ca_bundle, allow_insecure_http=self.target.allow_insecure_http)
        except LogtoException as error:
            return Finding("address", "failed", f"{error} ({error.code})",
                           "Give the public https address, for example https://auth.example.com; plain http needs --allow-insecure-http.")
        if parts.scheme == "http":
            return Finding("address", "warning", f"{self.target.endpoint}, over plain http", "For development only: use https in production.")
        return Finding("address", "ok", self.target.endpoint)

    def _tls(self) -> Finding:
        parts = urlsplit(self.target.endpoint)
        if parts.scheme != "https":
            return Finding("TLS", "skipped", "the address is plain http")
        try:
            certificate: Optional[Certificate] = self._plain.certificate(parts.hostname or "", parts.port or 443)
        except ProbeError as error:
            return Finding("TLS", "failed", str(error), error.next_step)
        if certificate is None:
            return Finding("TLS", "unknown", "the provider is reached through a proxy, so its certificate cannot be looked at",
                           "Look at the certificate from a machine without a proxy, or name the host in NO_PROXY.")
        shown = f"{certificate.protocol}, certificate valid for {certificate.days} more days"
        if certificate.days < CERTIFICATE_DAYS:
            return Finding("TLS", "warning", shown, "Renew the certificate, and look why that does not happen by itself.")
        return Finding("TLS", "ok", shown)

    def _discovery(self) -> Finding:
        url = self.target.endpoint.rstrip("/") + WELL_KNOWN
        try:
            self.metadata = json.loads(_native.Provider.discover(url, self.target.connection))
        except LogtoException as error:
            return self._no_discovery(url, error)
        return Finding("discovery", "ok", f"the issuer is {self.metadata['issuer']}")

    def _no_discovery(self, url: str, error: LogtoException) -> Finding:
        """Nothing answers, or something else than this issuer."""
        wanted, reason = f"{self.target.endpoint.rstrip('/')}/oidc", f"{error} ({error.code})"
        try:
            answer = self._plain.get(url)
            named = answer.json().get("issuer")
        except ProbeError as probe:
            return Finding("discovery", "failed", reason, probe.next_step)
        if answer.status == 200 and isinstance(named, str) and named != wanted:
            public = named[: -len("/oidc")] if named.endswith("/oidc") else named
            return Finding("discovery", "failed", f"the issuer is {named!r} and not {wanted!r}",
                           f"Use the endpoint {public!r} in the application, or set the server's ENDPOINT to {self.target.endpoint!r}.")
        return Finding("discovery", "failed", f"status {answer.status}; {reason}", OTHER_SERVER)

    def _keys(self) -> Finding:
        url = str(self.metadata.get("jwks_uri"))
        try:
            answer = self._plain.get(url)
            keys: Json = answer.json().get("keys")
        except ProbeError as error:
            return Finding("keys", "failed", f"{url}: {error}", error.next_step)
        if answer.status != 200 or not isinstance(keys, list):
            return Finding("keys", "failed", f"{url}: status {answer.status}, and no set of keys",
                           OTHER_SERVER)
        found = [_algorithm(key) for key in keys]
        self.algorithms = [name for name in found if name in ALGORITHMS]
        if not self.algorithms:
            return Finding("keys", "failed", f"none of {len(keys)} keys can be used ({', '.join(found) or 'there are none'})",
                           f"Let the server sign with one of {', '.join(ALGORITHMS)}.")
        unknown = [name for name in found if name not in ALGORITHMS]
        if unknown:
            return Finding("keys", "warning", f"{', '.join(self.algorithms)}; not usable: {', '.join(unknown)}",
                           "Tokens signed with the other keys are refused.")
        return Finding("keys", "ok", ", ".join(self.algorithms))

    def _clock(self) -> Finding:
        validator = TokenValidator(self.target.endpoint, (), timeout=self.target.timeout, ca_bundle=self.target.ca_bundle,
                                   allow_insecure_http=self.target.allow_insecure_http)
        try:
            validator.validate(_unsigned(str(self.metadata["issuer"])), organization="none")
        except TokenError:
            pass
        except LogtoException as error:
            return Finding("clock", "failed", f"the core cannot read the keys: {error} ({error.code})", error.next_step)
        offset = validator.clock_offset
        if offset is None:
            return Finding("clock", "unknown", "the provider does not say what time it is",
                           "Let what stands before the server pass its Date header on, or compare the clocks of both machines yourself.")
        shown = "the same time as the provider" if offset == 0 else f"{abs(offset)} s {'ahead of' if offset > 0 else 'behind'} the provider"
        if abs(offset) <= LEEWAY // 3:
            return Finding("clock", "ok", shown)
        status: Literal["failed", "warning"] = "failed" if abs(offset) > LEEWAY else "warning"
        return Finding("clock", status, f"{shown}; {LEEWAY} s are tolerated", "Synchronize the clocks of both machines (NTP).")


def examine(target: Target) -> Iterator[Finding]:
    """Runs the checks. Nothing is changed at the provider, and nobody is signed in."""
    return Examination(target).run()


def _algorithm(key: Json) -> str:
    """The ``alg`` of a key, or what its type implies (RFC 7518 section 6, RFC 8037)."""
    if not isinstance(key, dict):
        return "?"
    curves = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}
    implied = "RS256" if key.get("kty") == "RSA" else curves.get(str(key.get("crv")), str(key.get("kty") or "?"))
    return str(key.get("alg") or implied)


def _unsigned(issuer: str) -> str:
    claims = {"iss": issuer, "sub": "doctor", "aud": "urn:logto:organization:none", "iat": 0, "exp": 2**33, "client_id": "doctor"}
    parts = [json.dumps(part).encode() for part in (_UNSIGNED_HEADER, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in [*parts, b"x" * 96])

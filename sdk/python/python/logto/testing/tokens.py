"""Tokens as a server would sign them, without a server."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

COORDINATE_BYTES = 48
HOUR = 3600


class TokenFactory:
    """Signs tokens (ES384) with a key of its own, and publishes the key and the discovery document on this machine.

    The fixture ``loggia_tokens`` is one. What is made with ``endpoint`` as the provider's accepts its tokens as those of a server.
    """

    def __init__(self) -> None:
        self._keys: List[Dict[str, str]] = []
        self.rotate()
        handler = type("Handler", (_Documents,), {"factory": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._http.serve_forever, daemon=True, name="loggia-tokens").start()
        self.endpoint = f"http://127.0.0.1:{self._http.server_port}"
        self.issuer = f"{self.endpoint}/oidc"

    def __enter__(self) -> TokenFactory:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops publishing."""
        self._http.shutdown()
        self._http.server_close()

    def rotate(self, *, keep: bool = True) -> None:
        """Signs with a new key from now on; ``keep`` says whether the older ones stay published."""
        from cryptography.hazmat.primitives.asymmetric import ec

        self._key: EllipticCurvePrivateKey = ec.generate_private_key(ec.SECP384R1())
        numbers = self._key.public_key().public_numbers()
        self._kid = secrets.token_urlsafe(16)
        public = {
            "kty": "EC",
            "crv": "P-384",
            "use": "sig",
            "alg": "ES384",
            "kid": self._kid,
            "x": _base64url(numbers.x.to_bytes(COORDINATE_BYTES, "big")),
            "y": _base64url(numbers.y.to_bytes(COORDINATE_BYTES, "big")),
        }
        self._keys = [public, *(self._keys if keep else [])]

    def jwks(self) -> Dict[str, Any]:
        """The published keys (RFC 7517)."""
        return {"keys": self._keys}

    def metadata(self) -> Dict[str, Any]:
        """The discovery document (OpenID Connect Discovery, section 3)."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/me",
            "end_session_endpoint": f"{self.issuer}/session/end",
            "revocation_endpoint": f"{self.issuer}/token/revocation",
            "introspection_endpoint": f"{self.issuer}/token/introspection",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES384"],
            "scopes_supported": ["openid", "offline_access", "profile"],
        }

    def access_token(
        self,
        audience: Optional[str] = None,
        *,
        scopes: Iterable[str] = (),
        subject: str = "test-user",
        client_id: str = "test-app",
        organization: Optional[str] = None,
        expires_in: int = HOUR,
        **claims: Any,
    ) -> str:
        """An access token (RFC 9068).

        :param audience: the resource's indicator; None with an ``organization``: that organization itself.
        :param expires_in: seconds; a negative number makes one that has expired.
        :param claims: more claims, or others than those made here; None leaves one out.
        """
        values: Dict[str, Any] = {
            **self._times(expires_in),
            "jti": secrets.token_urlsafe(16),
            "sub": subject,
            "client_id": client_id,
            "scope": " ".join(scopes),
            "aud": audience if audience is not None or organization is None else f"urn:logto:organization:{organization}",
        }
        if organization is not None and audience is not None:
            values["organization_id"] = organization
        return self.sign({**values, **claims}, typ="at+jwt")

    def id_token(
        self, client_id: str = "test-app", *, subject: str = "test-user", expires_in: int = HOUR, **claims: Any
    ) -> str:
        """An ID token, with more claims such as ``nonce`` or ``name``."""
        return self.sign({**self._times(expires_in), "sub": subject, "aud": client_id, **claims}, typ="JWT")

    def logout_token(
        self,
        client_id: str = "test-app",
        *,
        subject: Optional[str] = "test-user",
        session_id: Optional[str] = None,
        expires_in: int = 120,
        **claims: Any,
    ) -> str:
        """A logout token (OpenID Connect Back-Channel Logout, section 2.4)."""
        values: Dict[str, Any] = {
            **self._times(expires_in),
            "jti": secrets.token_urlsafe(16),
            "aud": client_id,
            "sub": subject,
            "sid": session_id,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        return self.sign({**values, **claims}, typ="logout+jwt")

    def sign(self, claims: Dict[str, Any], *, typ: str = "JWT", **header: Any) -> str:
        """A JWT with these claims and nothing more; claims that are None are left out."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        head = _base64url(json.dumps({"alg": "ES384", "typ": typ, "kid": self._kid, **header}).encode())
        body = _base64url(json.dumps({name: value for name, value in claims.items() if value is not None}).encode())
        r, s = decode_dss_signature(self._key.sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA384())))
        signature = r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")
        return f"{head}.{body}.{_base64url(signature)}"

    def _times(self, expires_in: int) -> Dict[str, Any]:
        now = int(time.time())
        # An expired token was issued before it expired.
        issued = now if expires_in > 0 else now + expires_in - HOUR
        return {"iss": self.issuer, "iat": issued, "exp": now + expires_in}


class _Documents(BaseHTTPRequestHandler):
    """Publishes the two documents of a factory."""

    factory: TokenFactory

    def do_GET(self) -> None:
        documents = {
            "/oidc/.well-known/openid-configuration": self.factory.metadata,
            "/oidc/jwks": self.factory.jwks,
        }
        document = documents.get(self.path)
        body = json.dumps(document() if document else {"error": "not_found"}).encode()
        self.send_response(200 if document else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests have their own output."""


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

"""A small OpenID Connect provider over real HTTP, with switches for everything that can go wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Optional
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


# How each JWT of a Key begins: ``eyJ`` alone also stands in one of some thousand encrypted texts.
JWT_START = "eyJhbGci"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """A signing key, ES384 or EdDSA."""

    def __init__(self, alg: str = "ES384") -> None:
        self.alg, self.kid = alg, secrets.token_hex(8)
        self.private: Any = Ed25519PrivateKey.generate() if alg == "EdDSA" else ec.generate_private_key(ec.SECP384R1())

    def jwk(self) -> dict:
        head = {"use": "sig", "kid": self.kid, "alg": self.alg}
        if self.alg == "EdDSA":
            return {"kty": "OKP", "crv": "Ed25519", "x": b64(self.private.public_key().public_bytes_raw()), **head}
        numbers = self.private.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-384", "x": b64(numbers.x.to_bytes(48, "big")), "y": b64(numbers.y.to_bytes(48, "big")), **head}

    def sign(self, claims: dict, typ: Optional[str] = "JWT") -> str:
        header = {"alg": self.alg, "kid": self.kid, **({"typ": typ} if typ else {})}
        signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
        if self.alg == "EdDSA":
            signature = self.private.sign(signed.encode())
        else:
            r, s = decode_dss_signature(self.private.sign(signed.encode(), ec.ECDSA(hashes.SHA384())))
            signature = r.to_bytes(48, "big") + s.to_bytes(48, "big")
        return f"{signed}.{b64(signature)}"


class Peer:
    """The provider. ``requests`` records every request as (method, path, fields)."""

    def __init__(self) -> None:
        self.key = Key()
        self.keys = [self.key]
        self.requests: list = []
        self.codes: dict = {}
        self.refresh_tokens: set = set()
        self.grants: dict = {}
        self.expires_in = 3600
        self.id_token_lifetime = 3600
        self.rotate = True
        self.announce_iss = True
        self.send_iss: Optional[str] = None
        self.omit_iss = False
        self.id_claims: dict = {}
        self.metadata_changes: dict = {}
        self.failures: dict = {}
        self.introspected: dict = {}
        self.delay = 0.0
        self.omit_id_token = False
        self.hanging: set = set()
        self.released = threading.Event()
        self.user = {"sub": "user1", "name": "Ada", "username": "ada", "email": "ada@example.com", "picture": None}
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                peer._serve(self, "GET", dict(parse_qsl(urlsplit(self.path).query)))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
                peer._serve(self, "POST", {k: v[-1] for k, v in parse_qs(body, keep_blank_values=True).items()})

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def issuer(self) -> str:
        return f"{self.endpoint}/oidc"

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def count(self, path: str) -> int:
        return sum(1 for _, one, _ in self.requests if one == path)

    def last(self, path: str) -> dict:
        return [fields for _, one, fields in self.requests if one == path][-1]

    def metadata(self) -> dict:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/me",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/session/end",
            "revocation_endpoint": f"{self.issuer}/token/revocation",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES384"],
            "authorization_response_iss_parameter_supported": self.announce_iss,
            **self.metadata_changes,
        }

    def visit(self, url: str) -> str:
        """What a browser does with the sign-in address: comes back with a code. Gives the callback address."""
        query = dict(parse_qsl(urlsplit(url).query))
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        answer = {"code": code, "state": query["state"]}
        if not self.omit_iss:
            answer["iss"] = self.send_iss or self.issuer
        separator = "&" if "?" in query["redirect_uri"] else "?"
        return query["redirect_uri"] + separator + urlencode(answer)

    def id_token(self, client_id: str, nonce: Optional[str] = None, key: Optional[Key] = None, **claims: Any) -> str:
        now = int(time.time())
        body = {"iss": self.issuer, "sub": "user1", "aud": client_id, "iat": now, "exp": now + self.id_token_lifetime, "name": "Ada"}
        if nonce:
            body["nonce"] = nonce
        body.update(self.id_claims)
        body.update(claims)
        return (key or self.key).sign({name: value for name, value in body.items() if value is not ...})

    def access_token(self, audience: str, client_id: str, **claims: Any) -> str:
        now = int(time.time())
        return self.key.sign({"iss": self.issuer, "sub": "user1", "aud": audience, "iat": now, "exp": now + self.expires_in,
                              "scope": "read", "client_id": client_id, "jti": secrets.token_hex(4), **claims}, "at+jwt")

    def _serve(self, request: BaseHTTPRequestHandler, method: str, fields: dict) -> None:
        path = urlsplit(request.path).path
        authorization = request.headers.get("authorization")
        self.requests.append((method, path, {**fields, **({"authorization": authorization} if authorization else {})}))
        time.sleep(self.delay)
        if path in self.hanging:
            self.released.wait(30)
        if path in self.failures:
            status, body = self.failures[path]
        elif path == "/oidc/.well-known/openid-configuration":
            status, body = 200, self.metadata()
        elif path == "/oidc/jwks":
            status, body = 200, {"keys": [key.jwk() for key in self.keys]}
        elif path == "/oidc/me":
            known = authorization in {f"Bearer {token}" for token in self.grants}
            status, body = (200, self.user) if known else (401, {"error": "invalid_token"})
        elif path in ("/oidc/auth", "/oidc/session/end"):
            # Without asking anybody: a browser that opens it is signed in, or out, and comes back.
            target = self.visit(request.path) if path == "/oidc/auth" else fields.get("post_logout_redirect_uri", "/")
            request.send_response(303)
            request.send_header("location", target)
            request.send_header("content-length", "0")
            request.end_headers()
            return
        elif path == "/oidc/token":
            status, body = self._token(fields)
        elif path == "/oidc/token/introspection":
            status, body = 200, self.introspected.get(fields.get("token", ""), {"active": False})
        elif path == "/oidc/token/revocation":
            self.refresh_tokens.discard(fields.get("token", ""))
            status, body = 200, ""
        else:
            status, body = 404, {}
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        request.send_response(status)
        request.send_header("content-type", "application/json")
        request.send_header("content-length", str(len(data)))
        request.end_headers()
        try:
            request.wfile.write(data)
        except OSError:
            pass  # A client that was tired of waiting.

    def _token(self, fields: dict) -> tuple:
        refused = 400, {"code": "oidc.invalid_grant", "message": "Grant request is invalid.", "error": "invalid_grant",
                        "error_description": "grant request is invalid"}
        client_id = fields.get("client_id", "")
        nonce = None
        if fields.get("grant_type") == "authorization_code":
            asked = self.codes.pop(fields.get("code", ""), None)
            if not asked or asked["redirect_uri"] != fields.get("redirect_uri"):
                return refused
            if b64(hashlib.sha256(fields["code_verifier"].encode()).digest()) != asked["code_challenge"]:
                return refused
            nonce, refresh = asked.get("nonce"), secrets.token_urlsafe(16)
            self.refresh_tokens.add(refresh)
        else:
            refresh = fields.get("refresh_token", "")
            if refresh not in self.refresh_tokens:
                return refused
            if self.rotate:
                self.refresh_tokens.discard(refresh)
                refresh = secrets.token_urlsafe(16)
                self.refresh_tokens.add(refresh)
        if fields.get("organization_id"):
            token = self.access_token(f"urn:logto:organization:{fields['organization_id']}", client_id)
        elif fields.get("resource"):
            token = self.access_token(fields["resource"], client_id)
        else:
            token = secrets.token_urlsafe(32)
        self.grants[token] = client_id
        id_token = {} if self.omit_id_token else {"id_token": self.id_token(client_id, nonce)}
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in, "refresh_token": refresh,
                     "scope": "openid offline_access profile", **id_token}

"""How large the cookies of a session become."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Mapping

from ._doctor_report import Finding
from .web.cookies import DEFAULT_LIMIT, EncryptedCookies

DEFAULT_RESOURCES = 1
NAME = "session cookie"
# More than any browser takes: here nothing may be left out.
_NO_LIMIT = 1000
_SIGNATURE_BYTES = {"ES256": 64, "ES384": 96, "ES512": 132, "EdDSA": 64}
_RSA_BYTES = 256


def session_cookie(resources: int, algorithm: str) -> Finding:
    """The size of a usual session with one access token for each of the API resources, by encrypting one."""
    cookies = EncryptedCookies(secrets.token_urlsafe(24), limit=_NO_LIMIT).write(_session(resources, algorithm), ())
    size, count = sum(len(one.value) for one in cookies), len(cookies)
    shown = f"about {size:,} bytes in {count} cookie{'' if count == 1 else 's'}, for {resources} API resource{'' if resources == 1 else 's'}"
    if count > DEFAULT_LIMIT:
        return Finding(NAME, "warning", f"{shown}; {DEFAULT_LIMIT} cookies are the limit, so access tokens will be fetched more often",
                       "Keep sessions on the server, or ask for tokens of fewer API resources.")
    return Finding(NAME, "ok", shown)


def _session(resources: int, algorithm: str) -> dict[str, str]:
    """What a storage holds for a person with usual claims. Random where the real one is, because compression matters."""
    now = int(time.time())
    person = {"sub": secrets.token_hex(6), "name": "Ada Harbour", "username": "ada", "email": "ada@harbour.example",
              "picture": "https://pictures.example/" + secrets.token_hex(16), "roles": ["editor"], "sid": secrets.token_urlsafe(16)}
    common = {"iss": "https://auth.example.com/oidc", "iat": now, "exp": now + 3600}
    id_token = _token({**common, **person, "aud": secrets.token_hex(11), "at_hash": secrets.token_urlsafe(24)}, algorithm)
    tokens = {}
    for number in range(resources):
        resource = f"https://api-{number}.example.com"
        claims = {**common, "aud": resource, "sub": person["sub"], "client_id": secrets.token_hex(11), "jti": secrets.token_urlsafe(16),
                  "scope": "read:documents write:documents delete:documents"}
        tokens[f":{resource}"] = {"token": _token(claims, algorithm), "scope": claims["scope"], "expiresAt": now + 3600}
    return {"idToken": id_token, "refreshToken": secrets.token_urlsafe(32), "accessTokenMap": json.dumps({"x": tokens})}


def _token(claims: Mapping[str, object], algorithm: str) -> str:
    header = {"alg": algorithm, "typ": "at+jwt", "kid": secrets.token_urlsafe(32)}
    signature = secrets.token_bytes(_SIGNATURE_BYTES.get(algorithm, _RSA_BYTES))
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)

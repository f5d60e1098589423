"""Access tokens that callers present, and logout tokens that the provider sends."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import RESOURCE, App, run
from logto import ConfigurationError, InsufficientScope, NetworkError, TokenError
from logto.logout_tokens import LogoutTokenValidator
from logto.mcp import protect
from logto.resource_server import ANY_ORGANIZATION, ProtectedResourceMetadata, TokenValidator
from peer import Key

EVENT = "http://schemas.openid.net/event/backchannel-logout"
ORGANIZATION = "urn:logto:organization:org1"


@pytest.fixture
def validator(peer):
    return TokenValidator(peer.endpoint, RESOURCE)


def signed(peer, typ="at+jwt", key=None, **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": peer.issuer, "sub": "user1", "aud": RESOURCE, "iat": now, "exp": now + 3600, "scope": "read write",
              "client_id": "app1", "jti": secrets.token_hex(4), **changes}
    return (key or peer.key).sign({name: value for name, value in claims.items() if value is not ...}, typ)


def code(call, *arguments: Any, **options: Any) -> str:
    with pytest.raises(TokenError) as caught:
        call(*arguments, **options)
    return caught.value.code


def test_a_good_token_is_accepted_in_plain_code_and_in_coroutines(peer, validator):
    token = signed(peer, custom=7)
    for found in (run(validator.validate_async(token, scopes=["read"])), validator.validate(token, scopes="read write"),
                  validator.validate_header(f"bearer  {token}"), run(validator.validate_header_async(f"Bearer {token}"))):
        assert (found.subject, found.client_id, found.audience, found.organization_id) == ("user1", "app1", RESOURCE, None)
        assert found.scopes == {"read", "write"} and found.token == token and found.claims.model_extra["custom"] == 7
    assert peer.count("/oidc/jwks") == 1


def test_everything_about_a_token_is_required(peer, validator):
    now = int(time.time())
    for changes, wanted in [
        ({"iss": "https://other"}, "access_token.issuer_mismatch"),
        ({"iss": ...}, "access_token.issuer_mismatch"),
        ({"aud": "https://other"}, "access_token.audience_mismatch"),
        ({"aud": ...}, "access_token.audience_mismatch"),
        ({"aud": []}, "access_token.audience_mismatch"),
        ({"aud": 7}, "access_token.invalid_claim"),
        ({"exp": now - 100}, "access_token.expired"),
        ({"exp": ...}, "access_token.invalid_claim"),
        ({"exp": "later"}, "access_token.invalid_claim"),
        ({"nbf": now + 1000}, "access_token.not_yet_valid"),
        ({"iat": now + 1000}, "access_token.not_yet_valid"),
        ({"sub": ...}, "access_token.invalid_claim"),
        ({"scope": ["read"]}, "access_token.invalid_claim"),
        ({"typ": None}, "access_token.wrong_type"),
        ({"typ": "JWT"}, "access_token.wrong_type"),
        ({"typ": "logout+jwt"}, "access_token.wrong_type"),
        ({"cnf": {"jkt": "x"}}, "access_token.bound_to_key"),
        ({"key": Key()}, "access_token.unknown_key"),
    ]:
        assert code(validator.validate, signed(peer, **changes)) == wanted, changes
    assert validator.validate(signed(peer, typ="application/AT+JWT", aud=["x", RESOURCE])).audience == RESOURCE
    assert code(validator.validate, peer.id_token(RESOURCE)) == "access_token.wrong_type"


def test_b14_b17_forged_tokens_are_refused(peer, validator):
    good = signed(peer)
    validator.validate(good)
    head, body, signature = good.split(".")
    b64 = lambda value: base64.urlsafe_b64encode(value).rstrip(b"=").decode()  # noqa: E731
    none = b64(json.dumps({"alg": "none", "typ": "at+jwt"}).encode())
    hs = b64(json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": peer.key.kid}).encode())
    mac = b64(hmac.new(json.dumps(peer.key.jwk()).encode(), f"{hs}.{body}".encode(), hashlib.sha256).digest())
    other = b64(json.dumps({**json.loads(base64.urlsafe_b64decode(body + "==")), "sub": "admin"}).encode())
    imposter = Key()
    imposter.kid = peer.key.kid
    crit = b64(json.dumps({"alg": "ES384", "typ": "at+jwt", "kid": peer.key.kid, "crit": ["x"], "x": 1}).encode())
    for forged in (f"{none}.{body}.", f"{hs}.{body}.{mac}", f"{head}.{other}.{signature}", signed(peer, key=imposter),
                   f"{crit}.{body}.{signature}", good[:-2], "a.b.c", "..", "x" * 100_000, good + "." + "x" * 100_000):
        with pytest.raises(TokenError):
            validator.validate(forged)
    assert validator.validate(good).subject == "user1"


def test_what_was_verified_ends_with_its_time_and_with_its_key(peer, validator):
    token = signed(peer, exp=int(time.time()) - 28)
    assert validator.validate(token).subject == "user1"  # Within the leeway of 30 seconds.
    time.sleep(3)
    assert code(validator.validate, token) == "access_token.expired"
    # Another set of keys, as after a rotation, is another cache.
    before = signed(peer)
    fresh = TokenValidator(peer.endpoint, RESOURCE)
    assert fresh.validate(before)
    peer.key = Key()
    peer.keys = [peer.key]
    assert fresh.validate(signed(peer)).subject == "user1"
    assert code(fresh.validate, before) == "access_token.unknown_key"


def test_unknown_key_ids_cause_no_load(peer, validator):
    validator.validate(signed(peer))
    for _ in range(20):
        assert code(validator.validate, signed(peer, key=Key())) == "access_token.unknown_key"
    assert peer.count("/oidc/jwks") == 2


def test_only_listed_algorithms(peer):
    assert code(TokenValidator(peer.endpoint, RESOURCE, algorithms=["EdDSA"]).validate, signed(peer)) == "access_token.invalid"
    with pytest.raises(ConfigurationError):
        TokenValidator(peer.endpoint, RESOURCE, algorithms=["HS256"])


def test_keys_are_fetched_once_and_serve_while_the_provider_is_away(peer, validator):
    tokens = [signed(peer) for _ in range(20)]
    peer.delay = 0.1
    with ThreadPoolExecutor(20) as pool:
        assert len(list(pool.map(validator.validate, tokens))) == 20
    assert peer.count("/oidc/jwks") == peer.count("/oidc/.well-known/openid-configuration") == 1
    peer.close()
    assert validator.validate(signed(peer)).subject == "user1"


def test_a_provider_that_is_away_says_nothing_about_a_token(peer, validator):
    token = signed(peer)
    peer.close()
    with pytest.raises(NetworkError):
        validator.validate(token)
    with pytest.raises(NetworkError):
        run(validator.validate_async(token))


def test_organizations(peer, validator):
    for_api = signed(peer, organization_id="org1")
    itself = signed(peer, aud=ORGANIZATION)
    for token in (for_api, itself):
        assert validator.validate(token, organization="org1").organization_id == "org1"
        assert validator.validate(token, organization=ANY_ORGANIZATION).organization_id == "org1"
        for other in ("org2", "", "*", "org"):
            assert code(validator.validate, token, organization=other) == "access_token.organization_mismatch"
    # What a token may do in an organization it may not do in general.
    assert code(validator.validate, for_api) == "access_token.organization_mismatch"
    assert code(validator.validate, itself) == "access_token.audience_mismatch"
    assert code(validator.validate, signed(peer), organization="org1") == "access_token.organization_mismatch"
    assert code(validator.validate, signed(peer, aud=ORGANIZATION, organization_id="org2"), organization="org2") == "access_token.invalid_claim"
    assert code(validator.validate, signed(peer, aud="https://other", organization_id="org1"), organization="org1") == "access_token.audience_mismatch"
    assert TokenValidator(peer.endpoint, ()).validate(itself, organization="org1").audience == ORGANIZATION


def test_challenges(peer, validator):
    with pytest.raises(TokenError) as missing:
        validator.validate_header(None, scopes=["read"])
    assert missing.value.http_status == 401 and missing.value.www_authenticate() == 'Bearer scope="read"'
    assert code(validator.validate_header, "Basic abc") == code(validator.validate_header, "Bearer ") == "access_token.missing"
    with pytest.raises(TokenError) as invalid:
        validator.validate_header("Bearer x.y.z")
    shown = invalid.value.www_authenticate(realm='a"b\r\nX: y', resource_metadata="https://api/.well-known/oauth-protected-resource")
    assert shown.startswith("Bearer realm=\"a'b''X: y\", error=\"invalid_token\", error_description=")
    assert shown.endswith('resource_metadata="https://api/.well-known/oauth-protected-resource"')
    with pytest.raises(InsufficientScope) as scope:
        validator.validate(signed(peer), scopes=["read", "admin"])
    assert scope.value.http_status == 403 and 'error="insufficient_scope"' in scope.value.www_authenticate()
    assert 'scope="read admin"' in scope.value.www_authenticate()


def test_opaque_tokens_are_introspected_once_and_refresh_tokens_refused(peer):
    peer.metadata_changes["introspection_endpoint"] = f"{peer.issuer}/token/introspection"
    now = int(time.time())
    active = {"active": True, "sub": "user1", "client_id": "api", "exp": now + 100, "iss": peer.issuer, "scope": "read", "token_type": "Bearer"}
    peer.introspected.update({
        "own": active, "aud": {**active, "client_id": "app1", "aud": RESOURCE}, "foreign": {**active, "client_id": "app1"},
        "refresh": {name: value for name, value in active.items() if name != "token_type"},
        "old": {**active, "exp": now - 100}, "issuer": {**active, "iss": "https://other"}, "text": {**active, "active": "true"},
    })
    validator = TokenValidator(peer.endpoint, RESOURCE, client_id="api", client_secret="s")
    with ThreadPoolExecutor(10) as pool:
        assert {found.subject for found in pool.map(validator.validate, ["own"] * 10)} == {"user1"}
    assert peer.count("/oidc/token/introspection") == 1 and peer.last("/oidc/token/introspection")["client_secret"] == "s"
    assert run(validator.validate_async("aud", scopes=["read"])).audience == RESOURCE
    for token, wanted in [("foreign", "audience_mismatch"), ("refresh", "inactive"), ("unknown", "inactive"), ("old", "expired"),
                          ("issuer", "issuer_mismatch"), ("text", "inactive"), ("two words", "invalid")]:
        assert code(validator.validate, token) == f"access_token.{wanted}", token
    assert code(TokenValidator(peer.endpoint, RESOURCE).validate, "own") == "access_token.opaque"


def test_metadata_of_the_api():
    metadata = ProtectedResourceMetadata("https://api.example.com/mcp", "https://auth.example.com/", scopes=["read"])
    assert metadata.path == "/.well-known/oauth-protected-resource/mcp" and metadata.url == f"https://api.example.com{metadata.path}"
    assert json.loads(metadata.json())["authorization_servers"] == ["https://auth.example.com/oidc"]
    assert ProtectedResourceMetadata("https://api.example.com/", "https://a").path == "/.well-known/oauth-protected-resource"
    for wrong in ("http://api.example.com", "https://api.example.com/#x", "urn:api"):
        with pytest.raises(ConfigurationError):
            ProtectedResourceMetadata(wrong, "https://auth.example.com")


def logout_token(peer, typ="logout+jwt", key=None, **changes: Any) -> str:
    return signed(peer, typ, key, **{"aud": "app1", "scope": ..., "client_id": ..., "sid": "s1", "events": {EVENT: {}}, **changes})


def test_d11_logout_tokens_are_checked_completely(app: App):
    peer, validator = app.peer, LogoutTokenValidator(app.config())
    found = validator.validate(logout_token(peer))
    assert (found.issuer, found.subject, found.session_id) == (peer.issuer, "user1", "s1")
    assert run(validator.validate_async(logout_token(peer, typ=None, sub=...))).subject is None
    for changes in ({"iss": "x"}, {"aud": "other"}, {"exp": 1}, {"exp": ...}, {"iat": ...}, {"sub": ..., "sid": ...}, {"sid": 7},
                    {"sub": ""}, {"events": ...}, {"events": {}}, {"events": {EVENT: "x"}}, {"nonce": "n"}, {"nonce": None}, {"jti": ...},
                    {"typ": "at+jwt"}, {"key": Key()}):
        assert code(validator.validate, logout_token(peer, **changes)) == "logout_token.invalid", changes
    assert code(validator.validate, peer.id_token("app1", sid="s1")) == "logout_token.invalid"
    assert code(validator.validate, "x.y.z") == "logout_token.invalid"


def test_d11_a_logout_token_works_once(app: App):
    validator, token = LogoutTokenValidator(app.config()), logout_token(app.peer)
    validator.validate(token)
    assert code(validator.validate, token) == "logout_token.replayed"
    with pytest.raises(TokenError) as caught:
        run(validator.validate_async(token))
    assert caught.value.code == "logout_token.replayed" and caught.value.http_status == 400


def test_an_mcp_server_behind_tokens(peer):
    resource, seen = "https://mcp.example.com/mcp", []

    @protect(peer.endpoint, resource, scopes=["tools"])
    async def app(scope, receive, send):
        seen.append(scope["logto.token"].subject)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    def ask(path="/mcp", *headers, kind="http"):
        sent = []

        async def send(message):
            sent.append(message)

        run(app({"type": kind, "method": "GET", "path": path, "headers": list(headers)}, None, send))
        return sent

    def bearer(token):
        return b"authorization", f"Bearer {token}".encode()

    found = ask("/.well-known/oauth-protected-resource/mcp")
    assert json.loads(found[1]["body"])["resource"] == resource and found[0]["status"] == 200
    refused = ask()
    challenge = dict(refused[0]["headers"])[b"www-authenticate"].decode()
    assert refused[0]["status"] == 401 and 'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"' in challenge
    good = signed(peer, aud=resource, scope="tools")
    assert ask("/mcp", bearer(signed(peer)))[0]["status"] == 401
    assert ask("/mcp", bearer(signed(peer, aud=resource)))[0]["status"] == 403
    assert ask("/mcp", bearer(good), bearer(good))[0]["status"] == 401
    assert ask("/mcp", kind="websocket")[0]["type"] == "websocket.close"
    assert not seen and ask("/mcp", bearer(good))[0]["status"] == 200 and seen == ["user1"]

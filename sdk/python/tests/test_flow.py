"""Signing in and out and tokens against a local provider: rows P009 to P021 and P025 to P028."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from conftest import REDIRECT, RESOURCE, App, DictStorage, run
from logto import (
    DirectSignInOption,
    FirstScreen,
    Identifier,
    LogtoException,
    ReauthenticationRequired,
    UserInfoScope,
)
from logto.OidcCore import OidcCore
from peer import Key


def query(url: str) -> dict:
    return parse_qs(urlsplit(url).query)


def test_p009_discovery_happens_once(app: App):
    """P009: lazily, from the endpoint's well-known address, cached."""
    client = app.client(endpoint=app.peer.endpoint + "/")
    assert app.peer.requests == []
    core = run(client.getOidcCore())
    assert core.metadata.issuer == app.peer.issuer
    assert run(client.getOidcCore()) is core
    run(client.signIn(REDIRECT))
    assert app.peer.count("/oidc/.well-known/openid-configuration") == 1


def test_p010_sign_in_stores_an_attempt_and_drops_tokens(app: App, storage: DictStorage):
    """P010: the stored format, and tokens of an earlier sign-in removed."""
    storage.data.update(idToken="a", refreshToken="b", accessTokenMap='{"x":{}}')
    url = run(app.client(storage).signIn(REDIRECT))
    stored = json.loads(storage.data["signInSession"])
    assert list(storage.data) == ["signInSession"]
    assert stored["redirectUri"] == REDIRECT
    assert query(url)["state"] == [stored["state"]]
    assert query(url)["code_challenge"] == [OidcCore.generateCodeChallenge(stored["codeVerifier"])]


def test_p011_sign_out(app: App, storage: DictStorage):
    """P011: tokens cleared; client_id and the optional address in the URL; no end session endpoint is an error."""
    client = app.signed_in(storage)
    assert run(client.signOut("http://127.0.0.1:5000/")) == (
        f"{app.peer.issuer}/session/end?client_id=app1&post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2F"
    )
    assert storage.data == {}
    assert run(client.signOut()) == f"{app.peer.issuer}/session/end?client_id=app1"
    app.peer.metadata_changes = {"end_session_endpoint": None}
    with pytest.raises(LogtoException, match="^End session endpoint not found in the provider metadata$"):
        run(app.client(appId="other").signOut())


@pytest.mark.parametrize(
    ("uri", "text", "code"),
    [
        ("http://127.0.0.1:5000/other?state={state}&code=c", "The URI path does not match the redirect URI in the sign-in session", "callback.redirect_uri_mismatch"),
        (REDIRECT + "?error=access_denied&error_description=no&state={state}", "access_denied", "access_denied"),
        (REDIRECT + "?state=wrong&code=c", "Invalid state in the callback URI", "callback.invalid_state"),
        (REDIRECT + "?state={state}", "Code not found in the callback URI", "callback.missing_code"),
    ],
)
def test_p012_callback_errors(app: App, storage: DictStorage, uri: str, text: str, code: str):
    """P012: each error with its text; the attempt stays."""
    client = app.client(storage)
    run(client.signIn(REDIRECT))
    state = json.loads(storage.data["signInSession"])["state"]
    with pytest.raises(LogtoException) as caught:
        run(client.handleSignInCallback(uri.format(state=state)))
    assert (str(caught.value), caught.value.code) == (text, code)
    assert "idToken" not in storage.data and "signInSession" in storage.data
    assert app.peer.count("/oidc/token") == 0


def test_p012_callback_without_session(app: App):
    """P012: "Sign-in session not found"."""
    with pytest.raises(LogtoException, match="^Sign-in session not found$"):
        run(app.client().handleSignInCallback(REDIRECT + "?code=c&state=s"))


def test_p012_callback_stores_tokens(app: App, storage: DictStorage):
    """P012, P004, P007: what is stored after a sign-in, in the published formats."""
    client = app.signed_in(storage)
    assert set(storage.data) == {"idToken", "refreshToken", "accessTokenMap"}
    token = json.loads(storage.data["accessTokenMap"])["x"][""]
    assert set(token) == {"token", "expiresAt"}
    assert abs(token["expiresAt"] - (time.time() + app.peer.expires_in - 60)) < 5
    assert client.isAuthenticated() and client.getIdTokenClaims().name == "Ada"


def test_p013_access_tokens_are_cached_and_refreshed(app: App, storage: DictStorage):
    """P013: cached until a minute before the end, then refreshed; rotated refresh and new ID tokens stored."""
    client = app.signed_in(storage)
    first = run(client.getAccessToken(RESOURCE))
    assert run(client.getAccessToken(RESOURCE)) == first
    assert app.peer.count("/oidc/token") == 2
    assert app.peer.last("/oidc/token")["resource"] == RESOURCE
    stored = json.loads(storage.data["accessTokenMap"])
    assert set(stored["x"]) == {"", RESOURCE}
    stored["x"][RESOURCE]["expiresAt"] = int(time.time()) - 1
    before = dict(storage.data)
    storage.data["accessTokenMap"] = json.dumps(stored)
    assert run(client.getAccessToken(RESOURCE)) != first
    assert storage.data["refreshToken"] != before["refreshToken"]
    assert storage.data["idToken"] != before["idToken"]


def test_p013_none_without_refresh_token(app: App):
    """P013: None without a refresh token."""
    assert run(app.client().getAccessToken()) is None
    assert app.peer.requests == []


def test_p014_organization_token(app: App, storage: DictStorage):
    """P014: stored under the organization's URN, asked for with organization_id; the scope is required."""
    client = app.signed_in(storage)
    token = run(client.getOrganizationToken("org1"))
    assert json.loads(storage.data["accessTokenMap"])["x"]["urn:logto:organization:org1"]["token"] == token
    asked = app.peer.last("/oidc/token")
    assert asked["organization_id"] == "org1" and "resource" not in asked
    with pytest.raises(LogtoException, match="^The `UserInfoScope.organizations` scope is required to fetch organization tokens$"):
        run(app.client(scopes=[]).getOrganizationToken("org1"))


def test_p015_access_token_claims(app: App):
    """P015: claims without verification; no token and opaque tokens are errors."""
    client = app.signed_in()
    claims = run(client.getAccessTokenClaims(RESOURCE))
    assert (claims.aud, claims.scope, claims.client_id) == (RESOURCE, "read", "app1")
    with pytest.raises(LogtoException, match="^Failed to get access token claims.$"):
        run(app.client().getAccessTokenClaims())
    with pytest.raises(LogtoException) as caught:
        run(client.getAccessTokenClaims())
    assert caught.value.code == "access_token.opaque"


def test_p016_organization_token_claims(app: App):
    """P016: claims of an organization's token."""
    assert run(app.signed_in().getOrganizationTokenClaims("org1")).aud == "urn:logto:organization:org1"


def test_p017_id_token(app: App, storage: DictStorage):
    """P017: the ID token and its claims; none is an error."""
    client = app.signed_in(storage)
    assert client.getIdToken() == storage.data["idToken"]
    assert client.getIdTokenClaims().sub == "user1"
    assert app.client().getIdToken() is None
    with pytest.raises(LogtoException, match="^ID Token not found$"):
        app.client().getIdTokenClaims()


def test_p018_refresh_token_and_user_info(app: App, storage: DictStorage):
    """P018: refresh token, isAuthenticated, userinfo with the default access token."""
    client = app.signed_in(storage)
    assert client.getRefreshToken() == storage.data["refreshToken"]
    assert client.isAuthenticated() and not app.client().isAuthenticated()
    info = run(client.fetchUserInfo())
    assert (info.sub, info.name, info.email) == ("user1", "Ada", "ada@example.com")
    token = json.loads(storage.data["accessTokenMap"])["x"][""]["token"]
    assert app.peer.last("/oidc/me")["authorization"] == f"Bearer {token}"
    with pytest.raises(LogtoException, match="^Can not get access token and fail to fetch user info.$"):
        run(app.client().fetchUserInfo())


def test_p019_authorization_parameters(app: App):
    """P019: every parameter; falsy ones left out."""
    plain = query(run(app.client(resources=[], scopes=[]).signIn(REDIRECT)))
    assert set(plain) == {"client_id", "redirect_uri", "response_type", "scope", "prompt", "code_challenge", "code_challenge_method", "state", "nonce"}
    full = query(
        run(
            app.client(prompt="login", resources=["https://a", "https://b"]).signIn(
                REDIRECT,
                interactionMode="signUp",
                firstScreen=FirstScreen.register,
                identifiers=[Identifier.email, "phone"],
                directSignIn=DirectSignInOption("social", "google"),
                extraParams={"ui_locales": "zh-CN", "empty": ""},
            )
        )
    )
    assert full["client_id"] == ["app1"] and full["response_type"] == ["code"] and full["code_challenge_method"] == ["S256"]
    assert full["prompt"] == ["login"] and full["resource"][:2] == ["https://a", "https://b"]
    assert full["interaction_mode"] == ["signUp"] and full["first_screen"] == ["identifier:register"]
    assert full["identifier"] == ["email phone"] and full["direct_sign_in"] == ["social:google"]
    assert full["ui_locales"] == ["zh-CN"] and "empty" not in full


def test_p020_scope_order(app: App):
    """P020: configured scopes, then openid offline_access profile."""
    url = run(app.client(scopes=[UserInfoScope.email, "read"]).signIn(REDIRECT))
    assert query(url)["scope"] == ["email read openid offline_access profile"]


@pytest.mark.parametrize("scope", [UserInfoScope.organizations, "urn:logto:scope:organizations"])
def test_p021_organizations_resource(app: App, scope):
    """P021: the reserved resource comes with the scope; each resource once, in order."""
    url = run(app.client(scopes=[scope], resources=[RESOURCE, RESOURCE]).signIn(REDIRECT))
    assert query(url)["resource"] == [RESOURCE, "urn:logto:resource:organizations"]
    assert "resource" not in query(run(app.client(scopes=[], resources=[]).signIn(REDIRECT)))


def test_p025_oidc_core(app: App):
    """P025: the low-level calls with their parameters."""
    core = run(app.client().getOidcCore())
    assert [scope.value for scope in OidcCore.defaultScopes] == ["openid", "offline_access", "profile"]
    verifier = core.generateCodeVerifier()
    url = "x?" + urlencode({"redirect_uri": REDIRECT, "state": "s", "code_challenge": core.generateCodeChallenge(verifier)})
    code = dict(parse_qsl(urlsplit(app.peer.visit(url)).query))["code"]
    answer = run(core.fetchTokenByCode("app1", "secret1", REDIRECT, code, verifier))
    core.verifyIdToken(answer.id_token, "app1")
    with pytest.raises(LogtoException):
        core.verifyIdToken(answer.id_token, "app2")
    assert run(core.fetchUserInfo(answer.access_token)).sub == "user1"
    fresh = run(core.fetchTokenByRefreshToken("app1", "secret1", answer.refresh_token, resource=RESOURCE))
    assert core.decodeAccessToken(fresh.access_token).aud == RESOURCE
    run(core.fetchTokenByRefreshToken("app1", "secret1", fresh.refresh_token, resource="urn:logto:organization:o1"))
    assert app.peer.last("/oidc/token")["organization_id"] == "o1"


def test_p026_credentials_travel_in_the_body(app: App, storage: DictStorage):
    """P026: form posts with client_id and client_secret in the body; no literal None, no empty fields."""
    client = app.signed_in(storage)
    exchange = app.peer.last("/oidc/token")
    assert exchange["client_id"] == "app1" and exchange["client_secret"] == "secret1" and "authorization" not in exchange
    storage.data["accessTokenMap"] = '{"x":{}}'
    run(client.getAccessToken())
    assert set(app.peer.last("/oidc/token")) == {"grant_type", "client_id", "client_secret", "refresh_token"}


def test_p027_the_providers_answer_is_the_text(app: App):
    """P027: refusals raise LogtoException with the body as it is."""
    client = app.client()
    url = app.peer.visit(run(client.signIn(REDIRECT)))
    app.peer.failures["/oidc/token"] = (401, '{"error":"invalid_client","error_description":"bad secret"}')
    with pytest.raises(LogtoException) as caught:
        run(client.handleSignInCallback(url))
    assert str(caught.value) == '{"error":"invalid_client","error_description":"bad secret"}'
    assert (caught.value.code, caught.value.description, caught.value.status) == ("invalid_client", "bad secret", 401)
    app.peer.failures = {"/oidc/me": (500, "down")}
    with pytest.raises(LogtoException, match="^down$"):
        run(app.signed_in().fetchUserInfo())


def test_p028_id_tokens_are_verified(app: App):
    """P028: signature by kid, audience, issuer, leeway of 30 seconds."""
    core = run(app.client().getOidcCore())
    now = int(time.time())
    core.verifyIdToken(app.peer.id_token("app1", exp=now - 20), "app1")
    for claims, code in [
        ({"exp": now - 40}, "id_token.expired"),
        ({"iss": "https://evil"}, "id_token.issuer_mismatch"),
        ({"aud": "other"}, "id_token.audience_mismatch"),
        ({"aud": ["app1", "other"]}, "id_token.audience_mismatch"),
        ({"iat": now + 120}, "id_token.not_yet_valid"),
        ({"sub": ...}, "id_token.invalid_claim"),
        ({"exp": ...}, "id_token.invalid"),
    ]:
        with pytest.raises(LogtoException) as caught:
            core.verifyIdToken(app.peer.id_token("app1", **claims), "app1")
        assert caught.value.code == code, claims
    stranger = Key()
    stranger.kid = app.peer.key.kid
    with pytest.raises(LogtoException) as caught:
        core.verifyIdToken(app.peer.id_token("app1", key=stranger), "app1")
    assert caught.value.code == "id_token.bad_signature"
    assert app.peer.count("/oidc/jwks") == 1


def test_refresh_refused_is_reauthentication(app: App, storage: DictStorage):
    client = app.signed_in(storage)
    app.peer.refresh_tokens.clear()
    with pytest.raises(ReauthenticationRequired):
        run(client.getAccessToken(RESOURCE))


def test_a11_no_secret_and_no_token_is_in_an_address(app, peer, storage):
    client = app.signed_in(storage)
    for resource in ("", RESOURCE):
        run(client.getAccessToken(resource))
    run(client.fetchUserInfo())
    stored = [*json.loads(storage.data["accessTokenMap"])["x"].values()]
    secrets = [one["token"] for one in stored] + [storage.data["refreshToken"], storage.data["idToken"], "secret1"]
    addresses = [run(client.signIn(REDIRECT))]
    secrets.append(json.loads(storage.data["signInSession"])["codeVerifier"])
    addresses.append(run(client.signOut(postLogoutRedirectUri="http://127.0.0.1:5000/")))
    for method, path, fields in peer.requests:
        asked = fields if method == "GET" else {}
        addresses.append(path + urlencode({name: value for name, value in asked.items() if name != "authorization"}))
    assert len(secrets) == 6 and not [secret for secret in secrets for address in addresses if secret in address]

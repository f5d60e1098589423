"""How a session ends, goes on and is told from one that has ended."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from conftest import REDIRECT, RESOURCE, App, DictStorage, run
from logto import IdTokenError, LogtoException, NetworkError, ReauthenticationRequired, SignInCallbackError

REVOCATION = "/oidc/token/revocation"


def end_id_token(app: App, storage: DictStorage, **claims) -> None:
    """Puts an ID token of an hour ago into the session."""
    now = int(time.time())
    storage.data["idToken"] = app.peer.id_token("app1", **{"exp": now - 3600, "iat": now - 7200, **claims})


@pytest.mark.parametrize("secret", ["secret1", None])
def test_sign_out_revokes_the_refresh_token(app: App, storage: DictStorage, secret):
    client = app.signed_in(storage, appSecret=secret)
    token = client.getRefreshToken()
    run(client.signOut())
    sent = app.peer.last(REVOCATION)
    assert (sent["token"], sent["token_type_hint"], sent["client_id"]) == (token, "refresh_token", "app1")
    assert sent.get("client_secret") == secret
    assert app.peer.refresh_tokens == set() and storage.data == {}


def test_sign_out_revokes_the_token_that_followed(app: App, storage: DictStorage):
    """Another request of the session has refreshed since this copy of it was read."""
    client = app.signed_in(storage)
    copy = DictStorage(dict(storage.data))
    run(client.getAccessToken(RESOURCE))
    assert copy.data["refreshToken"] != storage.data["refreshToken"]
    run(app.client(copy).signOut())
    assert app.peer.refresh_tokens == set()


def test_sign_out_ends_the_session_here_whatever_the_provider_does(app: App):
    for answer in ((503, "busy"), (400, '{"error":"invalid_request"}')):
        app.peer.failures[REVOCATION] = answer
        storage = DictStorage()
        assert run(app.signed_in(storage).signOut()).startswith(f"{app.peer.issuer}/session/end")
        assert storage.data == {}
    app.peer.failures.clear()
    app.peer.hanging.add(REVOCATION)
    storage = DictStorage()
    client = app.signed_in(storage, timeout=0.4)
    started = time.monotonic()
    assert run(client.signOut()).startswith(f"{app.peer.issuer}/session/end")
    assert time.monotonic() - started < 2 and storage.data == {}


def test_sign_out_at_a_provider_without_revocation(app: App, storage: DictStorage):
    app.peer.metadata_changes = {"revocation_endpoint": None}
    run(app.signed_in(storage).signOut())
    assert app.peer.count(REVOCATION) == 0 and storage.data == {}


def test_sign_out_drops_sign_ins_that_are_under_way(app: App, storage: DictStorage):
    """Fault 11: nothing is left behind."""
    client = app.signed_in(storage)
    started = run(client.signIn(REDIRECT))
    run(client.signOut())
    assert storage.data == {}
    with pytest.raises(SignInCallbackError):
        run(client.handleSignInCallback(app.peer.visit(started)))


def test_a_refresh_under_way_does_not_bring_a_session_back(app: App, storage: DictStorage):
    client = app.signed_in(storage)

    async def both():
        refresh = asyncio.create_task(client.getAccessToken(RESOURCE))
        await asyncio.sleep(0.1)
        await client.signOut()
        await asyncio.gather(refresh, return_exceptions=True)

    app.peer.delay = 0.3
    run(both())
    assert storage.data == {} and app.peer.refresh_tokens == set()


def test_a_refresh_under_way_does_not_mix_two_users(app: App, storage: DictStorage):
    """Somebody else has signed in, in the same browser, while the provider was asked for the first user's token."""
    client = app.signed_in(storage)

    async def both():
        refresh = asyncio.create_task(client.getAccessToken(RESOURCE))
        await asyncio.sleep(0.1)
        storage.data.clear()
        storage.data.update(idToken="other", refreshToken="of somebody else")
        await refresh

    app.peer.delay = 0.3
    run(both())
    assert storage.data == {"idToken": "other", "refreshToken": "of somebody else"}


def test_an_ended_id_token_is_renewed(app: App, storage: DictStorage):
    client = app.signed_in(storage)
    before = client.getRefreshToken()
    end_id_token(app, storage)
    assert client.isAuthenticated()
    assert client.getIdTokenClaims().exp > time.time() and client.getRefreshToken() != before
    assert app.peer.count("/oidc/token") == 2


def test_an_ended_id_token_that_is_not_renewed_is_no_session(app: App, storage: DictStorage):
    client = app.signed_in(storage)
    end_id_token(app, storage)
    app.peer.refresh_tokens.clear()
    with pytest.raises(ReauthenticationRequired):
        client.getIdTokenClaims()
    assert storage.data == {} and not client.isAuthenticated()
    end_id_token(app, storage)
    assert not client.isAuthenticated(), "without a refresh token"
    client = app.signed_in(storage)
    app.peer.omit_id_token = True
    end_id_token(app, storage)
    assert not client.isAuthenticated(), "the refresh brought no ID token"


def test_a_renewed_id_token_is_about_the_same_user(app: App, storage: DictStorage):
    """OpenID Connect Core 1.0 section 12.2."""
    client = app.signed_in(storage)
    end_id_token(app, storage, sub="user2")
    with pytest.raises(IdTokenError) as caught:
        client.getIdTokenClaims()
    assert caught.value.code == "id_token.invalid_claim" and not client.isAuthenticated()


def test_an_ended_id_token_and_a_provider_that_is_away_is_not_signed_out(app: App, storage: DictStorage):
    client = app.signed_in(storage, timeout=0.4)
    end_id_token(app, storage)
    app.peer.hanging.add("/oidc/token")
    before = dict(storage.data)
    with pytest.raises(NetworkError):
        client.isAuthenticated()
    assert storage.data == before


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "AT+JWT", "logout+jwt", "dpop+jwt"])
def test_a_token_of_another_type_is_no_id_token(app: App, storage: DictStorage, typ):
    """An access token for an audience that is called like the application, for example."""
    now = int(time.time())
    claims = {"iss": app.peer.issuer, "sub": "user1", "aud": "app1", "iat": now, "exp": now + 600, "scope": "", "client_id": "app1"}
    token = app.peer.key.sign(claims, typ)
    storage.data["idToken"] = token
    client = app.client(storage)
    assert not client.isAuthenticated()
    core = run(client.getOidcCore())
    with pytest.raises(IdTokenError) as caught:
        core.verifyIdToken(token, "app1")
    assert caught.value.code == "id_token.wrong_type"
    for right in ("JWT", "jwt", None):
        core.verifyIdToken(app.peer.key.sign(claims, right), "app1")


@pytest.mark.parametrize("state", ["", "&state=", "&state=of-another-sign-in"])
def test_an_error_without_the_right_state_is_nobodys(app: App, storage: DictStorage, state):
    """Who has a link clicked cannot put words into the application's mouth."""
    client = app.client(storage)
    run(client.signIn(REDIRECT))
    with pytest.raises(SignInCallbackError) as caught:
        run(client.handleSignInCallback(f"{REDIRECT}?error=call_this_number&error_description=now{state}"))
    assert caught.value.code == "callback.invalid_state" and caught.value.description is None
    right = json.loads(storage.data["signInSession"])["state"]
    with pytest.raises(LogtoException) as caught:
        run(client.handleSignInCallback(f"{REDIRECT}?error=access_denied&error_description=no&state={right}"))
    assert (caught.value.code, caught.value.description) == ("access_denied", "no")

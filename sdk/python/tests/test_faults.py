"""The faults of the published package that must not come back, and attacks on the callback (D13)."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time

import pytest
from conftest import REDIRECT, RESOURCE, App, DictStorage, run
from logto import (
    EncryptedStorage,
    IdTokenError,
    LogtoClient,
    LogtoException,
    NetworkError,
    ProviderError,
    ReauthenticationRequired,
    SignInCallbackError,
)
from peer import Key, Peer


def code_of(caught) -> str:
    return caught.value.code


def test_fault_1_both_surfaces_are_accepted(app: App):
    """Fault 1: the released signature and the one of the main branch."""
    client = app.client()
    assert "interaction_mode=signUp" in run(client.signIn(REDIRECT, "signUp"))
    assert "first_screen=register" in run(client.signIn(redirectUri=REDIRECT, firstScreen="register", extraParams={"a": "b"}))


def test_fault_2_clients_without_storage_share_nothing(app: App):
    """Fault 2: no shared mutable default."""
    one, other = LogtoClient(app.config()), LogtoClient(app.config())
    run(one.handleSignInCallback(app.peer.visit(run(one.signIn(REDIRECT)))))
    assert one.isAuthenticated() and not other.isAuthenticated() and other.getIdToken() is None


def test_fault_3_public_clients_send_no_secret(app: App, storage: DictStorage):
    """Fault 3: no ``client_secret=None`` on the wire, at the exchange and at the refresh."""
    client = app.signed_in(storage, appSecret=None)
    assert "client_secret" not in app.peer.last("/oidc/token")
    run(client.getAccessToken(RESOURCE))
    assert "client_secret" not in app.peer.last("/oidc/token")


@pytest.mark.parametrize("nonce", ["wrong", ...])
def test_fault_4_nonce_is_sent_and_checked(app: App, storage: DictStorage, nonce):
    """Fault 4: an ID token with another nonce, or none, is refused and nothing is stored."""
    client = app.client(storage)
    app.peer.id_claims = {"nonce": nonce}
    with pytest.raises(IdTokenError) as caught:
        run(client.handleSignInCallback(app.peer.visit(run(client.signIn(REDIRECT)))))
    assert code_of(caught) == "id_token.nonce_mismatch"
    assert set(storage.data) == {"signInSession"}


@pytest.mark.parametrize(("announced", "iss", "omitted"), [(True, "https://evil/oidc", False), (False, "https://evil/oidc", False), (True, None, True)])
def test_fault_4_issuer_of_the_callback_is_checked(app: App, announced, iss, omitted):
    """Fault 4: RFC 9207; nothing is sent to the token endpoint."""
    app.peer.announce_iss, app.peer.send_iss, app.peer.omit_iss = announced, iss, omitted
    client = app.client()
    with pytest.raises(SignInCallbackError) as caught:
        run(client.handleSignInCallback(app.peer.visit(run(client.signIn(REDIRECT)))))
    assert code_of(caught) == "callback.issuer_mismatch"
    assert app.peer.count("/oidc/token") == 0


def test_fault_4_issuer_may_be_absent_when_not_announced(app: App):
    app.peer.announce_iss, app.peer.omit_iss = False, True
    assert app.signed_in().isAuthenticated()


@pytest.mark.parametrize("place", ["http://evil.example", "https://127.0.0.1:5000", "http://127.0.0.1:5001"])
def test_fault_4_the_whole_redirect_uri_is_compared(app: App, place):
    """Fault 4: not only the path; `callbackMatch="path"` is the way out for hidden public addresses."""
    client = app.client()
    url = app.peer.visit(run(client.signIn(REDIRECT))).replace("http://127.0.0.1:5000", place)
    with pytest.raises(SignInCallbackError) as caught:
        run(client.handleSignInCallback(url))
    assert code_of(caught) == "callback.redirect_uri_mismatch" and "callbackMatch" in str(caught.value)
    relaxed = app.client(callbackMatch="path")
    run(relaxed.handleSignInCallback(app.peer.visit(run(relaxed.signIn(REDIRECT))).replace("http://127.0.0.1:5000", place)))
    assert relaxed.isAuthenticated()


def test_fault_5_tabs_do_not_disturb_each_other(app: App, storage: DictStorage):
    """Fault 5: two pending sign-ins finish in any order; their number is bounded."""
    client = app.client(storage)
    first, second = run(client.signIn(REDIRECT)), run(client.signIn(REDIRECT + "/two"))
    for url in (app.peer.visit(first), app.peer.visit(second)):
        run(client.handleSignInCallback(url))
    assert client.isAuthenticated() and "signInSession" not in storage.data
    for _ in range(20):
        run(client.signIn(REDIRECT))
    assert len(storage.data["signInSession"]) < 1500


def test_fault_7_rubbish_is_not_a_session(app: App, storage: DictStorage):
    """Fault 7: garbage, foreign, forged and ended ID tokens do not authenticate; garbage needs no network."""
    client = app.client(storage)
    storage.data["idToken"] = "garbage"
    assert not client.isAuthenticated() and app.peer.requests == []
    forger = Key()
    forger.kid = app.peer.key.kid
    now = int(time.time())
    for token in (
        "a.b.c",
        app.peer.id_token("other-app"),
        app.peer.id_token("app1", iss="https://evil"),
        app.peer.id_token("app1", key=forger),
        app.peer.id_token("app1", exp=now - 3600, iat=now - 7200),
    ):
        storage.data["idToken"] = token
        assert not client.isAuthenticated(), token
        with pytest.raises(IdTokenError):
            client.getIdTokenClaims()


def test_fault_8_discovery_is_single_flight_and_its_status_is_checked(app: App):
    """Fault 8: ten coroutines, one fetch; an error is not cached; its text says what to do."""
    app.peer.failures["/oidc/.well-known/openid-configuration"] = (404, "no")
    with pytest.raises(ProviderError) as caught:
        run(app.client().signIn(REDIRECT))
    assert code_of(caught) == "discovery.failed" and "check the endpoint" in str(caught.value)
    app.peer.failures.clear()
    app.peer.requests.clear()
    app.peer.delay = 0.1

    async def many():
        await asyncio.gather(*(app.client().signIn(REDIRECT) for _ in range(10)))

    run(many())
    assert app.peer.count("/oidc/.well-known/openid-configuration") == 1


def test_fault_8_the_event_loop_keeps_running_while_keys_are_fetched(app: App):
    """Fault 8: nothing blocks inside coroutines."""
    client = app.client()
    url = app.peer.visit(run(client.signIn(REDIRECT)))
    app.peer.delay = 0.3
    ticks = 0

    async def both():
        nonlocal ticks

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticker = asyncio.create_task(tick())
        await client.handleSignInCallback(url)
        ticker.cancel()

    run(both())
    assert ticks > 20


def test_fault_8_time_limit(app: App):
    """Fault 8: `timeout` holds and is named."""
    app.peer.delay = 2
    with pytest.raises(NetworkError) as caught:
        run(app.client(timeout=0.2).signIn(REDIRECT))
    assert code_of(caught) == "network.timeout"


def test_fault_8_a_new_key_is_fetched_but_not_for_every_token(app: App):
    """Fault 8: rotation works; invented kids cause no storm."""
    core = run(app.signed_in().getOidcCore())
    core.verifyIdToken(app.peer.id_token("app1"), "app1")
    fetched = app.peer.count("/oidc/jwks")
    app.peer.key = Key()
    app.peer.keys.append(app.peer.key)
    core.verifyIdToken(app.peer.id_token("app1"), "app1")
    for _ in range(5):
        with pytest.raises(IdTokenError) as caught:
            core.verifyIdToken(app.peer.id_token("app1", key=Key()), "app1")
        assert code_of(caught) == "id_token.unknown_key"
    assert app.peer.count("/oidc/jwks") == fetched + 1


def test_fault_9_concurrent_refreshes_are_one_request(app: App, storage: DictStorage):
    """Fault 9: tasks of one session, and copies of one session in several threads (cookies)."""
    client = app.signed_in(storage)
    storage.data["accessTokenMap"] = '{"x":{}}'
    app.peer.requests.clear()
    app.peer.delay = 0.1

    async def many():
        return await asyncio.gather(*(client.getAccessToken(RESOURCE) for _ in range(5)))

    assert len(set(run(many()))) == 1 and app.peer.count("/oidc/token") == 1

    copies = [DictStorage({**storage.data, "accessTokenMap": '{"x":{}}'}) for _ in range(5)]
    tokens: list = []
    threads = [threading.Thread(target=lambda one=one: tokens.append(run(app.client(one).getAccessToken(RESOURCE)))) for one in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 5 and len(set(tokens)) == 1 and app.peer.count("/oidc/token") == 2
    assert len({one.data["refreshToken"] for one in copies}) == 1


def test_fault_9_different_resources_at_once_keep_the_chain_of_refresh_tokens(app: App, storage: DictStorage):
    """Fault 9: with rotation, parallel refreshes for several resources all succeed and the last token is stored."""
    client = app.signed_in(storage, resources=["https://a", "https://b", "https://c"])

    async def many():
        return await asyncio.gather(*(client.getAccessToken(f"https://{name}") for name in "abc"))

    assert all(run(many()))
    assert set(json.loads(storage.data["accessTokenMap"])["x"]) == {"", "https://a", "https://b", "https://c"}
    storage.data["accessTokenMap"] = '{"x":{}}'
    assert run(client.getAccessToken())


def test_fault_10_an_ended_session_has_its_type_and_leaves_no_dead_tokens(app: App, storage: DictStorage):
    """Fault 10: ReauthenticationRequired with the OAuth code; the dead tokens are gone."""
    client = app.signed_in(storage)
    app.peer.refresh_tokens.clear()
    with pytest.raises(ReauthenticationRequired) as caught:
        run(client.getAccessToken(RESOURCE))
    assert code_of(caught) == "invalid_grant" and caught.value.description == "grant request is invalid"
    assert storage.data == {}


def test_fault_10_other_refusals_keep_the_session(app: App, storage: DictStorage):
    """Fault 10: a wrong secret or a broken provider is not the user's end of session."""
    client = app.signed_in(storage)
    for answer in ((401, '{"error":"invalid_client"}'), (503, "busy"), (403, '{"error":"access_denied"}')):
        app.peer.failures["/oidc/token"] = answer
        with pytest.raises(ProviderError):
            run(client.getAccessToken(RESOURCE))
        assert client.getRefreshToken() and client.isAuthenticated()


def test_fault_12_leeway_is_configurable_and_eddsa_accepted(app: App, storage: DictStorage):
    """Fault 12."""
    now = int(time.time())
    storage.data["idToken"] = app.peer.id_token("app1", exp=now - 100)
    assert not app.client(storage).isAuthenticated()
    assert app.client(storage, leeway=200).isAuthenticated()
    storage.data["idToken"] = app.peer.id_token("app1", exp=now - 2)
    assert not app.client(storage, leeway=0).isAuthenticated()
    app.peer.key = Key("EdDSA")
    app.peer.keys = [app.peer.key]
    assert app.signed_in(appId="eddsa").isAuthenticated()


def test_fault_13_nothing_is_printed(app: App, capsys):
    """Fault 13: logging, not print."""
    client = LogtoClient(app.config())
    run(client.signIn(REDIRECT))
    out = capsys.readouterr()
    assert out.out == ""
    assert logging.getLogger("logto").name == "logto"


def test_fault_14_encrypted_storage_hides_tokens(app: App, storage: DictStorage):
    """Fault 14: the wrapped storage sees no token; a session from before goes on; another secret is an empty session."""
    sealed = EncryptedStorage(storage, "a secret of the application")
    client = app.signed_in(sealed)
    assert client.isAuthenticated() and run(client.fetchUserInfo()).sub == "user1"
    for key, value in storage.data.items():
        assert value.startswith("sealed1."), key
        # A short word such as `eyJ` stands in random text now and then; sixteen characters in a row never do.
        inside = sealed.get(key)
        assert inside and not any(inside[at : at + 16] in value for at in range(len(inside) - 15)), key
    assert not app.client(EncryptedStorage(storage, "another secret, also long")).isAuthenticated()
    plain = DictStorage()
    app.signed_in(plain)
    assert app.client(EncryptedStorage(plain, "a secret of the application")).isAuthenticated()
    with pytest.raises(LogtoException) as caught:
        EncryptedStorage(storage, "short")
    assert code_of(caught) == "config.invalid"


def test_d13_callback_in_another_browser_is_refused(app: App, storage: DictStorage):
    """D13: login CSRF. A finished sign-in of the attacker, opened in the victim's browser, does nothing there."""
    attacker = app.client()
    url = app.peer.visit(run(attacker.signIn(REDIRECT)))
    victim = app.client(storage)
    with pytest.raises(SignInCallbackError) as caught:
        run(victim.handleSignInCallback(url))
    assert code_of(caught) == "sign_in_session.not_found"
    run(victim.signIn(REDIRECT))
    with pytest.raises(SignInCallbackError) as caught:
        run(victim.handleSignInCallback(url))
    assert code_of(caught) == "callback.invalid_state"
    assert app.peer.count("/oidc/token") == 0 and set(storage.data) == {"signInSession"}


def test_d13_a_code_injected_under_the_victims_state_is_refused(app: App, storage: DictStorage):
    """D13: the attacker's code with the victim's state fails at PKCE (and would fail at the nonce)."""
    stolen = app.peer.visit(run(app.client().signIn(REDIRECT))).split("code=")[1].split("&")[0]
    victim = app.client(storage)
    run(victim.signIn(REDIRECT))
    state = json.loads(storage.data["signInSession"])["state"]
    with pytest.raises(LogtoException):
        run(victim.handleSignInCallback(f"{REDIRECT}?code={stolen}&state={state}&iss={app.peer.issuer}"))
    assert set(storage.data) == {"signInSession"}


def test_a_revoked_access_token_is_replaced_once(app: App, storage: DictStorage):
    client = app.signed_in(storage)
    app.peer.grants.clear()
    assert run(client.fetchUserInfo()).sub == "user1"
    app.peer.grants.clear()
    app.peer.refresh_tokens.clear()
    with pytest.raises(ReauthenticationRequired):
        run(client.fetchUserInfo())
    assert storage.data == {}


def test_a_callback_may_be_given_as_path_and_query(app: App):
    client = app.client()
    url = app.peer.visit(run(client.signIn(REDIRECT)))
    run(client.handleSignInCallback(url.replace("http://127.0.0.1:5000", "")))
    assert client.isAuthenticated()


def test_a_token_from_the_future_is_refused_even_when_it_can_be_renewed(app: App, storage: DictStorage):
    client = app.signed_in(storage)
    now = int(time.time())
    storage.data["idToken"] = app.peer.id_token("app1", iat=now + 600, exp=now + 1200)
    assert not client.isAuthenticated()


def test_a_callback_works_once(app: App):
    client = app.client()
    url = app.peer.visit(run(client.signIn(REDIRECT)))
    run(client.handleSignInCallback(url))
    with pytest.raises(SignInCallbackError):
        run(client.handleSignInCallback(url))
    assert client.isAuthenticated()


def test_extra_parameters_cannot_replace_security_parameters(app: App):
    for name in ("state", "nonce", "redirect_uri", "code_challenge", "client_id"):
        with pytest.raises(LogtoException) as caught:
            run(app.client().signIn(REDIRECT, extraParams={name: "x"}))
        assert code_of(caught) == "config.invalid"


def test_storage_is_touched_on_the_callers_thread_only(app: App):
    """Sessions of frameworks and databases are bound to threads."""
    threads = set()

    class Strict(DictStorage):
        def get(self, key):
            threads.add(threading.get_ident())
            return super().get(key)

        def set(self, key, value):
            threads.add(threading.get_ident())
            super().set(key, value)

        def delete(self, key):
            threads.add(threading.get_ident())
            super().delete(key)

    client = app.signed_in(Strict())
    run(client.getAccessToken(RESOURCE))
    run(client.signOut())
    assert threads == {threading.get_ident()}


def test_what_a_storage_raises_comes_back_as_it_is(app: App):
    class Broken(DictStorage):
        def set(self, key, value):
            raise KeyError("session store is gone")

    with pytest.raises(KeyError, match="session store is gone"):
        run(app.client(Broken()).signIn(REDIRECT))


def test_the_server_away_is_a_network_error_with_its_address(app: App):
    gone = Peer()
    gone.close()
    with pytest.raises(NetworkError) as caught:
        run(app.client(endpoint=gone.endpoint).signIn(REDIRECT))
    assert code_of(caught) == "network.unreachable" and gone.endpoint in str(caught.value)


def test_an_endpoint_that_is_no_url_is_a_configuration_error(app: App):
    with pytest.raises(LogtoException) as caught:
        run(app.client(endpoint="localhost:3001").signIn(REDIRECT))
    assert code_of(caught) == "config.invalid"

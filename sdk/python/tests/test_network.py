"""Providers that hang, lie or are far away: what is waited for, believed and sent where."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from conftest import REDIRECT, RESOURCE, App, DictStorage, run
from connect_proxy import ConnectProxy
from logto import ConfigurationError, LogtoClient, LogtoConfig, LogtoException, NetworkError, ProviderError
from logto._clock import set_ahead
from logto.logout_tokens import LogoutTokenValidator
from logto.models.oidc import OidcProviderMetadata
from logto.OidcCore import OidcCore
from logto.resource_server import TokenValidator
from peer import Key, Peer
from pydantic import ValidationError
from tls_peer import TlsPeer

DISCOVERY = "/oidc/.well-known/openid-configuration"


async def failures(calls) -> list:
    """The codes of what the calls raise."""
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    return [getattr(one, "code", one) for one in outcomes]


def signed_in_again(app: App, storage: DictStorage) -> LogtoClient:
    """Signs in once the request that nobody waits for any longer has ended."""
    for _ in range(20):
        try:
            return app.signed_in(storage, timeout=1.5)
        except NetworkError:
            time.sleep(0.2)
    return app.signed_in(storage, timeout=1.5)


def test_a_hanging_provider_costs_one_time_out_for_all_who_wait(app: App, storage: DictStorage):
    """More callers than threads: discovery, keys and tokens."""
    app.peer.hanging.add(DISCOVERY)
    started = time.monotonic()
    codes = run(failures([app.client(timeout=1.5).signIn(REDIRECT) for _ in range(80)]))
    assert set(codes) == {"network.timeout"} and time.monotonic() - started < 12
    app.peer.hanging.clear()
    client = signed_in_again(app, storage)
    app.peer.hanging.add("/oidc/token")
    started = time.monotonic()
    codes = run(failures([client.getAccessToken(f"https://{number}") for number in range(80)]))
    assert set(codes) == {"network.timeout"} and time.monotonic() - started < 12


def test_a_hanging_provider_leaves_the_event_loops_threads_alone(app: App):
    app.peer.hanging.add(DISCOVERY)

    async def both():
        waiting = [asyncio.create_task(app.client(timeout=1).signIn(REDIRECT)) for _ in range(80)]
        await asyncio.sleep(0.1)
        started = time.monotonic()
        await asyncio.to_thread(time.sleep, 0)
        taken = time.monotonic() - started
        await asyncio.gather(*waiting, return_exceptions=True)
        return taken

    assert run(both()) < 0.9


def test_a_call_of_several_requests_has_one_time_limit(app: App):
    """Each answer is in time, all together are not."""
    client = app.client(timeout=1)
    url = app.peer.visit(run(client.signIn(REDIRECT)))
    app.peer.delay = 0.7
    started = time.monotonic()
    with pytest.raises(NetworkError):
        run(client.handleSignInCallback(url))
    assert time.monotonic() - started < 2


def test_a_session_is_not_over_because_the_keys_cannot_be_fetched(app: App, storage: DictStorage):
    """Neither by a time-out, nor by a provider that answers with an error, nor by one that is gone."""
    app.signed_in(storage)
    app.peer.hanging.add("/oidc/jwks")
    client = app.client(storage, timeout=0.5, leeway=31)
    outcomes: list = []

    def ask() -> None:
        try:
            outcomes.append(client.isAuthenticated())
        except LogtoException as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["network.timeout"] * 8 and time.monotonic() - started < 3
    app.peer.hanging.clear()
    app.peer.released.set()
    for body in ("busy", '{"keys":[]}', "[]"):
        app.peer.failures["/oidc/jwks"] = (503 if body == "busy" else 200, body)
        with pytest.raises(ProviderError):
            app.client(storage, leeway=len(body)).isAuthenticated()
    app.peer.failures.clear()
    assert client.isAuthenticated() and client.getRefreshToken()
    app.peer.close()
    with pytest.raises(NetworkError):
        app.client(storage, leeway=33).isAuthenticated()


def test_an_unknown_key_and_a_provider_that_is_away_is_not_signed_out(app: App, storage: DictStorage):
    """The keys have changed while the provider does not answer: also the second question does not say "signed out"."""
    client = app.signed_in(storage)
    assert client.isAuthenticated()
    storage.data["idToken"] = app.peer.id_token("app1", key=Key())
    app.peer.failures["/oidc/jwks"] = (503, "busy")
    for _ in range(2):
        with pytest.raises(ProviderError):
            client.isAuthenticated()
    assert app.peer.count("/oidc/jwks") == 2


def test_a_refresh_whose_id_token_cannot_be_verified_now_keeps_its_tokens(app: App, storage: DictStorage):
    """The provider has changed its keys, and they cannot be fetched: the rotated refresh token must not be lost."""
    client = app.signed_in(storage)
    before = dict(storage.data)
    app.peer.key = Key()
    app.peer.keys.append(app.peer.key)
    app.peer.failures["/oidc/jwks"] = (503, "busy")
    assert run(client.getAccessToken(RESOURCE))
    assert storage.data["refreshToken"] in app.peer.refresh_tokens and storage.data["idToken"] == before["idToken"]
    now = int(time.time())
    storage.data["idToken"] = app.peer.id_token("app1", exp=now - 3600, iat=now - 7200)
    with pytest.raises(ProviderError):
        client.isAuthenticated()
    assert storage.data["refreshToken"] in app.peer.refresh_tokens
    app.peer.failures.clear()
    assert app.client(storage, leeway=29).isAuthenticated()


@pytest.mark.parametrize("issuer", ["https://evil.example/oidc", "{endpoint}", "{endpoint}/oidc/"])
def test_the_issuer_of_the_metadata_is_the_one_that_was_asked(app: App, issuer):
    app.peer.metadata_changes = {"issuer": issuer.format(endpoint=app.peer.endpoint)}
    with pytest.raises(ProviderError) as caught:
        run(app.client().signIn(REDIRECT))
    assert caught.value.code == "discovery.issuer_mismatch"
    with pytest.raises(ProviderError) as caught:
        run(OidcCore.getProviderMetadata(f"{app.peer.issuer}/.well-known/openid-configuration"))
    assert caught.value.code == "discovery.issuer_mismatch"


MEMBERS = ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint", "revocation_endpoint"]


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("url", ["http://auth.example.com/x", "file:///etc/passwd", "javascript:alert(1)", "/relative", "https://u:p@x/"])
def test_endpoints_are_https_or_of_this_machine(app: App, member, url):
    app.peer.metadata_changes = {member: url}
    with pytest.raises(ConfigurationError) as caught:
        run(app.client().signIn(REDIRECT))
    assert caught.value.code == "config.insecure_url" and member in str(caught.value)


def test_a_plain_http_endpoint_needs_a_word(app: App):
    with pytest.raises(ConfigurationError) as caught:
        run(app.client(endpoint="http://auth.example.com").signIn(REDIRECT))
    assert caught.value.code == "config.insecure_url" and "allowInsecureHttp" in str(caught.value)
    metadata = OidcProviderMetadata(**{**app.peer.metadata(), "token_endpoint": "http://auth.example.com/token"})
    with pytest.raises(ConfigurationError):
        OidcCore(metadata)
    OidcCore(metadata, allowInsecureHttp=True)


def test_responses_are_bounded_in_size_and_time(app: App):
    app.peer.failures[DISCOVERY] = (200, '{"issuer":"' + "x" * 3_000_000 + '"}')
    with pytest.raises(LogtoException):
        run(app.client().signIn(REDIRECT))
    for timeout in (0, -1, 301, float("nan"), float("inf")):
        with pytest.raises(ValidationError):
            LogtoConfig(endpoint="https://a", appId="b", timeout=timeout)


@pytest.fixture
def far(tmp_path):
    """A provider that only a proxy can reach."""
    peer = TlsPeer(tmp_path, name="auth.example.test")
    yield peer
    peer.close()


@pytest.fixture
def proxy(far: TlsPeer):
    one = ConnectProxy(far.server.server_address[1])
    yield one
    one.close()


def test_a_proxy_by_setting(far: TlsPeer, proxy: ConnectProxy, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    client = App(far).signed_in(caFile=str(far.ca_file), proxy=f"http://user:p%40ss@127.0.0.1:{proxy.port}")
    assert client.isAuthenticated() and run(client.fetchUserInfo()).sub == "user1"
    assert run(run(client.getOidcCore()).fetchUserInfo(run(client.getAccessToken()))).sub == "user1"
    target, headers = proxy.requests[0]
    assert target == far.endpoint.replace("https://", "") and "proxy-authorization: basic dxnlcjpwqhnz" in headers.lower()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_by_environment(far: TlsPeer, proxy: ConnectProxy, monkeypatch, variable):
    monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
    assert App(far).signed_in(caFile=str(far.ca_file)).isAuthenticated()
    assert proxy.requests
    proxy.requests.clear()
    monkeypatch.setenv("NO_PROXY", "localhost,.example.test")
    with pytest.raises(NetworkError):
        App(far).signed_in(caFile=str(far.ca_file), leeway=1, timeout=3)
    monkeypatch.delenv("NO_PROXY")
    with pytest.raises(NetworkError):
        App(far).signed_in(caFile=str(far.ca_file), proxy="", timeout=3)
    assert proxy.requests == []


def test_this_machine_is_reached_without_the_environments_proxy(app: App, monkeypatch):
    gone = Peer()
    gone.close()
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, gone.endpoint)
    assert app.signed_in().isAuthenticated()


def test_a_wrong_proxy_is_named_without_its_password(app: App, monkeypatch):
    with pytest.raises(ConfigurationError) as caught:
        run(app.client(proxy="fax://user:hunter2@proxy").signIn(REDIRECT))
    assert "proxy" in str(caught.value) and "hunter2" not in str(caught.value)
    monkeypatch.setenv("HTTPS_PROXY", "fax://user:hunter2@proxy")
    with pytest.raises(ConfigurationError) as caught:
        run(app.client(leeway=2).signIn(REDIRECT))
    assert "HTTPS_PROXY" in str(caught.value) and "hunter2" not in str(caught.value)


def test_a_session_goes_on_while_stale_metadata_is_unreachable(app: App, storage: DictStorage):
    """What is known serves: nothing is asked again for a signed-in user."""
    client = app.signed_in(storage)
    app.peer.requests.clear()
    app.peer.hanging.update({DISCOVERY, "/oidc/jwks"})
    assert client.isAuthenticated() and run(client.getAccessToken()) and run(client.getAccessToken(RESOURCE))
    assert app.peer.count(DISCOVERY) == app.peer.count("/oidc/jwks") == 0


def test_the_next_step_fits_where_there_is_no_session(peer: Peer):
    """APIs and the doctor have none."""
    with pytest.raises(NetworkError) as caught:
        TokenValidator("http://127.0.0.1:9", RESOURCE).validate(peer.access_token(RESOURCE, "app1"))
    assert caught.value.next_step.startswith("Try again later") and "session" not in caught.value.next_step


@pytest.mark.parametrize("ahead, side", [(-7200, "behind"), (7200, "ahead of")])
def test_a_clock_that_is_wrong_is_named(peer: Peer, storage: DictStorage, ahead, side):
    """Of this machine, as far as the provider's `Date` tells; for ID tokens, access tokens and logout tokens."""
    set_ahead(timedelta(seconds=ahead))
    try:
        app, hint = App(peer), f"this machine's clock is 7[12][0-9][0-9] seconds {side} the server's"
        kind = "expired" if ahead > 0 else "not_yet_valid"
        for check in (
            lambda: app.signed_in(storage),
            lambda: TokenValidator(peer.endpoint, RESOURCE).validate(peer.access_token(RESOURCE, "app1")),
            lambda: LogoutTokenValidator(app.config()).validate(peer.key.sign(logout_claims(peer), "logout+jwt")),
        ):
            with pytest.raises(LogtoException, match=hint) as caught:
                check()
            assert caught.value.code in (f"id_token.{kind}", f"access_token.{kind}", "logout_token.invalid")
    finally:
        set_ahead(timedelta(0))


def logout_claims(peer: Peer) -> dict:
    now = int(time.time())
    events = {"http://schemas.openid.net/event/backchannel-logout": {}}
    return {"iss": peer.issuer, "aud": "app1", "sub": "user1", "iat": now, "exp": now + 120, "jti": "one", "events": events}

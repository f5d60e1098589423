"""Back-channel logout of the Django integration."""

from __future__ import annotations

import secrets
import time

import pytest

from django_site import Browser, settings_for  # isort: first

from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.test import Client, override_settings

from logto.django import logouts, signals
from logto.django.models import Account, Mark, Session

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture(autouse=True)
def project(peer):
    peer.id_claims = {"sid": "s1"}
    with override_settings(**settings_for(peer.endpoint)):
        yield
    for model in (Session, Account, Mark, get_user_model()):
        model.objects.all().delete()


@pytest.fixture
def browser(peer):
    one = Browser(peer.visit)
    one.sign_in()
    return one


def logout_token(peer, typ="logout+jwt", key=None, **changes):
    now = int(time.time())
    claims = {"iss": peer.issuer, "sub": "user1", "aud": "app1", "iat": now, "exp": now + 120, "jti": secrets.token_hex(8), "sid": "s1",
              "events": {EVENT: {}}, **changes}
    return (key or peer.key).sign({name: value for name, value in claims.items() if value is not ...}, typ)


def send(token, path="/backchannel-logout", **more):
    """As the provider does: a form, without cookies, and without a CSRF token though the project asks for one."""
    return Client(enforce_csrf_checks=True, raise_request_exception=False).post(path, {"logout_token": token}, **more)


def signed_in(browser):
    return browser.get("/account").status_code == 200


def test_d11_an_ended_session_is_refused_at_its_next_request(browser, peer):
    assert signed_in(browser)
    answer = send(logout_token(peer))
    assert (answer.status_code, answer.content) == (200, b"") and "no-store" in answer["Cache-Control"]
    assert browser.get("/account")["Location"] == "/sign-in?next=/account" and browser.text("/") == "home of "
    assert not Session.objects.exists()


def test_d11_a_replayed_logout_token_is_400_and_ends_nothing(browser, peer):
    token = logout_token(peer, sid=...)
    assert send(token).status_code == 200 and not signed_in(browser)
    time.sleep(1.1)
    browser.sign_in()
    again = send(token)
    assert again.status_code == 400 and again.json()["error"] == "invalid_request" and signed_in(browser)


def test_d11_only_good_logout_tokens_end_sessions(browser, peer):
    for bad in ("", "x.y.z", logout_token(peer, typ="at+jwt"), logout_token(peer, aud="other"), logout_token(peer, iss="https://other"),
                logout_token(peer, events={}), logout_token(peer, nonce="n"), logout_token(peer, exp=int(time.time()) - 100),
                peer.id_token("app1", sid="s1")):
        answer = send(bad)
        assert answer.status_code == 400 and "no-store" in answer["Cache-Control"], bad
    assert browser.client.get("/backchannel-logout").status_code == 405
    assert Client().post(f"/backchannel-logout?logout_token={logout_token(peer)}").status_code == 400
    assert signed_in(browser)


def test_a_logout_of_one_session_leaves_the_others(browser, peer):
    peer.id_claims = {"sid": "s2"}
    other = Browser(peer.visit)
    other.sign_in()
    assert send(logout_token(peer, sid="s2")).status_code == 200
    assert signed_in(browser) and not signed_in(other)
    assert send(logout_token(peer, sid="s1", sub="user2")).status_code == 200 and not signed_in(browser)


def test_a_logout_of_a_user_ends_all_of_their_sessions_and_nobody_elses(browser, peer):
    second, stranger = Browser(peer.visit), Browser(peer.visit)
    second.sign_in()
    peer.id_claims = {"sid": "s3", "sub": "user2"}
    stranger.sign_in()
    assert send(logout_token(peer, sid=...)).status_code == 200
    assert not signed_in(browser) and not signed_in(second) and signed_in(stranger)


def test_a_sign_in_on_its_way_during_the_logout_is_refused(peer):
    browser = Browser(peer.visit)
    sent = browser.get("/sign-in")
    assert send(logout_token(peer)).status_code == 200
    assert browser.get(browser.authorize(sent)).status_code == 400
    assert not Session.objects.exists() and not signed_in(browser)


def test_a_logout_in_the_middle_of_a_callback_wins(peer):
    def logs_out(**_):
        assert send(logout_token(peer)).status_code == 200

    browser = Browser(peer.visit)
    signals.user_created.connect(logs_out, dispatch_uid="test")
    try:
        assert browser.sign_in().status_code == 400
    finally:
        signals.user_created.disconnect(dispatch_uid="test")
    assert not Session.objects.exists() and not signed_in(browser) and peer.refresh_tokens == set()


def test_session_ended_says_what_has_ended(browser, peer):
    heard = []

    def fails(**_):
        raise RuntimeError("a receiver of the project")

    signals.session_ended.connect(fails, dispatch_uid="fails")
    signals.session_ended.connect(lambda signal, **found: heard.append(found), weak=False, dispatch_uid="test")
    try:
        send(logout_token(peer, typ="JWT", events={}))
        assert send(logout_token(peer)).status_code == send(logout_token(peer, sid="other")).status_code == 200
    finally:
        for name in ("fails", "test"):
            signals.session_ended.disconnect(dispatch_uid=name)
    common = {"sender": Session, "issuer": peer.issuer, "subject": "user1"}
    assert heard == [{**common, "sid": "s1", "count": 1}, {**common, "sid": "other", "count": 0}]


def test_a_logout_that_failed_can_be_sent_again(browser, peer, monkeypatch):
    """Otherwise the token would be used up, and the session would go on."""
    def fails(_):
        raise DatabaseError("no connection")

    token = logout_token(peer)
    with monkeypatch.context() as patched:
        patched.setattr(logouts, "end_by_logout_token", fails)
        assert send(token).status_code == 500
    peer.failures["/oidc/jwks"] = 500, {}
    assert signed_in(browser) and send(token).status_code == 200 and not signed_in(browser)


def test_while_the_provider_is_away_the_logout_is_to_be_sent_again(peer):
    token = logout_token(peer)
    peer.failures["/oidc/jwks"] = 503, {}
    answer = send(token)
    assert answer.status_code == 503 and answer["Retry-After"] == "30"
    del peer.failures["/oidc/jwks"]
    assert send(token).status_code == 200


def test_the_paths_of_mozilla_django_oidc_have_one_too(browser, peer):
    with override_settings(ROOT_URLCONF="test_django_settings"):
        assert send(logout_token(peer), "/oidc/backchannel-logout/").status_code == 200
        assert browser.get("/account").status_code == 302

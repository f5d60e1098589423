"""The Django integration: signing in and out, sessions, guards, pages."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from django_site import PAGE, RESOURCE, SCRIPT, Browser, query_of, settings_for  # isort: first

from django.contrib.auth import get_user_model
from django.db import connections
from django.test import AsyncClient, override_settings

from logto.django import signals
from logto.django.models import Account, Session
from logto.django.storage import LockedEncryptedStorage, RowStorage
from peer import JWT_START


@pytest.fixture(autouse=True)
def project(peer):
    peer.user["email_verified"] = True
    with override_settings(**settings_for(peer.endpoint)):
        yield
    for model in (Session, Account, get_user_model()):
        model.objects.all().delete()


@pytest.fixture
def browser(peer):
    return Browser(peer.visit)


def expire(**only):
    """Makes the access tokens of all sessions old; with ``id_token`` the ID tokens too."""
    for row in Session.objects.all():
        storage = LockedEncryptedStorage(RowStorage(row.key))
        tokens = json.loads(storage.get("accessTokenMap") or '{"x": {}}')
        for one in tokens["x"].values():
            one["expiresAt"] = 1
        storage.set("accessTokenMap", json.dumps(tokens))
        if only.get("id_token"):
            storage.set("idToken", only["id_token"])


def in_threads(count, job):
    def one(number):
        try:
            return job(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def test_sign_in_use_and_sign_out(browser, peer):
    heard = []
    signals.signed_in.connect(lambda **found: heard.append(found["claims"]["sub"]), weak=False, dispatch_uid="test")
    assert browser.text("/") == "home of "
    assert browser.sign_in()["Location"] == "/"
    assert browser.text("/account") == "account of user1" and browser.text("/classic") == "classic for user1"
    assert heard == ["user1"]
    left = browser.post("/sign-out")
    assert left["Location"].startswith(f"{peer.issuer}/session/end") and peer.count("/oidc/token/revocation") == 1
    assert query_of(left["Location"])["post_logout_redirect_uri"] == "http://testserver/"
    assert browser.text("/") == "home of " and not Session.objects.exists()
    signals.signed_in.disconnect(dispatch_uid="test")


def test_tokens_are_encrypted_in_the_database_and_not_in_the_session(browser):
    browser.sign_in()
    browser.get("/token")
    assert JWT_START not in json.dumps(Session.objects.get().tokens)
    assert JWT_START not in json.dumps(dict(browser.client.session))


def test_async_views_use_the_same_session(browser):
    browser.sign_in()

    async def ask():
        client = AsyncClient()
        client.cookies = browser.client.cookies
        return await client.get("/async", headers={"accept": "text/html"})

    assert asyncio.run(ask()).content == b"async of user1: True"


def test_a_page_for_strangers_does_not_depend_on_cookies(browser):
    assert "Vary" not in browser.get("/plain") or "Cookie" not in browser.get("/plain")["Vary"]


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
                                    "javascript:alert(1)", "http:///evil.example", "/sign-out", "/sign-in?next=/x", "https://testserver@evil.example/"])
def test_a9_next_does_not_lead_elsewhere(browser, target):
    assert browser.sign_in(f"/sign-in?next={quote(target)}")["Location"] == "/"


def test_a9_next_is_kept_on_the_server(browser):
    sent = browser.get("/sign-in?next=/account%3Fpage=2")
    assert "account" not in sent["Location"]
    assert browser.get(browser.authorize(sent) + "&next=//evil.example")["Location"] == "/account?page=2"


def test_a11_no_token_or_session_id_is_in_an_address(browser):
    sent = browser.get("/sign-in")
    path = browser.authorize(sent)
    done = browser.get(path)
    for address in (sent["Location"], done["Location"]):
        assert browser.session_cookie not in address and "eyJ" not in address


def test_several_tabs_sign_in_and_each_goes_to_its_page(browser):
    first, second = browser.get("/sign-in?next=/account%3Ftab=1"), browser.get("/sign-in?next=/account%3Ftab=2")
    one, two = browser.authorize(first), browser.authorize(second)
    assert browser.get(one)["Location"] == "/account?tab=1"
    assert browser.get(two)["Location"] == "/account?tab=2"


def test_d13_the_callback_of_somebody_else_signs_nobody_in(browser, peer):
    attacker = Browser(peer.visit)
    path = attacker.authorize(attacker.get("/sign-in"))
    page = browser.get(path)
    assert page.status_code == 400 and b"cannot be finished" in page.content and browser.text("/") == "home of "


def test_c16_the_session_key_changes_at_sign_in_and_out(browser, peer):
    browser.get("/cart")
    planted = browser.session_cookie
    browser.sign_in()
    signed_in = browser.session_cookie
    assert planted and signed_in != planted
    # Whoever planted the key has nothing now.
    attacker = Browser(peer.visit)
    attacker.client.cookies["sessionid"] = planted
    assert attacker.text("/") == "home of "
    browser.post("/sign-out")
    attacker.client.cookies["sessionid"] = signed_in
    assert attacker.text("/") == "home of "


@pytest.mark.parametrize("damage", [lambda key: "", lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"), lambda key: "x" * 32])
def test_c15_a_guessed_session_cookie_is_nobody(browser, peer, damage):
    browser.sign_in()
    other = Browser(peer.visit)
    other.client.cookies["sessionid"] = damage(browser.session_cookie)
    assert other.text("/") == "home of "


def test_c15_the_key_of_the_tokens_is_no_session_cookie(browser, peer):
    browser.sign_in()
    other = Browser(peer.visit)
    other.client.cookies["sessionid"] = Session.objects.get().key
    assert other.text("/") == "home of "


def test_f11_nobody_else_signs_a_user_out(browser):
    browser.sign_in()
    assert b"Sign out?" in browser.get("/sign-out").content
    assert browser.client.post("/sign-out", **PAGE).status_code == 403
    assert browser.text("/account") == "account of user1"
    with override_settings(LOGTO_SIGN_OUT_BY_GET=True):
        assert browser.get("/sign-out").status_code == 302


def test_starting_or_cancelling_a_sign_in_signs_nobody_out(browser):
    state = query_of(browser.get("/sign-in")["Location"])["state"]
    browser.sign_in()
    assert browser.get("/sign-in?next=/cart")["Location"] == "/cart"
    cancelled = browser.get(f"/sign-in-callback?error=access_denied&state={state}")
    assert cancelled.status_code == 400 and b"cancelled" in cancelled.content
    assert browser.text("/account") == "account of user1"


def test_a_reloaded_callback_goes_on(browser):
    path = browser.authorize(browser.get("/sign-in"))
    browser.get(path)
    assert browser.get(path)["Location"] == "/"
    assert browser.text("/account") == "account of user1"


def test_pages_are_in_the_language_of_the_browser(browser):
    page = browser.get("/sign-in-callback?code=x&state=y", HTTP_ACCEPT_LANGUAGE="zh-CN,zh;q=0.9")
    assert "无法在此完成登录" in page.content.decode() and 'lang="zh-Hans"' in page.content.decode()


@pytest.mark.parametrize("path", ["/account", "/classic", "/editors"])
@pytest.mark.parametrize("headers", [SCRIPT, {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}, {"HTTP_ACCEPT": "application/json"}])
def test_scripts_get_401_and_never_a_redirect(browser, path, headers):
    answer = browser.client.get(path, **headers)
    assert answer.status_code == 401 and answer.json()["code"] == "session.required" and answer.json()["signIn"] == "/sign-in"


def test_two_browsers_never_mix(peer):
    browsers = []
    for number in range(6):
        peer.id_claims = {"sub": f"user{number}"}
        browsers.append(Browser(peer.visit))
        browsers[-1].sign_in()
    answers = in_threads(6, lambda number: {browsers[number].text("/account") for _ in range(10)})
    assert answers == [{f"account of user{number}"} for number in range(6)]


def test_a_refresh_is_written_at_once(browser, peer, monkeypatch):
    """A request that reads between two writes would find the new refresh token beside the old ID token, and refresh again."""
    browser.sign_in()
    expire(id_token=peer.id_token("app1", exp=1))
    writes, save = [], RowStorage.save
    monkeypatch.setattr(RowStorage, "save", lambda rows: (writes.append(1), save(rows)))
    assert browser.text("/account") == "account of user1" and len(writes) == 1


@pytest.mark.parametrize("path", ["/token", "/account"])
def test_b6_fifty_parallel_requests_with_an_expired_token_refresh_once(browser, peer, path):
    browser.sign_in()
    browser.get("/token")
    expire(id_token=peer.id_token("app1", exp=1) if path == "/account" else None)
    before, peer.delay = peer.count("/oidc/token"), 0.05
    key = browser.session_cookie

    def ask(_):
        tab = Browser(peer.visit)
        tab.client.cookies["sessionid"] = key
        return tab.get(path).status_code

    assert set(in_threads(50, ask)) == {200}
    assert peer.count("/oidc/token") == before + 1


def test_a_session_written_by_a_parallel_request_does_not_bring_old_tokens_back(browser, peer):
    """A refresh between the start and the end of another request; its session is saved as a whole afterwards."""
    browser.sign_in()
    old = Session.objects.get().tokens["refreshToken"]
    expire(id_token=peer.id_token("app1", exp=1))
    tab = Browser(peer.visit)
    tab.client.cookies["sessionid"] = browser.session_cookie
    tab.get("/account")
    browser.get("/cart")
    assert Session.objects.get().tokens["refreshToken"] != old
    assert browser.text("/account") == "account of user1"


def test_a_view_that_is_rolled_back_keeps_the_new_tokens(browser, peer):
    browser.sign_in()
    expire()
    old = Session.objects.get().tokens["refreshToken"]
    assert browser.text("/rolled-back") == "rolled back"
    assert Session.objects.get().tokens["refreshToken"] != old
    before = peer.count("/oidc/token")
    assert browser.get("/token").status_code == 200 and peer.count("/oidc/token") == before


def test_a_session_that_the_provider_has_ended_is_over(browser, peer):
    browser.sign_in()
    expire(id_token=peer.id_token("app1", exp=1))
    peer.refresh_tokens.clear()
    assert browser.get("/account")["Location"] == "/sign-in?next=/account" and not Session.objects.exists()


def test_a_refresh_token_refused_in_a_view_sends_to_sign_in(browser, peer):
    browser.sign_in()
    peer.refresh_tokens.clear()
    assert browser.get("/token")["Location"] == "/sign-in?next=/token"
    browser.sign_in()
    peer.refresh_tokens.clear()
    assert browser.client.get("/token", **SCRIPT).status_code == 401


def test_while_the_provider_is_away_nobody_is_signed_out(browser, peer):
    browser.sign_in()
    expire(id_token=peer.id_token("app1", exp=1))
    peer.failures["/oidc/token"] = 503, {"error": "temporarily_unavailable"}
    page = browser.get("/account")
    assert page.status_code == 503 and page["Retry-After"] == "30" and b"still signed in" in page.content
    assert browser.client.get("/account", **SCRIPT).json()["code"] == "network.unreachable"
    del peer.failures["/oidc/token"]
    assert browser.text("/account") == "account of user1"


def test_djangos_own_logout_removes_and_revokes_the_tokens(browser, peer):
    from django.contrib.auth import logout
    from django.test import RequestFactory

    browser.sign_in()
    request = RequestFactory().get("/")
    request.session, request.user = browser.client.session, get_user_model().objects.get()
    logout(request)
    assert not Session.objects.exists() and peer.count("/oidc/token/revocation") == 1


def test_roles_and_organizations(browser, peer):
    peer.id_claims = {"roles": ["editor"], "organizations": ["org1"], "organization_roles": ["org1:admin"]}
    browser.sign_in()
    assert browser.text("/editors") == "editors" and browser.text("/organization") == "administrators of org1"
    peer.id_claims = {"sub": "user2", "roles": "editor", "organizations": ["org1"], "organization_roles": ["org1:member"]}
    other = Browser(peer.visit)
    other.sign_in()
    assert other.get("/editors").status_code == 403 and other.get("/organization").status_code == 403


def test_a_page_sends_to_a_better_sign_in_and_back(browser, peer):
    browser.sign_in()
    for path, age in (("/money?page=2", "300"), ("/money-async", None)):
        query = query_of(browser.get(path)["Location"])
        assert (query["acr_values"], query.get("max_age")) == ("mfa", age)
    assert browser.get("/money", **SCRIPT).status_code == 401
    sent = browser.get("/money?page=2")
    peer.id_claims = {"iat": int(time.time()) + 1}
    assert browser.get(browser.authorize(sent))["Location"] == "/money?page=2"
    assert browser.get("/money?page=2").status_code == 500, "no sign-in helps, and the browser does not go round"
    sent = browser.get("/money?page=2")
    peer.id_claims = {"acr": "mfa", "auth_time": int(time.time())}
    assert browser.get(browser.authorize(sent))["Location"] == "/money?page=2"
    assert browser.text("/money?page=2") == "money" and browser.text("/money-async") == "money"


def test_a_webhook_needs_its_signature(browser):
    body = json.dumps({"event": "User.Created"}).encode()
    signature = hmac.new(b"signing key", body, hashlib.sha256).hexdigest()
    send = lambda path, key: browser.client.post(path, body, content_type="application/json", HTTP_LOGTO_SIGNATURE_SHA_256=key)  # noqa: E731
    assert send("/hook", signature).json() == {"seen": "User.Created"} and send("/hook", "0" * 64).status_code == 401
    assert send("/webhook", signature).status_code == 404
    heard = []
    signals.webhook_received.connect(lambda **found: heard.append(found["event"]["event"]), weak=False, dispatch_uid="test")
    with override_settings(LOGTO_WEBHOOK_SIGNING_KEY="signing key"):
        assert send("/webhook", signature).status_code == 204 and heard == ["User.Created"]
    signals.webhook_received.disconnect(dispatch_uid="test")


def test_the_resource_of_the_tests_is_the_one_of_the_views():
    import django_urls

    assert django_urls.RESOURCE == RESOURCE

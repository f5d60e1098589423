"""The Flask integration: sessions, guards and pages."""

from __future__ import annotations

import json
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from flask_site import PAGE, RESOURCE, Browser, make_app, query_of
from logto.flask import LogtoAuth, current_user, user_signed_in, user_signed_out
from peer import JWT_START

SCRIPT = {"Accept": "application/json", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"}


@pytest.fixture
def site(peer):
    return make_app(peer.endpoint)


@pytest.fixture
def browser(site, peer):
    return Browser(site, peer.visit)


def test_sign_in_use_and_sign_out(browser, peer):
    assert browser.get("/").text == "home of None"
    done = browser.sign_in()
    assert (done.status_code, done.location) == (303, "/")
    assert browser.get("/").text == "home of user1" and browser.get("/account").text == "account of user1"
    assert browser.get("/async").text == "async of user1: True"
    token = browser.client.get_cookie("logto.0").value
    assert JWT_START not in token
    left = browser.get("/sign-out")
    assert left.location.startswith(f"{peer.issuer}/session/end") and peer.count("/oidc/token/revocation") == 1
    assert query_of(left.location)["post_logout_redirect_uri"] == "http://localhost/"
    assert browser.client.get_cookie("logto.0") is None and browser.get("/").text == "home of None"


def test_a_protected_page_comes_back_after_the_sign_in(browser):
    assert browser.sign_in("/account?page=2").location == "/account?page=2"
    assert browser.get("/account?page=2").text == "account of user1"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", "/%0d%0aSet-Cookie:x=1", "/\t/evil.example",
                                    "/sign-out", "/sign-in?next=/x", "javascript:alert(1)"])
def test_a9_next_does_not_lead_elsewhere(browser, target):
    from urllib.parse import quote
    location = browser.sign_in(f"/sign-in?next={quote(target)}").location
    assert location == "/" or location == "/%0d%0aSet-Cookie:x=1"


def test_next_is_not_in_any_address_that_others_can_change(browser):
    sent = browser.get("/account?page=2")
    assert "account" not in sent.location
    # A callback with a page of an attacker's own in it.
    assert browser.get(browser.authorize(sent) + "&next=//evil.example").location == "/account?page=2"


def test_several_tabs_sign_in_and_each_goes_to_its_page(browser):
    first, second = browser.get("/account?tab=1"), browser.get("/account?tab=2")
    one, two = browser.authorize(first), browser.authorize(second)
    assert browser.get(one).location == "/account?tab=1"
    assert browser.get(two).location == "/account?tab=2"


def test_a_reloaded_callback_goes_on(browser):
    path = browser.authorize(browser.get("/account"))
    assert browser.get(path).location == "/account"
    again = browser.get(path)
    assert (again.status_code, again.location) == (303, "/")
    assert browser.get("/account").status_code == 200


def test_a_cancelled_sign_in_is_a_page_that_offers_another(browser):
    state = query_of(browser.get("/account").location)["state"]
    page = browser.get(f"/sign-in-callback?error=access_denied&state={state}")
    assert page.status_code == 400 and "You have not signed in" in page.text
    assert "/sign-in?next=%2Faccount" in page.text and page.headers["Cache-Control"] == "no-store"


def test_d13_the_callback_of_somebody_else_signs_nobody_in(site, peer, browser):
    """Login CSRF: the attacker's own code in the victim's browser."""
    attacker = Browser(site, peer.visit)
    path = attacker.authorize(attacker.get("/sign-in"))
    page = browser.get(path)
    assert page.status_code == 400 and "cannot be finished" in page.text and browser.get("/").text == "home of None"


def test_pages_are_in_the_browsers_language(browser):
    page = browser.get("/sign-in-callback?code=x&state=y", headers={**PAGE, "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert '<html lang="zh-CN">' in page.text and "无法完成这次登录" in page.text and page.headers["Content-Language"] == "zh-CN"


@pytest.mark.parametrize("headers", [SCRIPT, {"Accept": "application/json"}, {**PAGE, "Sec-Purpose": "prefetch;prerender"},
                                     {"Accept": "image/*", "Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"}])
def test_background_requests_get_401_instead_of_a_sign_in(browser, headers):
    answer = browser.get("/account", headers=headers)
    assert answer.status_code == 401 and answer.json["error"] == "login_required" and "Set-Cookie" not in answer.headers


def test_a_form_of_somebody_signed_out_is_not_lost_in_a_redirect(browser):
    answer = browser.client.post("/order", headers={**PAGE, "Referer": "http://localhost/shop?x=1"})
    assert answer.status_code == 401 and "/sign-in?next=%2Fshop%3Fx%3D1" in answer.text


@pytest.mark.parametrize("path", ["/sign-out", "/sign-in"])
def test_an_image_on_another_site_ends_no_session(browser, path):
    browser.sign_in()
    browser.get(path, headers={"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "cross-site"})
    assert browser.get("/").text == "home of user1"


def test_two_browsers_never_mix(site, peer):
    users = []
    for number in range(8):
        peer.id_claims = {"sub": f"user{number}"}
        users.append(Browser(site, peer.visit))
        users[-1].sign_in()

    def ask(number):
        return all(users[number].get("/account").text == f"account of user{number}" for _ in range(20))

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(8)))


def expire_tokens(browser, app):
    """Makes the access tokens in the browser's cookies old."""
    cookies = app.extensions["logto"].cookies
    names = [cookie.key for cookie in browser.client._cookies.values()]
    data = cookies.read({name: browser.client.get_cookie(name).value for name in names})
    tokens = json.loads(data["accessTokenMap"])
    for one in tokens["x"].values():
        one["expiresAt"] = 1
    data["accessTokenMap"] = json.dumps(tokens)
    for cookie in cookies.write(data, names):
        browser.client.set_cookie(cookie.name, cookie.value)
    return {name: browser.client.get_cookie(name).value for name in names}


def test_b6_fifty_parallel_requests_with_an_expired_token_refresh_once(site, browser, peer):
    browser.sign_in()
    browser.get("/token")
    jar = expire_tokens(browser, site)
    before, peer.delay = peer.count("/oidc/token"), 0.05

    def ask(_):
        header = "; ".join(f"{name}={value}" for name, value in jar.items())
        return site.test_client(use_cookies=False).get("/token", headers={**PAGE, "Cookie": header})

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(ask, range(50)))
    assert {answer.status_code for answer in answers} == {200} and len({answer.json["token"] for answer in answers}) == 1
    assert peer.count("/oidc/token") - before == 1


def test_a_session_that_the_provider_has_ended_leads_to_the_sign_in(site, browser, peer):
    browser.sign_in()
    browser.get("/token")
    expire_tokens(browser, site)
    peer.refresh_tokens.clear()
    answer = browser.get("/token")
    assert answer.status_code == 303 and answer.location.startswith(peer.issuer)


def test_a_server_that_is_away_is_503_and_signs_nobody_out(site, browser, peer):
    browser.sign_in()
    browser.get("/token")
    expire_tokens(browser, site)
    peer.failures["/oidc/token"] = (503, {})
    answer = browser.get("/token")
    assert answer.status_code == 503 and answer.headers["Retry-After"] and "not available" in answer.text
    del peer.failures["/oidc/token"]
    assert browser.get("/token").status_code == 200 and browser.get("/account").status_code == 200


def test_a_provider_that_was_never_there_is_a_503_page():
    site = make_app("http://127.0.0.1:9")
    answer = Browser(site, None).get("/sign-in")
    assert answer.status_code == 503 and "Sign-in is not available" in answer.text


def test_rights_in_roles_scopes_and_organizations(browser, peer):
    peer.id_claims = {"roles": ["editor"], "organizations": ["o1", "o2"], "organization_roles": ["o1:admin"]}
    browser.sign_in()
    allowed = ["/editors", "/reports", "/organizations/o1", "/organizations/o2", "/organizations/o1/admin"]
    refused = ["/write", "/organizations/o3", "/organizations/o2/admin"]
    assert [browser.get(path).status_code for path in allowed] == [200] * 5
    assert [browser.get(path).status_code for path in refused] == [403] * 3
    assert browser.get("/write", headers=SCRIPT).json["error"] == "scope_missing"


@pytest.mark.parametrize("path", ["/editors", "/reports", "/organizations/o1", "/organizations/o1/admin", "/async", "/account"])
def test_each_guard_sends_strangers_to_sign_in(browser, peer, path):
    answer = browser.get(path)
    assert answer.status_code == 303 and answer.location.startswith(peer.issuer)


def test_guarded_pages_are_not_kept_by_browsers_or_proxies(browser):
    browser.sign_in()
    answer = browser.get("/account")
    assert answer.headers["Cache-Control"] == "no-store" and "Cookie" in answer.vary


def test_a_page_without_sign_in_has_no_trace_of_it(browser):
    answer = browser.get("/plain")
    assert "Set-Cookie" not in answer.headers and not answer.vary and "Cache-Control" not in answer.headers


def test_a_session_above_the_limit_is_an_error_and_no_silent_loop(peer):
    site = make_app(peer.endpoint)
    peer.id_claims = {"large": secrets.token_urlsafe(9000)}
    browser = Browser(site, peer.visit)
    assert browser.sign_in().status_code == 500


def test_signals_and_the_applications_own_user(peer):
    auth, seen = LogtoAuth(), []
    site = make_app(peer.endpoint, auth)
    auth.user_loader(lambda user: None if user.id == "barred" else user)
    user_signed_in.connect(lambda _, user: seen.append(("in", user.id)), site, weak=False)
    user_signed_out.connect(lambda _, user: seen.append(("out", user.id)), site, weak=False)
    browser = Browser(site, peer.visit)
    browser.sign_in()
    browser.get("/sign-out")
    assert seen == [("in", "user1"), ("out", "user1")]
    peer.id_claims = {"sub": "barred"}
    browser.sign_in()
    # No sign-in again and again: that would not help.
    assert browser.get("/account").status_code == 403 and browser.get("/").text == "home of None"


def test_problems_may_have_a_page_of_the_application(peer):
    auth = LogtoAuth()
    site = make_app(peer.endpoint, auth)
    auth.problem_handler(lambda problem: (f"mine: {problem.code}, {current_user.is_authenticated}", problem.status))
    answer = Browser(site, peer.visit).get("/sign-in-callback?code=x&state=y")
    assert (answer.status_code, answer.text) == (400, "mine: sign_in_session.not_found, False")


def test_options_of_a_sign_in(peer):
    auth = LogtoAuth()
    site = make_app(peer.endpoint, auth)
    auth.sign_in_options(lambda: {"extra_params": {"ui_locales": "zh-CN"}})
    asked = query_of(Browser(site, peer.visit).get("/sign-in?first_screen=register").location)
    assert asked["ui_locales"] == "zh-CN" and asked["first_screen"] == "identifier:register"


def test_behind_a_proxy_the_public_address_is_used(peer):
    from werkzeug.middleware.proxy_fix import ProxyFix
    site = make_app(peer.endpoint)
    site.wsgi_app = ProxyFix(site.wsgi_app, x_proto=1, x_host=1)
    headers = {**PAGE, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "app.example"}
    answer = site.test_client().get("/sign-in", headers=headers)
    assert query_of(answer.location)["redirect_uri"] == "https://app.example/sign-in-callback"
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_public_address_may_be_set_instead(peer):
    site = make_app(peer.endpoint, LOGTO_REDIRECT_URI="https://app.example/sign-in-callback")
    browser = Browser(site, peer.visit)
    assert browser.sign_in("/account").location == "/account" and browser.get("/account").status_code == 200


def test_paths_and_the_prefix_can_be_changed(peer):
    site = make_app(peer.endpoint, LOGTO_URL_PREFIX="/auth", LOGTO_SIGN_IN_PATH="/in", LOGTO_CALLBACK_PATH="/back", LOGTO_AFTER_SIGN_IN="/account")
    browser = Browser(site, peer.visit)
    assert browser.sign_in("/auth/in").location == "/account"
    assert browser.sign_in("/auth/in?next=/auth/sign-out").location == "/account"


def test_an_application_below_a_path_keeps_to_it(peer):
    browser = Browser(make_app(peer.endpoint), peer.visit)
    sent = browser.get("/sign-in", base_url="http://localhost/shop")
    assert query_of(sent.location)["redirect_uri"] == "http://localhost/shop/sign-in-callback"


def test_resource_setting_of_scopes_required(peer):
    browser = Browser(make_app(peer.endpoint, LOGTO_RESOURCES=[RESOURCE, "https://b.example"]), peer.visit)
    browser.sign_in()
    assert browser.get("/reports").status_code == 500


@pytest.mark.parametrize("path", ["/token", "/reports"])
def test_without_a_refresh_token_there_is_an_error_and_no_endless_sign_in(site, browser, peer, path):
    browser.sign_in()
    cookies = site.extensions["logto"].cookies
    data = cookies.read({"logto.0": browser.client.get_cookie("logto.0").value})
    del data["refreshToken"]
    [cookie] = cookies.write(data, [])
    browser.client.set_cookie(cookie.name, cookie.value)
    assert browser.get("/account").status_code == 200
    if path == "/token":
        assert browser.get(path).json == {"token": None}
    else:
        assert browser.get(path).status_code == 500


def test_signing_out_works_while_the_server_is_away(browser, peer, site):
    browser.sign_in()
    peer.failures["/oidc/token/revocation"] = (503, {})
    browser.get("/sign-out")
    assert browser.get("/").text == "home of None"


def test_signing_out_says_so_when_the_server_was_never_reached(peer):
    """The process is new, so that it does not know where the server ends sessions."""
    site = make_app(peer.endpoint)
    browser = Browser(site, peer.visit)
    browser.sign_in()
    jar = browser.client.get_cookie("logto.0").value
    away = make_app("http://127.0.0.1:9")
    other = Browser(away, None)
    other.client.set_cookie("logto.0", jar)
    answer = other.get("/sign-out")
    assert answer.status_code == 503 and "You have signed out of this application" in answer.text
    assert other.client.get_cookie("logto.0") is None


def test_an_own_user_needs_nothing_but_a_name(peer):
    auth = LogtoAuth()
    site = make_app(peer.endpoint, auth)
    auth.user_loader(lambda user: type("Row", (), {"id": f"row of {user.id}"})())
    browser = Browser(site, peer.visit)
    browser.sign_in()
    assert browser.get("/account").text == "account of row of user1"

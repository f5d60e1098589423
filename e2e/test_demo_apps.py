"""The applications to try a sign-in with, as somebody meets them who has just started a server."""

from __future__ import annotations

import json
import re
import urllib.parse

import pytest
from playwright.sync_api import Page, expect

import pages
from conftest import RESOURCE
from harness import ARTIFACTS, Server, unique

DARK_PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "locale": "zh-CN"}


def open_settings(page: Page, **values: str) -> None:
    if not page.locator("#field-scope").is_visible():
        page.get_by_text("Request settings").click()
    for name, value in values.items():
        page.locator(f"#field-{name}").fill(value)


def shown(page: Page, name: str) -> dict:
    element = page.locator(f"[data-json={name}]")
    expect(element).to_have_text(re.compile(r"^\{"))
    return json.loads(element.text_content())


def query_of(url: str) -> dict:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def begin(server: Server, page: Page, user: dict) -> None:
    page.goto(f"{server.endpoint}/demo-app")
    page.get_by_role("button", name="Sign in").click()
    pages.sign_in(page, user["username"])
    expect(page.get_by_role("heading", name="You are signed in")).to_be_visible()


def test_the_demo_signs_in_shows_what_it_got_refreshes_and_signs_out(server: Server, page: Page, user: dict):
    page.goto(server.endpoint)
    page.get_by_role("link", name="Try signing in").click()
    page.screenshot(path=ARTIFACTS / "demo-app-start.png", full_page=True)
    page.get_by_role("button", name="Sign in").click()
    pages.sign_in(page, user["username"])
    expect(page.locator("[data-part=who]")).to_have_text(user["name"])
    assert page.url == f"{server.endpoint}/demo-app", "the code does not stay in the address"
    claims = shown(page, "claims")
    assert (claims["sub"], claims["aud"], claims["iss"]) == (user["id"], "demo-app", f"{server.endpoint}/oidc")
    page.locator("summary", has_text="User info").click()
    assert shown(page, "user_info")["sub"] == user["id"]
    first = shown_answer(page)
    page.screenshot(path=ARTIFACTS / "demo-app.png", full_page=True)
    page.get_by_role("button", name="Refresh tokens").click()
    expect(page.locator("[data-json=answer]")).not_to_have_text(first)
    assert json.loads(shown_answer(page))["refresh_token"] != json.loads(first)["refresh_token"]
    page.reload()
    expect(page.locator("[data-part=who]")).to_have_text(user["name"])
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    token = json.loads(shown_answer(page) or first)["refresh_token"]
    assert token not in page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("input[name=identifier]")).to_be_visible()
    assert not [text for text in page.complaints if "favicon" not in text], page.complaints


def shown_answer(page: Page) -> str:
    return page.locator("[data-json=answer]").text_content()


def test_the_demo_gets_tokens_for_an_api_and_an_organization(server: Server, organization: dict, page: Page, member: dict):
    page.goto(f"{server.endpoint}/demo-app")
    open_settings(
        page,
        scope="openid profile offline_access read:reports",
        resource=RESOURCE,
        organizations=organization["id"],
        extra="login_hint=somebody\nfirst_screen=register",
    )
    page.reload()
    open_settings(page)
    expect(page.locator("#field-resource")).to_have_value(RESOURCE)
    with page.expect_request("**/oidc/auth?*") as sent:
        page.get_by_role("button", name="Sign in").click()
    query = query_of(sent.value.url)
    assert f"resource={urllib.parse.quote(RESOURCE, safe='')}" in sent.value.url
    assert (query["login_hint"], query["prompt"]) == ("somebody", "consent")
    assert "urn:logto:scope:organizations" in query["scope"]
    page.wait_for_url("**/register*")
    page.goto(page.url.replace("/register", "/sign-in"))
    pages.sign_in(page, member["username"])
    page.locator("[data-part=for-resource]").select_option(RESOURCE)
    page.get_by_role("button", name="Get access token").click()
    assert shown(page, "token_claims")["aud"] == RESOURCE
    page.locator("[data-part=for-resource]").select_option("")
    page.locator("[data-part=for-organization]").select_option(organization["id"])
    page.get_by_role("button", name="Get access token").click()
    expect(page.locator("[data-json=token_claims]")).to_contain_text("urn:logto:organization")
    claims = shown(page, "token_claims")
    assert claims["aud"] == f"urn:logto:organization:{organization['id']}" and claims["scope"] == "read:reports"
    page.screenshot(path=ARTIFACTS / "demo-app-tokens.png", full_page=True)


def test_app_id_replaces_the_client_and_other_parameters_are_passed_on(server: Server, page: Page, user: dict):
    address = f"{server.endpoint}/demo-app"
    made = server.application("spa", unique("shop"), address, post_logout=address)
    with page.expect_request("**/oidc/auth?*") as sent:
        page.goto(f"{address}?app_id={made.id}&login_hint={user['username']}&state=x&redirect_uri=https://evil.example")
    query = query_of(sent.value.url)
    assert (query["client_id"], query["login_hint"], query["redirect_uri"]) == (made.id, user["username"], address)
    pages.sign_in(page, user["username"])
    assert shown(page, "claims")["aud"] == made.id
    assert page.url == f"{address}?app_id={made.id}"
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.url == f"{address}?app_id={made.id}"


def test_a_magic_link_begins_a_new_sign_in_though_somebody_is_signed_in(server: Server, page: Page, user: dict):
    begin(server, page, user)
    invited = f"{unique('bea')}@example.com"
    server.user(unique("bea"), email=invited)
    token = server.api("POST", "/api/one-time-tokens", {"email": invited})["token"]
    query = urllib.parse.urlencode({"one_time_token": token, "login_hint": invited})
    page.goto(f"{server.endpoint}/demo-app?{query}")
    page.wait_for_url("**/one-time-token*")
    page.locator("main").get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="You are signed in")).to_be_visible()
    assert shown(page, "claims")["sub"] != user["id"]


def test_answers_that_the_demo_did_not_ask_for_are_not_used(server: Server, page: Page, user: dict):
    for answer in ("code=planted&state=planted", "error=access_denied&error_description=Call%20us&state=x"):
        page.goto(f"{server.endpoint}/demo-app?{answer}&iss={urllib.parse.quote(server.endpoint + '/oidc')}")
        pages.expect_error(page, "did not begin in this tab")
        assert "Call us" not in page.content()
        assert page.url == f"{server.endpoint}/demo-app"
    open_settings(page, prompt="none")
    page.get_by_role("button", name="Sign in").click()
    pages.expect_error(page, "login_required")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    open_settings(page)
    page.get_by_role("button", name="Use the defaults").click()
    expect(page.locator("#field-prompt")).to_have_value("consent")


def test_another_name_of_the_server_leads_to_the_one_of_the_redirect_uri(server: Server, page: Page):
    page.goto(f"http://127.0.0.1:{server.port}/demo-app")
    page.wait_for_url(f"{server.endpoint}/demo-app")


@pytest.mark.parametrize("context_options", [{"java_script_enabled": False}], ids=["no-javascript"])
@pytest.mark.parametrize("path", ["/demo-app", "/device-demo-app"])
def test_a_demo_without_javascript_says_that_it_needs_it(server: Server, page: Page, path: str):
    page.goto(f"{server.endpoint}{path}")
    expect(page.get_by_text("needs JavaScript")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("context_options", [DARK_PHONE], ids=["dark-phone-zh"])
def test_the_demos_fit_a_dark_phone_in_chinese(server: Server, page: Page, user: dict):
    page.goto(f"{server.endpoint}/demo-app")
    page.get_by_text("请求设置").click()
    pages.assert_no_overflow(page)
    page.screenshot(path=ARTIFACTS / "demo-app-start-phone.png", full_page=True)
    page.get_by_role("button", name="登录").click()
    pages.sign_in(page, user["username"])
    expect(page.locator("[data-part=who]")).to_have_text(user["name"])
    expect(page.locator("[data-json=claims]")).to_contain_text("iss")
    pages.assert_no_overflow(page)
    page.screenshot(path=ARTIFACTS / "demo-app-phone.png", full_page=True)
    page.goto(f"{server.endpoint}/device-demo-app")
    page.get_by_role("button", name="获取代码").click()
    expect(page.locator("[data-part=user-code]")).to_have_text(re.compile("^[A-Z]{4}-[A-Z]{4}$"))
    page.locator("[data-part=qr]").evaluate("image => image.decode()")
    pages.assert_no_overflow(page)
    page.screenshot(path=ARTIFACTS / "device-demo-app-phone.png", full_page=True)


def test_the_device_demo_shows_a_code_and_gets_its_tokens(server: Server, page: Page, user: dict):
    page.goto(f"{server.endpoint}/device-demo-app")
    page.screenshot(path=ARTIFACTS / "device-demo-app-start.png", full_page=True)
    page.get_by_role("button", name="Get a code").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    page.get_by_role("button", name="Get a code").click()
    expect(page.locator("[data-part=user-code]")).to_be_visible()
    code = page.locator("[data-part=user-code]").text_content()
    page.locator("[data-part=qr]").evaluate("image => image.decode()")
    page.screenshot(path=ARTIFACTS / "device-demo-app.png", full_page=True)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open it in this browser").click()
    other = opened.value
    expect(other.locator(".user-code")).to_have_text(code)
    other.locator("button[name=confirm]").click()
    pages.sign_in(other, user["username"])
    other.wait_for_url("**/device/success*")
    expect(page.get_by_role("heading", name="You are signed in")).to_be_visible(timeout=15_000)
    claims = shown(page, "claims")
    assert (claims["sub"], claims["aud"]) == (user["id"], "device-demo-app")
    page.get_by_role("button", name="Refresh tokens").click()
    expect(page.locator("[data-part=alert]")).to_be_hidden()
    page.screenshot(path=ARTIFACTS / "device-demo-app-done.png", full_page=True)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Get a code")).to_be_visible()

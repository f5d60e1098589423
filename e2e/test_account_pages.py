"""The account pages as people meet them: by keyboard and without script, on a desk and on a phone. Messages are in the development inbox."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

import pages
from harness import PASSWORD, Server, unique
from relying_party import RelyingParty

SHAPES = {
    "desktop": {},
    "desktop-dark": {"color_scheme": "dark"},
    "phone-zh": {"viewport": {"width": 360, "height": 740}, "locale": "zh-CN"},
    "phone-dark": {"viewport": {"width": 390, "height": 780}, "color_scheme": "dark"},
    "no-script": {"java_script_enabled": False},
}
FIELDS = ("name", "avatar", "profile", "email", "phone", "username", "password", "mfa", "social", "session", "trustedDevice")
shapes = pytest.mark.parametrize("context_options", SHAPES.values(), ids=SHAPES.keys())


@pytest.fixture
def account_center(server: Server) -> Iterator[None]:
    """Everything is open while the test runs, and the dark colours are on."""
    before = server.api("GET", "/api/sign-in-exp")["color"]
    server.api("PATCH", "/api/account-center", {"enabled": True, "fields": dict.fromkeys(FIELDS, "Edit")})
    server.api("PATCH", "/api/sign-in-exp", {"color": {**before, "isDarkModeEnabled": True}})
    yield
    server.api("PATCH", "/api/account-center", {"enabled": False, "fields": {}})
    server.api("PATCH", "/api/sign-in-exp", {"color": before})


def last_code(server: Server, address: str) -> str:
    kept = requests.get(f"{server.endpoint}/api/development/messages", params={"to": address}, timeout=10).json()
    return kept[0]["payload"]["code"]


def come(server: Server, page: Page, user: dict, path: str = "/account") -> None:
    page.goto(f"{server.endpoint}{path}")
    pages.sign_in(page, user["username"])


def prove(page: Page, password: str = PASSWORD) -> None:
    page.wait_for_url("**/account/verified-action?*")
    page.locator("input[type=password]").fill(password)
    page.keyboard.press("Enter")


@shapes
def test_a_person_looks_around(
    request: pytest.FixtureRequest, server: Server, account_center: None, page: Page, user: dict
):
    shape = request.node.callspec.id
    come(server, page, user)
    page.wait_for_url("**/account/security")
    expect(page.locator("main")).to_contain_text(user["email"])
    pages.picture(page, f"account-security-{shape}")
    nav = page.locator(".tabs" if "phone" in shape else ".side")
    nav.locator("a").nth(1).click()
    page.wait_for_url("**/account/profile")
    page.locator("input[name='profile.name']").fill("Ada of the Harbour")
    page.locator("button.main").click()
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator("input[name='profile.name']")).to_have_value("Ada of the Harbour")
    pages.picture(page, f"account-profile-{shape}")
    nav.locator("a").nth(2).click()
    pages.picture(page, f"account-verify-{shape}")
    prove(page)
    page.wait_for_url("**/account/sessions")
    expect(page.locator(".badge")).to_have_count(1)
    pages.picture(page, f"account-sessions-{shape}")


@shapes
def test_an_application_sends_somebody_to_change_the_address(
    request: pytest.FixtureRequest, server: Server, account_center: None, party: RelyingParty, page: Page, user: dict
):
    shape = request.node.callspec.id
    new, back = f"{unique('new')}@example.com", f"{party.url}/settings"
    come(server, page, user, f"/account/email?redirect={back}&show_success=1")
    prove(page)
    page.wait_for_url("**/account/email?*")
    page.locator("input[name=identifier]").fill(new)
    pages.picture(page, f"account-email-{shape}")
    page.locator("button.main").click()
    page.wait_for_url("**/account/email/code?*")
    code = last_code(server, new)
    page.locator("input[name=code]").fill(f"{(int(code) + 1) % 1_000_000:06}")
    page.locator("button.main").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    pages.picture(page, f"account-email-code-{shape}")
    page.locator("input[name=code]").fill(code)
    page.locator("button.main").click()
    page.wait_for_url("**/account/email/success?*")
    pages.picture(page, f"account-email-success-{shape}")
    assert server.api("GET", f"/api/users/{user['id']}")["primaryEmail"] == new
    page.locator("a.main").click()
    page.wait_for_url(f"{back}*")


def test_a_new_password_signs_out_everywhere_else(
    server: Server, account_center: None, browser: Browser, page: Page, user: dict
):
    elsewhere = browser.new_context().new_page()
    come(server, elsewhere, user)
    elsewhere.wait_for_url("**/account/security")
    come(server, page, user, "/account/password")
    prove(page)
    for name in ("password", "confirm"):
        page.locator(f"input[name={name}]").fill("short")
    page.locator("button.main").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    pages.picture(page, "account-password-rejected")
    for name in ("password", "confirm"):
        page.locator(f"input[name={name}]").fill("Tz9!amber-lantern")
    page.locator("button.main").click()
    page.wait_for_url("**/account/password/success")
    elsewhere.reload()
    elsewhere.wait_for_url("**/sign-in?*")
    elsewhere.context.close()
    page.locator("a.main").click()
    page.wait_for_url("**/account/security")
    page.locator("a.leave").click()
    page.locator("button.main").click()
    page.wait_for_url(re.compile("/sign-in"))


def test_it_is_done_with_the_keyboard_alone(server: Server, account_center: None, page: Page, user: dict):
    come(server, page, user, "/account/username")
    expect(page.locator("input[type=password]")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/username")
    expect(page.get_by_role("textbox", name="Username")).to_be_focused()
    name = unique("grace")
    page.keyboard.press("Control+A")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/username/success")
    assert server.api("GET", f"/api/users/{user['id']}")["username"] == name


def test_somebody_signs_out_elsewhere(
    server: Server, account_center: None, browser: Browser, party: RelyingParty, page: Page, user: dict
):
    elsewhere = browser.new_context().new_page()
    elsewhere.goto(party.authorization_url())
    pages.sign_in(elsewhere, user["username"])
    elsewhere.wait_for_url(f"{party.url}/**")
    come(server, page, user, "/account/sessions")
    prove(page)
    page.wait_for_url("**/account/sessions")
    expect(page.locator("main")).to_contain_text("Tide Tables")
    pages.picture(page, "account-sessions-two")
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("Tide Tables")
    elsewhere.goto(party.authorization_url())
    elsewhere.wait_for_url("**/sign-in*")
    elsewhere.context.close()

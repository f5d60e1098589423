"""The built-in captcha in a browser: with JavaScript nobody notices it, without somebody waits; and magic links behind it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

import pages
from harness import PASSWORD, Server, unique
from relying_party import RelyingParty


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: it asks everybody for a captcha."""
    server = Server("sqlite", tmp_path_factory.mktemp("captcha"))
    server.start()
    server.api("PUT", "/api/captcha-provider", {"config": {"type": "ProofOfWork"}})
    server.api("PATCH", "/api/sign-in-exp", {"captchaPolicy": {"enabled": True}})
    yield server
    assert server.stop() == 0, f"the server did not end well: {server.log.read_text()[-2000:]}"


def back(page: Page, party: RelyingParty) -> str:
    page.wait_for_url(f"{party.url}/**")
    return page.url


def test_the_browser_works_while_somebody_types(party: RelyingParty, page: Page, user: dict):
    page.goto(party.authorization_url())
    begun = time.monotonic()
    pages.sign_in(page, user["username"])
    assert "code=" in back(page, party)
    assert time.monotonic() - begun < 8, "a second of a phone is less than that on anything that runs this"


def test_a_wrong_password_needs_new_work_which_is_done_again(party: RelyingParty, page: Page, user: dict):
    page.goto(party.authorization_url())
    pages.sign_in(page, user["username"], "not-the-password")
    expect(page.get_by_role("alert")).to_contain_text("Wrong account or password")
    pages.sign_in(page, user["username"])
    assert "code=" in back(page, party)


def test_a_newcomer_registers(party: RelyingParty, page: Page):
    page.goto(party.authorization_url(first_screen="register"))
    pages.register(page, unique("cap"))
    assert "code=" in back(page, party)


@pytest.mark.parametrize("context_options", [{"java_script_enabled": False}])
def test_without_javascript_somebody_waits(party: RelyingParty, page: Page, user: dict, context: BrowserContext):
    page.goto(party.authorization_url())
    begun = time.monotonic()
    expect(page.get_by_text("JavaScript is off in this browser")).to_be_visible()
    pages.sign_in(page, user["username"])
    expect(page.get_by_role("alert")).to_contain_text("20 seconds after you opened this page")
    expect(page.locator("input[name=identifier]")).to_have_value(user["username"])
    page.wait_for_timeout(max(0.0, 21 - (time.monotonic() - begun)) * 1000)
    page.locator("input[type=password]").fill(PASSWORD)
    pages.submit(page, pages.SIGN_IN)
    assert "code=" in back(page, party)


def test_a_magic_link_signs_in_at_a_press_of_its_button(server: Server, party: RelyingParty, page: Page, user: dict):
    made = server.api("POST", "/api/one-time-tokens", {"email": user["email"]})
    page.goto(party.authorization_url(one_time_token=made["token"], login_hint=user["email"]))
    expect(page.get_by_text(user["email"])).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    assert "code=" in back(page, party)
    assert server.api("GET", f"/api/one-time-tokens/{made['id']}")["status"] == "consumed"


def test_a_code_instead_of_a_password_keeps_what_its_button_says(
    server: Server, party: RelyingParty, page: Page, user: dict
):
    method = {"identifier": "email", "password": True, "verificationCode": True, "isPasswordPrimary": True}
    server.api("PATCH", "/api/sign-in-exp", {"signIn": {"methods": [method]}})
    page.goto(party.authorization_url())
    page.locator("input[name=identifier]").fill(user["email"])
    page.get_by_role("button", name="Continue").click()
    page.locator("input[type=password]").wait_for()
    page.locator("button[name=method][value=code]").click()
    page.wait_for_url("**/sign-in/verification-code**")
    sent = server.ask("GET", f"/api/development/messages?to={user['email']}").json()
    page.locator("input[name=code]").fill(sent[0]["payload"]["code"])
    page.get_by_role("button", name="Continue").click()
    assert "code=" in back(page, party)

"""Codes by e-mail as people meet them: signing in, registering, a forgotten password. Messages are in the development inbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, expect

import pages
from harness import PASSWORD, Server, unique
from relying_party import RelyingParty

SHAPES = {
    "desktop": {},
    "desktop-dark": {"color_scheme": "dark"},
    "phone-zh": {"viewport": {"width": 360, "height": 740}, "locale": "zh-CN"},
    "no-script": {"java_script_enabled": False},
}


@pytest.fixture
def codes(server: Server) -> Iterator[None]:
    """E-mail with a password or a code while the test runs, and the dark colours are on."""
    before = server.api("GET", "/api/sign-in-exp")
    methods = [
        {"identifier": "email", "password": True, "verificationCode": True, "isPasswordPrimary": False},
        {"identifier": "username", "password": True, "verificationCode": False, "isPasswordPrimary": True},
    ]
    change = {
        "signIn": {"methods": methods},
        "signUp": {"identifiers": ["email"], "password": True, "verify": True},
        "forgotPasswordMethods": ["EmailVerificationCode"],
        "color": {**before["color"], "isDarkModeEnabled": True},
    }
    server.api("PATCH", "/api/sign-in-exp", change)
    yield
    server.api("PATCH", "/api/sign-in-exp", {name: before[name] for name in change})


def last_code(server: Server, address: str) -> str:
    kept = requests.get(f"{server.endpoint}/api/development/messages", params={"to": address}, timeout=10).json()
    return kept[0]["payload"]["code"]


def name_oneself(page: Page, address: str) -> None:
    page.locator("input[name=identifier]").fill(address)
    page.locator("button.main").click()


def answer(page: Page, code: str) -> None:
    page.locator("input[name=code]").fill(code)
    page.locator("button.main").click()


@pytest.mark.parametrize("context_options", SHAPES.values(), ids=SHAPES.keys())
def test_a_person_signs_in_with_a_code_or_the_password(
    request: pytest.FixtureRequest, server: Server, party: RelyingParty, codes: None, page: Page, user: dict
):
    shape = request.node.callspec.id
    page.goto(party.authorization_url())
    pages.picture(page, f"codes-identifier-{shape}")
    name_oneself(page, user["email"])
    page.wait_for_url("**/sign-in/verification-code*")
    pages.picture(page, f"codes-code-{shape}")
    code = last_code(server, user["email"])
    answer(page, f"{(int(code) + 1) % 1_000_000:06}")
    expect(page.locator("[role=alert]")).to_be_visible()
    pages.picture(page, f"codes-wrong-{shape}")
    answer(page, f"{code[:3]} {code[3:]}")
    page.wait_for_url(f"{party.url}/**")

    page.goto(party.authorization_url(prompt="login"))
    name_oneself(page, user["email"])
    page.locator("a[href*='/sign-in/password']").click()
    expect(page.locator("input[name=identifier]")).to_have_value(user["email"])
    pages.picture(page, f"codes-password-{shape}")
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{party.url}/**")


@pytest.mark.parametrize("context_options", SHAPES.values(), ids=SHAPES.keys())
def test_a_forgotten_password_is_replaced(
    request: pytest.FixtureRequest, server: Server, party: RelyingParty, codes: None, page: Page, user: dict
):
    shape = request.node.callspec.id
    page.goto(party.authorization_url())
    page.locator("a[href*='/forgot-password']").click()
    pages.picture(page, f"codes-forgot-{shape}")
    name_oneself(page, user["email"])
    page.wait_for_url("**/forgot-password/verification-code*")
    answer(page, last_code(server, user["email"]))
    page.wait_for_url("**/forgot-password/reset*")
    pages.picture(page, f"codes-new-password-{shape}")
    for name in ("password", "confirm"):
        page.locator(f"input[name={name}]").fill("Tz9!amber-lantern")
    page.locator("button.main").click()
    page.locator("a.main").wait_for()
    pages.picture(page, f"codes-password-changed-{shape}")
    page.locator("a.main").click()
    pages.sign_in(page, user["username"], "Tz9!amber-lantern")
    page.wait_for_url(f"{party.url}/**")


def test_somebody_registers_with_a_code(server: Server, party: RelyingParty, codes: None, page: Page):
    address = f"{unique('grace')}@example.com"
    page.goto(party.authorization_url(first_screen="register"))
    name_oneself(page, address)
    answer(page, last_code(server, address))
    pages.picture(page, "codes-one-more-step")
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("button.main").click()
    page.wait_for_url(f"{party.url}/**")


@pytest.mark.parametrize("context_options", [{"locale": "de-DE"}], ids=["german"])
def test_the_country_is_asked_where_a_number_is_typed(
    server: Server, party: RelyingParty, codes: None, page: Page
):
    phone = {"identifier": "phone", "password": True, "verificationCode": False, "isPasswordPrimary": True}
    methods = server.api("GET", "/api/sign-in-exp")["signIn"]["methods"]
    server.api("PATCH", "/api/sign-in-exp", {"signIn": {"methods": [*methods, phone]}})
    page.goto(party.authorization_url())
    identifier, country = page.locator("input[name=identifier]"), page.locator("select[name=country]")
    for typed, is_number in [("ada", False), ("0151 2345 6789", True), ("+49 151", False), ("ada@example.com", False)]:
        identifier.fill(typed)
        expect(country).to_be_visible(visible=is_number)
    identifier.fill("0151 2345 6789")
    expect(country).to_have_value("DE")
    pages.picture(page, "codes-country")
    page.locator("button.main").click()
    expect(page.locator("input[name=identifier]")).to_have_value("+4915123456789")

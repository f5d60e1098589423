"""Writes the pictures of the hosted pages that docs/pages.md shows: `python gallery.py`, with a server of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

import pages
from authenticator import Authenticator
from conftest import CHROMIUM
from harness import ARTIFACTS, PASSWORD, ROOT, Application, Server
from relying_party import RelyingParty
from test_factors import code_of

IMAGES = ROOT / "docs/images"
DESK = {"viewport": {"width": 860, "height": 780}}
PHONE = {"viewport": {"width": 390, "height": 780}}
TERMS = {"termsOfUseUrl": "https://harbour.example/terms", "privacyPolicyUrl": "https://harbour.example/privacy"}


def open_page(browser: Browser, *, chinese: bool = False, dark: bool = False, phone: bool = False, scale: int = 1) -> Page:
    look = {"locale": "zh-CN" if chinese else "en-US", "color_scheme": "dark" if dark else "light"}
    look["device_scale_factor"] = scale
    return browser.new_context(**{**(PHONE if phone else DESK), **look}).new_page()


def keep(page: Page, name: str) -> None:
    # No blinking caret and no ring around the field that has the focus.
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(200)
    page.screenshot(path=IMAGES / f"{name}.png")


def sign_in_pages(browser: Browser, party: RelyingParty) -> None:
    for name, chinese, dark, phone in (
        ("sign-in", False, False, False),
        ("sign-in-dark", False, True, False),
        ("sign-in-zh-CN", True, False, False),
        ("sign-in-phone", True, True, True),
    ):
        # The README shows these large.
        scale = 2 if name in ("sign-in", "sign-in-zh-CN") else 1
        page = open_page(browser, chinese=chinese, dark=dark, phone=phone, scale=scale)
        page.goto(party.authorization_url())
        keep(page, name)
        page.context.close()
    page = open_page(browser)
    page.goto(party.authorization_url(first_screen="register"))
    keep(page, "register")
    page.context.close()


def factor_pages(browser: Browser, party: RelyingParty, username: str) -> None:
    page = open_page(browser, phone=True)
    page.goto(party.authorization_url())
    pages.sign_in(page, username)
    page.locator("svg.qr").wait_for()
    keep(page, "mfa-set-up")
    key = page.locator("#key").text_content()
    page.locator("input[name=code]").fill(code_of(key))
    page.locator("button.main").click()
    page.locator(".codes").wait_for()
    keep(page, "mfa-backup-codes")
    page.locator("button.main").click()
    page.goto(party.authorization_url(prompt="login"))
    pages.sign_in(page, username)
    page.locator("input[name=code]").wait_for()
    keep(page, "mfa-code")
    page.context.close()


def passkey_page(browser: Browser, party: RelyingParty, username: str) -> None:
    page = open_page(browser, dark=True, phone=True)
    Authenticator(page)
    page.goto(party.authorization_url())
    pages.sign_in(page, username)
    page.wait_for_url("**/create-passkey*")
    keep(page, "create-passkey")
    page.context.close()


def demo_pages(browser: Browser, server: Server, username: str) -> None:
    page = open_page(browser)
    page.goto(f"{server.endpoint}/demo-app")
    page.get_by_role("button", name="Sign in").click()
    pages.sign_in(page, username)
    page.get_by_role("button", name="Refresh tokens").wait_for()
    page.wait_for_load_state("networkidle")
    keep(page, "demo-app")
    page.goto(f"{server.endpoint}/device-demo-app")
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Get a code").click()
    page.locator("[data-part=complete]").wait_for()
    page.wait_for_load_state("networkidle")
    keep(page, "device-demo-app")
    page.context.close()


def account_pages(browser: Browser, server: Server, username: str) -> None:
    fields = ("name", "avatar", "profile", "email", "phone", "username", "password", "mfa", "session", "trustedDevice")
    server.api("PATCH", "/api/account-center", {"enabled": True, "fields": dict.fromkeys(fields, "Edit")})
    for name, path, looks in (
        ("account-security", "security", {}),
        ("account-sessions-dark-zh-CN", "sessions", {"chinese": True, "dark": True}),
        ("account-profile-phone", "profile", {"phone": True}),
        ("account-email", "email", {"dark": True, "phone": True}),
    ):
        page = open_page(browser, **looks)
        page.set_viewport_size({"width": 1120 if "phone" not in looks else 390, "height": 780})
        page.goto(f"{server.endpoint}/account/{path}")
        pages.sign_in(page, username)
        page.wait_for_url("**/account/**")
        if "verified-action" in page.url:
            page.locator("input[type=password]").fill(PASSWORD)
            page.locator("button.main").click()
            page.wait_for_url(f"**/account/{path}")
        keep(page, name)
        page.context.close()


def consent_page(browser: Browser, server: Server, party: RelyingParty, username: str) -> None:
    redirects = {"redirectUris": [party.callback], "postLogoutRedirectUris": []}
    partner = {"name": "Tide Tables", "type": "Traditional", "isThirdParty": True, "oidcClientMetadata": redirects}
    party.application = Application(server.api("POST", "/api/applications", partner)["id"], None)
    scopes = {"userScopes": ["profile", "email"]}
    server.api("POST", f"/api/applications/{party.application.id}/user-consent-scopes", scopes)
    page = open_page(browser)
    page.goto(party.authorization_url(scope="openid profile email"))
    pages.sign_in(page, username)
    page.wait_for_url("**/consent*")
    keep(page, "consent")
    page.context.close()


def write_all(browser: Browser, server: Server, party: RelyingParty) -> None:
    party.application = server.application("traditional", "Harbour Bikes", party.callback)
    dark = {"primaryColor": "#b44a2f", "darkPrimaryColor": "#e88e70", "isDarkModeEnabled": True}
    passkeys = {"enabled": True, "showPasskeyButton": True, "allowAutofill": False}
    server.api("PATCH", "/api/sign-in-exp", {"color": dark, "passkeySignIn": passkeys, **TERMS})
    for name in ("ada", "bea", "cleo"):
        server.user(name, name="Ada Harbour", email=f"{name}@example.com")
    sign_in_pages(browser, party)
    demo_pages(browser, server, "ada")
    account_pages(browser, server, "ada")
    passkey_page(browser, party, "ada")
    server.api("PATCH", "/api/sign-in-exp", {"passkeySignIn": {**passkeys, "enabled": False}})
    mandatory = {"factors": ["Totp", "BackupCode"], "policy": "Mandatory"}
    server.api("PATCH", "/api/sign-in-exp", {"mfa": mandatory})
    factor_pages(browser, party, "bea")
    server.api("PATCH", "/api/sign-in-exp", {"mfa": {"factors": [], "policy": "UserControlled"}})
    consent_page(browser, server, party, "cleo")


def main() -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server("sqlite", Path(folder))
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            party = RelyingParty(server)
            write_all(browser, server, party)
            browser.close()
            party.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()

"""Second factors as people meet them: setting up an app, saving backup codes, signing in with either."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

import pages
from harness import Server
from relying_party import RelyingParty

SHAPES = {
    "desktop": {},
    "phone-dark": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "locale": "zh-CN"},
    "no-script": {"java_script_enabled": False},
}


@pytest.fixture
def factors(server: Server) -> Iterator[None]:
    """Factors are mandatory while the test runs, and the dark colours are on."""
    before = server.api("GET", "/api/sign-in-exp")
    dark = {**before["color"], "isDarkModeEnabled": True}
    mfa = {"factors": ["Totp", "BackupCode"], "policy": "Mandatory"}
    server.api("PATCH", "/api/sign-in-exp", {"mfa": mfa, "color": dark})
    yield
    server.api("PATCH", "/api/sign-in-exp", {"mfa": before["mfa"], "color": before["color"]})


def code_of(key: str, ahead: int = 0) -> str:
    """The code of an authenticator app (RFC 6238), `ahead` steps from now."""
    seed = base64.b32decode(key.replace(" ", ""))
    digest = hmac.digest(seed, struct.pack(">q", int(time.time()) // 30 + ahead), hashlib.sha1)
    offset = digest[-1] & 15
    (number,) = struct.unpack(">I", digest[offset : offset + 4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


def answer(page: Page, code: str) -> None:
    page.locator("input[name=code]").fill(code)
    page.locator("button.main").click()


@pytest.mark.parametrize("context_options", SHAPES.values(), ids=SHAPES.keys())
def test_a_factor_is_set_up_and_used(
    request: pytest.FixtureRequest, party: RelyingParty, factors: None, page: Page, user: dict
):
    shape = request.node.callspec.id
    page.goto(party.authorization_url())
    pages.sign_in(page, user["username"])
    expect(page.locator("svg.qr")).to_be_visible()
    pages.picture(page, f"mfa-set-up-{shape}")
    page.locator("summary").click()
    key = page.locator("#key").inner_text()
    answer(page, "000000")
    expect(page.locator("[role=alert]")).to_be_visible()
    answer(page, code_of(key))
    expect(page.locator(".codes li")).to_have_count(10)
    codes = page.locator(".codes li").all_inner_texts()
    pages.picture(page, f"mfa-backup-codes-{shape}")
    with page.expect_download() as download:
        page.locator("a.other").click()
    assert download.value.path().read_text().split() == codes
    if shape.endswith("no-script"):
        expect(page.locator("button.copy")).to_be_hidden()
    else:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        label = page.locator("button.copy").inner_text()
        page.locator("button.copy").click()
        expect(page.locator("button.copy")).not_to_have_text(label)
        assert page.evaluate("navigator.clipboard.readText()").split() == codes
    page.locator("button.main").click()
    page.wait_for_url(f"{party.url}/**")

    page.goto(party.authorization_url(prompt="login"))
    pages.sign_in(page, user["username"])
    page.wait_for_url("**/mfa-verification/Totp*")
    pages.picture(page, f"mfa-code-{shape}")
    answer(page, code_of(key, ahead=1))
    page.wait_for_url(f"{party.url}/**")

    page.goto(party.authorization_url(prompt="login"))
    pages.sign_in(page, user["username"])
    page.locator("a[href*='/mfa-verification/BackupCode']").click()
    pages.picture(page, f"mfa-backup-{shape}")
    answer(page, codes[3].upper())
    page.wait_for_url(f"{party.url}/**")


@pytest.mark.parametrize("context_options", SHAPES.values(), ids=SHAPES.keys())
def test_a_trusted_device_is_asked_for_no_factor(
    request: pytest.FixtureRequest, server: Server, party: RelyingParty, factors: None, page: Page, user: dict
):
    server.api("PATCH", "/api/sign-in-exp", {"trustedDevice": {"enabled": True, "durationDays": 30}})
    page.goto(party.authorization_url())
    pages.sign_in(page, user["username"])
    page.locator("summary").click()
    key = page.locator("#key").inner_text()
    pages.picture(page, f"mfa-trust-{request.node.callspec.id}")
    page.get_by_role("checkbox").check()
    answer(page, code_of(key))
    page.locator("button.main").click()
    page.wait_for_url(f"{party.url}/**")

    page.goto(party.authorization_url(prompt="login"))
    pages.sign_in(page, user["username"])
    page.wait_for_url(f"{party.url}/**")
    server.api("PATCH", "/api/sign-in-exp", {"trustedDevice": {"enabled": False}})


@pytest.mark.parametrize("context_options", SHAPES.values(), ids=SHAPES.keys())
def test_a_suggested_factor_is_declined(
    request: pytest.FixtureRequest, server: Server, party: RelyingParty, factors: None, page: Page, user: dict
):
    mfa = {"factors": ["Totp"], "policy": "PromptAtSignInAndSignUp"}
    server.api("PATCH", "/api/sign-in-exp", {"mfa": mfa})
    page.goto(party.authorization_url())
    pages.sign_in(page, user["username"])
    page.wait_for_url("**/mfa-onboarding*")
    pages.picture(page, f"mfa-onboarding-{request.node.callspec.id}")
    page.locator("button.other").click()
    page.wait_for_url(f"{party.url}/**")

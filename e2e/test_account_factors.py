"""Second factors and passkeys on the account pages, in Chromium with a virtual authenticator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

import pages
from authenticator import Authenticator
from harness import Server
from test_account_pages import account_center, come, prove  # noqa: F401
from test_factors import code_of

SHAPES = {
    "desktop": {},
    "phone-dark-zh": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "locale": "zh-CN"},
}
shapes = pytest.mark.parametrize("context_options", SHAPES.values(), ids=SHAPES.keys())


@pytest.fixture
def all_factors(server: Server, account_center: None) -> Iterator[None]:  # noqa: F811
    before = server.api("GET", "/api/sign-in-exp")["mfa"]
    settings = {"factors": ["Totp", "WebAuthn", "BackupCode"], "policy": "NoPrompt"}
    server.api("PATCH", "/api/sign-in-exp", {"mfa": settings})
    yield
    server.api("PATCH", "/api/sign-in-exp", {"mfa": before})


def kinds(server: Server, user: dict) -> list[str]:
    return sorted(factor["type"] for factor in server.api("GET", f"/api/users/{user['id']}/mfa-verifications"))


@shapes
def test_an_app_codes_and_a_passkey_are_set_up(
    request: pytest.FixtureRequest, server: Server, all_factors: None, page: Page, user: dict
):
    shape = request.node.callspec.id
    come(server, page, user, "/account/authenticator-app")
    prove(page)
    page.wait_for_url("**/account/authenticator-app")
    pages.picture(page, f"account-app-{shape}")
    page.locator("input[name=code]").fill(code_of(page.locator("#key").text_content() or ""))
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/authenticator-app/success")
    page.goto(f"{server.endpoint}/account/backup-codes/generate")
    expect(page.locator(".codes li")).to_have_count(10)
    pages.picture(page, f"account-codes-{shape}")
    page.locator("button.main").click()
    page.wait_for_url("**/account/backup-codes/success")
    authenticator = Authenticator(page)
    page.goto(f"{server.endpoint}/account/passkey/add")
    pages.picture(page, f"account-passkey-{shape}")
    page.locator("input[name=name]").fill("Laptop")
    page.locator("button.main").click()
    page.wait_for_url("**/account/passkey/success")
    assert len(authenticator.ids()) == 1
    assert kinds(server, user) == ["BackupCode", "Totp", "WebAuthn"]
    page.goto(f"{server.endpoint}/account/passkey/manage")
    expect(page.locator("main")).to_contain_text("Laptop")
    pages.picture(page, f"account-passkeys-{shape}")
    page.locator("li form button").click()
    expect(page.locator("main")).not_to_contain_text("Laptop")
    assert kinds(server, user) == ["BackupCode", "Totp"]
    page.goto(f"{server.endpoint}/account/security")
    pages.picture(page, f"account-security-factors-{shape}")

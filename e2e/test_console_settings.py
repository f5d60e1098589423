"""The console's pages of settings: the live preview, with and without script, and every page on a small dark screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Response, expect

import pages
from harness import ARTIFACTS, Server
from test_console import console, fresh, register_administrator  # noqa: F401: a fixture

PAGES = (
    "/sign-in-experience",
    "/sign-in-experience/sign-up-and-sign-in",
    "/sign-in-experience/profile-fields",
    "/sign-in-experience/content",
    "/account-center",
    "/account-center/data",
    "/mfa",
    "/security",
    "/security/captcha",
    "/security/blocklist",
    "/security/limits",
    "/phrases",
    "/phrases/en",
    "/profile-fields/new",
)


def is_preview(answer: Response) -> bool:
    return "/sign-in-experience/preview" in answer.url and answer.request.method == "POST"


def test_the_preview_follows_what_is_typed(fresh: Server, page: Page):  # noqa: F811
    register_administrator(fresh, page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(console(fresh, "/sign-in-experience"))
    screen = page.locator(".screen")
    page.wait_for_load_state("networkidle")
    before = screen.screenshot()
    with page.expect_response(is_preview) as answered:
        page.get_by_label("Main colour", exact=True).fill("#00aa88")
    assert answered.value.status == 200 and "#00aa88" in answered.value.text()
    expect(screen.locator("iframe")).to_have_count(1)
    expect(screen.locator("iframe.coming")).to_have_count(0)
    assert screen.screenshot() != before
    with page.expect_response(is_preview) as answered:
        page.locator("label", has=page.locator("[name='preview.page'][value=register]")).click()
    assert 'name="confirm"' in answered.value.text()
    with page.expect_response(is_preview) as answered:
        page.locator("[name='preview.language']").select_option("zh-CN")
    assert 'lang="zh-CN"' in answered.value.text()
    page.locator("label", has=page.locator("[value=desktop]")).click()
    page.screenshot(path=ARTIFACTS / "console-preview.png", full_page=True)
    page.get_by_label("Main colour", exact=True).fill("#00aa89")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.get_by_label("Main colour", exact=True)).to_have_value("#00aa89")


@pytest.mark.parametrize("context_options", [{"java_script_enabled": False}])
def test_the_preview_shows_what_is_typed_without_script(fresh: Server, page: Page):  # noqa: F811
    register_administrator(fresh, page)
    page.goto(console(fresh, "/sign-in-experience"))
    page.locator("[name=customCss]").fill("h1 { color: #00aa88 }")
    with page.expect_response(is_preview) as answered:
        page.get_by_role("button", name="Show what is typed").click()
    assert answered.value.status == 200 and "h1 { color: #00aa88 }" in answered.value.text()
    assert page.url.endswith("/console/sign-in-experience")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    page.goto(console(fresh, "/phrases/en?q=action.sign_in"))
    row = page.get_by_role("row").filter(has_text="action.sign_in").first
    row.get_by_role("button", name="Change").first.click()
    page.locator("textarea:visible").fill("Come in")
    page.locator(".dialog:popover-open").get_by_role("button", name="Change").click()
    expect(page.get_by_role("cell", name="Come in")).to_be_visible()


@pytest.mark.parametrize("context_options", [{"color_scheme": "dark", "viewport": {"width": 360, "height": 740}}])
def test_settings_fit_a_small_dark_screen(fresh: Server, page: Page):  # noqa: F811
    register_administrator(fresh, page)
    for path in PAGES:
        page.goto(console(fresh, path))
        pages.picture(page, f"console-small{path.replace('/', '-')}")

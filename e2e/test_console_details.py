"""Times, pictures and colours of the console: with script, and without."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import Page, expect

from harness import ARTIFACTS, Server
from test_assets import png
from test_console import console, fresh, register_administrator  # noqa: F401: a fixture


def test_what_is_wrong_with_a_time_is_said_in_place_of_the_list(fresh: Server, page: Page):  # noqa: F811
    fresh.api("POST", "/api/roles", {"name": "pilot", "description": "Pilots"})
    register_administrator(fresh, page)
    page.goto(console(fresh, "/logs?logKey=Administration"))
    row = page.get_by_role("link", name="Administration.Roles.Created").first
    expect(row).to_be_visible()
    page.get_by_label("From (UTC)").fill("2001-01-02T00:00")
    page.get_by_label("To (UTC)").fill("2001-01-01T00:00")
    expect(page.get_by_text("is before the beginning")).to_be_visible()
    expect(row).to_have_count(0)
    page.get_by_label("To (UTC)").fill("2099-01-01T00:00")
    expect(row).to_be_visible()
    assert "from=2001-01-02T00%3A00&to=2099-01-01T00%3A00" in page.url
    page.screenshot(path=ARTIFACTS / "console-times.png", full_page=True)
    page.get_by_role("link", name="Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-colors", "dark")
    page.goto(console(fresh, "/roles"))
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


# On PostgreSQL pictures need a bucket, because several servers share one database.
@pytest.mark.parametrize("fresh", ["sqlite"], indirect=True)
@pytest.mark.parametrize("context_options", [{"java_script_enabled": False}])
def test_a_logo_is_uploaded_without_script(fresh: Server, page: Page):  # noqa: F811
    register_administrator(fresh, page)
    page.goto(console(fresh, "/sign-in-experience"))
    page.get_by_label("What it is for").select_option("branding.logoUrl")
    page.locator("input[type=file]").set_input_files({"name": "logo.png", "mimeType": "image/png", "buffer": png()})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    url = page.locator("[name='branding.logoUrl']").input_value()
    assert requests.get(url, timeout=10).headers["content-type"] == "image/png"
    page.goto(console(fresh, "/logs?from=2001-01-02&to=2001-01-01"))
    expect(page.locator("input[aria-invalid=true][name=to]")).to_be_visible()

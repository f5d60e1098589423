"""The console's pages of the installation: a guide, a script, the keys, and a colleague who follows a link."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

import pages
from harness import ARTIFACTS, PASSWORD, Server
from test_console import console, fresh, register_administrator  # noqa: F401


def test_a_colleague_is_invited_and_an_application_made_from_a_guide(fresh: Server, page: Page, browser: Browser):  # noqa: F811
    register_administrator(fresh, page)
    page.get_by_role("link", name="Get started").click()
    page.get_by_role("link", name="FastAPI").click()
    page.get_by_label("Name", exact=True).fill("Tide Tables")
    page.get_by_role("button", name="Create").click()
    application = page.get_by_role("link", name="Tide Tables").get_attribute("href").rsplit("/", 1)[1]
    expect(page.locator("pre").filter(has_text=f"LOGTO_APP_ID={application}")).to_be_visible()
    assert len(page.locator(".shown code").inner_text()) == 32

    page.get_by_role("link", name="Custom JWT").click()
    page.get_by_role("link", name="Tokens of people").click()
    editor = page.locator("textarea[name=script]")
    editor.fill("")
    for line in ("const getCustomJwtClaims = ({ context }) => {", "  const { roles } = context.user;"):
        editor.press_sequentially(line)
        editor.press("Enter")
    editor.press_sequentially("return { first: roles[0].name };};")
    # The line after an indented one begins as that does.
    assert "\n  return" in editor.input_value()
    editor.press("Tab")
    expect(page.locator("textarea[name=environmentVariables]")).to_be_focused()
    page.get_by_role("button", name="Test run").click()
    expect(page.locator("pre").first).to_contain_text('"first": "editor"')
    page.screenshot(path=ARTIFACTS / "console-script.png", full_page=True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")

    page.get_by_role("link", name="Keys", exact=True).click()
    page.get_by_role("button", name="Rotate the signing key").click()
    dialog = page.locator("#rotate-signing")
    dialog.get_by_label("Type rotate to confirm").fill("rotate")
    dialog.get_by_role("button", name="Rotate the signing key").click()
    expect(page.get_by_role("status")).to_contain_text("Rotated")

    page.get_by_role("link", name="Administrators").click()
    page.get_by_label("E-mail address").fill("crew@example.com")
    page.get_by_label("Role").select_option("auditor")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator(".shown code").inner_text()
    page.screenshot(path=ARTIFACTS / "console-administrators.png", full_page=True)

    visitor = browser.new_context(locale="en-US", viewport={"width": 360, "height": 740}, java_script_enabled=False)
    other = visitor.new_page()
    other.goto(link)
    other.locator("input[name=username]").fill("crew")
    other.locator("input[name=password]").fill(PASSWORD)
    other.locator("input[name=confirm]").fill(PASSWORD)
    other.get_by_role("button", name="Make the account").click()
    pages.sign_in(other, "crew")
    other.wait_for_url(console(fresh))
    expect(other.get_by_role("link", name="Create application")).to_have_count(0)
    other.goto(link)
    expect(other.get_by_role("alert")).to_contain_text("used")
    visitor.close()
    page.goto(console(fresh, "/administrators"))
    expect(page.get_by_role("link", name="crew", exact=True)).to_be_visible()

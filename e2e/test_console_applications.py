"""The tabs of an application in the console, and what people then see of it."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

import pages
from harness import Application, Server
from relying_party import RelyingParty
from test_console import console, fresh, register_administrator  # noqa: F401: a fixture


def tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Views").get_by_role("link", name=name, exact=True).click()


def test_an_application_of_a_third_party_is_set_up(fresh: Server, page: Page, browser: Browser):  # noqa: F811
    for name in ("ada", "grace"):
        fresh.user(name)
    party = RelyingParty(fresh)
    register_administrator(fresh, page)
    page.goto(console(fresh, "/applications/new"))
    page.get_by_label("Name", exact=True).fill("Tool")
    page.get_by_label("Type").select_option("Traditional")
    page.get_by_label("Redirect URIs", exact=False).first.fill(party.callback)
    page.get_by_label("Third-party application").check()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Tool")).to_be_visible()
    party.application = Application(page.url.split("?")[0].rsplit("/", 1)[1], None)

    tab(page, "Secrets")
    page.get_by_role("button", name="Rename").first.click()
    dialog = page.locator("#rename-0")
    dialog.get_by_label("New name").fill("laptop")
    dialog.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.get_by_role("rowheader", name="laptop")).to_be_visible()
    tab(page, "Permissions")
    page.locator("select[name=scope]").select_option("user-scopes/profile")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("rowheader", name="profile")).to_be_visible()
    tab(page, "Branding")
    page.locator("input[name=displayName]").fill("Harbour Tool")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    tab(page, "Access")
    page.locator("input[name=user]").fill("ada")
    page.locator("form", has=page.locator("input[name=user]")).get_by_role("button", name="Add").click()
    expect(page.get_by_role("rowheader", name="ada")).to_be_visible()
    page.get_by_label("Apply the rules").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    page.set_viewport_size({"width": 360, "height": 740})
    pages.picture(page, "console-application-access-small")

    for name, shown in (("ada", "Harbour Tool"), ("grace", "You cannot use this application")):
        visitor = browser.new_context(locale="en-US")
        other = visitor.new_page()
        other.goto(party.authorization_url())
        pages.sign_in(other, name)
        expect(other.locator("main")).to_contain_text(shown)
        visitor.close()
    party.close()

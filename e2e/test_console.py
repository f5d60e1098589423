"""The console as an administrator meets it: from an empty database to the first application, a user, and their sign-in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import pages
from conftest import missing
from harness import ARTIFACTS, PASSWORD, Application, Server
from relying_party import RelyingParty

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server whose database nobody has touched."""
    if request.param == "postgres" and "LOGGIA_TEST_POSTGRES" not in os.environ:
        missing("LOGGIA_TEST_POSTGRES")
    server = Server(request.param, tmp_path)
    server.start()
    yield server
    assert server.stop() == 0


def setup_code(server: Server) -> str:
    found = re.search(r"\b[A-Z2-7]{5}(-[A-Z2-7]{5}){3}\b", server.log.read_text())
    assert found, server.log.read_text()
    return found.group()


def console(server: Server, path: str = "") -> str:
    return f"http://localhost:{server.admin_port}/console{path}"


def register_administrator(server: Server, page: Page) -> None:
    page.goto(console(server))
    page.get_by_label("Setup code").fill(setup_code(server))
    page.get_by_role("button", name="Continue").click()
    pages.register(page, "root")
    page.wait_for_url(console(server))


def test_from_an_empty_database_to_the_first_sign_in(fresh: Server, page: Page, browser: Browser):
    register_administrator(fresh, page)
    party = RelyingParty(fresh)
    page.get_by_role("link", name="Create application").click()
    page.get_by_label("Name", exact=True).fill("Tide Tables")
    page.get_by_label("Type").select_option("Traditional")
    page.get_by_label("Redirect URIs", exact=False).first.fill(party.callback)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Tide Tables")).to_be_visible()
    application = page.url.split("?")[0].rsplit("/", 1)[1]
    page.get_by_role("link", name="Secrets").click()
    page.get_by_label("Name", exact=True).fill("e2e")
    page.get_by_role("button", name="Create").click()
    secret = page.locator(".shown code").inner_text()
    party.application = Application(application, secret)

    page.get_by_role("link", name="Users", exact=True).click()
    page.get_by_role("link", name="Create user").first.click()
    page.locator("input[name=username]").fill("ada")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("status")).to_contain_text("Created")
    page.get_by_role("link", name="Users", exact=True).click()
    page.get_by_role("searchbox").press_sequentially("nobody")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.get_by_role("searchbox").fill("ad")
    expect(page.get_by_role("link", name="ada", exact=True)).to_be_visible()
    assert page.url.endswith("?q=ad")

    visitor = browser.new_context(locale="en-US")
    other = visitor.new_page()
    other.goto(party.authorization_url())
    pages.sign_in(other, "ada")
    other.wait_for_url(f"{party.url}/**")
    assert party.exchange(other.url)["id_token"]
    visitor.close()
    party.close()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("input[name=identifier]")).to_be_visible()


@pytest.mark.parametrize("context_options", [{"color_scheme": "dark", "viewport": {"width": 360, "height": 740}}])
def test_the_console_fits_a_small_dark_screen(fresh: Server, page: Page):
    register_administrator(fresh, page)
    for path in ("", "/users", "/applications/new", "/logs", "/gallery"):
        page.goto(console(fresh, path))
        pages.assert_no_overflow(page)
        page.screenshot(path=ARTIFACTS / f"console-small-{path.strip('/').replace('/', '-') or 'dashboard'}.png", full_page=True)
    page.get_by_role("link", name="Menu").click()
    page.get_by_role("link", name="API resources").click()
    expect(page.get_by_role("heading", name="API resources")).to_be_visible()


@pytest.mark.parametrize("context_options", [{"java_script_enabled": False}])
def test_the_console_works_without_script(fresh: Server, page: Page):
    fresh.user("ada")
    register_administrator(fresh, page)
    page.goto(console(fresh, "/users"))
    page.get_by_role("searchbox").fill("ada")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="ada", exact=True).click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_label("Type ada to confirm").fill("ada")
    page.locator("#delete").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("Deleted")


PICTURES = (
    ("dashboard", ""),
    ("get-started", "/get-started"),
    ("users", "/users"),
    ("sign-in-experience", "/sign-in-experience"),
    ("mfa", "/mfa"),
    ("connectors", "/connectors/new"),
    ("webhook", "/webhooks/new"),
    ("custom-jwt", "/custom-jwt"),
    ("administrators", "/administrators"),
    ("logs", "/logs"),
)
"""Name and path below `/console` of what docs/console.md shows."""


def test_pictures_for_the_documents(fresh: Server, page: Page):
    if fresh.engine != "sqlite":
        pytest.skip("one engine is enough")
    for name in ("ada", "grace", "linus", "joan", "edsger"):
        fresh.user(name, email=f"{name}@example.com", name=f"{name.title()} Harbour")
    fresh.application("traditional", "Tide Tables", "https://tides.example.com/callback")
    fresh.application("spa", "Harbour Bikes", "https://bikes.example.com/callback")
    register_administrator(fresh, page)
    page.set_viewport_size({"width": 1280, "height": 800})
    folder = IMAGES if os.environ.get("LOGGIA_WRITE_IMAGES") else ARTIFACTS
    for name, path in PICTURES:
        page.goto(console(fresh, path))
        page.screenshot(path=folder / f"console-{name}.png")
    page.emulate_media(color_scheme="dark")
    page.goto(console(fresh, "/sign-in-experience"))
    page.screenshot(path=folder / "console-sign-in-experience-dark.png")
    page.set_viewport_size({"width": 390, "height": 780})
    page.goto(console(fresh, "/users"))
    page.screenshot(path=folder / "console-users-phone.png")
    page.emulate_media(color_scheme="light")
    page.goto(console(fresh, "/gallery"))
    page.screenshot(path=ARTIFACTS / "console-gallery.png", full_page=True)

"""Webhooks, connectors and enterprise SSO in the console, with a real receiver of what is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

import pages
from harness import Server
from test_console import console, fresh, register_administrator  # noqa: F401
from test_webhooks import Receiver, status


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver(status(200))
    receiver.url = receiver.url.replace("127.0.0.1", "localhost")
    yield receiver
    receiver.close()


def make_webhook(page: Page, url: str) -> None:
    page.get_by_role("link", name="Create webhook").first.click()
    page.get_by_label("Name", exact=True).fill("Bell")
    page.get_by_label("Address", exact=True).fill(url)
    page.get_by_label("User.Created", exact=True).check()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Bell")).to_be_visible()


def test_a_webhook_is_tried_and_its_requests_are_read(fresh: Server, page: Page, receiver: Receiver):  # noqa: F811
    register_administrator(fresh, page)
    page.get_by_role("link", name="Webhooks").click()
    make_webhook(page, receiver.url)
    page.get_by_role("button", name="Send a test").first.click()
    dialog = page.locator("#send_test")
    dialog.get_by_label("Event").select_option("User.Created")
    dialog.get_by_role("button", name="Send a test").click()
    expect(page.locator(".notice")).to_contain_text("accepted the example of User.Created")

    page.get_by_role("button", name="Show the signing key").first.click()
    page.locator("#show_key").get_by_role("button", name="Show the signing key").click()
    key = page.locator(".shown code").inner_text()
    assert key == fresh.api("GET", "/api/hooks")[0]["signingKey"]
    fresh.api("POST", "/api/users", {"username": "ada"})
    page.get_by_role("link", name="Recent requests").click()
    assert key not in page.content()
    for _ in range(100):
        if page.get_by_role("link", name="User.Created").count():
            break
        page.wait_for_timeout(200)
        page.reload()
    page.get_by_label("Result").select_option("Error")
    expect(page.get_by_text("No requests")).to_be_visible()
    assert "result=Error" in page.url
    page.get_by_label("Result").select_option("Success")
    page.get_by_role("link", name="User.Created").click()
    expect(page.get_by_role("heading", name="What was sent")).to_be_visible()
    expect(page.locator("pre").first).to_contain_text('"ada"')


def test_services_and_providers_are_set_up(fresh: Server, page: Page, receiver: Receiver):  # noqa: F811
    register_administrator(fresh, page)
    page.get_by_role("link", name="Connectors").click()
    page.get_by_role("link", name="Add connector").click()
    page.get_by_role("link", name="HTTP Email").click()
    page.get_by_label("Endpoint").fill(receiver.url)
    page.get_by_label("Authorization header").fill("Bearer hush-hush")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="HTTP Email")).to_be_visible()
    assert "hush-hush" not in page.content()
    page.get_by_label("E-mail address").fill("ada@example.com")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("accepted the message to ada@example.com")
    assert receiver.received[-1].headers["authorization"] == "Bearer hush-hush"
    page.get_by_label("Endpoint").fill("https://elsewhere.example.com/")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("again: what is stored is not sent to another place")).to_be_visible()

    page.get_by_role("link", name="Enterprise SSO").click()
    page.get_by_role("link", name="Add enterprise connector").first.click()
    page.get_by_role("link", name="Okta").click()
    page.get_by_label("Name", exact=True).fill("Harbour Corp")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("code").filter(has_text="/callback/").first).to_be_visible()
    page.get_by_role("link", name="Experience", exact=True).click()
    page.get_by_label("E-mail domains").fill("harbour.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    page.get_by_role("link", name="Enterprise SSO", exact=True).first.click()
    expect(page.get_by_text("Needs its connection")).to_be_visible()


@pytest.mark.parametrize("context_options", [{"color_scheme": "dark", "viewport": {"width": 360, "height": 740}}])
def test_the_pages_fit_a_small_dark_screen(fresh: Server, page: Page):  # noqa: F811
    register_administrator(fresh, page)
    made = fresh.api("POST", "/api/hooks", {"name": "Bell", "events": ["User.Created"], "config": {"url": "https://bell.example.com/"}})
    sso = fresh.api("POST", "/api/sso-connectors", {"providerName": "OIDC", "connectorName": "Harbour Corp"})
    paths = ["/webhooks", "/webhooks/new", f"/webhooks/{made['id']}", f"/webhooks/{made['id']}/requests"]
    paths += ["/connectors", "/connectors/new", "/connectors/new/oidc", "/connectors/new/simple-mail-transfer-protocol"]
    paths += ["/enterprise-sso", "/enterprise-sso/new", f"/enterprise-sso/{sso['id']}", f"/enterprise-sso/{sso['id']}/experience"]
    for number, path in enumerate(paths):
        page.goto(console(fresh, path))
        pages.picture(page, f"console-connections-small-{number:02}")


@pytest.mark.parametrize("context_options", [{"java_script_enabled": False}])
def test_the_pages_work_without_script(fresh: Server, page: Page, receiver: Receiver):  # noqa: F811
    register_administrator(fresh, page)
    page.goto(console(fresh, "/webhooks"))
    make_webhook(page, receiver.url)
    page.get_by_role("link", name="Recent requests").click()
    page.get_by_label("Result").select_option("Error")
    page.get_by_role("button", name="Search").click()
    assert "result=Error" in page.url
    page.goto(console(fresh, "/connectors/new/google-universal"))
    page.get_by_label("Client ID").fill("me")
    page.get_by_label("Client secret").fill("hush-hush")
    page.get_by_label("consent", exact=True).check()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_label("consent", exact=True)).to_be_checked()
    assert "hush-hush" not in page.content()

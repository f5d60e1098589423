"""The samples: the drop-in with the published package and with ours, and the one of `logto.flask`, on both engines."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

import pages
from conftest import PACKAGES, RESOURCE, missing
from harness import ARTIFACTS, Application, Flask, Server, unique


def start(page: Page, flask: Flask) -> None:
    page.goto(flask.url)
    page.get_by_role("link", name="Sign in", exact=True).first.click()
    page.wait_for_url(re.compile(re.escape(flask.server.endpoint)))


def test_sign_in_protected_userinfo_organization_token_sign_out(flask: Flask, page: Page, organization: dict, member: dict):
    start(page, flask)
    page.screenshot(path=ARTIFACTS / "sign-in.png")
    pages.sign_in(page, member["username"])
    page.wait_for_url(f"{flask.url}/**")

    page.goto(f"{flask.url}/protected")
    expect(page.locator("body")).to_contain_text(member["id"])
    expect(page.locator("body")).to_contain_text(member["username"])
    page.screenshot(path=ARTIFACTS / "flask-protected.png")

    page.goto(f"{flask.url}/protected/userinfo")
    expect(page.locator("body")).to_contain_text(member["id"])
    expect(page.locator("body")).to_contain_text(member["email"])

    page.goto(f"{flask.url}/protected/organizations")
    expect(page.locator("body")).to_contain_text(organization["id"])
    expect(page.locator("body")).to_contain_text(f"urn:logto:organization:{organization['id']}")
    expect(page.locator("body")).to_contain_text('"scope": "read:reports"')
    page.screenshot(path=ARTIFACTS / "flask-organizations.png")

    page.goto(flask.url)
    page.get_by_role("link", name="Sign out", exact=True).first.click()
    page.wait_for_url(f"{flask.url}/")
    expect(page.get_by_role("link", name="Sign in", exact=True).first).to_be_visible()
    # Not only the application's session ended: the next sign-in asks for the password again.
    start(page, flask)
    expect(page.locator("input[name=identifier]")).to_be_visible()


def test_a_protected_page_sends_a_stranger_to_sign_in_and_back(flask: Flask, page: Page, user: dict):
    page.goto(f"{flask.url}/protected")
    page.wait_for_url(re.compile(re.escape(flask.server.endpoint)))
    pages.sign_in(page, user["username"])
    page.wait_for_url(f"{flask.url}/**")
    page.goto(f"{flask.url}/protected")
    expect(page.locator("body")).to_contain_text(user["id"])


def test_a_resource_token_is_for_the_resource(flask: Flask, page: Page, user: dict):
    start(page, flask)
    pages.sign_in(page, user["username"])
    page.wait_for_url(f"{flask.url}/**")
    page.goto(f"{flask.url}/protected/organizations")
    expect(page.locator("body")).to_contain_text(flask.resource)


def test_somebody_registers_herself(flask: Flask, page: Page):
    username = unique("grace")
    start(page, flask)
    pages.choose_register(page)
    page.screenshot(path=ARTIFACTS / "register.png")
    pages.register(page, username)
    page.wait_for_url(f"{flask.url}/**")
    page.goto(f"{flask.url}/protected")
    expect(page.locator("body")).to_contain_text(username)
    found = flask.server.api("GET", f"/api/users?search.username={username}&mode.username=exact")
    assert [user["username"] for user in found] == [username]


def test_a_wrong_password_is_refused_and_the_right_one_still_works(flask: Flask, page: Page, user: dict):
    start(page, flask)
    pages.sign_in(page, user["username"], "not-the-password")
    pages.expect_error(page, "password|incorrect|密码")
    page.screenshot(path=ARTIFACTS / "wrong-password.png")
    pages.sign_in(page, user["username"])
    page.wait_for_url(f"{flask.url}/**")


def test_an_unknown_user_gets_the_same_answer_as_a_wrong_password(flask: Flask, page: Page, user: dict):
    start(page, flask)
    pages.sign_in(page, user["username"], "not-the-password")
    known = page.locator("[role=alert]").first.inner_text()
    pages.sign_in(page, unique("nobody"), "not-the-password")
    assert page.locator("[role=alert]").first.inner_text() == known


def test_a_second_browser_is_not_signed_in(flask: Flask, page: Page, user: dict, browser):
    start(page, flask)
    pages.sign_in(page, user["username"])
    page.wait_for_url(f"{flask.url}/**")
    other: BrowserContext = browser.new_context()
    stranger = other.new_page()
    start(stranger, flask)
    expect(stranger.locator("input[name=identifier]")).to_be_visible()
    other.close()


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
@pytest.mark.parametrize("package", ["published", "ours"])
def test_a_wrong_secret_is_told_and_nobody_is_signed_in(
    package: str, server: Server, organization: dict, page: Page, user: dict
):
    flask = Flask(server, PACKAGES[package] or missing(f"the Python environment {package!r}"), RESOURCE)
    made = server.application("traditional", f"Wrong secret ({package})", flask.callback, post_logout=f"{flask.url}/")
    flask.start(Application(made.id, "not-the-secret"))
    try:
        start(page, flask)
        pages.sign_in(page, user["username"])
        page.wait_for_url(f"{flask.url}/**")
        expect(page.locator("body")).to_contain_text("invalid_client")
        page.goto(flask.url)
        expect(page.get_by_role("link", name="Sign in", exact=True).first).to_be_visible()
    finally:
        flask.stop()

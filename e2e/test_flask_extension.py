"""What `logto.flask` adds to a sample: tabs, going back, problems in words, two people at once. On both engines, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

import pages
from conftest import PACKAGES, RESOURCE, missing
from harness import ARTIFACTS, Flask, Server, unique


@pytest.fixture(scope="session")
def sample(server: Server, organization: dict) -> Iterator[Flask]:
    sample = Flask(server, PACKAGES["ours"] or missing("the Python environment 'ours'"), RESOURCE, "examples/flask")
    sample.start(server.application("traditional", "Flask extension", sample.callback, post_logout=f"{sample.url}/"))
    yield sample
    sample.stop()


def sign_in_at(page: Page, sample: Flask, path: str, username: str) -> None:
    page.goto(f"{sample.url}{path}")
    pages.sign_in(page, username)
    page.wait_for_url(f"{sample.url}{path}")


def test_two_tabs_started_together_each_come_back_to_their_page(sample: Flask, page: Page, user: dict):
    other = page.context.new_page()
    page.goto(f"{sample.url}/protected?tab=1")
    other.goto(f"{sample.url}/protected/organizations?tab=2")
    pages.sign_in(page, user["username"])
    page.wait_for_url(f"{sample.url}/protected?tab=1")
    pages.sign_in(other, user["username"])
    other.wait_for_url(f"{sample.url}/protected/organizations?tab=2")


def test_after_signing_out_the_back_button_shows_nothing(sample: Flask, page: Page, user: dict):
    sign_in_at(page, sample, "/protected", user["username"])
    expect(page.locator("main")).to_contain_text(user["id"])
    page.get_by_role("link", name="Sign out", exact=True).click()
    page.wait_for_url(f"{sample.url}/")
    page.goto(f"{sample.url}/")
    page.evaluate("history.go(-2)")
    page.wait_for_timeout(1000)
    assert user["id"] not in page.content()


def test_going_back_to_the_callback_goes_on(sample: Flask, page: Page, user: dict):
    callbacks: list[str] = []
    page.on("request", lambda request: callbacks.append(request.url) if "/sign-in-callback" in request.url else None)
    sign_in_at(page, sample, "/protected", user["username"])
    page.goto(callbacks[0])
    page.wait_for_url(f"{sample.url}/")
    expect(page.get_by_role("link", name="Sign out", exact=True)).to_be_visible()


def test_two_people_at_two_browsers_never_see_each_other(sample: Flask, server: Server, browser: Browser):
    people = []
    for name in ("ada", "grace"):
        username = unique(name)
        context = browser.new_context(locale="en-US")
        people.append((context, context.new_page(), server.user(username)))
        sign_in_at(people[-1][1], sample, "/protected", username)
    for _ in range(3):
        for (_, page, mine), (_, _, theirs) in (people, people[::-1]):
            page.reload()
            expect(page.locator("main")).to_contain_text(mine)
            assert theirs not in page.content()
    for context, _, _ in people:
        context.close()


def test_a_stranger_to_an_organization_is_told_so(sample: Flask, page: Page, organization: dict, user: dict):
    page.goto(f"{sample.url}/protected/organizations/{organization['id']}")
    pages.sign_in(page, user["username"])
    page.wait_for_url(f"{sample.url}/**")
    expect(page.locator("[role=alert]")).to_contain_text("no permission")
    page.screenshot(path=ARTIFACTS / "flask-forbidden.png")


def test_a_sign_in_that_others_started_is_refused_in_words(sample: Flask, page: Page, browser: Browser, user: dict):
    """Login CSRF: the callback of somebody else's sign-in, opened here."""
    context = browser.new_context()
    attacker = context.new_page()
    caught: list[str] = []
    attacker.on("request", lambda request: caught.append(request.url) if "/sign-in-callback" in request.url else None)
    sign_in_at(attacker, sample, "/protected", user["username"])
    context.close()
    page.goto(caught[0])
    expect(page.locator("[role=alert]")).to_contain_text("started in another browser")
    page.get_by_role("main").get_by_role("link", name="Sign in", exact=True).click()
    expect(page.locator("input[name=identifier]")).to_be_visible()


@pytest.mark.parametrize("context_options", [{"locale": "zh-CN", "viewport": {"width": 320, "height": 640}, "color_scheme": "dark"}])
def test_pages_fit_a_small_dark_screen_and_speak_chinese(sample: Flask, page: Page, user: dict):
    page.goto(f"{sample.url}/sign-in-callback?code=x&state=y")
    expect(page.locator("h1")).to_have_text("无法完成这次登录")
    pages.assert_no_overflow(page)
    sign_in_at(page, sample, "/protected", user["username"])
    for path in ("/", "/protected", "/protected/userinfo", "/protected/organizations", "/protected/resource"):
        page.goto(f"{sample.url}{path}")
        pages.assert_no_overflow(page)
    page.screenshot(path=ARTIFACTS / "flask-small.png", full_page=True)

"""What a person does on the hosted pages, by what she sees there."""

from __future__ import annotations

import re

from playwright.sync_api import Error, Page, expect

from harness import ARTIFACTS, PASSWORD

SIGN_IN = re.compile(r"^(Sign in|Continue|登录|继续)$", re.IGNORECASE)
CREATE = re.compile(r"^(Create account|Register|Continue|注册|创建账户|继续)$", re.IGNORECASE)
ALLOW = re.compile(r"^(Allow|Authorize|Authorise|Agree|Continue|授权|同意|允许)$", re.IGNORECASE)
DENY = re.compile(r"^(Cancel|Deny|Not now|取消|拒绝)$", re.IGNORECASE)


def submit(page: Page, name: re.Pattern) -> None:
    page.locator("main").get_by_role("button", name=name).first.click()


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.locator("input[name=identifier]").fill(username)
    secret = page.locator("input[type=password]")
    if not secret.is_visible():
        submit(page, SIGN_IN)
        secret.wait_for()
    secret.fill(password)
    submit(page, SIGN_IN)


def register(page: Page, username: str, password: str = PASSWORD) -> None:
    page.locator("input[name=identifier]").fill(username)
    secrets = page.locator("input[type=password]")
    if secrets.count() == 0:
        submit(page, CREATE)
        secrets.first.wait_for()
    for index in range(secrets.count()):
        secrets.nth(index).fill(password)
    submit(page, CREATE)


def choose_register(page: Page) -> None:
    page.get_by_role("link", name=re.compile("Create|Register|注册|创建账户", re.IGNORECASE)).first.click()


def expect_error(page: Page, pattern: str) -> None:
    expect(page.locator("[role=alert]").first).to_contain_text(re.compile(pattern, re.IGNORECASE))


def assert_no_overflow(page: Page) -> None:
    """Nothing sticks out to the right of a narrow screen. Waits while a click is still bringing the next page."""
    root = "document.documentElement"
    fits = None
    for _ in range(50):
        page.wait_for_load_state()
        try:
            fits = page.evaluate(f"{root} && {root}.scrollWidth <= window.innerWidth")
        except Error as error:
            if "navigation" not in error.message:
                raise
        if fits is not None:
            break
        page.wait_for_timeout(100)
    assert fits, page.url


def picture(page: Page, name: str) -> None:
    """Keeps a screenshot of the whole page, which must fit its screen."""
    assert_no_overflow(page)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


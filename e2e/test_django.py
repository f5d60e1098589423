"""The sample of `logto.django`, on both engines."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

import pages
from conftest import PACKAGES, RESOURCE, missing
from harness import ARTIFACTS, ROOT, Server, free_port, stop, wait_for


@pytest.fixture(scope="module")
def site(server: Server, organization: dict, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the sample."""
    python = PACKAGES["ours"] or missing("the Python environment 'ours'")
    port = free_port()
    home = f"http://localhost:{port}/"
    made = server.application("traditional", "Django sample", f"{home}sign-in-callback", post_logout=home)
    environment = {
        "PATH": os.environ["PATH"], "PORT": str(port), "APP_SECRET_KEY": "only-for-this-test-but-long",
        "DATABASE": str(tmp_path_factory.mktemp("django") / "sample.db"), "LOGTO_ENDPOINT": server.endpoint,
        "LOGTO_APP_ID": made.id, "LOGTO_APP_SECRET": made.secret or "", "LOGTO_RESOURCE": RESOURCE, "LOGTO_SCOPES": "read:reports",
    }
    log: Path = ARTIFACTS / f"django-{server.engine}.log"
    with log.open("wb") as output:
        process = subprocess.Popen([python, "start.py"], cwd=ROOT / "examples/django", env=environment, stdout=output, stderr=output)
    wait_for(home, process, log)
    yield home
    stop(process)


def sign_in(page: Page, site: str, username: str, path: str = "protected") -> None:
    page.goto(f"{site}{path}")
    pages.sign_in(page, username)
    page.wait_for_url(f"{site}{path}")


def shown(page: Page, site: str, path: str, name: str) -> None:
    page.goto(f"{site}{path}")
    pages.assert_no_overflow(page)
    page.screenshot(path=ARTIFACTS / f"django-{name}.png", full_page=True)


def test_django_sample_from_sign_in_to_sign_out(site: str, page: Page, organization: dict, member: dict):
    shown(page, site, "", "stranger")
    sign_in(page, site, member["username"])
    expect(page.locator("main")).to_contain_text(member["id"])
    shown(page, site, "", "home")
    expect(page.locator("main")).to_contain_text("Hello, Ada Harbour")
    shown(page, site, "protected", "account")
    shown(page, site, "protected/userinfo", "userinfo")
    expect(page.locator("main")).to_contain_text(member["email"])
    shown(page, site, "protected/organizations", "organizations")
    expect(page.locator("main")).to_contain_text(organization["id"])
    expect(page.locator("main")).to_contain_text("read:reports")
    shown(page, site, "protected/resource", "resource")
    expect(page.locator("main")).to_contain_text(RESOURCE)
    page.goto(f"{site}sign-out")
    page.screenshot(path=ARTIFACTS / "django-sign-out.png")
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    page.wait_for_url(site)
    expect(page.get_by_role("link", name="Sign in", exact=True).first).to_be_visible()
    # Not only the application's session ended: the next sign-in asks for the password again.
    page.goto(f"{site}protected")
    expect(page.locator("input[name=identifier]")).to_be_visible()


def test_django_admin_is_for_the_role_that_the_settings_name(site: str, server: Server, page: Page, user: dict):
    sign_in(page, site, user["username"])
    page.goto(f"{site}admin/")
    expect(page.locator("main")).to_contain_text("No access to this area")
    page.screenshot(path=ARTIFACTS / "django-no-admin.png")
    found = [one for one in server.api("GET", "/api/roles") if one["name"] == "admin"]
    role = found[0] if found else server.api("POST", "/api/roles", {"name": "admin", "description": "May use the admin"})
    server.api("POST", f"/api/users/{user['id']}/roles", {"roleIds": [role["id"]]})
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    page.wait_for_url(site)
    page.goto(f"{site}admin/")
    pages.sign_in(page, user["username"])
    page.wait_for_url(f"{site}admin/")
    expect(page.locator("body")).to_contain_text("Site administration")


def test_django_two_browsers_are_two_people(site: str, server: Server, page: Page, user: dict, member: dict, browser):
    other: BrowserContext = browser.new_context()
    second = other.new_page()
    if member["id"] == user["id"]:
        member = {"id": server.user(f"{user['username']}_b", name="Ben"), "username": f"{user['username']}_b"}
    sign_in(page, site, user["username"])
    sign_in(second, site, member["username"])
    for _ in range(3):
        page.reload()
        second.reload()
        expect(page.locator("main")).to_contain_text(user["id"])
        expect(second.locator("main")).to_contain_text(member["id"])
    other.close()


def test_django_a_cancelled_sign_in_is_a_page(site: str, page: Page):
    page.goto(f"{site}protected")
    page.wait_for_url(re.compile("sign-in"))
    page.goto(f"{site}sign-in-callback?code=x&state=y")
    expect(page.locator("main")).to_contain_text("cannot be finished here")
    page.screenshot(path=ARTIFACTS / "django-problem.png")

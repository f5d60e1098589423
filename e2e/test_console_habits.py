"""Habits people have: jumping anywhere, several rows at once, files of lists, and asking why something was refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from harness import Server
from test_console import console, fresh, register_administrator

__all__ = ["fresh"]


def test_a_request_id_is_pasted_into_the_search(fresh: Server, page: Page, browser: Browser):
    application = fresh.application("spa", "Tide Tables", "https://tides.example.com/callback")
    visitor = browser.new_context(locale="en-US")
    other = visitor.new_page()
    other.goto(f"{fresh.endpoint}/oidc/auth?client_id={application.id}&redirect_uri=https%3A%2F%2Ftides.example.com%2Fcb&response_type=code")
    request_id = other.locator("[data-copy]").get_attribute("data-copy")
    expect(other.get_by_text(request_id)).to_be_visible()
    visitor.close()
    register_administrator(fresh, page)
    page.goto(console(fresh))
    # It is written a moment after the answer.
    page.wait_for_timeout(500)
    page.keyboard.press("Control+k")
    expect(page.locator("[data-jump]")).to_be_focused()
    page.keyboard.type(request_id)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Why was this refused?")).to_be_visible()
    expect(page.get_by_text("https://tides.example.com/cb", exact=True)).to_be_visible()
    expect(page.get_by_text("https://tides.example.com/callback", exact=True)).to_be_visible()


@pytest.mark.parametrize("context_options", [{"accept_downloads": True}, {"java_script_enabled": False}], ids=["script", "without"])
def test_several_people_are_suspended_and_the_list_is_a_file(fresh: Server, page: Page, tmp_path: Path, context_options: dict):
    for name in ("ada", "bea", "cleo"):
        fresh.user(name, name="=1+1" if name == "ada" else None)
    register_administrator(fresh, page)
    page.goto(console(fresh, "/users"))
    page.get_by_role("checkbox", name="Choose bea").check()
    page.get_by_role("checkbox", name="Choose cleo").check()
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_role("heading", name="Suspend several (2)", level=1)).to_be_visible()
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_text("Done: 2 of 2.")).to_be_visible()
    page.goto(console(fresh, "/users"))
    expect(page.get_by_text("Suspended")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    file = tmp_path / "users.csv"
    download.value.save_as(file)
    with file.open(newline="") as text:
        rows = {row["username"]: row for row in csv.DictReader(text)}
    assert rows["ada"]["name"] == "'=1+1"
    assert rows["bea"]["isSuspended"] == "true"


def test_who_leaves_with_changes_is_asked(fresh: Server, page: Page):
    register_administrator(fresh, page)
    page.goto(console(fresh, "/applications/new"))
    page.get_by_label("Name", exact=True).fill("Tide Tables")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Users", exact=True).click(no_wait_after=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    assert page.url.endswith("/applications/new")

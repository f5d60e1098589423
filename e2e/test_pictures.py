"""Pictures that people choose on the pages: of their account, and where they register. Nothing needs script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, expect

import pages
from harness import Server, unique
from relying_party import RelyingParty
from test_account_pages import FIELDS, come, shapes
from test_assets import png


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, which keeps pictures in a directory."""
    server = Server("sqlite", tmp_path_factory.mktemp("pictures"))
    server.start()
    server.api("PATCH", "/api/account-center", {"enabled": True, "fields": dict.fromkeys(FIELDS, "Edit")})
    yield server
    assert server.stop() == 0, f"the server did not end well: {server.log.read_text()[-2000:]}"


def choose(page: Page, file: bytes) -> None:
    chosen = {"name": "me.png", "mimeType": "image/png", "buffer": file}
    page.locator("input[type=file]").set_input_files(chosen)


@shapes
def test_a_person_has_a_picture_and_then_none(request: pytest.FixtureRequest, server: Server, page: Page, user: dict):
    shape = request.node.callspec.id
    come(server, page, user, "/account/profile")
    page.wait_for_url("**/account/profile")
    page.locator("input[name='profile.name']").fill("Ada of the Harbour")
    choose(page, b"no picture")
    page.locator("button.main").click()
    expect(page.locator("input[type=file][aria-invalid=true]")).to_be_visible()
    expect(page.locator("input[name='profile.name']")).to_have_value("Ada of the Harbour")
    pages.picture(page, f"account-picture-wrong-{shape}")
    choose(page, png())
    page.locator("button.main").click()
    expect(page.locator("[role=status]")).to_be_visible()
    url = page.locator(".picture img").get_attribute("src")
    assert requests.get(url, timeout=10).headers["content-type"] == "image/png"
    assert page.locator(".picture img").evaluate("image => image.complete && image.naturalWidth") == 32
    assert server.api("GET", f"/api/users/{user['id']}")["avatar"] == url
    pages.picture(page, f"account-picture-{shape}")
    page.locator("input[name='profile.avatar.remove']").check()
    page.locator("button.main").click()
    expect(page.locator(".picture img")).to_have_count(0)
    assert server.api("GET", f"/api/users/{user['id']}")["avatar"] is None


@shapes
def test_a_newcomer_brings_a_picture(request: pytest.FixtureRequest, server: Server, page: Page):
    party, name = RelyingParty(server), unique("newbie")
    party.application = server.application("traditional", "Tide Tables", party.callback)
    server.api("POST", "/api/custom-profile-fields", {"name": "avatar", "type": "Url", "required": True})
    try:
        page.goto(party.authorization_url(first_screen="register"))
        pages.register(page, name)
        choose(page, png())
        pages.picture(page, f"register-picture-{request.node.callspec.id}")
        page.locator("button.main").click()
        page.wait_for_url(f"{party.url}/**")
        made = server.api("GET", f"/api/users?search={name}")
        assert requests.get(made[0]["avatar"], timeout=10).headers["content-type"] == "image/png"
    finally:
        server.api("DELETE", "/api/custom-profile-fields/avatar")
        party.close()

"""The FastAPI sample in a browser: pages with a session, and Swagger UI with access tokens."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect

import pages
from conftest import PACKAGES, missing
from fastapi_sample import AUDIENCE, SWAGGER_UI, WEBHOOK_KEY, FastAPISample
from harness import ARTIFACTS, Server


@pytest.fixture(scope="module")
def sample(server: Server, organization: dict) -> Iterator[FastAPISample]:
    if not PACKAGES["ours"]:
        missing("the Python environment 'ours'")
    if not SWAGGER_UI.is_dir():
        missing(str(SWAGGER_UI))
    sample = FastAPISample(server, PACKAGES["ours"])
    sample.start()
    yield sample
    sample.stop()


def sign_in(page: Page, sample: FastAPISample, username: str, path: str = "/profile") -> None:
    page.goto(f"{sample.url}{path}")
    page.wait_for_url(re.compile(re.escape(sample.server.endpoint)))
    pages.sign_in(page, username)
    page.wait_for_url(f"{sample.url}{path}")


def test_pages_of_the_sample(sample: FastAPISample, page: Page, organization: dict, member: dict):
    page.goto(sample.url)
    page.screenshot(path=ARTIFACTS / "fastapi-home.png")
    sign_in(page, sample, member["username"], "/profile")
    expect(page.locator("main")).to_contain_text(member["id"])
    expect(page.locator("main")).to_contain_text(member["email"])
    page.screenshot(path=ARTIFACTS / "fastapi-profile.png", full_page=True)
    page.get_by_role("link", name="Organizations", exact=True).first.click()
    expect(page.locator("main")).to_contain_text(f"urn:logto:organization:{organization['id']}")
    page.screenshot(path=ARTIFACTS / "fastapi-organizations.png", full_page=True)
    page.goto(f"{sample.url}/organizations/{organization['id']}")
    expect(page.locator(".tag")).to_have_text("reader")
    page.goto(f"{sample.url}/organizations/somewhere-else")
    expect(page.locator("h1")).to_have_text("You may not see this page")
    page.goto(f"{sample.url}/token")
    expect(page.locator("main")).to_contain_text(AUDIENCE)
    page.goto(f"{sample.url}/editors")
    expect(page.locator("h1")).to_have_text("You may not see this page")
    page.screenshot(path=ARTIFACTS / "fastapi-not-allowed.png")
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/", "/profile", "/organizations", "/editors"):
        page.goto(f"{sample.url}{path}")
        pages.assert_no_overflow(page)
    page.screenshot(path=ARTIFACTS / "fastapi-narrow.png")
    page.get_by_role("link", name="Sign out").click()
    page.wait_for_url(f"{sample.url}/")
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    # Not only the application's session ended: the next sign-in asks for the password again.
    page.goto(f"{sample.url}/profile")
    expect(page.locator("input[name=identifier]")).to_be_visible()


def test_a_session_that_ends_at_the_server_ends_in_the_sample(sample: FastAPISample, page: Page, user: dict):
    """Back-channel logout, from the server's outbox to a page that asks for a sign-in."""
    api = sample.server.api
    path = f"/api/applications/{sample.application}"
    before = api("GET", path)["oidcClientMetadata"]
    told = {"backchannelLogoutUri": f"{sample.url}/backchannel-logout", "backchannelLogoutSessionRequired": True}
    api("PATCH", path, {"oidcClientMetadata": {**before, **told}})
    try:
        sign_in(page, sample, user["username"])
        for session in api("GET", f"/api/users/{user['id']}/sessions")["sessions"]:
            api("DELETE", f"/api/users/{user['id']}/sessions/{session['payload']['uid']}")
        deadline = time.monotonic() + 15
        while page.url.startswith(sample.url) and time.monotonic() < deadline:
            page.goto(f"{sample.url}/profile")
            page.wait_for_timeout(200)
        expect(page.locator("input[name=identifier]")).to_be_visible()
    finally:
        api("PATCH", path, {"oidcClientMetadata": before})


def test_a_role_opens_its_page(sample: FastAPISample, page: Page, user: dict):
    sample.give(user["id"], "editor")
    sign_in(page, sample, user["username"], "/editors?from=here")
    expect(page.locator(".tag")).to_have_text("editor")


def test_swagger_signs_in_and_calls_the_api(sample: FastAPISample, page: Page, user: dict):
    """Authorization code with PKCE and a public client, in the Swagger UI that developers see."""
    sample.give(user["id"], "reader")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{sample.url}/docs")
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".modal-ux").first
    expect(dialog.locator("#client_id_authorizationCode").first).not_to_have_value("")
    page.screenshot(path=ARTIFACTS / "fastapi-swagger-authorize.png")
    scheme = dialog.locator(".auth-container", has_text="authorizationCode").first
    with page.context.expect_page() as opened:
        scheme.get_by_text("Authorize", exact=True).click()
    popup = opened.value
    popup.wait_for_url(re.compile(re.escape(sample.server.endpoint)))
    with popup.expect_event("close", timeout=20_000):
        pages.sign_in(popup, user["username"])
    expect(scheme.get_by_text("Logout", exact=True)).to_be_visible()
    dialog.get_by_text("Close", exact=True).first.click()

    read = page.locator("#operations-notes-read_notes_api_notes_get")
    read.locator(".opblock-summary-control").click()
    read.get_by_role("button", name="Try it out").click()
    read.get_by_role("button", name="Execute").click()
    expect(read.locator(".live-responses-table tbody .response-col_status").first).to_have_text(re.compile("200"))
    page.screenshot(path=ARTIFACTS / "fastapi-swagger.png", full_page=True)
    # The user has one of the two scopes: the token has no more than that.
    write = page.locator("#operations-notes-write_note_api_notes_post")
    write.locator(".opblock-summary-control").click()
    write.get_by_role("button", name="Try it out").click()
    write.get_by_role("button", name="Execute").click()
    expect(write.locator(".live-responses-table tbody .response-col_status").first).to_have_text(re.compile("403"))
    assert all(url.startswith((sample.url, sample.server.endpoint, "data:", "blob:")) for url in asked), asked


def test_two_browsers_have_two_sessions(sample: FastAPISample, page: Page, user: dict, member: dict, browser):
    sign_in(page, sample, user["username"])
    other: BrowserContext = browser.new_context()
    second = other.new_page()
    second.goto(sample.url)
    expect(second.get_by_role("link", name="Sign in").first).to_be_visible()
    sign_in(second, sample, member["username"])
    me = "fetch('/api/me').then(answer => answer.json())"
    for _ in range(3):
        page.reload()
        second.reload()
        expect(page.locator("main")).to_contain_text(user["id"])
        expect(second.locator("main")).to_contain_text(member["id"])
        assert (page.evaluate(me)["id"], second.evaluate(me)["id"]) == (user["id"], member["id"])
    other.close()


def test_several_tabs_come_back_to_their_own_pages(sample: FastAPISample, page: Page, context: BrowserContext, user: dict):
    other = context.new_page()
    page.goto(f"{sample.url}/token")
    other.goto(f"{sample.url}/organizations")
    pages.sign_in(page, user["username"])
    page.wait_for_url(f"{sample.url}/token")
    # The server's session is there now: its page goes on without a password.
    other.reload()
    if other.locator("input[name=identifier]").count():
        pages.sign_in(other, user["username"])
    other.wait_for_url(re.compile(f"{re.escape(sample.url)}/(organizations)?$"))
    expect(other.locator(".who")).to_contain_text("Ada Harbour")


def test_scripts_get_401_and_no_redirect(sample: FastAPISample, page: Page):
    page.goto(sample.url)
    found = page.evaluate(
        "fetch('/api/me').then(async a => [a.status, a.redirected, a.headers.get('www-authenticate'), await a.json()])"
    )
    assert found[:2] == [401, False] and found[2].startswith("Cookie ") and found[3]["error"] == "sign_in_required"


def test_a_token_of_the_server_is_for_the_api_it_names(sample: FastAPISample, page: Page, member: dict, organization: dict):
    """B17: an ID token, a token for another API and one for another organization open nothing."""
    own = f"{sample.url}/api/notes"
    bare = requests.get(own, timeout=10)
    assert bare.status_code == 401 and bare.headers["www-authenticate"].startswith("Bearer")
    management = sample.server.ask("GET", "/api/users").request.headers["authorization"]
    for header in (management, "Bearer x", "Bearer ", "Basic eDp5", "Bearer a.b.c"):
        answer = requests.get(own, headers={"Authorization": header}, timeout=10)
        assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer"), header
    answer = requests.get(f"{sample.url}/api/organizations/{organization['id']}/notes", headers={"Authorization": management}, timeout=10)
    assert answer.status_code == 401


def test_a_webhook_counts_only_with_its_signature(sample: FastAPISample):
    body = json.dumps({"event": "User.Created"}).encode()
    signature = hmac.new(WEBHOOK_KEY.encode(), body, hashlib.sha256).hexdigest()
    url, header = f"{sample.url}/webhooks/logto", "logto-signature-sha-256"
    assert requests.post(url, body, headers={header: signature}, timeout=10).status_code == 204
    assert requests.post(url, body + b" ", headers={header: signature}, timeout=10).status_code == 401
    assert requests.post(url, body, timeout=10).status_code == 401

"""Google One Tap on the sign-in page: what the policy of the page lets in, and what its script sends. Nobody asks Google: a route of the
browser stands for its script, and takes the form."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from harness import Server
from relying_party import RelyingParty

SCRIPT = """
const { client_id, callback, context, auto_select } = document.getElementById("g_id_onload").dataset;
fetch("https://elsewhere.example/").catch(() => {
  window[callback]({ credential: [client_id, context, auto_select].join(" ") });
});
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: its pages show One Tap."""
    server = Server("sqlite", tmp_path_factory.mktemp("one_tap"))
    server.start()
    config = {"clientId": "me", "clientSecret": "hush", "oneTap": {"isEnabled": True, "autoSelect": True}}
    server.api("POST", "/api/connectors", {"connectorId": "google-universal", "config": config})
    server.api("PATCH", "/api/sign-in-exp", {"socialSignInConnectorTargets": ["google"]})
    yield server
    assert server.stop() == 0, f"the server did not end well: {server.log.read_text()[-2000:]}"


@pytest.mark.parametrize(("extra", "purpose"), [({}, "signin"), ({"first_screen": "register"}, "signup")], ids=["sign-in", "register"])
def test_the_page_sends_what_the_script_gives_it(party: RelyingParty, page: Page, extra: dict, purpose: str):
    sent = []

    def take(route: Route) -> None:
        sent.append(urllib.parse.parse_qs(route.request.post_data))
        route.fulfill(status=200, content_type="text/plain", body="taken")

    page.route("https://accounts.google.com/gsi/client", lambda route: route.fulfill(
        content_type="text/javascript", body=f"window.addEventListener('load', () => {{{SCRIPT}}});"
    ))
    page.route("https://elsewhere.example/**", lambda route: pytest.fail("the policy lets the page ask anybody"))
    page.route("**/social/one-tap", take)
    page.goto(party.authorization_url(**extra))
    page.wait_for_url("**/social/one-tap")
    assert sent[0]["credential"] == [f"me {purpose} true"]
    assert len(sent[0]["xsrf"][0]) > 20 and len(sent[0]["connector"][0]) > 5
    # What the script asked of somebody else was refused.
    refused = [text for text in page.complaints if "https://elsewhere.example/" in text]
    assert refused
    page.complaints[:] = [text for text in page.complaints if text not in refused]


@pytest.mark.parametrize("context_options", [{"java_script_enabled": False}], ids=["no-script"])
def test_without_script_the_button_is_there(party: RelyingParty, page: Page):
    asked = []
    page.route("https://accounts.google.com/**", lambda route: (asked.append(route.request.url), route.abort()))
    page.goto(party.authorization_url())
    expect(page.locator(".social button")).to_have_count(1)
    assert not asked

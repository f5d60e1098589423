"""What people do beside filling in a form: several tabs, Shift+Enter, the stop button, an application that is no website, names
written from right to left."""

from __future__ import annotations

import copy
import re

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

import pages
from harness import PASSWORD, Application, Server, unique
from relying_party import RelyingParty

HEBREW = "\u05d0\u05d1\u05d2\u05d3"
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


def back(page: Page, party: RelyingParty) -> str:
    page.wait_for_url(f"{party.url}/**")
    return page.url


def open_tab(page: Page, party: RelyingParty, **extra: str) -> RelyingParty:
    """Opens a sign-in in a tab. Returns the party that can finish it: each has its own state and verifier."""
    own = copy.copy(party)
    page.goto(own.authorization_url(**extra))
    page.locator("input[name=identifier]").wait_for()
    return own


def test_two_tabs_of_one_application_both_finish(party: RelyingParty, page: Page, context: BrowserContext, user: dict):
    second = context.new_page()
    tabs = [(page, open_tab(page, party)), (second, open_tab(second, party, prompt="login"))]
    for tab, own in tabs:
        pages.sign_in(tab, user["username"])
        assert own.exchange(back(tab, own))["id_token"]


def test_a_tab_left_behind_goes_on(party: RelyingParty, page: Page, context: BrowserContext, user: dict):
    left = open_tab(page, party)
    other = context.new_page()
    finished = open_tab(other, party)
    pages.sign_in(other, user["username"])
    assert finished.exchange(back(other, finished))["id_token"]
    page.reload()
    assert left.exchange(back(page, left))["id_token"], "it has nothing left to ask"


def test_the_form_works_again_after_shift_enter(party: RelyingParty, page: Page, context: BrowserContext, user: dict):
    own = open_tab(page, party)
    page.locator("input[name=identifier]").fill(user["username"])
    page.locator("input[type=password]").fill("not-the-password")
    with context.expect_page() as opened:
        page.locator("input[type=password]").press("Shift+Enter")
    pages.expect_error(opened.value, "password|incorrect")
    page.bring_to_front()
    expect(page.locator("input[name=identifier]")).to_have_value(user["username"])
    page.locator("input[type=password]").fill(PASSWORD)
    submit_until_back(page, own)
    assert own.exchange(page.url)["id_token"]


def test_the_form_works_again_after_the_request_was_stopped(party: RelyingParty, page: Page, user: dict):
    own = open_tab(page, party)
    held: list[Route] = []
    page.route("**/sign-in*", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    page.locator("input[name=identifier]").fill(user["username"])
    page.locator("input[type=password]").fill(PASSWORD)
    with page.expect_request(lambda request: request.method == "POST"):
        page.locator("main").get_by_role("button", name=pages.SIGN_IN).first.click(no_wait_after=True)
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(100)
    assert held, "the form was sent"
    # The stop button of the browser.
    page.context.new_cdp_session(page).send("Page.stopLoading")
    page.unroute("**/sign-in*")
    submit_until_back(page, own)
    assert own.exchange(page.url)["id_token"]


def test_the_form_works_again_after_a_return_from_an_application(server: Server, page: Page, user: dict):
    party = RelyingParty(server)
    party.callback = "com.example.tide-tables://callback"
    made = server.api(
        "POST",
        "/api/applications",
        {"name": "Tide Tables", "type": "Native", "oidcClientMetadata": {"redirectUris": [party.callback], "postLogoutRedirectUris": []}},
    )
    party.application = Application(made["id"], None)
    open_tab(page, party)
    # Nothing on this machine opens the address, so the browser stays where it is, as it does while an application is in front.
    with page.expect_request(re.compile("/oidc/auth/")):
        pages.sign_in(page, user["username"])
    page.wait_for_timeout(2100)
    expect(page.locator("input[name=identifier]")).to_be_visible()
    # Chromium's own question whether to open the application keeps clicks from the page.
    page.evaluate("document.forms[0].requestSubmit()")
    expect(page.locator("main")).to_contain_text("signed in")
    party.close()


def submit_until_back(page: Page, party: RelyingParty) -> None:
    """Sends the form. A click within two seconds of the last one counts as the same click."""
    page.wait_for_timeout(2100)
    pages.submit(page, pages.SIGN_IN)
    back(page, party)


def test_a_name_from_right_to_left_turns_nothing_around(server: Server, party: RelyingParty, page: Page):
    username = unique("ada")
    server.user(username, name="Ada")
    name = f"{HEBREW} (Harbour)"
    server.api("PATCH", f"/api/applications/{party.application.id}", {"name": name})
    page.goto(party.authorization_url())
    isolated = f"{FIRST_STRONG_ISOLATE}{name}{POP_ISOLATE}"
    assert isolated in page.content()
    assert isolated in page.title()


@pytest.mark.parametrize("character", ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e"], ids=lambda character: f"U+{ord(character):04X}")
def test_a_name_with_a_character_that_turns_text_is_refused(server: Server, character: str):
    for path, body in (
        ("/api/users", {"username": unique("eve"), "name": f"Eve{character}gpj.exe"}),
        ("/api/applications", {"name": f"Tide{character}", "type": "SPA"}),
        ("/api/organizations", {"name": f"Navy{character}"}),
    ):
        answer = server.ask("POST", path, body)
        assert answer.status_code == 400 and answer.json()["code"] == "guard.invalid_input", (path, answer.text)

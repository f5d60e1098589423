"""What a developer sees when her application is set up wrongly: the cause, and the next step."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import Page

from harness import Server
from relying_party import RelyingParty


@pytest.fixture
def party(server: Server):
    party = RelyingParty(server)
    party.application = server.application("traditional", "Misconfigured", party.callback)
    yield party
    party.close()


def test_a_wrong_redirect_uri_is_named_and_nothing_is_sent_there(party: RelyingParty, page: Page):
    answer = requests.get(
        party.authorization_url(redirect_uri="https://elsewhere.example/cb"), allow_redirects=False, timeout=10
    )
    assert answer.status_code == 400 and "location" not in answer.headers
    body = answer.json()
    assert body["code"] == "oidc.invalid_redirect_uri"
    assert "redirect URI is not registered" in body["message"] and "Add it" in body["message"]
    page.goto(party.authorization_url(redirect_uri="https://elsewhere.example/cb"))
    assert "redirect" in page.content() and party.url not in page.url


@pytest.mark.parametrize("method", ["header", "body"])
def test_a_wrong_client_secret_is_named(party: RelyingParty, method: str):
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": party.callback}
    wrong = (party.application.id, "not-the-secret")
    if method == "body":
        form |= {"client_id": wrong[0], "client_secret": wrong[1]}
    auth = wrong if method == "header" else None
    answer = requests.post(f"{party.server.endpoint}/oidc/token", data=form, auth=auth, timeout=10)
    assert answer.status_code == 401 and answer.json()["error"] == "invalid_client"
    assert "Check the client id and secret" in answer.json()["message"]
    assert ("www-authenticate" in answer.headers) == (method == "header")
    assert "not-the-secret" not in party.server.log.read_text()


def test_an_unknown_client_is_named(party: RelyingParty):
    answer = requests.get(party.authorization_url(client_id="nobody"), allow_redirects=False, timeout=10)
    assert answer.status_code == 400 and answer.json()["code"] == "oidc.invalid_client"


def test_the_command_line_deletes_an_application_and_its_sign_in_ends(party: RelyingParty, server: Server):
    listed = server.cli("app", "list", "--json")
    assert party.application.id in [app["id"] for app in listed]
    server.cli("app", "delete", party.application.id, "--json")
    answer = requests.get(party.authorization_url(), allow_redirects=False, timeout=10)
    assert answer.json()["code"] == "oidc.invalid_client"

"""Logto's own client for Node.js, against our server; test_libraries.py has those of others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page

import pages
from conftest import RESOURCE, missing
from harness import Server
from node_client import NodeClient
from relying_party import RelyingParty

NODE = Path(__file__).resolve().parent / "node"


@pytest.fixture
def party(server: Server, organization: dict):
    party = RelyingParty(server)
    party.application = server.application("traditional", "A client", party.callback, post_logout=f"{party.url}/")
    yield party
    party.close()


def test_logto_node_signs_in_gets_tokens_signs_out_and_tells_a_wrong_secret(
    party: RelyingParty, page: Page, organization: dict, member: dict
):
    if not (NODE / "node_modules").is_dir() or not shutil.which("node"):
        missing("e2e/node/node_modules")
    environment = {
        "LOGTO_ENDPOINT": party.server.endpoint,
        "LOGTO_APP_ID": party.application.id,
        "LOGTO_APP_SECRET": party.application.secret,
        "LOGTO_RESOURCE": RESOURCE,
    }
    with NodeClient(NODE / "client.mjs", environment) as node:
        page.goto(node.ask("signIn", redirectUri=party.callback)["url"])
        pages.sign_in(page, member["username"])
        page.wait_for_url(f"{party.url}/**")
        node.ask("callback", url=page.url)
        claims = node.ask("claims")
        assert claims["sub"] == member["id"] and claims["username"] == member["username"]
        assert node.ask("userInfo")["sub"] == member["id"]
        token = node.ask("resourceToken", resource=RESOURCE)
        assert token["claims"]["aud"] == RESOURCE and token["claims"]["sub"] == member["id"]
        renewed = node.ask("refresh", resource=RESOURCE)
        assert renewed["token"] != token["token"], "a cleared access token must be fetched anew by the refresh token"
        held = node.ask("organizationToken", organization=organization["id"])["claims"]
        assert held["aud"] == f"urn:logto:organization:{organization['id']}" and held["scope"] == "read:reports"
        page.goto(node.ask("signOut", redirectUri=f"{party.url}/")["url"])
        page.wait_for_url(f"{party.url}/")
        assert node.ask("isAuthenticated") is False
        page.goto(party.authorization_url(prompt="none"))
        page.wait_for_url(f"{party.url}/**")
        assert "error=login_required" in page.url

        party.server.replace_secret(party.application)
        page.goto(node.ask("signIn", redirectUri=party.callback)["url"])
        pages.sign_in(page, member["username"])
        page.wait_for_url(f"{party.url}/**")
        assert node.refusal("callback", url=page.url)["code"] == "oidc.invalid_client"
        assert node.ask("isAuthenticated") is False

"""Clients that others wrote, against our server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.parse
from pathlib import Path

import pytest
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask
from playwright.sync_api import Page

import pages
from conftest import RESOURCE, missing
from harness import Server
from relying_party import RelyingParty

NODE = Path(__file__).resolve().parent / "node"


@pytest.fixture
def party(server: Server, organization: dict):
    party = RelyingParty(server)
    party.application = server.application("traditional", "A client", party.callback, post_logout=f"{party.url}/")
    yield party
    party.close()


def test_logto_node_signs_in_gets_a_resource_token_refreshes_and_signs_out(party: RelyingParty, page: Page, user: dict):
    if not (NODE / "node_modules").is_dir() or not shutil.which("node"):
        missing("e2e/node/node_modules")
    with Node(party) as node:
        page.goto(node.ask("signIn", redirectUri=party.callback)["url"])
        pages.sign_in(page, user["username"])
        page.wait_for_url(f"{party.url}/**")
        node.ask("callback", url=page.url)
        claims = node.ask("claims")
        assert claims["sub"] == user["id"] and claims["username"] == user["username"]
        assert node.ask("userInfo")["sub"] == user["id"]
        token = node.ask("resourceToken", resource=RESOURCE)
        assert token["claims"]["aud"] == RESOURCE and token["claims"]["sub"] == user["id"]
        renewed = node.ask("refresh", resource=RESOURCE)
        assert renewed["token"] != token["token"], "a cleared access token must be fetched anew by the refresh token"
        page.goto(node.ask("signOut", redirectUri=f"{party.url}/")["url"])
        page.wait_for_url(f"{party.url}/")
        assert node.ask("isAuthenticated") is False
    page.goto(party.authorization_url(prompt="none"))
    page.wait_for_url(f"{party.url}/**")
    assert "error=login_required" in page.url


class Node:
    """client.mjs as a process that answers one line for each line."""

    def __init__(self, party: RelyingParty) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "LOGTO_ENDPOINT": party.server.endpoint,
            "LOGTO_APP_ID": party.application.id,
            "LOGTO_APP_SECRET": party.application.secret,
            "LOGTO_RESOURCE": RESOURCE,
        }

    def __enter__(self) -> Node:
        self.process = subprocess.Popen(
            ["node", "client.mjs"], cwd=NODE, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)

    def ask(self, action: str, **arguments: str):
        self.process.stdin.write(json.dumps({"action": action, **arguments}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, f"{action}: {answer}"
        return answer["value"]


def test_authlib_works_from_discovery_alone(party: RelyingParty, page: Page, user: dict):
    """A Flask app of Authlib's own kind, that knows the discovery URL, its id and its secret, and nothing else."""
    app = Flask("authlib")
    app.secret_key = "only-for-this-test"
    remote = OAuth(app).register(
        "loggia",
        client_id=party.application.id,
        client_secret=party.application.secret,
        server_metadata_url=f"{party.server.endpoint}/oidc/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email offline_access", "code_challenge_method": "S256"},
    )
    tokens: list[dict] = []
    app.add_url_rule("/login", "login", lambda: remote.authorize_redirect(party.callback, prompt="consent"))
    app.add_url_rule("/callback", "callback", lambda: tokens.append(remote.authorize_access_token()) or "signed in")
    browser = app.test_client()
    page.goto(browser.get("/login").location)
    pages.sign_in(page, user["username"])
    page.wait_for_url(f"{party.url}/**")
    callback = urllib.parse.urlsplit(page.url)
    assert browser.get(f"{callback.path}?{callback.query}").text == "signed in"
    [token] = tokens
    # Authlib verified signature, issuer, audience and nonce to get here.
    assert token["userinfo"]["sub"] == user["id"]
    with app.test_request_context():
        assert remote.userinfo(token=token)["email"] == user["email"]
        metadata = remote.load_server_metadata()
    with OAuth2Session(party.application.id, party.application.secret) as session:
        renewed = session.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    assert renewed["access_token"] != token["access_token"]
    query = urllib.parse.urlencode({"client_id": party.application.id, "post_logout_redirect_uri": f"{party.url}/"})
    page.goto(f"{metadata['end_session_endpoint']}?{query}")
    page.wait_for_url(f"{party.url}/")

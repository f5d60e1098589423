"""openid-client, which takes the specifications by their letter, at every endpoint of the discovery document that it knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

import pages
from client_app import CLIENTS, claims, needs_node
from conftest import RESOURCE
from harness import Server
from node_client import NodeClient
from relying_party import RelyingParty

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"

# The library knows nothing of the database.
pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def party(server: Server, organization: dict) -> Iterator[RelyingParty]:
    party = RelyingParty(server)
    party.application = server.application("traditional", "Endpoints", party.callback, post_logout=party.url)
    yield party
    party.close()


@pytest.fixture(scope="module")
def client(server: Server, party: RelyingParty) -> Iterator[NodeClient]:
    needs_node()
    machine = server.application("m2m", "A machine")
    native = {"name": "A television", "type": "Native", "customClientMetadata": {"isDeviceFlow": True}}
    environment = {
        "ISSUER": f"{server.endpoint}/oidc",
        "CALLBACK": party.callback,
        "CLIENT_ID": party.application.id,
        "CLIENT_SECRET": party.application.secret,
        "MACHINE_ID": machine.id,
        "MACHINE_SECRET": machine.secret,
        "DEVICE_ID": server.api("POST", "/api/applications", native)["id"],
    }
    with NodeClient(CLIENTS / "openid-client/endpoints.mjs", environment) as client:
        yield client


def test_a_pushed_request_its_tokens_and_their_end(client: NodeClient, party: RelyingParty, page: Page, user: dict):
    parameters = {"scope": "openid profile email offline_access", "prompt": "consent", "resource": RESOURCE}
    url = client.ask("push", parameters=parameters)
    assert "request_uri=urn" in url and "scope=" not in url
    page.goto(url)
    pages.sign_in(page, user["username"])
    page.wait_for_url(f"{party.url}/**")
    tokens = client.ask("callback", url=page.url)
    assert tokens["claims"]["sub"] == user["id"]
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    assert client.ask("userInfo", token=access, subject=user["id"])["email"] == user["email"]
    shown = client.ask("introspect", token=access)
    assert shown["active"] and shown["sub"] == user["id"] and shown["client_id"] == party.application.id
    assert client.ask("refresh", token=refresh)["access_token"] != access
    # What was granted ends with its access token too, as in Logto.
    client.ask("revoke", token=access)
    assert client.ask("introspect", token=access) == {"active": False}
    assert client.refusal("refresh", token=refresh)["code"] == "invalid_grant"


def test_a_token_of_a_subject_token(client: NodeClient, party: RelyingParty, server: Server, user: dict):
    path = f"/api/applications/{party.application.id}"
    server.api("PATCH", path, {"customClientMetadata": {"allowTokenExchange": True}})
    subject = server.api("POST", "/api/subject-tokens", {"userId": user["id"]})["subjectToken"]
    parameters = {"subject_token": subject, "subject_token_type": ACCESS_TOKEN, "resource": RESOURCE}
    tokens = client.ask("exchange", parameters=parameters)
    assert tokens["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert claims(tokens["access_token"])["sub"] == user["id"]


def test_a_machine_gets_a_token_for_an_api(client: NodeClient):
    tokens = client.ask("clientCredentials", parameters={"resource": RESOURCE})
    held = claims(tokens["access_token"])
    assert held["aud"] == RESOURCE and held["sub"] == held["client_id"]


def test_a_television_signs_somebody_in(client: NodeClient, page: Page, user: dict):
    started = client.ask("startDevice", scope="openid profile offline_access")
    page.goto(started["verification_uri_complete"])
    expect(page.locator("main")).to_contain_text(started["user_code"])
    pages.submit(page, pages.SIGN_IN)
    pages.sign_in(page, user["username"])
    expect(page.locator("main")).to_contain_text("connected")
    tokens = client.ask("pollDevice")
    assert tokens["claims"]["sub"] == user["id"] and tokens["refresh_token"]

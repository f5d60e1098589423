"""openid-client as a client that nobody set up: it registers itself, signs its requests and binds its tokens to its key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

import pages
from client_app import CLIENTS, needs_node
from harness import Server
from node_client import NodeClient
from relying_party import RelyingParty

METADATA = {
    "client_name": "Harbour Partner",
    "scope": "openid offline_access profile email",
    "token_endpoint_auth_method": "private_key_jwt",
    "id_token_signed_response_alg": "ES256",
    "userinfo_signed_response_alg": "ES256",
    "dpop_bound_access_tokens": True,
    "require_pushed_authorization_requests": True,
    "require_signed_request_object": True,
}
PARAMETERS = {"scope": "openid profile email offline_access", "prompt": "consent"}


@pytest.fixture
def party(server: Server) -> Iterator[RelyingParty]:
    party = RelyingParty(server)
    yield party
    party.close()


@pytest.fixture
def client(server: Server, party: RelyingParty) -> Iterator[NodeClient]:
    needs_node()
    environment = {"ISSUER": f"{server.endpoint}/oidc", "CALLBACK": party.callback}
    with NodeClient(CLIENTS / "openid-client/registration.mjs", environment) as client:
        yield client


def initial_token(server: Server) -> str:
    return server.api("POST", "/api/initial-access-tokens", {"name": "Partners"})["value"]


@pytest.fixture
def registered(client: NodeClient, server: Server) -> dict:
    """What the server says of the client that just registered itself."""
    return client.ask("register", token=initial_token(server), metadata=METADATA)


def sign_in(client: NodeClient, party: RelyingParty, page: Page, user: dict) -> dict:
    """The tokens for somebody who signs in in the browser and agrees."""
    url = client.ask("begin", how=["signed", "pushed"], parameters=PARAMETERS)
    assert "request_uri=urn" in url and "scope=" not in url and "request=" not in url
    page.goto(url)
    pages.sign_in(page, user["username"])
    expect(page.locator("main")).to_contain_text(METADATA["client_name"])
    pages.submit(page, pages.ALLOW)
    page.wait_for_url(f"{party.url}/**")
    return client.ask("callback", url=page.url)


def test_a_client_registers_itself_signs_somebody_in_and_deletes_itself(
    client: NodeClient, party: RelyingParty, registered: dict, page: Page, user: dict
):
    assert METADATA.items() <= {**registered, "scope": METADATA["scope"]}.items()
    assert set(registered["scope"].split()) == set(METADATA["scope"].split())

    tokens = sign_in(client, party, page, user)
    assert tokens["claims"]["sub"] == user["id"] and tokens["claims"]["aud"] == registered["client_id"]
    # openid-client writes the type so.
    assert tokens["token_type"] == "dpop"
    # That it is signed counts: openid-client refuses JSON of a client that registered an algorithm.
    about = {"token": tokens["access_token"], "subject": user["id"]}
    told = client.ask("userInfo", **about, proves=True)
    assert told["email"] == user["email"] and told["aud"] == registered["client_id"]
    renewed = client.ask("refresh", token=tokens["refresh_token"], proves=True)
    assert renewed["token_type"] == "dpop" and renewed["access_token"] != tokens["access_token"]

    assert client.ask("read") == registered
    assert client.ask("remove") == 204
    assert client.refusal("refresh", token=renewed["refresh_token"], proves=True)["code"] == "invalid_client"
    assert client.refusal("userInfo", **about, proves=True)["cause"][0]["parameters"]["error"] == "invalid_token"
    assert client.refusal("read")["cause"][0]["parameters"]["error"] == "invalid_token"


def test_a_client_is_held_to_what_it_registered(
    client: NodeClient, party: RelyingParty, registered: dict, page: Page, user: dict
):
    unsigned = client.refusal("begin", how=["pushed"], parameters=PARAMETERS)["cause"]
    assert unsigned["error_description"] == "this client must sign its authorization requests"
    page.goto(client.ask("begin", how=["signed"], parameters=PARAMETERS))
    assert page.url.startswith(party.callback) and "error_description=this+client+must+push" in page.url
    tokens = sign_in(client, party, page, user)
    assert client.refusal("refresh", token=tokens["refresh_token"], proves=False)["code"] == "invalid_dpop_proof"
    unproven = client.refusal("userInfo", token=tokens["access_token"], subject=user["id"], proves=False)
    assert unproven["cause"][0]["parameters"]["error"] == "invalid_token"


def test_an_administrator_holds_it_to_fapi_and_to_nonces(
    client: NodeClient, party: RelyingParty, server: Server, page: Page, user: dict
):
    modest = {name: value for name, value in METADATA.items() if value is not True}
    registered = client.ask("register", token=initial_token(server), metadata=modest)
    path = f"/api/applications/{registered['client_id']}"
    settings = server.api("GET", path)["customClientMetadata"]
    settings |= {"securityProfile": "fapi2", "dpopNonceRequired": True}
    server.api("PATCH", path, {"customClientMetadata": settings})
    client.ask("asked")
    tokens = sign_in(client, party, page, user)
    asked = [line for line in client.ask("asked") if line.startswith("POST")]
    # openid-client asks again with the nonce that it is told, with another assertion, and keeps the nonce.
    assert asked == ["POST /oidc/request 400", "POST /oidc/request 201", "POST /oidc/token 200"]
    assert tokens["claims"]["sub"] == user["id"] and tokens["token_type"] == "dpop"
    assert client.refusal("refresh", token=tokens["refresh_token"], proves=False)["code"] == "invalid_dpop_proof"
    page.goto(client.ask("begin", how=["signed"], parameters=PARAMETERS))
    assert "error_description=this+client+must+push" in page.url


def test_a_token_registers_one_client(client: NodeClient, server: Server):
    token = initial_token(server)
    client.ask("register", token=token, metadata=METADATA)
    # Nobody may register, so discovery names no endpoint.
    assert client.refusal("register", token=token, metadata=METADATA)["code"] == "OAUTH_MISSING_SERVER_METADATA"
    other = initial_token(server)
    refused = client.refusal("register", token=token, metadata=METADATA)
    assert refused["cause"][0]["parameters"]["error"] == "invalid_token"
    client.ask("register", token=other, metadata=METADATA)

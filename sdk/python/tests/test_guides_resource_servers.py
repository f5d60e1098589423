"""The page about APIs and MCP servers: what it shows works as it is, in both languages."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import guides
import pytest
from logto import InsufficientUserAuthentication, StepUpRequired

FOLDER = Path(__file__).parents[3] / "docs/python"
PAGE = FOLDER / "resource-servers.md"


def run(name, peer):
    """The block, with the test's provider in the place of the example's."""
    namespace = {}
    exec(guides.files(PAGE)[name].replace("https://auth.example.com", peer.endpoint), namespace)  # noqa: S102
    return namespace


def test_both_languages_have_the_same_code():
    guides.assert_same_blocks(PAGE, FOLDER / "resource-servers.zh-CN.md")


def test_the_api_answers_as_the_page_says(peer):
    handle = run("api.py", peer)["handle"]

    def bearer(**claims):
        return f"Bearer {peer.access_token('https://api.example.com', 'app1', **claims)}"

    assert handle(bearer(scope="read:things")) == (200, {"X-User": "user1"})
    assert handle(bearer(scope="read:others"))[0] == 403
    assert handle(bearer(scope="read:things", organization_id="o1"))[0] in (401, 403)
    assert handle(None) == (401, {"WWW-Authenticate": 'Bearer scope="read:things"'})


def test_the_api_is_unavailable_while_the_provider_is(peer):
    token = peer.access_token("https://api.example.com", "app1", scope="read:things")
    handle = run("api.py", peer)["handle"]
    peer.close()
    assert handle(f"Bearer {token}") == (503, {"Retry-After": "5"})


def test_the_challenge_leads_to_the_document_and_that_to_the_provider(peer):
    handle = run("metadata.py", peer)["handle"]
    address = "https://api.example.com/.well-known/oauth-protected-resource"
    assert handle("/things")[:2] == (401, {"WWW-Authenticate": f'Bearer scope="read:things", resource_metadata="{address}"'})
    status, headers, document = handle("/.well-known/oauth-protected-resource")
    assert (status, headers, document["authorization_servers"]) == (200, {"Access-Control-Allow-Origin": "*"}, [peer.issuer])
    token = peer.access_token(document["resource"], "app1", scope="read:things")
    assert handle("/things", f"Bearer {token}") == (200, {}, {"reader": "user1"})


def test_the_mcp_server_asks_for_a_token_and_says_where_to_get_one(peer):
    app = run("server.py", peer)["app"]

    def answer(path, headers=()):
        sent = []

        async def send(message):
            sent.append(message)

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": list(headers)}
        asyncio.run(app(scope, receive, send))
        return sent[0]["status"], dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent[1:])

    status, headers, _ = answer("/mcp")
    assert status == 401 and b"/.well-known/oauth-protected-resource/mcp" in headers[b"www-authenticate"]
    status, _, body = answer("/.well-known/oauth-protected-resource/mcp")
    assert status == 200 and peer.issuer.encode() in body
    token = peer.access_token("https://mcp.example.com/mcp", "app1", scope="tools")
    assert answer("/mcp", [(b"authorization", f"Bearer {token}".encode())])[::2] == (200, b"user1")


def test_a_better_sign_in_is_asked_for_as_the_page_says(peer):
    made = run("step_up.py", peer)

    class Answer:
        status = 401

        def __init__(self, error):
            self.headers = {"WWW-Authenticate": error.www_authenticate()}

    def bearer(**claims):
        return f"Bearer {peer.access_token('https://api.example.com', 'app1', **claims)}"

    assert made["transfer"](bearer(acr=made["MFA"], auth_time=int(time.time()))) == "user1"
    with pytest.raises(InsufficientUserAuthentication) as refused:
        made["transfer"](bearer())
    with pytest.raises(StepUpRequired) as asked:
        made["page"](Answer(refused.value))
    assert asked.value.parameters == {"acr_values": made["MFA"], "max_age": "300"}

"""`logto.mcp` around a server of the `mcp` package, asked by that package's own client."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import httpx
import pytest
import uvicorn
from mcp import ClientSession
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from mcp.server import MCPServer

from logto.mcp import protect


@pytest.fixture
def address(peer):
    server = MCPServer("notes")

    @server.tool()
    def shout(text: str) -> str:
        return text.upper()

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = protect(peer.endpoint, f"{origin}/mcp", scopes=["tools"])(server.streamable_http_app(stateless_http=True))
        running = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
        thread.start()
        while not running.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"{origin}/mcp"
        running.should_exit = True
        thread.join(10)


def call(address, token):
    async def shouted():
        http = create_mcp_http_client(headers={"Authorization": f"Bearer {token}"})
        async with http, streamable_http_client(address, http_client=http) as (read, write, *_):
            async with ClientSession(read, write) as session:
                await session.initialize()
                return (await session.call_tool("shout", {"text": "hello"})).content[0].text

    return asyncio.run(shouted())


def test_a_client_with_a_token_for_this_server_calls_a_tool(peer, address):
    assert call(address, peer.access_token(address, "app1", scope="tools")) == "HELLO"


def test_b17_tokens_for_other_servers_call_nothing(peer, address):
    for token in (peer.access_token("https://other.example/mcp", "app1", scope="tools"), peer.id_token("app1"), "x.y.z"):
        answer = httpx.post(address, json={}, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401 and "resource_metadata=" in answer.headers["www-authenticate"]
    token = peer.access_token(address, "app1", scope="other")
    assert httpx.post(address, json={}, headers={"Authorization": f"Bearer {token}"}).status_code == 403

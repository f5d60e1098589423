"""Starlette: who makes a request by access token (:class:`TokenBackend`), and who may open a web socket."""

from __future__ import annotations

import asyncio
from typing import Optional

import pytest
from browsers import Browser
from conftest import RESOURCE, App
from starlette.applications import Starlette
from starlette.authentication import requires
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from logto.resource_server import TokenValidator
from logto.starlette import LogtoAuth, TokenBackend

SECRET = "0123456789abcdef0123456789abcdef"


def api(validator) -> Starlette:
    async def who(request: Request) -> JSONResponse:
        return JSONResponse({"user": request.user.is_authenticated and request.user.identity, "scopes": request.auth.scopes})

    @requires("read")
    async def read(request: Request) -> JSONResponse:
        return JSONResponse(request.user.display_name)

    @requires("write")
    async def write(request: Request) -> JSONResponse:
        return JSONResponse("written")

    backend = TokenBackend(validator)
    routes = [Route(f"/{view.__name__}", view) for view in (who, read, write)]
    return Starlette(routes=routes, middleware=[Middleware(AuthenticationMiddleware, backend=backend, on_error=backend.on_error)])


def get(site: Starlette, app: App, path: str, token: Optional[str] = None):
    headers = {} if token is None else {"authorization": f"Bearer {token}"}

    async def main():
        return await Browser(site, app.peer).get(path, headers=headers)

    return asyncio.run(main())


def test_a_request_has_the_user_and_the_scopes_of_its_token(app: App):
    site, token = api(TokenValidator(app.peer.endpoint, RESOURCE)), app.peer.access_token(RESOURCE, "app1", scope="read things")
    found = get(site, app, "/who", token).json()
    assert found["user"] == "user1" and sorted(found["scopes"]) == ["authenticated", "read", "things"]
    assert get(site, app, "/read", token).json() == "user1" and get(site, app, "/write", token).status_code == 403


def test_without_a_token_nobody_makes_the_request(app: App):
    site = api(TokenValidator(app.peer.endpoint, RESOURCE))
    assert get(site, app, "/who").json() == {"user": False, "scopes": []} and get(site, app, "/read").status_code == 403


def test_a_token_that_is_not_to_be_trusted_is_401_on_every_page(app: App):
    site = api(TokenValidator(app.peer.endpoint, RESOURCE))
    for token in ("x.y.z", "", app.peer.access_token("https://other.example.com", "app1"), app.peer.id_token("app1"),
                  app.peer.access_token(RESOURCE, "app1", exp=1)):  # fmt: skip
        for path in ("/who", "/read"):
            refused = get(site, app, path, token)
            assert refused.status_code == 401 and refused.headers["www-authenticate"].startswith("Bearer"), token


def test_while_the_provider_is_away_a_token_is_503(app: App):
    app.peer.failures["/oidc/jwks"] = (500, {})
    away = get(api(TokenValidator(app.peer.endpoint, RESOURCE, timeout=1)), app, "/who", app.peer.access_token(RESOURCE, "app1"))
    assert away.status_code == 503 and away.headers["retry-after"]


def test_a_fault_of_the_validator_is_no_401(app: App):
    class Broken:
        async def validate_header_async(self, authorization, **_):
            raise RuntimeError("a fault of the program")

    with pytest.raises(RuntimeError):
        get(api(Broken()), app, "/who", "x")


@pytest.fixture
def socket(app: App):
    """Opens a web socket in the browser of somebody who is signed in; what the application says to them."""

    async def hello(websocket: WebSocket) -> None:
        await websocket.accept()
        user = await auth.find_user(websocket)
        await websocket.send_text(user.id or "nobody")
        await websocket.close()

    bases = {"http": "http://app.example.com", "https": "https://app.example.com"}
    auth = LogtoAuth(app.config(), SECRET)
    site = Starlette(routes=[WebSocketRoute("/hello", hello)])
    auth.install(site)

    def opened(scheme: str = "http", **headers: str) -> str:
        client = TestClient(site, base_url=bases[scheme], headers={"accept": "text/html"})
        started = client.get("/sign-in", follow_redirects=False, headers={"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"})
        assert client.get(app.peer.visit(started.headers["location"]), follow_redirects=False).status_code == 303
        address = f"{bases[scheme].replace('http', 'ws')}/hello"
        with client.websocket_connect(address, headers=headers) as connection:
            found = connection.receive_text()
            with pytest.raises(WebSocketDisconnect):
                connection.receive_text()
            return found

    return opened


@pytest.mark.parametrize("scheme, headers", [
    ("http", {}),
    ("http", {"origin": "http://app.example.com"}),
    ("http", {"origin": "https://app.example.com"}),
    ("https", {"origin": "https://APP.example.com"}),
])  # fmt: skip
def test_a_page_of_the_application_opens_a_web_socket_as_its_user(socket, scheme, headers):
    assert socket(scheme, **headers) == "user1"


@pytest.mark.parametrize("scheme, origin", [
    ("http", "http://evil.example"), ("http", "http://other.app.example.com"), ("http", "http://app.example.com:8080"),
    ("http", "http://app.example.com.evil.example"), ("http", "null"), ("http", ""), ("https", "http://app.example.com"),
])  # fmt: skip
def test_a_page_of_another_site_opens_a_web_socket_as_nobody(socket, scheme, origin):
    """The browser sends the cookies with it, and asks nobody whether it may."""
    assert socket(scheme, origin=origin) == "nobody"

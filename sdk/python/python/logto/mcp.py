"""Sign-in for one MCP server, or any other ASGI application that is an API (RFC 9728, RFC 8707)."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Dict, Iterable, List, Optional, Tuple

from .LogtoException import NetworkError, ProviderError, TokenError
from .resource_server import ProtectedResourceMetadata, TokenValidator

Message = Dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
Header = Tuple[bytes, bytes]

SCOPE_KEY = "logto.token"


class ProtectedServer:
    """An ASGI application behind access tokens. It serves the metadata, by which MCP clients find the provider, and refuses
    whatever has no token for ``metadata.resource``. The token is ``scope["logto.token"]``, a :class:`ValidatedToken`.
    """

    def __init__(self, app: Application, validator: TokenValidator, metadata: ProtectedResourceMetadata, scopes: Iterable[str] = ()) -> None:
        """
        :param scopes: those that every request needs.
        """
        self._app, self._validator, self._metadata, self._scopes = app, validator, metadata, list(scopes)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            # A web socket: browsers cannot send the header, and there is no challenge.
            return await send({"type": "websocket.close", "code": 1008})
        if scope["path"] == self._metadata.path and scope["method"] in ("GET", "HEAD"):
            body = self._metadata.json().encode() if scope["method"] == "GET" else b""
            # Clients in browsers read it across origins.
            return await _answer(send, 200, body, [(b"access-control-allow-origin", b"*")])
        try:
            found = await self._validator.validate_header_async(_authorization(scope), scopes=self._scopes)
        except TokenError as error:
            challenge = error.www_authenticate(resource_metadata=self._metadata.url)
            return await _answer(send, error.http_status, b"{}", [(b"www-authenticate", challenge.encode())])
        except (NetworkError, ProviderError):
            return await _answer(send, 503, b"{}", [(b"retry-after", b"5")])
        await self._app({**scope, SCOPE_KEY: found}, receive, send)


def protect(endpoint: str, resource: str, *, scopes: Iterable[str] = (), name: Optional[str] = None,
            **settings: Any) -> Callable[[Application], ProtectedServer]:
    """A decorator for the function or object that is the ASGI application.

    :param endpoint: the provider's public address.
    :param resource: the public address of the MCP server, registered as an API resource: the audience of its tokens.
    :param scopes: those that every request needs.
    :param settings: those of :class:`TokenValidator`.
    """
    wanted: List[str] = list(scopes)
    metadata = ProtectedResourceMetadata(resource, endpoint, scopes=wanted, name=name)
    validator = TokenValidator(endpoint, resource, **settings)
    return lambda app: ProtectedServer(app, validator, metadata, wanted)


def _authorization(scope: Message) -> Optional[str]:
    """The header's value; one that comes twice counts as none."""
    headers: Iterable[Header] = scope["headers"]
    given = [value for name, value in headers if name.lower() == b"authorization"]
    return given[0].decode("latin-1") if len(given) == 1 else None


async def _answer(send: Send, status: int, body: bytes, headers: List[Header]) -> None:
    kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": kind + headers})
    await send({"type": "http.response.body", "body": body})

"""A loopback relay before the real server, which answers some requests itself or breaks them."""

from __future__ import annotations

import http.client
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable, Dict, List, Optional, Tuple
from urllib.parse import urlsplit


@dataclass
class Answer:
    """What the relay answers itself; ``status`` 0 closes the connection without a word."""

    status: int
    headers: Dict[str, str] = field(default_factory=dict)
    body: str = ""


class Relay:
    """``plan(method, path)`` gives the answer to a request, or None for the server's. ``change`` edits the token endpoint's JSON."""

    def __init__(self, target: str) -> None:
        self.plan: Callable[[str, str], Optional[Answer]] = lambda method, path: None
        self.change: Callable[[Dict[str, object]], None] = lambda token: None
        self.seen: List[Tuple[str, str]] = []
        self.bodies: List[str] = []
        at, relay = urlsplit(target), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                relay.seen.append((self.command, self.path))
                relay.bodies.append(body.decode())
                answer = relay.plan(self.command, self.path) or self.forward(body)
                if answer.status == 0:
                    self.close_connection = True
                    return
                data = answer.body.encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def forward(self, body: bytes) -> Answer:
                connection = http.client.HTTPConnection(at.hostname or "", at.port or 0, timeout=60)
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "content-length")}
                connection.request(self.command, self.path, body or None, headers)
                response = connection.getresponse()
                text = response.read().decode()
                kept = {name: value for name, value in response.getheaders() if name.lower() in ("content-type", "total-number", "retry-after")}
                connection.close()
                if self.path.startswith("/oidc/token") and response.status == 200:
                    token = json.loads(text)
                    relay.change(token)
                    text = json.dumps(token)
                return Answer(response.status, kept, text)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """Clients that hang up are what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def count(self, method: str, path: str) -> int:
        return sum(1 for one in self.seen if one[0] == method and one[1].split("?")[0] == path)

    def next(self, *answers: Optional[Answer], path: str = "/api/") -> None:
        """These answers to the next requests below ``path``."""
        waiting = list(answers)
        self.plan = lambda method, asked: waiting.pop(0) if waiting and asked.startswith(path) else None

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

"""A second application: it starts a sign-in and takes the callback, nothing more."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from harness import Application, Server


class RelyingParty:
    """Listens for callbacks on a port of its own and speaks the authorization code flow by hand."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.application: Application | None = None
        self._listener = ThreadingHTTPServer(("127.0.0.1", 0), _Callback)
        self.url = f"http://localhost:{self._listener.server_address[1]}"
        self.callback = f"{self.url}/callback"
        threading.Thread(target=self._listener.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()

    def authorization_url(self, **extra: str) -> str:
        self._verifier = secrets.token_urlsafe(32)
        self.state = secrets.token_urlsafe(16)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self._verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "client_id": self.application.id,
            "redirect_uri": self.callback,
            "response_type": "code",
            "scope": "openid profile",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "state": self.state,
            **extra,
        }
        return f"{self.server.endpoint}/oidc/auth?{urllib.parse.urlencode(query)}"

    def exchange(self, callback_url: str) -> dict:
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(callback_url).query))
        assert query["state"] == self.state and query["iss"] == f"{self.server.endpoint}/oidc", query
        form = {
            "grant_type": "authorization_code",
            "code": query["code"],
            "redirect_uri": self.callback,
            "code_verifier": self._verifier,
            "client_id": self.application.id,
        }
        if self.application.secret:
            form["client_secret"] = self.application.secret
        answer = requests.post(f"{self.server.endpoint}/oidc/token", data=form, timeout=10)
        assert answer.ok, answer.text
        return answer.json()


class _Callback(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802, the name is http.server's
        body = b"<!doctype html><title>back</title><main>Back in the application</main>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass

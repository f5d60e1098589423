"""Starting what the tests talk to: the server, its command line, the sample application."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent
ARTIFACTS = Path(__file__).resolve().parent / "artifacts"
BINARY = os.environ.get("LOGGIA_BIN", str(ROOT / "target/debug/loggia"))
PASSWORD = "correct-horse-7-battery"


def free_port() -> int:
    """A port below those that systems give to outgoing connections, which could take it before its server starts."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("", port))
            except OSError:
                continue
        return port


def unique(word: str) -> str:
    """A name nobody else in this run has."""
    return f"{word}_{uuid.uuid4().hex[:8]}"


def wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[:2]} ended with {process.returncode}:\n{log.read_text()[-3000:]}")
        try:
            if requests.get(url, timeout=2).status_code < 500:
                return
        except (requests.ConnectionError, requests.Timeout):
            pass
        time.sleep(0.05)
    raise RuntimeError(f"nothing answered at {url}:\n{log.read_text()[-3000:]}")


def stop(process: subprocess.Popen) -> int:
    """Stops one process that this run started. One of a script in the background may ignore SIGINT."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


@dataclass
class Application:
    id: str
    secret: str | None


class Server:
    """One `loggia serve` with a database of its own."""

    def __init__(self, engine: str, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.port = free_port()
        self.admin_port = next(port for port in iter(free_port, None) if port != self.port)
        self.endpoint = f"http://localhost:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LOG_LEVEL")},
            "DB_URL": self._database(),
            "PORT": str(self.port),
            "ADMIN_PORT": str(self.admin_port),
            "ENDPOINT": self.endpoint,
            "ADMIN_ENDPOINT": f"http://localhost:{self.admin_port}",
            # The samples are told of logouts.
            "OUTBOUND_ALLOW": "localhost",
        }
        # Another server of the run may have had the same port.
        self.log = ARTIFACTS / f"server-{engine}-{self.port}-{uuid.uuid4().hex[:8]}.log"
        self._token: str | None = None

    def _database(self) -> str:
        if self.engine == "sqlite":
            return f"sqlite://{self.folder / 'loggia.db'}"
        url = os.environ["LOGGIA_TEST_POSTGRES"]
        name = f"e2e_{uuid.uuid4().hex[:12]}"
        subprocess.run(["psql", "-q", url, "-c", f"create database {name}"], check=True)
        return urllib.parse.urlsplit(url)._replace(path=f"/{name}").geturl()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve"], cwd=self.folder, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        wait_for(f"{self.endpoint}/api/status", self.process, self.log)

    def stop(self) -> int:
        return stop(self.process)

    def cli(self, *words: str, stdin: str = "") -> dict:
        """Runs a command of the binary beside the running server; its answer is JSON."""
        done = subprocess.run(
            [BINARY, *words], cwd=self.folder, env=self.environment, input=stdin, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"loggia {words} ended with {done.returncode}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def user(self, username: str, *, password: str = PASSWORD, email: str | None = None, name: str | None = None) -> str:
        words = ["user", "create", "--username", username, "--password-stdin", "--json"]
        words += ["--email", email] if email else []
        words += ["--name", name] if name else []
        return self.cli(*words, stdin=password)["id"]

    def application(self, kind: str, name: str, *redirect_uris: str, post_logout: str | None = None) -> Application:
        words = ["app", "create", "--type", kind, "--name", name, "--json"]
        for uri in redirect_uris:
            words += ["--redirect-uri", uri]
        words += ["--post-logout-redirect-uri", post_logout] if post_logout else []
        made = self.cli(*words)
        return Application(made["id"], made.get("secret"))

    def replace_secret(self, application: Application) -> None:
        """From now on the application knows a wrong secret."""
        path = f"/api/applications/{application.id}/secrets"
        for secret in self.api("GET", path):
            self.api("DELETE", f"{path}/{secret['name']}")
        self.api("POST", path, {"name": "another"})

    def api(self, method: str, path: str, body: dict | None = None):
        """A call of the Management API that succeeds; returns its JSON."""
        answer = self.ask(method, path, body)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.headers.get("content-type", "").startswith("application/json") else None

    def ask(self, method: str, path: str, body: dict | None = None) -> requests.Response:
        """A call of the Management API with the rights of a machine-to-machine application."""
        kind, token = self.authorization().split(": ")
        return requests.request(method, f"{self.endpoint}{path}", json=body, headers={kind: token}, timeout=10)

    def authorization(self) -> str:
        """The header that opens the Management API."""
        if self._token is None:
            made = self.cli("app", "create", "--type", "m2m", "--name", "e2e", "--management-api", "--json")
            answer = requests.post(
                f"{self.endpoint}/oidc/token",
                data={"grant_type": "client_credentials", "resource": "https://default.logto.app/api", "scope": "all"},
                auth=(made["id"], made["secret"]),
                timeout=10,
            )
            assert answer.ok, answer.text
            self._token = answer.json()["access_token"]
        return f"Authorization: Bearer {self._token}"


@dataclass
class Flask:
    """A sample: of examples/flask, or the one of e2e/drop_in, which runs with both packages."""

    server: Server
    python: str
    resource: str
    folder: str = "e2e/drop_in"
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.url = f"http://localhost:{self.port}"
        self.callback = f"{self.url}/sign-in-callback"

    def start(self, application: Application) -> None:
        self.application = application
        self.log = ARTIFACTS / f"flask-{self.server.engine}-{self.port}.log"
        environment = {
            "PATH": os.environ["PATH"],
            "PORT": str(self.port),
            "APP_SECRET_KEY": "only-for-this-test",
            "LOGTO_ENDPOINT": self.server.endpoint,
            "LOGTO_APP_ID": application.id,
            "LOGTO_APP_SECRET": application.secret or "",
            "LOGTO_REDIRECT_URI": self.callback,
            "LOGTO_POST_LOGOUT_REDIRECT_URI": f"{self.url}/",
            "LOGTO_RESOURCE": self.resource,
            "LOGTO_SCOPES": "read:reports",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [self.python, "app.py"], cwd=ROOT / self.folder, env=environment, stdout=log, stderr=log
            )
        wait_for(f"{self.url}/", self.process, self.log)

    def stop(self) -> None:
        stop(self.process)

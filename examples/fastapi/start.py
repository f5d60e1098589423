"""One command for everything: a Loggia server with a user, an organization and an API, and the sample in front of it.

    python start.py

The data is in .data/, for the next start. Stop with Ctrl-C.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DATA = HERE / ".data"
AUDIENCE = "https://notes.example.com"
USERNAME, PASSWORD = "demo", "loggia-demo-2026"
SWAGGER_UI = ROOT / "e2e/node/node_modules/swagger-ui-dist"


def binary() -> str:
    """Where the server is."""
    for place in (os.environ.get("LOGGIA_BIN"), str(ROOT / "target/debug/loggia"), str(ROOT / "target/release/loggia"), shutil.which("loggia")):
        if place and Path(place).is_file():
            return place
    sys.exit("No `loggia` is here: build it with `cargo build -p loggia`, or say where it is with LOGGIA_BIN")


def free_port(usual: int) -> int:
    for port in (usual, 0):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
                return int(listener.getsockname()[1])
            except OSError:
                continue
    sys.exit("No port is free")


class Server:
    """A server whose database is in the folder."""

    def __init__(self, port: int, admin_port: int) -> None:
        self.endpoint = f"http://localhost:{port}"
        self.environment = {
            **os.environ,
            "DB_URL": f"sqlite://{DATA / 'loggia.db'}",
            "PORT": str(port),
            "ADMIN_PORT": str(admin_port),
            "ENDPOINT": self.endpoint,
            "ADMIN_ENDPOINT": f"http://localhost:{admin_port}",
        }

    def start(self) -> subprocess.Popen[bytes]:
        with (DATA / "server.log").open("wb") as log:
            process = subprocess.Popen([binary(), "serve"], cwd=DATA, env=self.environment, stdout=log, stderr=log)
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.endpoint}/api/status", timeout=2)
                return process
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        sys.exit(f"The server did not start; see {DATA / 'server.log'}")

    def ask(self, *words: str, stdin: str = "") -> dict[str, Any]:
        done = subprocess.run([binary(), *words, "--json"], cwd=DATA, env=self.environment, input=stdin, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"`loggia {' '.join(words)}` failed:\n{done.stderr}")
        return dict(json.loads(done.stdout))

    def call(self, method: str, path: str, body: object, token: str | None = None, form: bool = False) -> Any:
        data = urllib.parse.urlencode(body).encode() if form else json.dumps(body).encode()  # type: ignore[arg-type]
        headers = {"Content-Type": "application/x-www-form-urlencoded" if form else "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"{self.endpoint}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read().decode()
            return json.loads(text) if text.startswith(("{", "[")) else None


def make(server: Server, base: str) -> dict[str, str]:
    """The user, the applications, the API with its scopes and a role, an organization."""
    user = server.ask("user", "create", "--username", USERNAME, "--name", "Demo Sailor", "--password-stdin", stdin=PASSWORD)
    app = server.ask(
        "app", "create", "--type", "traditional", "--name", "Harbour Notes",
        "--redirect-uri", f"{base}/sign-in-callback", "--post-logout-redirect-uri", f"{base}/",
    )  # fmt: skip
    docs = server.ask("app", "create", "--type", "spa", "--name", "Harbour Notes API", "--redirect-uri", f"{base}/docs/oauth2-redirect")
    manager = server.ask("app", "create", "--type", "m2m", "--name", "Set-up", "--management-api")
    form = {
        "grant_type": "client_credentials", "resource": "https://default.logto.app/api", "scope": "all",
        "client_id": manager["id"], "client_secret": manager["secret"],
    }  # fmt: skip
    token = server.call("POST", "/oidc/token", form, form=True)["access_token"]
    resource = server.call("POST", "/api/resources", {"name": "Notes", "indicator": AUDIENCE}, token)["id"]
    scopes = []
    for name in ("read:notes", "write:notes"):
        scopes.append(server.call("POST", f"/api/resources/{resource}/scopes", {"name": name, "description": name}, token)["id"])
    for name, held in (("writer", scopes), ("editor", [])):
        role = server.call("POST", "/api/roles", {"name": name, "description": name, "scopeIds": held}, token)
        server.call("POST", f"/api/roles/{role['id']}/users", {"userIds": [user["id"]]}, token)
    organization = server.call("POST", "/api/organizations", {"name": "Harbour Bikes"}, token)
    members = f"/api/organizations/{organization['id']}/users"
    server.call("POST", members, {"userIds": [user["id"]]}, token)
    return {
        "APP_SECRET": secrets.token_urlsafe(32),
        "LOGTO_ENDPOINT": server.endpoint,
        "LOGTO_APP_ID": app["id"],
        "LOGTO_APP_SECRET": app["secret"],
        "LOGTO_DOCS_APP_ID": docs["id"],
        "LOGTO_AUDIENCE": AUDIENCE,
    }


def main() -> None:
    # Ended like by Ctrl-C, so that the server and the sample do not go on alone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    DATA.mkdir(exist_ok=True)
    kept = DATA / "settings.json"
    if kept.exists():
        made = json.loads(kept.read_text())
        ports = made["ports"]
    else:
        # What an interrupted first start has left.
        for name in ("loggia.db", "loggia.db-wal", "loggia.db-shm"):
            (DATA / name).unlink(missing_ok=True)
        ports = [free_port(int(os.environ.get("PORT", "8000"))), free_port(3001), free_port(3002)]
        made = {}
    base = f"http://localhost:{ports[0]}"
    server = Server(ports[1], ports[2])
    process = server.start()
    try:
        if not made:
            made = {"ports": ports, "environment": make(server, base)}
            kept.write_text(json.dumps(made))
        environment = {**os.environ, **made["environment"], "PORT": str(ports[0])}
        if SWAGGER_UI.is_dir():
            environment.setdefault("SWAGGER_UI", str(SWAGGER_UI))
        print(f"\n  Open       {base}/\n  Swagger    {base}/docs\n  Sign in    {USERNAME}\n  Password   {PASSWORD}\n\n  Stop with Ctrl-C.\n", flush=True)
        sample = subprocess.Popen([sys.executable, "app.py"], cwd=HERE, env=environment)
        try:
            sample.wait()
        finally:
            sample.terminate()
            sample.wait()
    except KeyboardInterrupt:
        pass
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()

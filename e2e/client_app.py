"""An application of e2e/clients: a process of its own that knows the server by its environment."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, expect

from conftest import missing
from harness import ARTIFACTS, Application, Server, free_port, stop, wait_for

CLIENTS = Path(__file__).resolve().parent / "clients"


def needs_node() -> None:
    if not ((CLIENTS / "node_modules").is_dir() and shutil.which("node")):
        missing("e2e/clients/node_modules")


def claims(token: str) -> dict:
    """What a JWT says; its signature is the business of who takes it."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@dataclass(frozen=True)
class Library:
    """A client library, and what can be asked of the application that is written with it.

    :param command: starts the application, in its folder.
    :param callback: the path of the redirect URI.
    :param tokens: its pages that answer tokens: of /refresh, /resource and /organization those that the library can express.
    :param backchannel: where it takes logout tokens, if it does.
    :param algorithm: what the application is set to have its ID tokens signed with.
    :param confirms: it has a page with a button before signing in and out.
    :param refusal: what its page says where the secret is wrong.
    """

    name: str
    command: tuple[str, ...]
    callback: str = "callback"
    tokens: tuple[str, ...] = ("refresh", "resource", "organization")
    kind: str = "traditional"
    backchannel: str | None = None
    algorithm: str | None = None
    confirms: bool = False
    refusal: str = "invalid_client"


@dataclass
class ClientApp:
    server: Server
    library: Library
    environment: dict[str, str]
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.home = f"http://localhost:{self.port}/"
        self.callback = f"{self.home}{self.library.callback}"

    def __enter__(self) -> ClientApp:
        library = self.library
        made = self.server.application(library.kind, library.name, self.callback, post_logout=self.home)
        self.application: Application = made
        if library.algorithm:
            settings = {"customClientMetadata": {"idTokenSignedResponseAlg": library.algorithm}}
            self.server.api("PATCH", f"/api/applications/{made.id}", settings)
        environment = {
            "PATH": os.environ["PATH"],
            "ISSUER": f"{self.server.endpoint}/oidc",
            "ENDPOINT": self.server.endpoint,
            "CLIENT_ID": made.id,
            "CLIENT_SECRET": made.secret or "",
            "HOME_URL": self.home,
            "PORT": str(self.port),
            "SESSION_SECRET": "only-for-this-test",
            **self.environment,
        }
        log = ARTIFACTS / f"client-{library.name.strip('@').replace('/', '-')}.log"
        # Apache opens it by name and appends.
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                library.command, cwd=CLIENTS / library.name, env=environment, stdout=output, stderr=output
            )
        try:
            wait_for(self.home, self.process, log)
        except BaseException:
            stop(self.process)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        stop(self.process)

    def token(self, page: Page, path: str) -> dict:
        """The answer of a page that fetches an access token."""
        page.goto(f"{self.home}{path}")
        body = page.locator("body")
        expect(body).to_contain_text(re.compile(r"\{.*\}|failed", re.DOTALL))
        text = body.inner_text()
        assert text.startswith("{"), f"{path}: {text}"
        return json.loads(text)

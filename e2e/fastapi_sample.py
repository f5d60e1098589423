"""The sample of examples/fastapi, run against a server of the tests."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field

from harness import ARTIFACTS, ROOT, Application, Server, free_port, stop, wait_for

AUDIENCE = "https://notes.e2e.example"
WEBHOOK_KEY = "the-signing-key-of-this-test"
SWAGGER_UI = ROOT / "e2e/node/node_modules/swagger-ui-dist"


@dataclass
class FastAPISample:
    """One process of the sample, with the applications and the API that it needs."""

    server: Server
    python: str
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.url = f"http://localhost:{self.port}"
        self.roles: dict[str, str] = {}

    def start(self) -> None:
        made = self._prepare()
        self.application = made["app"].id
        self.log = ARTIFACTS / f"fastapi-{self.server.engine}-{self.port}.log"
        environment = {
            "PATH": os.environ["PATH"],
            "PORT": str(self.port),
            "APP_SECRET": "only-for-this-test-and-long-enough",
            "LOGTO_ENDPOINT": self.server.endpoint,
            "LOGTO_APP_ID": made["app"].id,
            "LOGTO_APP_SECRET": made["app"].secret or "",
            "LOGTO_DOCS_APP_ID": made["docs"].id,
            "LOGTO_AUDIENCE": AUDIENCE,
            "LOGTO_WEBHOOK_KEY": WEBHOOK_KEY,
            "SWAGGER_UI": str(SWAGGER_UI),
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [self.python, "app.py"], cwd=ROOT / "examples/fastapi", env=environment, stdout=log, stderr=log
            )
        wait_for(f"{self.url}/", self.process, self.log)

    def stop(self) -> None:
        stop(self.process)

    def give(self, user_id: str, role: str) -> None:
        self.server.api("POST", f"/api/roles/{self.roles[role]}/users", {"userIds": [user_id]})

    def _prepare(self) -> dict[str, Application]:
        api = self.server.api
        resource = api("POST", "/api/resources", {"name": "Notes", "indicator": AUDIENCE})["id"]
        scopes = {}
        for name in ("read:notes", "write:notes"):
            scopes[name] = api("POST", f"/api/resources/{resource}/scopes", {"name": name, "description": name})["id"]
        for name, held in (("reader", ["read:notes"]), ("writer", ["read:notes", "write:notes"]), ("editor", [])):
            body = {"name": name, "description": name, "scopeIds": [scopes[scope] for scope in held]}
            self.roles[name] = api("POST", "/api/roles", body)["id"]
        app = self.server.application(
            "traditional", "FastAPI sample", f"{self.url}/sign-in-callback", post_logout=f"{self.url}/"
        )
        docs = self.server.application("spa", "FastAPI sample: Swagger", f"{self.url}/docs/oauth2-redirect")
        return {"app": app, "docs": docs}

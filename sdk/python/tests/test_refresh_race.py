"""B6 from the client's side: 50 parallel requests with an expired token cause one refresh."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Optional

import pytest
from conftest import RESOURCE, App, DictStorage, run
from logto import Logto, Storage, StorageError
from logto.locks import FileLock, LockedStorage, RedisLock

PARALLEL = 50


class FileStorage(Storage):
    """A session that several processes share."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, key: Any) -> Optional[str]:
        return json.loads(self.path.read_text()).get(key)

    def set(self, key: Any, value: Optional[str]) -> None:
        data = {**json.loads(self.path.read_text()), key: value}
        fresh = self.path.with_suffix(f".{threading.get_ident()}")
        fresh.write_text(json.dumps(data))
        fresh.replace(self.path)

    def delete(self, key: Any) -> None:
        self.set(key, None)


def expired(app: App, storage: DictStorage) -> Logto:
    app.signed_in(storage)
    storage.data.pop("accessTokenMap")
    app.peer.requests.clear()
    app.peer.delay = 0.1
    return Logto(app.config())


def test_b6_threads_refresh_once(app: App, storage: DictStorage):
    logto = expired(app, storage)
    start = threading.Barrier(PARALLEL)

    def one(_: int) -> Optional[str]:
        # Copies of one session, as cookies are.
        client = logto.sync_session(DictStorage(dict(storage.data)))
        start.wait()
        return client.get_access_token(RESOURCE)

    with ThreadPoolExecutor(PARALLEL) as pool:
        tokens = set(pool.map(one, range(PARALLEL)))
    assert len(tokens) == 1 and None not in tokens and app.peer.count("/oidc/token") == 1


@pytest.mark.parametrize("locked", [False, True])
def test_b6_tasks_refresh_once(app: App, storage: DictStorage, tmp_path: Path, locked):
    """Also when more wait for the lock than there are threads to wait on."""
    logto = expired(app, storage)
    session: Storage = LockedStorage(storage, FileLock(tmp_path)) if locked else storage

    async def all_of_them() -> set:
        return set(await asyncio.gather(*(logto.session(session).get_access_token(RESOURCE) for _ in range(PARALLEL))))

    assert len(run(all_of_them())) == 1 and app.peer.count("/oidc/token") == 1
    assert list(tmp_path.iterdir()) == []


PROGRAM = """
import sys, json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from logto import Logto, LogtoConfig
from logto.locks import FileLock, LockedStorage
from test_refresh_race import FileStorage
config, session, locks, resource = json.loads(sys.argv[2])
logto = Logto(LogtoConfig(**config))
storage = LockedStorage(FileStorage(Path(session)), FileLock(locks))
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(25) as pool:
    tokens = set(pool.map(lambda _: logto.sync_session(storage).get_access_token(resource), range(25)))
print(json.dumps(sorted(tokens, key=str)))
"""


def test_b6_two_processes_with_a_file_lock_refresh_once(app: App, storage: DictStorage, tmp_path: Path):
    expired(app, storage)
    session = tmp_path / "session.json"
    session.write_text(json.dumps(storage.data))
    config = {"endpoint": app.peer.endpoint, "appId": "app1", "appSecret": "secret1", "resources": [RESOURCE]}
    given = json.dumps([config, str(session), str(tmp_path / "locks"), RESOURCE])
    command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), given]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    outputs = []
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        outputs.append(json.loads(process.communicate(timeout=60)[0]))
    assert outputs[0] == outputs[1] and len(outputs[0]) == 1 and outputs[0][0]
    assert app.peer.count("/oidc/token") == 1


def test_a_lock_that_is_not_free_in_time(app: App, storage: DictStorage, tmp_path: Path):
    logto = expired(app, storage)
    lock = FileLock(tmp_path, wait=0.1)
    session = LockedStorage(storage, lock)
    key = logto.sync_session(session)._shared.access_token(storage, RESOURCE).lock_key
    assert key is not None
    with lock(key):
        for call in (logto.sync_session(session).get_access_token, lambda one: run(logto.session(session).get_access_token(one))):
            with pytest.raises(StorageError) as caught:
                call(RESOURCE)
            assert caught.value.code == "storage.lock_timeout" and isinstance(caught.value.cause, TimeoutError)
    assert app.peer.count("/oidc/token") == 0


def test_a_task_that_is_cancelled_while_it_waits_leaves_no_lock(app: App, storage: DictStorage, tmp_path: Path):
    logto = expired(app, storage)
    lock = FileLock(tmp_path)
    client = logto.session(LockedStorage(storage, lock))
    key = client._shared.access_token(storage, RESOURCE).lock_key

    async def main() -> None:
        with lock(key):
            task = asyncio.create_task(client.get_access_token(RESOURCE))
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0.2)
        assert await client.get_access_token(RESOURCE)

    started = time.monotonic()
    run(main())
    assert time.monotonic() - started < 5


def test_tokens_are_renewed_early_and_the_old_one_serves_while_the_provider_is_away(app: App, storage: DictStorage):
    app.peer.expires_in = 600
    client = app.signed_in(storage, refreshAhead=3000)
    first = run(client.getAccessToken(RESOURCE))
    assert run(client.getAccessToken(RESOURCE)) == first, "not before half its life"
    stored = json.loads(storage.data["accessTokenMap"])
    stored["x"][RESOURCE]["renewAt"] = int(time.time()) - 1
    storage.data["accessTokenMap"] = json.dumps(stored)
    app.peer.hanging.add("/oidc/token")
    away = app.client(storage, refreshAhead=3000, timeout=0.3)
    assert run(away.getAccessToken(RESOURCE)) == first
    app.peer.hanging.clear()
    assert run(client.getAccessToken(RESOURCE)) != first


class OneKeyRedis:
    """The two commands of the lock as Redis documents them; a server is not here."""

    def __init__(self) -> None:
        self.values: dict = {}

    def set(self, name: str, value: str, nx: bool, px: int) -> Optional[bool]:
        assert nx and px == 60_000
        return None if name in self.values else self.values.setdefault(name, value) is not None

    def eval(self, script: str, keys: int, name: str, value: str) -> int:
        assert "redis.call('get', KEYS[1]) == ARGV[1]" in script and keys == 1
        return 1 if self.values.get(name) == value and self.values.pop(name) else 0


def test_a_redis_lock_is_removed_by_its_holder_only():
    redis = OneKeyRedis()
    with RedisLock(redis)("k"):
        with pytest.raises(TimeoutError):
            RedisLock(redis, wait=0.05)("k").__enter__()
        redis.values["logto:lock:k"] = "of another, after ours ended"
    assert redis.values == {"logto:lock:k": "of another, after ours ended"}

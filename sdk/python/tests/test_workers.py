"""Workers: processes that were forked after the keys were fetched, greenlets of gevent, and threads."""

from __future__ import annotations

import faulthandler
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
from conftest import RESOURCE, App, DictStorage
from real_server import free_port, wait_for

from logto.resource_server import TokenValidator
from logto.web import MemoryCache

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")


@pytest.fixture(params=["sync", "gthread", "gevent"])
def gunicorn(request, app: App, storage: DictStorage, tmp_path: Path) -> Iterator[str]:
    """The address of an application in two workers of a kind; the master has loaded it before it forked them."""
    pytest.importorskip("gunicorn")
    pytest.importorskip("gevent")
    app.peer.rotate = False
    app.signed_in(storage)
    storage.data.pop("accessTokenMap")
    given = {"endpoint": app.peer.endpoint, "resource": RESOURCE, "session": storage.data, "token": app.peer.access_token(RESOURCE, "app1")}
    app.peer.requests.clear()
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2", "--worker-class", request.param, "--threads", "4",
               "--bind", f"127.0.0.1:{port}", "--no-control-socket", "gunicorn_site:application"]  # fmt: skip
    environment = {**os.environ, "LOGTO_TEST_SITE": json.dumps(given), "PYTHONPATH": str(Path(__file__).parent)}
    with (tmp_path / "gunicorn.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(timeout=30)


def ask(url: str, token: str) -> Dict[str, Any]:
    asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


@needs_fork
def test_workers_forked_with_keys_fetched_answer_and_fetch_their_own_once(gunicorn: str, app: App):
    tokens = [app.peer.access_token(RESOURCE, "app1") for _ in range(60)]
    with ThreadPoolExecutor(12) as pool:
        answers: List[Dict[str, Any]] = list(pool.map(lambda token: ask(gunicorn, token), tokens))
    assert {(one.get("subject"), one.get("user"), one.get("error")) for one in answers} == {("user1", "user1", None)}
    workers = {one["pid"] for one in answers}
    # The master fetched them for its validator and for its client, and so does each worker.
    assert len(workers) == 2 and app.peer.count("/oidc/jwks") <= 2 * 3
    assert ask(gunicorn, "x.y.z")["error"].startswith("access_token.")


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import gevent, json, sys, time
from logto.resource_server import TokenValidator
endpoint, resource, tokens = json.load(sys.stdin)
validator, ticks = TokenValidator(endpoint, resource), []
def tick():
    while True:
        ticks.append(time.monotonic())
        gevent.sleep(0.01)
gevent.spawn(tick)
jobs = [gevent.spawn(validator.validate, token) for token in tokens]
gevent.joinall(jobs, raise_error=True)
print(json.dumps([sorted({job.value.subject for job in jobs}), max(b - a for a, b in zip(ticks, ticks[1:]))]))
"""


def test_greenlets_go_on_while_a_validator_fetches_keys_once(app: App):
    pytest.importorskip("gevent")
    app.peer.delay = 0.5
    given = json.dumps([app.peer.endpoint, RESOURCE, [app.peer.access_token(RESOURCE, "app1") for _ in range(50)]])
    done = subprocess.run([sys.executable, "-c", GREENLETS], input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    subjects, longest_gap = json.loads(done.stdout)
    assert subjects == ["user1"] and app.peer.count("/oidc/jwks") == 1
    assert longest_gap < 0.4, "another greenlet had to wait for the provider"


def test_threads_fetch_keys_once(app: App):
    app.peer.delay = 0.2
    validator, tokens = TokenValidator(app.peer.endpoint, RESOURCE), [app.peer.access_token(RESOURCE, "app1") for _ in range(32)]
    with ThreadPoolExecutor(32) as pool:
        assert {found.subject for found in pool.map(validator.validate, tokens)} == {"user1"}
    assert app.peer.count("/oidc/jwks") == 1


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_other_threads_work_leaves_no_lock_held(app: App, storage: DictStorage):
    """A child has only the thread that forked: what the others held would be held for good."""
    client, validator, cache = app.signed_in(storage), TokenValidator(app.peer.endpoint, RESOURCE), MemoryCache()
    stop = threading.Event()

    def work() -> None:
        own = app.client(DictStorage(dict(storage.data)))
        while not stop.is_set():
            validator.validate(app.peer.access_token(RESOURCE, "app1"))
            assert own.isAuthenticated()
            for number in range(200):
                cache.set(str(number), "1", 60)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for one in threads:
        one.start()
    try:
        for _ in range(6):
            pid = os.fork()
            if pid == 0:
                code = 1
                faulthandler.dump_traceback_later(10)
                try:
                    cache.set("child", "1", 60)
                    validator.validate(app.peer.access_token(RESOURCE, "app1"))
                    code = 0 if client.isAuthenticated() else 2
                finally:
                    os._exit(code)
            assert ended(pid) == 0
    finally:
        stop.set()
        for one in threads:
            one.join()


def ended(pid: int) -> int:
    """The exit code of a child; 99 for one that hangs."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return 99

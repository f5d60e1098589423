"""Under gevent, waiting for the provider does not hold up other greenlets."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from conftest import RESOURCE, App, DictStorage

pytest.importorskip("gevent")

PROGRAM = """
from gevent import monkey
monkey.patch_all()
import gevent, json, sys, time
from logto import Logto, LogtoConfig, Storage
config, data, resource = json.load(sys.stdin)
class S(Storage):
    def get(self, key): return data.get(key)
    def set(self, key, value): data[key] = value
    def delete(self, key): data.pop(key, None)
logto, ticks = Logto(LogtoConfig(**config)), []
def tick():
    while True:
        ticks.append(time.monotonic())
        gevent.sleep(0.01)
ticker = gevent.spawn(tick)
jobs = [gevent.spawn(lambda: logto.sync_session(S()).get_access_token(resource)) for _ in range(50)]
gevent.joinall(jobs, raise_error=True)
print(json.dumps([len({job.value for job in jobs}), max(b - a for a, b in zip(ticks, ticks[1:]))]))
"""


def test_greenlets_go_on_and_refresh_once(app: App, storage: DictStorage):
    app.signed_in(storage)
    storage.data.pop("accessTokenMap")
    app.peer.requests.clear()
    app.peer.delay = 0.5
    config = {"endpoint": app.peer.endpoint, "appId": "app1", "appSecret": "secret1", "resources": [RESOURCE]}
    given = json.dumps([config, storage.data, RESOURCE])
    done = subprocess.run([sys.executable, "-c", PROGRAM], input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    tokens, longest_gap = json.loads(done.stdout)
    assert tokens == 1 and app.peer.count("/oidc/token") == 1
    assert longest_gap < 0.4, "another greenlet had to wait for the provider"

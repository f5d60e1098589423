"""Live sessions survive a change of the package, in both directions."""

from __future__ import annotations

import json
import subprocess

import published as old
from conftest import REDIRECT, RESOURCE, App, DictStorage, run

# Runs one step with the published package: reads {endpoint, data, step, argument}, writes {data, result}.
PROGRAM = """
import asyncio, json, sys
from logto import LogtoClient, LogtoConfig, Storage, UserInfoScope
given = json.load(sys.stdin)
class S(Storage):
    def get(self, key): return given["data"].get(key)
    def set(self, key, value): given["data"][key] = value
    def delete(self, key): given["data"].pop(key, None)
client = LogtoClient(LogtoConfig(endpoint=given["endpoint"], appId="app1", appSecret="secret1",
                                 resources=[%r], scopes=["read", UserInfoScope.organizations]), S())
result = getattr(client, given["step"])(*given["arguments"])
if asyncio.iscoroutine(result): result = asyncio.run(result)
json.dump({"data": given["data"], "result": result if isinstance(result, (str, bool, type(None))) else result.model_dump()}, sys.stdout)
""" % RESOURCE


def published(app: App, storage: DictStorage, step: str, *arguments: str):
    given = {"endpoint": app.peer.endpoint, "data": storage.data, "step": step, "arguments": arguments}
    done = subprocess.run([old.python(), "-c", PROGRAM], input=json.dumps(given), capture_output=True, text=True, timeout=60, check=True)
    answer = json.loads(done.stdout)
    storage.data.clear()
    storage.data.update(answer["data"])
    return answer["result"]


def test_a_session_of_the_published_package_goes_on(app: App, storage: DictStorage):
    published(app, storage, "handleSignInCallback", app.peer.visit(published(app, storage, "signIn", REDIRECT)))
    client = app.client(storage)
    assert client.isAuthenticated() and run(client.fetchUserInfo()).sub == "user1"
    assert run(client.getAccessToken(RESOURCE)) and run(client.getOrganizationToken("o1"))


def test_our_session_goes_on_with_the_published_package(app: App, storage: DictStorage):
    client = app.signed_in(storage)
    token = run(client.getAccessToken(RESOURCE))
    assert published(app, storage, "isAuthenticated") is True
    assert published(app, storage, "getAccessToken", RESOURCE) == token
    assert published(app, storage, "fetchUserInfo")["sub"] == "user1"
    assert published(app, storage, "getOrganizationToken", "o1")
    assert run(client.getAccessToken(RESOURCE)) == token


def test_a_sign_in_started_by_one_is_finished_by_the_other(app: App, storage: DictStorage):
    started = published(app, storage, "signIn", REDIRECT)
    run(app.client(storage).handleSignInCallback(app.peer.visit(started)))
    assert app.client(storage).isAuthenticated()
    client = app.client(storage)
    run(client.signIn(REDIRECT))
    started = run(client.signIn(REDIRECT))
    published(app, storage, "handleSignInCallback", app.peer.visit(started))
    assert published(app, storage, "isAuthenticated") is True

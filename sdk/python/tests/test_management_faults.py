"""The client of the Management API when something is in the way: retries, tokens, connections. Each test runs on both clients."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import format_datetime
from datetime import datetime, timedelta, timezone

import pytest

from connect_proxy import ConnectProxy
from logto import ConfigurationError, NetworkError, ProviderError
from logto.management import AsyncManagementClient, ManagementClient, ManagementError
from logto.management import models as m
from logto.management._connection import seconds
from management_relay import Answer, Relay
from management_twins import TWINS
from real_server import RealServer, free_port
from tls_peer import TlsPeer

BUSY = Answer(503, {"retry-after": "0"}, '{"code": "request.general", "message": "Later."}')
BROKEN = Answer(0)
TOKEN = "/oidc/token"
ROLES = "/api/roles"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RealServer(tmp_path_factory.mktemp("management"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def application(server):
    made = server.command("app", "create", "--type", "m2m", "--name", "client", "--management-api", "--json")
    return made["id"], made["secret"]


@pytest.fixture
def relay(server):
    relay = Relay(server.endpoint)
    yield relay
    relay.close()


@pytest.fixture(params=TWINS)
def make(request, relay, application):
    return lambda **options: TWINS[request.param](relay.endpoint, *application, **options)


def test_a_busy_server_is_asked_again(relay, make):
    management = make()
    relay.next(BUSY, BUSY)
    list(management.roles.list())
    assert relay.count("GET", ROLES) == 3


def test_a_busy_server_did_nothing_so_a_post_is_sent_again_with_its_body(relay, make):
    relay.next(BUSY)
    user = make().users.create(m.CreateUser(name="Once"))
    assert user.name == "Once" and relay.count("POST", "/api/users") == 2
    sent = [json.loads(body) for (method, path), body in zip(relay.seen, relay.bodies) if path == "/api/users"]
    assert sent == [{"name": "Once"}] * 2


def test_the_server_says_how_long_to_wait(relay, make):
    management = make()
    relay.next(Answer(503, {"retry-after": "1"}))
    began = time.monotonic()
    list(management.roles.list())
    assert 0.9 <= time.monotonic() - began < 10


def test_a_wait_that_is_too_long_is_the_callers(relay, make):
    relay.next(Answer(503, {"retry-after": "3600"}, '{"code": "request.general", "message": "Later."}'))
    with pytest.raises(ManagementError) as error:
        make(max_retry_wait=2).roles.get("x")
    assert (error.value.status, error.value.code, error.value.retry_after) == (503, "request.general", 3600.0)


def test_attempts_have_a_limit(relay, make):
    relay.plan = lambda method, path: BUSY if path.startswith("/api/") else None
    with pytest.raises(ManagementError) as error:
        make(retries=2).roles.get("x")
    assert error.value.status == 503 and len(relay.seen) == 1 + 3
    with pytest.raises(ManagementError):
        make(retries=0).roles.get("x")
    assert len(relay.seen) == 4 + 1 + 1


def test_a_busy_token_endpoint_is_asked_again(relay, make):
    waiting = [Answer(503)]
    relay.plan = lambda method, path: waiting.pop() if path == TOKEN and waiting else None
    list(make().roles.list())
    assert relay.count("POST", TOKEN) == 2


def test_a_broken_connection_is_made_again_only_where_repeating_is_safe(relay, make):
    management = make()
    relay.next(BROKEN, BROKEN)
    list(management.roles.list())
    assert relay.count("GET", ROLES) == 3
    relay.next(BROKEN)
    with pytest.raises(NetworkError):
        management.roles.create(m.CreateRole(name="unclear", description="x"))
    assert relay.count("POST", ROLES) == 1


def test_one_token_serves_until_shortly_before_its_end(relay, make):
    management = make()
    for _ in range(3):
        list(management.roles.list())
    assert relay.count("POST", TOKEN) == 1


def test_a_token_is_renewed_ahead_of_its_end(relay, make):
    relay.change = lambda token: token.update(expires_in=2)
    management = make()
    list(management.roles.list())
    time.sleep(1.1)
    list(management.roles.list())
    assert relay.count("POST", TOKEN) == 2


def test_while_the_token_is_good_a_renewal_that_fails_does_no_harm(relay, make):
    relay.change = lambda token: token.update(expires_in=3)
    management = make(retries=0)
    list(management.roles.list())
    relay.plan = lambda method, path: Answer(500) if path == TOKEN else None
    time.sleep(2.1)
    list(management.roles.list())
    assert relay.count("POST", TOKEN) == 2


def test_a_token_that_is_refused_is_replaced_once(relay, make):
    management = make()
    list(management.roles.list())
    relay.next(Answer(401, body='{"code": "auth.unauthorized", "message": "No."}'))
    list(management.roles.list())
    assert relay.count("POST", TOKEN) == 2
    relay.plan = lambda method, path: Answer(401, body='{"code": "auth.unauthorized", "message": "No."}') if path.startswith("/api") else None
    with pytest.raises(ManagementError) as error:
        list(management.roles.list())
    assert error.value.status == 401 and relay.count("POST", TOKEN) == 3


def test_a_wrong_secret_is_told_and_not_repeated(relay, application):
    with pytest.raises(ProviderError) as error:
        ManagementClient(relay.endpoint, application[0], "hunter2").roles.get("x")
    assert error.value.code == "invalid_client" and len(relay.seen) == 1 and "hunter2" not in str(error.value)


def test_threads_and_tasks_share_one_request_for_a_token(relay, application):
    relay.change = lambda token: time.sleep(0.3)
    plain = ManagementClient(relay.endpoint, *application)
    gate = threading.Barrier(20)

    def ask(_: int) -> int:
        gate.wait()
        return len(list(plain.roles.list()))

    with ThreadPoolExecutor(20) as threads:
        assert len(set(threads.map(ask, range(20)))) == 1
    assert relay.count("POST", TOKEN) == 1

    async def together() -> None:
        async with AsyncManagementClient(relay.endpoint, *application) as management:
            await asyncio.gather(*(management.configs.get_oidc_session() for _ in range(20)))

    asyncio.run(together())
    assert relay.count("POST", TOKEN) == 2


def test_coroutines_do_not_block_the_loop(relay, application):
    relay.next(Answer(503, {"retry-after": "1"}))
    ticks = 0

    async def main() -> None:
        nonlocal ticks
        asking = asyncio.ensure_future(AsyncManagementClient(relay.endpoint, *application).configs.get_oidc_session())
        while not asking.done():
            await asyncio.sleep(0.01)
            ticks += 1
        await asking

    asyncio.run(main())
    assert ticks > 30


def test_a_server_that_hangs_is_given_up_in_time(relay, make):
    relay.plan = lambda method, path: time.sleep(3)
    began = time.monotonic()
    with pytest.raises(NetworkError) as error:
        make(timeout=0.5).roles.get("x")
    assert error.value.code == "network.timeout" and time.monotonic() - began < 2.5


def test_an_answer_of_something_else_is_told(relay, make):
    relay.next(Answer(200, body="<html>"), Answer(502, body="<html>"))
    with pytest.raises(ManagementError) as error:
        make().roles.get("x")
    assert error.value.code == "provider.unexpected_answer"
    relay.next(Answer(502, body="<html>"))
    with pytest.raises(ManagementError) as error:
        make().roles.get("x")
    assert error.value.status == 502


def test_settings_that_cannot_work_are_refused():
    for arguments, options in (
        (("ftp://a.example", "a", "b"), {}),
        (("http://a.example", "a", "b"), {}),
        (("https://a.example", "", "b"), {}),
        (("https://a.example", "a", ""), {}),
        (("https://a.example", "a", "b"), {"timeout": 0}),
        (("https://a.example", "a", "b"), {"ca_bundle": "/nowhere.pem"}),
        (("https://a.example", "a", "b"), {"proxy": "fax://b"}),
        (("https://a.example", "a", "b"), {"retries": -1}),
    ):
        for kind in (ManagementClient, AsyncManagementClient):
            with pytest.raises(ConfigurationError):
                kind(*arguments, **options)
    assert "secret" not in repr(ManagementClient("https://a.example", "a", "secret"))
    ManagementClient("http://a.example", "a", "b", allow_insecure_http=True)


def test_authorities_and_proxies_are_those_of_the_settings(tmp_path):
    peer = TlsPeer(tmp_path, name="auth.example.test")
    proxy = ConnectProxy(int(peer.endpoint.rsplit(":", 1)[1]))
    try:
        for ca_bundle, reached in ((str(peer.ca_file), True), (None, False)):
            management = ManagementClient(peer.endpoint, "a", "b", ca_bundle=ca_bundle, proxy=f"http://127.0.0.1:{proxy.port}", retries=0)
            with pytest.raises(ProviderError if reached else NetworkError):
                management.roles.get("x")
        assert len(proxy.requests) == 2
    finally:
        proxy.close()
        peer.close()


def test_nobody_at_the_address():
    with pytest.raises(NetworkError) as error:
        ManagementClient(f"http://localhost:{free_port()}", "a", "b", retries=1).roles.get("x")
    assert error.value.code == "network.unreachable"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_process_has_connections_of_its_own(relay, application):
    management = ManagementClient(relay.endpoint, *application)
    list(management.roles.list())
    child = os.fork()
    if child == 0:
        os._exit(0 if len(list(management.roles.list())) >= 0 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert relay.count("POST", TOKEN) == 2


def test_retry_after_is_seconds_or_a_date():
    assert seconds("7") == 7.0 and seconds(None) is None and seconds("soon") is None and seconds("-1") is None
    soon = seconds(format_datetime(datetime.now(timezone.utc) + timedelta(seconds=20), usegmt=True))
    assert soon is not None and 15 < soon <= 20
    assert seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0

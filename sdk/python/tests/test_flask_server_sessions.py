"""Sessions in a cache that processes share."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cachelib import FileSystemCache

from flask_site import PAGE, Browser, make_app
from logto.flask import LogtoAuth, MemoryCache
from logto.locks import FileLock
from peer import JWT_START
from real_server import free_port, wait_for


@pytest.fixture(params=["memory", "files"])
def cache(request, tmp_path):
    return MemoryCache() if request.param == "memory" else FileSystemCache(str(tmp_path / "sessions"))


@pytest.fixture
def site(peer, cache):
    return make_app(peer.endpoint, LogtoAuth(session_cache=cache), SECRET_KEY=None)


def session_id(browser):
    cookie = browser.client.get_cookie("logto")
    return cookie and cookie.value


def test_sign_in_use_and_sign_out(site, peer):
    browser = Browser(site, peer.visit)
    assert browser.sign_in("/account").location == "/account"
    assert browser.get("/account").text == "account of user1" and len(session_id(browser)) == 43
    kept = session_id(browser)
    browser.get("/sign-out")
    assert session_id(browser) is None and browser.get("/").text == "home of None"
    # A copy of the cookie is worth nothing either.
    browser.client.set_cookie("logto", kept)
    assert browser.get("/").text == "home of None"


def test_c16_an_id_from_before_the_sign_in_or_of_somebodys_choice_is_not_taken_over(site, peer):
    browser = Browser(site, peer.visit)
    browser.client.set_cookie("logto", "A" * 43)
    sent = browser.get("/account")
    before = session_id(browser)
    assert before != "A" * 43
    browser.get(browser.authorize(sent))
    assert session_id(browser) != before
    thief = Browser(site, peer.visit)
    for known in (before, "A" * 43):
        thief.client.set_cookie("logto", known)
        assert thief.get("/").text == "home of None"


def test_c15_whoever_reads_the_cache_cannot_use_it(peer):
    cache = MemoryCache()
    browser = Browser(make_app(peer.endpoint, LogtoAuth(session_cache=cache)), peer.visit)
    browser.sign_in()
    [(key, (value, _))] = cache._values.items()
    assert session_id(browser) not in key and JWT_START not in value and "user1" not in value


def test_a_request_that_was_under_way_does_not_bring_a_session_back(site, peer):
    browser = Browser(site, peer.visit)
    browser.sign_in()
    with site.test_request_context("/", headers={"Cookie": f"logto={session_id(browser)}"}):
        from logto.flask._registered import registered
        from logto.flask._visit import visit
        now = visit(registered())
        assert now.user.is_authenticated
        browser.get("/sign-out")
        now.write("logtoNext", "{}")
    assert browser.get("/").text == "home of None" and session_id(browser) is None


def test_strangers_leave_nothing_in_the_cache(peer):
    cache = MemoryCache()
    site = make_app(peer.endpoint, LogtoAuth(session_cache=cache))
    for path in ("/", "/plain", "/sign-in-callback?code=x&state=y"):
        assert "Set-Cookie" not in Browser(site, peer.visit).get(path).headers
    assert not cache._values


def test_b6_fifty_requests_to_two_processes_refresh_once(peer, tmp_path):
    """The tokens of one session, expired, asked for from two processes at once: one refresh, by the lock between them."""
    cache = FileSystemCache(str(tmp_path / "sessions"))
    site = make_app(peer.endpoint, LogtoAuth(session_cache=cache, session_lock=FileLock(tmp_path / "locks")), SECRET_KEY=None)
    browser = Browser(site, peer.visit)
    browser.sign_in()
    browser.get("/token")
    with site.test_request_context("/", headers={"Cookie": f"logto={session_id(browser)}"}):
        from logto.flask._registered import registered
        from logto.flask._visit import visit
        storage = visit(registered()).storage
        tokens = json.loads(storage.get("accessTokenMap"))
        for one in tokens["x"].values():
            one["expiresAt"] = 1
        storage.set("accessTokenMap", json.dumps(tokens))
    ports = [free_port(), free_port()]
    words = [sys.executable, str(Path(__file__).parent / "flask_worker.py")]
    workers = [subprocess.Popen([*words, str(port), peer.endpoint, str(tmp_path)], stderr=subprocess.DEVNULL) for port in ports]
    try:
        for port, worker in zip(ports, workers):
            wait_for(f"http://127.0.0.1:{port}/plain", worker)
        before, peer.delay = peer.count("/oidc/token"), 0.05

        def ask(number):
            headers = {**PAGE, "Cookie": f"logto={session_id(browser)}"}
            answer = urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{ports[number % 2]}/token", headers=headers), timeout=60)
            return json.load(answer)["token"]

        with ThreadPoolExecutor(50) as threads:
            assert len(set(threads.map(ask, range(50)))) == 1
        assert peer.count("/oidc/token") - before == 1
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait(timeout=30)

"""The Flask sample over real HTTP, with this package and with the published one."""

from __future__ import annotations

import base64
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zlib
from http.cookiejar import CookieJar
from urllib.parse import parse_qs, urlencode, urlsplit

import published
import pytest
from peer import Peer
from published import SAMPLE
from real_server import free_port

RESOURCE = "https://api.example.com"
SAMPLE_COOKIE_LIMIT = 4093


TOKEN = re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.")


def readable(cookie: str) -> str:
    """What anybody can read of a Flask session: base64url of JSON, packed with zlib when it begins with a dot."""
    body = cookie.lstrip(".").split(".")[0]
    data = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    return (zlib.decompress(data) if cookie.startswith(".") else data).decode()


def wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None, "the application ended"
            time.sleep(0.05)
    raise AssertionError("the application does not answer")


class Sample:
    """The running application and what to send it."""

    def __init__(self, python: str, peer: Peer, **changes: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {
            "PATH": os.environ["PATH"],
            "PORT": str(self.port),
            "APP_SECRET_KEY": "only for this test, but long",
            "LOGTO_ENDPOINT": peer.endpoint,
            "LOGTO_APP_ID": "app1",
            "LOGTO_APP_SECRET": "secret1",
            "LOGTO_REDIRECT_URI": f"{self.url}/sign-in-callback",
            "LOGTO_POST_LOGOUT_REDIRECT_URI": f"{self.url}/",
            "LOGTO_RESOURCE": RESOURCE,
            **changes,
        }
        self.process = subprocess.Popen([python, "app.py"], cwd=SAMPLE, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.port, self.process)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


class Browser:
    """Cookies and redirects."""

    def __init__(self) -> None:
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def open(self, url: str) -> "tuple[int, str, str]":
        try:
            with self.opener.open(url, timeout=20) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.url, error.read().decode()


class Stop(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def location(browser: Browser, url: str) -> str:
    """Where a page sends the browser, which stays."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(browser.cookies), Stop)
    with pytest.raises(urllib.error.HTTPError) as sent:
        opener.open(url, timeout=20)
    return sent.value.headers["location"]


@pytest.fixture(params=["ours", "published"])
def sample(request, peer):
    peer.id_claims = {"organizations": ["org1", "org2"], "username": "ada"}
    peer.announce_iss = True
    ours = request.param == "ours"
    one = Sample(sys.executable if ours else published.python(), peer)
    one.ours = ours
    yield one
    one.stop()


def test_the_whole_way_through_the_sample(sample, peer):
    """P037: sign-in, protected, userinfo, organizations, resource token, sign-out."""
    browser = Browser()
    assert "You are not signed in" in browser.open(sample.url)[2]
    status, url, text = browser.open(f"{sample.url}/protected")
    assert (status, url) == (200, f"{sample.url}/protected") and "user1" in text and "ada" in text
    assert "ada@example.com" in browser.open(f"{sample.url}/protected/userinfo")[2]
    text = browser.open(f"{sample.url}/protected/organizations")[2]
    assert "urn:logto:organization:org1" in text and "urn:logto:organization:org2" in text and RESOURCE in text
    assert RESOURCE in browser.open(f"{sample.url}/protected/resource")[2]
    size = max(len(cookie.value or "") for cookie in browser.cookies)
    assert size < SAMPLE_COOKIE_LIMIT, size
    # The published package keeps its tokens readable in the cookie; ours does not.
    assert any(TOKEN.search(readable(cookie.value or "")) for cookie in browser.cookies) != sample.ours
    assert "Sign out" in browser.open(sample.url)[2]
    status, url, text = browser.open(f"{sample.url}/sign-out")
    assert url == f"{sample.url}/" and "You are not signed in" in text
    assert peer.count("/oidc/session/end") == 1


def test_two_tabs_and_an_ended_session(sample, peer):
    browser = Browser()
    browser.open(f"{sample.url}/sign-in")
    peer.refresh_tokens.clear()
    # The refresh is refused, so the sample signs in again by itself and shows the page.
    status, url, text = browser.open(f"{sample.url}/protected/organizations")
    assert status == 200 and url.endswith("/protected/organizations") and "urn:logto:organization:org1" in text


def test_d13_the_callback_of_another_browser_is_refused(sample, peer):
    """D13 in the sample: a page that says what to do, and nobody is signed in."""
    attacker, victim = Browser(), Browser()
    status, _, text = victim.open(peer.visit(location(attacker, f"{sample.url}/sign-in")))
    assert status == 400 and "Sign-in session not found" in text
    assert "You are not signed in" in victim.open(sample.url)[2]


def test_a_reloaded_callback_is_no_error(sample, peer):
    """The browser goes back, or the page is loaded again: the user is signed in and sees the first page."""
    browser = Browser()
    callback = peer.visit(location(browser, f"{sample.url}/sign-in"))
    for _ in range(2):
        status, url, text = browser.open(callback)
        assert (status, url) == (200, f"{sample.url}/") and "Sign out" in text
    # With another sign-in under way it is the same.
    sent = location(browser, f"{sample.url}/sign-in")
    again = peer.visit(sent)
    assert browser.open(again)[0] == 200 and browser.open(callback)[:2] == (200, f"{sample.url}/")


def test_a_cancelled_sign_in_says_so_and_can_be_tried_again(sample, peer):
    browser = Browser()
    query = parse_qs(urlsplit(location(browser, f"{sample.url}/sign-in")).query)
    answer = urlencode({"error": "access_denied", "error_description": "no", "state": query["state"][0], "iss": peer.issuer})
    status, _, text = browser.open(f"{sample.url}/sign-in-callback?{answer}")
    assert status == 400 and "access_denied" in text and "Sign in" in text
    assert "user1" in browser.open(f"{sample.url}/protected")[2]


@pytest.mark.parametrize("document", ["README.md", "docs/python.md"])
def test_the_samples_of_the_documents_survive_a_reloaded_and_a_cancelled_callback(peer, tmp_path, document):
    port = free_port()
    home = f"http://localhost:{port}/"
    text = (SAMPLE.parents[1] / document).read_text()
    [code] = [one for one in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "handleSignInCallback" in one]
    for written, here in (("http://localhost:3001", peer.endpoint), ("http://localhost:5000/", home)):
        code = code.replace(written, here)
    (tmp_path / "app.py").write_text(code)
    environment = {"PATH": os.environ["PATH"], "APP_SECRET_KEY": "only for this test, but long", "LOGTO_APP_ID": "app1", "LOGTO_APP_SECRET": "s"}
    words = [sys.executable, "-m", "flask", "run", "--port", str(port)]
    process = subprocess.Popen(words, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        browser = Browser()
        query = parse_qs(urlsplit(location(browser, f"{home}sign-in")).query)
        answer = urlencode({"error": "access_denied", "state": query["state"][0], "iss": peer.issuer})
        status, _, text = browser.open(f"{home}sign-in-callback?{answer}")
        assert status == 400 and "/sign-in" in text
        callback = peer.visit(location(browser, f"{home}sign-in"))
        for _ in range(2):
            status, url, text = browser.open(callback)
            assert (status, url) == (200, home) and "Sign out" in text
    finally:
        process.terminate()
        process.wait(10)


def test_an_error_of_somebody_else_is_not_shown(peer):
    sample = Sample(sys.executable, peer)
    try:
        browser = Browser()
        location(browser, f"{sample.url}/sign-in")
        status, _, text = browser.open(f"{sample.url}/sign-in-callback?error=call_this_number&error_description=now")
        assert status == 400 and "call_this_number" not in text
    finally:
        sample.stop()


def test_the_server_away_does_not_sign_out(peer):
    """A page that needs the server says that it is away; after that the user is still signed in."""
    sample = Sample(sys.executable, peer)
    try:
        browser = Browser()
        browser.open(f"{sample.url}/sign-in")
        peer.failures["/oidc/me"] = (503, "busy")
        assert "Sign out" in browser.open(f"{sample.url}/protected/userinfo")[2]
        peer.failures.clear()
        assert "ada@example.com" in browser.open(f"{sample.url}/protected/userinfo")[2]
    finally:
        sample.stop()


def test_failures_are_pages_that_say_what_to_do(sample, peer):
    browser = Browser()
    peer.failures["/oidc/token"] = (401, '{"error":"invalid_client","error_description":"wrong secret"}')
    status, _, text = browser.open(f"{sample.url}/sign-in")
    assert status == 400 and "invalid_client" in text and "wrong secret" in text and "{" not in text
    assert "Check LOGTO_APP_ID and LOGTO_APP_SECRET" in text
    assert browser.open(f"{sample.url}/nowhere")[0] == 404


def test_the_server_away_is_a_page_too(peer):
    gone = Peer()
    gone.close()
    sample = Sample(sys.executable, peer, LOGTO_ENDPOINT=gone.endpoint)
    try:
        status, _, text = Browser().open(f"{sample.url}/sign-in")
        assert status == 502 and "loggia serve" in text and gone.endpoint in text
    finally:
        sample.stop()


def test_missing_settings_are_listed():
    done = subprocess.run([sys.executable, "app.py"], cwd=SAMPLE, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "LOGTO_APP_ID: the id of this application" in done.stderr and "loggia app create" in done.stderr

"""``python -m logto doctor``: each fault is named, with a next step, and ends in exit code 1."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler

import pytest

from conftest import REDIRECT
from logto.__main__ import main
from peer import Key
from real_server import RealServer, free_port
from tls_peer import TlsPeer


@pytest.fixture
def doctor(capsys):
    def run(*arguments):
        code = main(["doctor", "--json", *map(str, arguments)])
        answer = json.loads(capsys.readouterr().out)
        assert code == (0 if answer["ok"] else 1)
        checks = {one["name"]: one for one in answer["checks"]}
        assert all(one["next_step"] for one in checks.values() if one["status"] in ("failed", "unknown"))
        return checks

    return run


def test_a_good_provider_passes_as_a_program(peer):
    done = subprocess.run([sys.executable, "-m", "logto", "doctor", peer.endpoint], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"the issuer is {peer.issuer}" in done.stdout
    # Servers say whole seconds.
    assert re.search(r"ok +clock +(the same time as|[12] s (ahead of|behind)) the provider", done.stdout)
    assert subprocess.run([sys.executable, "-m", "logto"], capture_output=True, timeout=60).returncode == 2


def test_text_has_next_steps_and_the_exit_code(capsys):
    assert main(["doctor", f"http://127.0.0.1:{free_port()}"]) == 1
    shown = capsys.readouterr().out
    assert "session is" not in shown, "where nobody has one"
    assert "FAILED      discovery" in shown and "-> Look whether the server runs, and listens on this port." in shown


def test_addresses_that_cannot_be_used(doctor, peer):
    for address in (peer.issuer, "ftp://x", "auth.example.com", "http://auth.example.com"):
        found = doctor(address)
        assert found["address"]["status"] == "failed" and found["discovery"]["status"] == "skipped", address
    assert not peer.requests


def test_another_issuer_is_named(doctor, peer):
    found = doctor(peer.endpoint.replace("127.0.0.1", "localhost"))["discovery"]
    assert found["status"] == "failed" and f"Use the endpoint {peer.endpoint!r}" in found["next_step"]


def test_something_else_that_answers(doctor, peer):
    peer.failures["/oidc/.well-known/openid-configuration"] = (200, "<h1>It works!</h1>")
    assert "something in front of it" in doctor(peer.endpoint)["discovery"]["next_step"]


def test_keys(doctor, peer):
    peer.failures["/oidc/jwks"] = (200, {"keys": [{"kty": "EC", "crv": "secp256k1", "alg": "ES256K", "x": "AA", "y": "AA"}]})
    assert "ES256K" in doctor(peer.endpoint)["keys"]["detail"]
    peer.failures["/oidc/jwks"] = (500, "no")
    assert doctor(peer.endpoint)["keys"]["status"] == "failed"
    del peer.failures["/oidc/jwks"]
    peer.keys = [Key("EdDSA"), peer.key]
    assert doctor(peer.endpoint)["keys"]["detail"] == "EdDSA, ES384"


@pytest.mark.parametrize("behind, status", [(0, "ok"), (20, "warning"), (-3600, "failed"), (3600, "failed")])
def test_the_clock(doctor, peer, behind, status):
    peer.server.RequestHandlerClass.date_time_string = lambda *_: formatdate(time.time() - behind, usegmt=True)
    assert doctor(peer.endpoint)["clock"]["status"] == status


def test_tls(doctor, tmp_path):
    peer = TlsPeer(tmp_path)
    try:
        found = doctor(peer.endpoint)
        assert found["TLS"]["status"] == found["discovery"]["status"] == "failed" and "--ca-bundle" in found["TLS"]["next_step"]
        found = doctor(peer.endpoint, "--ca-bundle", peer.ca_file)
        # The test's certificate ends tomorrow.
        assert found["TLS"]["status"] == "warning" and "TLSv1" in found["TLS"]["detail"] and found["clock"]["status"] == "ok"
    finally:
        peer.close()


def test_a_provider_that_redirects_anywhere_tells_nothing(doctor, peer):
    asked = ("--app-id", "app1", "--redirect-uri", REDIRECT)
    assert doctor(peer.endpoint, *asked)["redirect URI"]["status"] == "unknown"
    peer.failures["/oidc/auth"] = (200, "<form>")
    assert doctor(peer.endpoint, *asked)["redirect URI"]["status"] == "unknown"
    peer.failures["/oidc/auth"] = (400, "<h1>no such redirect_uri</h1>")
    assert doctor(peer.endpoint, *asked)["redirect URI"]["status"] == "failed"
    assert doctor(peer.endpoint)["redirect URI"]["status"] == "skipped"


def test_what_cannot_be_checked_is_said_and_fails_only_where_asked(peer, capsys):
    words = ["doctor", peer.endpoint, "--app-id", "app1", "--redirect-uri", REDIRECT]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "cannot tell redirect URI" in shown and f"-> Compare {REDIRECT}" in shown
    assert "could not be checked: redirect URI. Look at that yourself; --strict makes it a failure." in shown
    assert main([*words, "--strict"]) == 1 and "counts as a failure" in capsys.readouterr().out
    for strict, ok in (([], True), (["--strict"], False)):
        assert main([*words, "--json", *strict]) == (0 if ok else 1)
        answer = json.loads(capsys.readouterr().out)
        assert answer["outcome"] == "unknown" and answer["ok"] is ok
    assert main(["doctor", peer.endpoint, "--strict"]) == 0 and "Nothing is wrong here." in capsys.readouterr().out


def test_a_provider_without_a_clock_cannot_be_compared(doctor, peer):
    handler = peer.server.RequestHandlerClass
    handler.send_header = lambda self, name, value: name == "Date" or BaseHTTPRequestHandler.send_header(self, name, value)
    found = doctor(peer.endpoint)["clock"]
    assert found["status"] == "unknown" and "Date" in found["next_step"]


def test_the_cookie_grows_with_the_resources(doctor, peer):
    assert doctor(peer.endpoint, "--resources", 1)["session cookie"]["status"] == "ok"
    many = doctor(peer.endpoint, "--resources", 60)["session cookie"]
    assert many["status"] == "warning" and "60 API resources" in many["detail"]


def test_the_real_server_tells_registered_from_not(doctor, tmp_path):
    server = RealServer(tmp_path)
    try:
        made = server.command("app", "create", "--type", "traditional", "--name", "x", "--redirect-uri", REDIRECT, "--json")["id"]
        for application, uri, status in ((made, REDIRECT, "ok"), (made, f"{REDIRECT}/other", "failed"), ("nobody", REDIRECT, "failed")):
            found = doctor(server.endpoint, "--app-id", application, "--redirect-uri", uri)
            assert found["redirect URI"]["status"] == status, found
            assert found["keys"]["status"] == found["clock"]["status"] == "ok"
    finally:
        server.close()

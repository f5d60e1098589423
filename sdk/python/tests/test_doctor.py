"""``python -m logto doctor``: what it finds, and its exit code."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def doctor(*words):
    done = subprocess.run([sys.executable, "-m", "logto", "doctor", *words, "--json"], capture_output=True, text=True, timeout=60)
    return done.returncode, {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def test_a_provider_that_works_passes(peer):
    code, checks = doctor(peer.endpoint)
    assert code == 0
    assert [checks[name]["status"] for name in ("discovery", "keys", "clock", "session cookie")] == ["ok"] * 4
    assert checks["redirect URI"]["status"] == "skipped"


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "nonsense", "http://auth.example.com"])
def test_an_address_that_cannot_work_fails_with_a_next_step(endpoint):
    code, checks = doctor(endpoint)
    failed = [check for check in checks.values() if check["status"] == "failed"]
    assert code == 1 and failed and all(check["next_step"] for check in failed)


def test_an_issuer_that_is_not_the_endpoint_is_named(peer):
    peer.metadata_changes = {"issuer": "https://other.example/oidc"}
    code, checks = doctor(peer.endpoint)
    assert code == 1 and checks["discovery"]["status"] == "failed"
    assert "https://other.example" in checks["discovery"]["next_step"]


def test_keys_that_cannot_be_read_fail(peer):
    peer.failures["/oidc/jwks"] = 500, {}
    code, checks = doctor(peer.endpoint)
    assert code == 1 and checks["keys"]["status"] == "failed"

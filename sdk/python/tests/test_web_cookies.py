"""The session in cookies: nobody can read or change it, and it does not overflow."""

from __future__ import annotations

import json
import secrets
import time

import pytest

from logto import ConfigurationError, StorageError
from logto.web import Cookie, EncryptedCookies

SECRET = "a secret of enough characters"
SESSION = {"idToken": "header.claims.signature", "refreshToken": "r"}


def jar(cookies: "list[Cookie]", before: "dict[str, str] | None" = None) -> "dict[str, str]":
    """What a browser has after an answer with these cookies; it drops large ones."""
    found = dict(before or {})
    for cookie in cookies:
        assert len(cookie.header) <= 3800
        if cookie.max_age == 0:
            found.pop(cookie.name, None)
        else:
            found[cookie.name] = cookie.value
    return found


def session_of(tokens: int, size: int = 600) -> "dict[str, str]":
    texts = {f"https://api{at}.example": {"token": secrets.token_urlsafe(size), "expiresAt": 1000 + at} for at in range(tokens)}
    return {**SESSION, "accessTokenMap": json.dumps({"x": texts})}


def test_a_session_comes_back_and_is_not_readable():
    cookies = EncryptedCookies(SECRET)
    made = cookies.write(SESSION, [])
    assert [one.name for one in made] == ["logto.0"] and made[0].http_only and made[0].same_site == "lax"
    assert "claims" not in made[0].value
    assert cookies.read(jar(made)) == SESSION


def test_a_session_of_several_cookies_shrinks_and_grows():
    cookies = EncryptedCookies(SECRET, limit=5)
    large = session_of(8, 1200)
    browser = jar(cookies.write(large, []))
    assert len(browser) > 2 and cookies.read(browser) == large
    smaller = jar(cookies.write(SESSION, browser), browser)
    assert list(smaller) == ["logto.0"] and cookies.read(smaller) == SESSION
    assert jar(cookies.write({}, browser), browser) == {}


def test_a_piece_left_over_by_a_parallel_answer_does_no_harm():
    cookies = EncryptedCookies(SECRET, limit=5)
    browser = jar(cookies.write(session_of(8), []))
    # The second answer is of a request that was sent before the first one came back.
    assert cookies.read(jar(cookies.write(SESSION, []), browser)) == SESSION


def test_above_the_limit_tokens_that_can_be_fetched_again_are_left_out():
    cookies = EncryptedCookies(SECRET)
    kept = cookies.read(jar(cookies.write(session_of(30), [])))
    left = json.loads(kept["accessTokenMap"])["x"]
    assert 0 < len(left) < 30 and kept["idToken"] == SESSION["idToken"]
    # The ones that live longest.
    assert list(left) == [f"https://api{at}.example" for at in range(30 - len(left), 30)]


def test_a_session_that_cannot_fit_is_refused_instead_of_lost_by_the_browser():
    with pytest.raises(StorageError) as caught:
        EncryptedCookies(SECRET).write({"idToken": secrets.token_urlsafe(9000)}, [])
    assert caught.value.code == "storage.cookie_too_large"


@pytest.mark.parametrize("damage", [
    lambda found: {name: value[:-2] + ("AA" if value[-2:] != "AA" else "BB") for name, value in found.items()},
    lambda found: {"logto.0": found["logto.0"]},
    lambda found: {"logto.0": "x"},
    lambda found: {"logto.0": "9999999999999999999~x"},
    lambda found: {"logto.0": "²~x"},
    lambda found: {"logto.0": "0~x"},
    lambda found: {"logto.0": "1~" + json.dumps(SESSION)},
    lambda found: {"logto.0": found["logto.1"], "logto.1": found["logto.0"]},
    lambda found: {},
])
def test_c15_what_was_changed_counts_as_absent(damage):
    cookies = EncryptedCookies(SECRET, limit=5)
    assert cookies.read(damage(jar(cookies.write(session_of(8), [])))) == {}


def test_another_secret_or_another_name_opens_nothing():
    browser = jar(EncryptedCookies(SECRET).write(SESSION, []))
    assert EncryptedCookies("another secret of the kind").read(browser) == {}
    assert EncryptedCookies(SECRET, name="other").read({"other.0": browser["logto.0"]}) == {}


def test_a_secret_can_be_changed_without_signing_anybody_out():
    browser = jar(EncryptedCookies(SECRET).write(SESSION, []))
    changed = EncryptedCookies(["the new secret, long enough", SECRET])
    assert changed.read(browser) == SESSION
    assert EncryptedCookies(SECRET).read(jar(changed.write(SESSION, []))) == {}


def test_an_old_cookie_is_not_accepted_although_a_thief_keeps_it(monkeypatch):
    cookies = EncryptedCookies(SECRET, max_age=60)
    browser = jar(cookies.write(SESSION, []))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 61)
    assert cookies.read(browser) == {}


def test_secure_follows_the_request_unless_it_is_set():
    assert EncryptedCookies(SECRET).write(SESSION, [], secure=True)[0].secure
    assert not EncryptedCookies(SECRET).write(SESSION, [])[0].secure
    assert EncryptedCookies(SECRET, name="__Host-logto").write(SESSION, [])[0].secure
    assert "; Secure; HttpOnly; SameSite=Lax" in EncryptedCookies(SECRET, secure=True).write(SESSION, [])[0].header


@pytest.mark.parametrize("settings", [
    {"secret": "short"},
    {"secret": []},
    {"secret": SECRET, "same_site": "strict"},
    {"secret": SECRET, "same_site": "none", "secure": False},
    {"secret": SECRET, "name": "__Host-logto", "path": "/app"},
])
def test_settings_that_cannot_work_are_refused(settings):
    with pytest.raises(ConfigurationError):
        EncryptedCookies(**settings)

"""Attacks from the client's side, by the ids of their classes, where no other file has them: the core, and Flask's cookie."""

from __future__ import annotations

import pytest
from conftest import REDIRECT, RESOURCE, App, DictStorage, run

import flask_site
from logto import EncryptedStorage

SECRET = "a secret of the application"


@pytest.mark.parametrize("key", ["idToken", "refreshToken", "accessTokenMap"])
def test_c15_a_sealed_value_that_was_changed_or_moved_is_absent(app: App, storage: DictStorage, key):
    app.signed_in(EncryptedStorage(storage, SECRET))
    other = "refreshToken" if key == "idToken" else "idToken"
    good = dict(storage.data)
    middle = len(good[key]) // 2
    for value in (good[key][:middle] + ("A" if good[key][middle] != "A" else "B") + good[key][middle + 1:], good[other], good[key][:-4]):
        storage.data = {**good, key: value}
        assert EncryptedStorage(storage, SECRET).get(key) is None
    # Not sealed at all: a token of somebody's choice signs nobody in.
    storage.data = {**good, "idToken": "x.y.z"}
    assert not app.client(EncryptedStorage(storage, SECRET)).isAuthenticated()


def test_c16_what_was_in_the_session_before_a_sign_in_is_worth_nothing_after_it(app: App, storage: DictStorage):
    app.signed_in(storage)
    planted = dict(storage.data)
    client = app.client(storage)
    url = run(client.signIn(REDIRECT))
    assert set(storage.data) == {"signInSession"}, "not even a cancelled sign-in goes on as somebody else"
    app.peer.id_claims = {"sub": "user2"}
    run(client.handleSignInCallback(app.peer.visit(url)))
    for name in ("idToken", "refreshToken", "accessTokenMap"):
        assert storage.data[name] != planted[name]
    assert client.getIdTokenClaims().sub == "user2" and run(client.getAccessToken(RESOURCE))
    assert app.peer.last("/oidc/token")["refresh_token"] != planted["refreshToken"]


@pytest.mark.parametrize("value", ["", "0~x", "e30", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyMSJ9."])
def test_c15_flask_takes_no_cookie_that_was_made_or_changed(peer, value):
    site = flask_site.make_app(peer.endpoint)
    browser = flask_site.Browser(site, peer.visit)
    browser.sign_in()
    assert browser.get("/").text == "home of user1"
    good = browser.client.get_cookie("logto.0").value
    for made in (value, good[:-6] + ("AAAAAA" if good[-6:] != "AAAAAA" else "BBBBBB"), good[: len(good) // 2]):
        browser.client.set_cookie("logto.0", made)
        assert browser.get("/").text == "home of None" and browser.get("/account").status_code == 303
        browser.client.set_cookie("logto.0", good)
    other = flask_site.Browser(flask_site.make_app(peer.endpoint, SECRET_KEY="the secret of another application"), peer.visit)
    other.client.set_cookie("logto.0", good)
    assert other.get("/").text == "home of None"

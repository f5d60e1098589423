"""Sessions on the server, Flask-Login beside ours, and logouts that come from the server."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from cachelib import FileSystemCache
from flask import Flask, session
from flask_login import LoginManager
from flask_login import current_user as login_user
from flask_login import login_required as login_needed
from flask_session import Session

from flask_site import PAGE, Browser, make_app
from logto import InsufficientScope, NetworkError, TokenError
from logto.flask import LogtoAuth, MemoryCache, session_ended, user_signed_in


def cachelib_session(app: Flask, folder) -> None:
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(str(folder / "sessions")))
    Session(app)


def sqlalchemy_session(app: Flask, folder) -> None:
    from flask_sqlalchemy import SQLAlchemy
    app.config.update(SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'sessions.db'}")
    database = SQLAlchemy(app)
    app.config.update(SESSION_TYPE="sqlalchemy", SESSION_SQLALCHEMY=database)
    Session(app)
    with app.app_context():
        database.create_all()


@pytest.fixture(params=[cachelib_session, sqlalchemy_session])
def site(request, peer, tmp_path):
    return make_app(peer.endpoint, before=lambda app: request.param(app, tmp_path), SECRET_KEY=None)


def test_tokens_are_kept_on_the_server(site, peer):
    browser = Browser(site, peer.visit)
    assert browser.sign_in("/account").location == "/account"
    assert browser.get("/account").text == "account of user1"
    cookies = {cookie.key: cookie.value for cookie in browser.client._cookies.values()}
    assert list(cookies) == ["session"] and len(cookies["session"]) < 100
    other = Browser(site, peer.visit)
    assert other.get("/").text == "home of None"
    browser.get("/sign-out")
    assert browser.get("/").text == "home of None"


def test_c16_a_session_id_from_before_the_sign_in_is_worth_nothing_after_it(site, peer):
    """Session fixation."""
    browser = Browser(site, peer.visit)
    sent = browser.get("/account")
    before = browser.client.get_cookie("session").value
    browser.get(browser.authorize(sent))
    assert browser.client.get_cookie("session").value != before
    thief = Browser(site, peer.visit)
    thief.client.set_cookie("session", before)
    assert thief.get("/").text == "home of None" and browser.get("/account").status_code == 200


def test_a_session_of_the_published_package_stays_signed_in(peer, tmp_path):
    """Applications that kept the four texts in a session on the server move over without signing anybody out."""
    site = make_app(peer.endpoint, before=lambda app: cachelib_session(app, tmp_path))
    site.add_url_rule("/old", "old", lambda: session.update(idToken=peer.id_token("app1"), refreshToken="r") or "")
    browser = Browser(site, peer.visit)
    browser.get("/old")
    assert browser.get("/account").text == "account of user1"


def test_a_session_of_flask_that_is_on_the_server_may_hold_an_encrypted_cookie_too(peer, tmp_path):
    site = make_app(peer.endpoint, before=lambda app: cachelib_session(app, tmp_path), LOGTO_SESSION="cookie")
    browser = Browser(site, peer.visit)
    browser.sign_in()
    assert browser.client.get_cookie("logto.0") and browser.get("/account").status_code == 200


def test_flask_login_knows_our_users_and_sends_strangers_to_our_sign_in(peer):
    auth, manager = LogtoAuth(), LoginManager()
    site = make_app(peer.endpoint, auth, before=manager.init_app)
    auth.use_flask_login(manager)
    site.add_url_rule("/theirs", "theirs", login_needed(lambda: f"{login_user.get_id()} {login_user.name}"))
    browser = Browser(site, peer.visit)
    assert browser.sign_in("/theirs").location == "/theirs"
    assert browser.get("/theirs").text == "user1 Ada" and browser.get("/account").text == "account of user1"


def test_flask_login_alone_keeps_its_own_users(peer):
    from flask import render_template_string
    from flask_login import UserMixin, login_user as log_in

    class Local(UserMixin):
        id = "local"

    manager = LoginManager()
    manager.user_loader(lambda _: Local())
    site = make_app(peer.endpoint, before=manager.init_app)
    site.add_url_rule("/log-in", "log_in", lambda: str(log_in(Local())))
    site.add_url_rule("/both", "both", lambda: render_template_string("{{ current_user.get_id() }} {{ logto_user.id }}"))
    browser = Browser(site, peer.visit)
    browser.get("/log-in")
    browser.sign_in()
    assert browser.get("/both").text == "local user1"


class Logouts:
    """The shape of a validator, with what a verified token would say."""

    def __init__(self) -> None:
        self.token = None

    def validate(self, text, end):
        if self.token is None:
            raise TokenError("The logout token is not valid", code="logout_token.invalid")
        end(self.token)
        return self.token


@pytest.fixture
def logout(peer):
    auth = LogtoAuth(logout_cache=MemoryCache())
    auth.logout_validator = Logouts()
    return SimpleNamespace(auth=auth, site=make_app(peer.endpoint, auth))


def token(peer, **more):
    return SimpleNamespace(**{"issuer": peer.issuer, "subject": None, "session_id": None, "issued_at": int(time.time()), **more})


def test_a_logout_of_the_server_ends_that_session_only(logout, peer):
    browsers = []
    for sid in ("s1", "s2"):
        peer.id_claims = {"sid": sid}
        browsers.append(Browser(logout.site, peer.visit))
        browsers[-1].sign_in()
    logout.auth.logout_validator.token = token(peer, session_id="s1")
    answer = logout.site.test_client().post("/backchannel-logout", data={"logout_token": "x"})
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert [browser.get("/").text for browser in browsers] == ["home of None", "home of user1"]
    assert browsers[0].client.get_cookie("logto.0") is None


def test_a_renewed_id_token_does_not_save_a_session_from_a_logout(peer):
    auth = LogtoAuth(logout_cache=MemoryCache())
    auth.logout_validator = Logouts()
    site = make_app(peer.endpoint, auth, LOGTO_LEEWAY=0)
    browser, other = Browser(site, peer.visit), Browser(site, peer.visit)
    peer.id_token_lifetime = 4
    browser.sign_in()
    auth.logout_validator.token = token(peer, subject="user1")
    site.test_client().post("/backchannel-logout", data={"logout_token": "x"})
    time.sleep(4.1)
    peer.id_token_lifetime = 3600
    before = peer.count("/oidc/token")
    assert browser.get("/").text == "home of None" and peer.count("/oidc/token") == before + 1
    other.sign_in()
    assert other.get("/").text == "home of user1"


def test_a_sign_in_after_a_logout_counts(logout, peer):
    logout.auth.logout_validator.token = token(peer, subject="user1", issued_at=int(time.time()) - 1)
    logout.site.test_client().post("/backchannel-logout", data={"logout_token": "x"})
    browser = Browser(logout.site, peer.visit)
    browser.sign_in()
    assert browser.get("/").text == "home of user1"


def test_a_logout_token_that_is_not_valid_ends_nothing(logout, peer):
    browser = Browser(logout.site, peer.visit)
    browser.sign_in()
    answer = logout.site.test_client().post("/backchannel-logout", data={"logout_token": "x"})
    assert answer.status_code == 400 and answer.json["error"] == "invalid_request"
    assert browser.get("/").text == "home of user1"


def test_without_a_cache_there_is_no_receiver(peer):
    assert make_app(peer.endpoint).test_client().post("/backchannel-logout").status_code == 404


def test_a_webhook_counts_only_with_its_signature(peer):
    import hashlib
    import hmac
    from logto.flask import webhook_received
    auth, seen = LogtoAuth(), []
    site = make_app(peer.endpoint, auth, LOGTO_WEBHOOK_SIGNING_KEY="key")
    site.add_url_rule("/hook", "hook", auth.webhook_required(lambda: ""), methods=["POST"])
    webhook_received.connect(lambda _, event: seen.append(event["event"]), site, weak=False)
    body = b'{"event":"User.Created"}'
    signature = hmac.new(b"key", body, hashlib.sha256).hexdigest()
    client = site.test_client()
    assert client.post("/hook", data=body, content_type="application/json").status_code == 401
    assert client.post("/hook", data=body, content_type="application/json", headers={"logto-signature-sha-256": signature}).status_code == 200
    assert seen == ["User.Created"]


def test_pages_in_their_own_template(peer, tmp_path):
    (tmp_path / "templates/logto").mkdir(parents=True)
    (tmp_path / "templates/logto/problem.html").write_text("ours: {{ problem.code }} {{ current_user.is_authenticated }}")

    def before(app):
        app.jinja_loader.searchpath.append(str(tmp_path / "templates"))

    site = make_app(peer.endpoint, before=before)
    assert Browser(site, None).client.get("/sign-in-callback?x", headers=PAGE).text == "ours: sign_in_session.not_found False"


def test_signals_come_after_the_session_is_there(peer):
    from logto.flask import current_user
    site, seen = make_app(peer.endpoint), []
    user_signed_in.connect(lambda _, user: seen.append(current_user == user), site, weak=False)
    Browser(site, peer.visit).sign_in()
    assert seen == [True]


class Bearers:
    """The shape of a validator of bearer tokens."""

    def validate_header(self, authorization, *, scopes=(), organization=None):
        if authorization != "Bearer good":
            raise TokenError("There is no bearer token", code="access_token.missing")
        if set(scopes) - {"read"}:
            raise InsufficientScope("The token lacks a scope", code="access_token.insufficient_scope")
        return SimpleNamespace(subject="user1", scopes=frozenset(["read"]))


def test_an_api_view_takes_bearer_tokens_and_no_session(peer):
    auth = LogtoAuth(token_validator=Bearers())
    site = make_app(peer.endpoint, auth)
    site.add_url_rule("/api/write", "api_write", auth.token_required("write")(lambda: ""))
    browser = Browser(site, peer.visit)
    browser.sign_in()
    refused = browser.get("/api/things")
    assert refused.status_code == 401 and refused.headers["WWW-Authenticate"].startswith("Bearer") and refused.json["error"]
    assert site.test_client().get("/api/things", headers={"Authorization": "Bearer good"}).json == {"subject": "user1"}
    assert site.test_client().get("/api/write", headers={"Authorization": "Bearer good"}).status_code == 403


def test_a_logout_that_cannot_be_checked_is_asked_for_again(logout, peer):
    class Away:
        def validate(self, logout_token, end):
            raise NetworkError("away", code="network.unreachable")

    logout.auth.logout_validator = Away()
    answer = logout.site.test_client().post("/backchannel-logout", data={"logout_token": "x"})
    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["Cache-Control"]) == (503, "5", "no-store")


def test_a_receiver_that_fails_does_not_undo_a_logout(logout, peer):
    def failing(sender, **_):
        raise RuntimeError("a receiver's own fault")

    logout.auth.logout_validator.token = token(peer, session_id="s1")
    with session_ended.connected_to(failing):
        answer = logout.site.test_client().post("/backchannel-logout", data={"logout_token": "x"})
    assert answer.status_code == 200


def test_a11_neither_tokens_nor_the_next_page_are_in_an_address(site, peer):
    browser = Browser(site, peer.visit)
    left = browser.get("/sign-in?next=/account?secret=page")
    back = browser.get(browser.authorize(left))
    tokens = [*peer.refresh_tokens, *peer.grants]
    out = browser.get("/sign-out")
    assert tokens and back.location.endswith("/account?secret=page")
    for address in (left.location, out.location):
        assert not [one for one in [*tokens, "secret", "eyJ"] if one in address], address

"""Settings that are wrong are refused by name, before the first request."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_site import make_app
from logto import ConfigurationError
from logto.flask import LogtoAuth, current_user

ENDPOINT = "http://127.0.0.1:9"


@pytest.mark.parametrize("settings, named", [
    ({"LOGTO_ENDPOINT": ""}, "LOGTO_ENDPOINT is missing"),
    ({"LOGTO_APP_ID": None}, "LOGTO_APP_ID is missing"),
    ({"LOGTO_APP_SECERT": "x"}, "LOGTO_APP_SECERT is no setting: is it LOGTO_APP_SECRET?"),
    ({"LOGTO_TIMEOUT": "soon"}, "LOGTO_TIMEOUT: "),
    ({"LOGTO_PROMPT": "never"}, "LOGTO_PROMPT: "),
    ({"LOGTO_RESOURCES": 5}, "LOGTO_RESOURCES: "),
    ({"LOGTO_SIGN_IN_PATH": "sign-in"}, "LOGTO_SIGN_IN_PATH must start with /"),
    ({"LOGTO_URL_PREFIX": "/auth/"}, "LOGTO_URL_PREFIX must start with / and not end with it"),
    ({"LOGTO_AFTER_SIGN_IN": "https://elsewhere.example"}, "LOGTO_AFTER_SIGN_IN must be a path of this application"),
    ({"LOGTO_AFTER_SIGN_OUT": "//elsewhere.example"}, "LOGTO_AFTER_SIGN_OUT must be a path of this application"),
    ({"LOGTO_SESSION": "redis"}, "LOGTO_SESSION must be 'cookie' or 'flask'"),
    ({"LOGTO_COOKIE_SECURE": "yes"}, "LOGTO_COOKIE_SECURE must be True or False or None"),
    ({"LOGTO_COOKIE_SAMESITE": "strict"}, "LOGTO_COOKIE_SAMESITE must be 'lax' or 'none'"),
    ({"LOGTO_COOKIE_LIMIT": 0}, "LOGTO_COOKIE_LIMIT must be at least 1"),
    ({"LOGTO_COOKIE_LIMIT": True}, "LOGTO_COOKIE_LIMIT must be a whole number"),
    ({"LOGTO_COOKIE_NAME": "__Host-app", "LOGTO_COOKIE_DOMAIN": "example.com"}, "LOGTO_COOKIE_NAME"),
    ({"SECRET_KEY": None}, "SECRET_KEY: the encrypted cookie needs a secret"),
    ({"SECRET_KEY": "short"}, "SECRET_KEY: "),
    ({"LOGTO_ENDPOINT": "http://auth.example.com"}, "https"),
])
def test_a_wrong_setting_is_named(settings, named):
    with pytest.raises(ConfigurationError) as caught:
        make_app(ENDPOINT, **settings)
    assert named in str(caught.value) and "secret1" not in str(caught.value)


def test_all_faults_are_named_at_once():
    with pytest.raises(ConfigurationError, match="LOGTO_APP_ID.*LOGTO_SESSION"):
        make_app(ENDPOINT, LOGTO_APP_ID="", LOGTO_SESSION="x")


def test_flasks_cookie_session_would_overflow_and_is_refused():
    with pytest.raises(ConfigurationError) as caught:
        make_app(ENDPOINT, LOGTO_SESSION="flask")
    assert caught.value.code == "config.session_would_overflow" and "Flask-Session" in str(caught.value)


def test_lists_may_be_texts_as_the_environment_has_them(monkeypatch):
    monkeypatch.setenv("FLASK_LOGTO_SCOPES", "email roles")
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.config.update(SECRET_KEY="a secret of the application", LOGTO_ENDPOINT=ENDPOINT, LOGTO_APP_ID="a")
    LogtoAuth(app)
    assert app.extensions["logto"].settings.client.scopes == ["email", "roles"]


def test_an_application_without_the_extension_is_told_so():
    with Flask(__name__).test_request_context(), pytest.raises(ConfigurationError, match="LogtoAuth"):
        current_user.is_authenticated


def test_importing_the_package_does_not_import_flask():
    import subprocess
    import sys
    program = "import logto, logto.web, sys; assert not {'flask', 'werkzeug'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0

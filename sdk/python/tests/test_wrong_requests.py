"""A sign-in that the provider refuses because of the application's settings: for whoever runs it, and not for the person in front of it."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import quote

import pytest
from browsers import Browser as AsgiBrowser
from conftest import App
from django.test import override_settings
from fastapi import FastAPI

import django_site
import flask_site
from logto import SignInCallbackError
from logto.fastapi import LogtoAuth
from logto.web.problems import MAX_SAID, for_log, problem_of

WORDS = "resource indicator is missing, or unknown"


def refusal(state: str, error: str, issuer: str) -> str:
    return f"/sign-in-callback?error={error}&error_description={quote(WORDS)}&state={state}&iss={quote(issuer)}"


@pytest.fixture(params=[("invalid_target", 500), ("invalid_scope", 500), ("unauthorized_client", 500), ("server_error", 503),
                        ("access_denied", 400)], ids=lambda one: one[0])  # fmt: skip
def refused(request):
    return request.param


def checked(status: int, text: str, refused, caplog) -> None:
    code, wanted = refused
    # Django's page for a fault of the settings says, as for other unusable answers, 502.
    assert status in ((500, 502) if wanted == 500 else (wanted,))
    assert ("You have not signed in" in text) == (code == "access_denied")
    lines = [one for one in caplog.records if WORDS in one.getMessage()]
    if wanted == 500:
        assert [one.levelno for one in lines] == [logging.ERROR] and code in lines[0].getMessage()


def test_flask(peer, refused, caplog):
    browser = flask_site.Browser(flask_site.make_app(peer.endpoint), peer.visit)
    state = flask_site.query_of(browser.get("/account").location)["state"]
    answer = browser.get(refusal(state, refused[0], peer.issuer))
    checked(answer.status_code, answer.text, refused, caplog)


def test_django(peer, refused, caplog):
    with override_settings(**django_site.settings_for(peer.endpoint)):
        browser = django_site.Browser(peer.visit)
        state = django_site.query_of(browser.get("/sign-in")["Location"])["state"]
        answer = browser.get(refusal(state, refused[0], peer.issuer))
        checked(answer.status_code, answer.content.decode(), refused, caplog)


def test_fastapi(app: App, refused, caplog):
    auth, site = LogtoAuth(app.config(), "0123456789abcdef"), FastAPI()
    auth.install(site)

    async def main() -> None:
        browser = AsgiBrowser(site, app.peer)
        state = flask_site.query_of((await browser.open("/sign-in")).headers["location"])["state"]
        answer = await browser.open(refusal(state, refused[0], app.peer.issuer))
        checked(answer.status_code, answer.text, refused, caplog)

    asyncio.run(main())


def test_what_a_visitor_writes_is_one_short_line_of_the_log():
    error = SignInCallbackError("x\nERROR all is lost\x1b[2J", code="y\r\n" * 1000, description="z" * 10_000)
    line = for_log(error)
    assert line.isprintable() and len(line) < 3 * MAX_SAID and "ERROR" in line
    assert problem_of(error).kind == "cancelled"

"""Better sign-ins where something needs them (RFC 9470): challenges of APIs, and pages that send people to sign in so."""

from __future__ import annotations

import asyncio
import time

import pytest
from browsers import NAVIGATION
from browsers import Browser as AsgiBrowser
from conftest import RESOURCE, App
from fastapi import Depends, FastAPI, Security
from flask_site import PAGE, make_app, query_of
from flask_site import Browser as FlaskBrowser
from logto import ConfigurationError, InsufficientUserAuthentication, StepUpRequired
from logto.fastapi import LogtoAuth as FastApiAuth
from logto.flask import authentication_required, current_token, token_required
from logto.resource_server import ProtectedResourceMetadata, TokenValidator
from logto.step_up import AuthenticationRequirement, raise_for_step_up

MFA, PHR = "https://refeds.org/profile/mfa", "phr"
CHALLENGE = f'Bearer error="insufficient_user_authentication", error_description="x", acr_values="{MFA} {PHR}", max_age="300"'


def claims(acr=None, age=None, now=1_000_000):
    return {**({} if acr is None else {"acr": acr}), **({} if age is None else {"auth_time": now - age})}


@pytest.mark.parametrize(("wanted", "given", "is_met"), [
    (AuthenticationRequirement(MFA), claims(MFA), True),
    (AuthenticationRequirement([MFA, PHR]), claims(PHR), True),
    (AuthenticationRequirement(f"{MFA} {PHR}"), claims(PHR), True),
    (AuthenticationRequirement(MFA), claims(MFA.upper()), False),
    (AuthenticationRequirement(MFA), claims(), False),
    (AuthenticationRequirement(max_age=60), claims(age=90), True),
    (AuthenticationRequirement(max_age=60), claims(age=91), False),
    (AuthenticationRequirement(max_age=60), claims(), False),
    (AuthenticationRequirement(max_age=60), {"auth_time": True}, False),
    (AuthenticationRequirement(max_age=60), {"auth_time": "999999"}, False),
    (AuthenticationRequirement(MFA, 60), claims(MFA, 91), False),
])
def test_what_a_token_says_is_compared(wanted, given, is_met):
    assert (wanted.unmet_by(given, now=1_000_000, leeway=30) is None) == is_met


@pytest.mark.parametrize("given", [((), None), ("", None), (MFA, -1)])
def test_a_requirement_requires_something(given):
    with pytest.raises(ConfigurationError):
        AuthenticationRequirement(*given)


@pytest.mark.parametrize(("header", "expected"), [
    (CHALLENGE, AuthenticationRequirement([MFA, PHR], 300)),
    (f'DPoP algs="ES256", Bearer realm="a, b=c", {CHALLENGE[7:]}', AuthenticationRequirement([MFA, PHR], 300)),
    ("Bearer error=insufficient_user_authentication, max_age=0", AuthenticationRequirement(max_age=0)),
    ('Bearer error="insufficient_user_authentication"', AuthenticationRequirement(max_age=0)),
    ('bearer  error = "insufficient_user_authentication" ,acr_values="a\\"b"', AuthenticationRequirement('a"b')),
    ('Bearer error="insufficient_user_authentication", max_age="-1", acr_values="a"', AuthenticationRequirement("a")),
    # Members of another challenge are none of this one.
    ('Bearer error="insufficient_user_authentication", acr_values="a", DPoP max_age="5"', AuthenticationRequirement("a")),
    ('Bearer error="invalid_token", error_description="error=insufficient_user_authentication"', None),
    ('Bearer error="insufficient_scope"', None),
    ("Bearer", None),
    ("", None),
    (None, None),
    (CHALLENGE + "x" * 9000, None),
])
def test_the_challenge_of_an_api_is_read(header, expected):
    assert AuthenticationRequirement.from_challenge(header) == expected


def test_only_an_answer_401_asks_for_a_better_sign_in():
    raise_for_step_up(200, CHALLENGE)
    raise_for_step_up(401, "Bearer")
    with pytest.raises(StepUpRequired) as asked:
        raise_for_step_up(401, CHALLENGE)
    assert asked.value.parameters == {"acr_values": f"{MFA} {PHR}", "max_age": "300"}


def test_a_token_is_asked_and_the_challenge_says_what_is_missing(peer):
    metadata = ProtectedResourceMetadata(RESOURCE, peer.endpoint)
    validator = TokenValidator(peer.endpoint, RESOURCE, metadata=metadata)
    now = int(time.time())
    good = validator.validate(peer.access_token(RESOURCE, "app1", acr=MFA, auth_time=now - 5))
    good.require_authentication([MFA, PHR], max_age=300)
    with pytest.raises(InsufficientUserAuthentication) as refused:
        validator.validate(peer.access_token(RESOURCE, "app1", auth_time=now)).require_authentication([MFA, PHR], max_age=300)
    challenge = refused.value.www_authenticate()
    assert refused.value.http_status == 401 and challenge.startswith('Bearer error="insufficient_user_authentication", error_description="')
    assert f'resource_metadata="{metadata.url}"' in challenge
    assert AuthenticationRequirement.from_challenge(challenge) == AuthenticationRequirement([MFA, PHR], 300)


@pytest.fixture
def flask_app(peer):
    app = make_app(peer.endpoint)

    @app.get("/money")
    @authentication_required([MFA, PHR], max_age=300)
    def money():
        return "money"

    @app.get("/relayed")
    def relayed():
        raise_for_step_up(401, CHALLENGE)

    @app.get("/api/money")
    @token_required("read")
    def api_money():
        current_token.require_authentication(MFA)
        return {"who": current_token.subject}

    return app


def test_a_flask_page_sends_to_a_better_sign_in_and_back(flask_app, peer):
    browser = FlaskBrowser(flask_app, peer.visit)
    assert browser.sign_in("/money?page=2").location == "/money?page=2"
    for path in ("/money?page=2", "/relayed"):
        sent = browser.get(path)
        query = query_of(sent.location)
        assert (sent.status_code, query["acr_values"], query["max_age"]) == (303, f"{MFA} {PHR}", "300"), path
    sent = browser.get("/money?page=2")
    peer.id_claims = {"acr": PHR, "auth_time": int(time.time())}
    assert browser.get(browser.authorize(sent)).location == "/money?page=2"
    assert browser.get("/money?page=2").text == "money"
    browser.client.delete_cookie("logto-step-up")
    scripted = browser.get("/relayed", headers={"Accept": "application/json", "Sec-Fetch-Mode": "cors"})
    assert scripted.status_code == 401 and scripted.get_json()["error"] == "step_up.required"
    assert browser.client.get("/money", headers=PAGE).status_code == 200


def test_a_flask_page_that_no_sign_in_helps_says_so_and_does_not_go_round(flask_app, peer):
    browser = FlaskBrowser(flask_app, peer.visit)
    browser.sign_in("/money")
    peer.id_claims = {"iat": int(time.time()) + 1}
    browser.sign_in("/money")
    refused = browser.get("/money")
    assert refused.status_code == 500 and "not set up correctly" in refused.text
    assert browser.get("/money").status_code == 303, "the next visit may try again"


def test_a_flask_api_answers_with_the_challenge(flask_app, peer):
    def ask(**claims):
        token = peer.access_token(RESOURCE, "app1", **claims)
        return flask_app.test_client().get("/api/money", headers={"Authorization": f"Bearer {token}"})

    assert ask(acr=MFA).get_json() == {"who": "user1"}
    refused = ask(acr="other")
    assert refused.status_code == 401
    assert AuthenticationRequirement.from_challenge(refused.headers["WWW-Authenticate"]) == AuthenticationRequirement(MFA)


def test_fastapi_pages_and_apis(app: App):
    auth = FastApiAuth(app.config(), "0123456789abcdef0123456789abcdef", audience=RESOURCE)
    site = FastAPI()
    auth.install(site)

    @site.get("/money")
    def money(user=Depends(auth.authentication([MFA, PHR], max_age=300))):
        return user.id

    @site.get("/api/money")
    def api_money(token=Security(auth.token, scopes=["read"])):
        token.require_authentication(MFA)
        return token.subject

    async def main():
        browser = AsgiBrowser(site, app.peer)
        assert (await browser.sign_in("/money?a=1")).headers["location"] == "/money?a=1"
        sent = await browser.open("/money?a=1")
        query = query_of(sent.headers["location"])
        assert (sent.status_code, query["acr_values"], query["max_age"]) == (303, f"{MFA} {PHR}", "300")
        assert (await browser.fetch("/money")).status_code == 401
        assert (await browser.post("/money", headers=NAVIGATION)).status_code == 405
        app.peer.id_claims = {"iat": int(time.time()) + 1}
        await browser.open(app.peer.visit(sent.headers["location"]))
        assert (await browser.open("/money?a=1")).status_code == 500
        sent = await browser.open("/money?a=1")
        app.peer.id_claims = {"acr": MFA, "auth_time": int(time.time())}
        await browser.open(app.peer.visit(sent.headers["location"]))
        assert (await browser.open("/money?a=1")).json() == "user1"
        header = {"authorization": f"Bearer {app.peer.access_token(RESOURCE, 'app1')}"}
        refused = await browser.get("/api/money", headers=header)
        assert refused.status_code == 401
        assert AuthenticationRequirement.from_challenge(refused.headers["www-authenticate"]) == AuthenticationRequirement(MFA)

    asyncio.run(main())

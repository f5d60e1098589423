"""Claims and answers of other types than the models have: a failure of this package with a code, and a page instead of a 500."""

from __future__ import annotations

import asyncio
import pytest
from browsers import Browser as AsgiBrowser
from conftest import REDIRECT, RESOURCE, App, DictStorage, run
from django.test import override_settings
from fastapi import Depends, FastAPI

import django_site
import flask_site
from logto import IdTokenError, LogtoException, ProviderError, SyncLogtoClient, TokenError
from logto._reading import presented_claims
from logto.fastapi import LogtoAuth
from logto.OidcCore import OidcCore
from logto.resource_server import TokenValidator

WRONG = {
    "organizations": "o1",
    "organization_roles": {"o1": "admin"},
    "name": 7,
    "username": ["ada"],
    "picture": {},
    "email": 7,
    "email_verified": "perhaps",
    "phone_number": 49,
    "phone_number_verified": [],
    "at_hash": 7,
}


@pytest.fixture(params=WRONG)
def wrong(request, peer):
    """The name of a claim of the wrong type, in the ID tokens that the provider gives out from now on."""
    peer.id_claims = {request.param: WRONG[request.param]}
    return request.param


def test_a_sign_in_with_such_an_id_token_fails_and_stores_nothing(app: App, storage: DictStorage, wrong):
    client = app.client(storage)
    with pytest.raises(IdTokenError, match=wrong) as caught:
        run(client.handleSignInCallback(app.peer.visit(run(client.signIn(REDIRECT)))))
    assert caught.value.code == "id_token.invalid_claim" and str(WRONG[wrong]) not in str(caught.value)
    assert set(storage.data) == {"signInSession"}
    plain = SyncLogtoClient(app.config(), storage)
    with pytest.raises(IdTokenError):
        plain.handle_sign_in_callback(app.peer.visit(plain.sign_in(REDIRECT)))
    assert set(storage.data) == {"signInSession"}


def test_a_stored_id_token_of_that_kind_signs_nobody_in(app: App, storage: DictStorage):
    app.signed_in(storage)
    storage.data["idToken"] = app.peer.id_token("app1", organizations="o1")
    client, plain = app.client(storage), SyncLogtoClient(app.config(), storage)
    for ask in (client.getIdTokenClaims, plain.fetch_id_token_claims, lambda: run(client.fetch_id_token_claims()),
                lambda: OidcCore.decodeIdToken(storage.data["idToken"])):
        with pytest.raises(IdTokenError, match="organizations"):
            ask()
    assert not client.isAuthenticated() and plain.find_id_token_claims() is None and run(client.find_id_token_claims()) is None


def test_answers_of_other_types_are_the_providers_fault(app: App, storage: DictStorage):
    client = app.signed_in(storage)
    app.peer.user = {"sub": "user1", "organizations": "o1"}
    app.peer.metadata_changes = {"scopes_supported": "openid"}
    for ask in (client.fetchUserInfo, lambda: OidcCore.getProviderMetadata(f"{app.peer.issuer}/.well-known/openid-configuration")):
        with pytest.raises(ProviderError) as caught:
            run(ask())
        assert caught.value.code == "provider.unexpected_answer"


def test_an_access_token_of_that_kind_has_a_code(app: App):
    own = app.peer.access_token(RESOURCE, "app1", sub=7)
    with pytest.raises(LogtoException) as caught:
        OidcCore.decodeAccessToken(own)
    assert caught.value.code == "access_token.invalid_claim"
    validator = TokenValidator(app.peer.endpoint, RESOURCE)
    assert validator.validate(app.peer.access_token(RESOURCE, "app1", iat=1_700_000_000.5)).claims.iat == 1_700_000_000
    with pytest.raises(TokenError, match="scope") as refused:
        presented_claims({"iss": "i", "sub": "s", "aud": "a", "exp": 1, "iat": 1, "scope": ["read"]})
    assert refused.value.code == "access_token.invalid_claim"


def test_flask_shows_a_page(peer, wrong):
    browser = flask_site.Browser(flask_site.make_app(peer.endpoint), peer.visit)
    answer = browser.sign_in("/account")
    assert answer.status_code == 502 and "id_token.invalid_claim" in answer.text and "<h1>" in answer.text
    assert browser.get("/").text == "home of None"


def test_django_shows_a_page(peer, wrong):
    with override_settings(**django_site.settings_for(peer.endpoint)):
        browser = django_site.Browser(peer.visit)
        answer = browser.sign_in("/account")
        assert answer.status_code == 502 and "id_token.invalid_claim" in answer.content.decode()
        assert browser.text("/") == "home of "


def fastapi_site(app: App) -> FastAPI:
    auth, site = LogtoAuth(app.config(), "0123456789abcdef"), FastAPI()
    auth.install(site)

    @site.get("/me")
    async def me(user=Depends(auth.user)) -> str:
        return user.id

    @site.get("/userinfo")
    async def userinfo(client=Depends(auth.session)):
        return (await client.fetch_user_info()).model_dump()

    @site.get("/things")
    async def things():
        return (await TokenValidator(app.peer.endpoint, RESOURCE).validate_async("x.y.z")).subject

    return site


def test_fastapi_shows_a_page(app: App, wrong):
    async def main() -> None:
        browser = AsgiBrowser(fastapi_site(app), app.peer)
        answer = await browser.sign_in("/me")
        assert answer.status_code == 502 and "id_token.invalid_claim" in answer.text and "<h1>" in answer.text
        assert (await browser.fetch("/me")).status_code == 401

    asyncio.run(main())


def test_a_token_that_a_view_checks_itself_is_refused_and_no_500(app: App):
    async def main() -> None:
        answer = await AsgiBrowser(fastapi_site(app), app.peer).fetch("/things")
        assert answer.status_code == 401 and 'error="invalid_token"' in answer.headers["www-authenticate"]

    asyncio.run(main())


def test_userinfo_of_other_types_is_no_500(app: App):
    async def main() -> None:
        browser = AsgiBrowser(fastapi_site(app), app.peer)
        await browser.sign_in("/me")
        app.peer.user = {"sub": "user1", "organizations": "o1"}
        assert (await browser.fetch("/userinfo")).status_code == 503

    asyncio.run(main())

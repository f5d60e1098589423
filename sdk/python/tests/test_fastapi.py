"""FastAPI: dependencies for users, tokens, roles and organizations, the OpenAPI document, webhooks, back-channel logout."""

# Annotations are read by FastAPI at run time: not `from __future__ import annotations`.

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from typing import Annotated, Any, Dict, List, Optional

import pytest
from browsers import NAVIGATION, Browser
from conftest import RESOURCE, App
from fastapi import Depends, FastAPI, Security
from logto import ConfigurationError, LogtoClient
from logto.fastapi import LogtoAuth, webhook
from logto.resource_server import ProtectedResourceMetadata, TokenValidator, ValidatedToken
from logto.web import SignedInUser

SECRET = "0123456789abcdef0123456789abcdef"
KEY = "the key of the webhook"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def application(app: App, **options: Any) -> FastAPI:
    auth = LogtoAuth(
        app.config(**options.pop("config", {})), SECRET, audience=RESOURCE, scopes={"read": "Read things", "write": "Write things"},
        docs_client_id="docs1", **options,
    )  # fmt: skip
    api = FastAPI()
    auth.install(api)

    @api.get("/me")
    async def me(user: SignedInUser = Depends(auth.user)) -> Dict[str, Optional[str]]:
        return {"id": user.id, "name": user.name}

    @api.get("/maybe")
    async def maybe(user: Annotated[Optional[SignedInUser], Depends(auth.optional_user)]) -> Optional[str]:
        return user and user.id

    @api.get("/userinfo")
    async def userinfo(client: Annotated[LogtoClient, Depends(auth.session)]) -> Dict[str, Any]:
        return (await client.fetch_user_info()).model_dump(exclude_unset=True)

    @api.get("/editors")
    async def editors(user: Annotated[SignedInUser, Depends(auth.role("editor", "owner"))]) -> str:
        return user.id

    @api.get("/organizations/{organization_id}")
    async def member(organization_id: str, user: Annotated[SignedInUser, Depends(auth.organization())]) -> str:
        return organization_id

    @api.get("/organizations/{organization_id}/admin")
    async def admin(organization_id: str, user: Annotated[SignedInUser, Depends(auth.organization(role="admin"))]) -> str:
        return organization_id

    @api.get("/things")
    async def things(token: Annotated[ValidatedToken, Security(auth.token, scopes=["read"])]) -> List[str]:
        return sorted(token.scopes)

    @api.post("/things")
    async def make_thing(token: ValidatedToken = Security(auth.token, scopes=["read", "write"])) -> str:
        return token.subject

    @api.get("/organizations/{organization_id}/things")
    async def organization_things(
        organization_id: str, token: Annotated[ValidatedToken, Security(auth.organization_token, scopes=["read"])]
    ) -> str:
        return organization_id

    @api.post("/hook")
    async def hook(event: Annotated[Dict[str, Any], Depends(webhook(KEY))]) -> Any:
        return event["event"]

    return api


def test_users_are_dependencies(app: App):
    async def main() -> None:
        browser = Browser(application(app), app.peer)
        assert (await browser.fetch("/me")).status_code == 401 and (await browser.fetch("/maybe")).json() is None
        assert (await browser.post("/me", headers=NAVIGATION)).status_code == 405
        await browser.sign_in("/me")
        assert (await browser.fetch("/me")).json() == {"id": "user1", "name": "Ada"}
        assert (await browser.fetch("/maybe")).json() == "user1"
        info = (await browser.fetch("/userinfo")).json()
        assert info["picture"] is None and "phone_number" not in info, "null and absent are different"

    asyncio.run(main())


def test_roles_and_organizations_are_dependencies(app: App):
    async def main() -> None:
        browser = Browser(application(app), app.peer)
        for path in ("/editors", "/organizations/o1", "/organizations/o1/admin"):
            assert (await browser.fetch(path)).status_code == 401, path
        app.peer.id_claims = {"roles": ["owner"], "organizations": ["o1", "o2"], "organization_roles": ["o1:admin", "o2:member"]}
        await browser.sign_in("/me")
        allowed = ("/editors", "/organizations/o1", "/organizations/o2", "/organizations/o1/admin")
        refused = {"/organizations/o3": "not_allowed.organization", "/organizations/o2/admin": "not_allowed.organization_role"}
        for path in allowed:
            assert (await browser.fetch(path)).status_code == 200, path
        for path, code in refused.items():
            answer = await browser.fetch(path)
            assert (answer.status_code, answer.json()["error"]) == (403, code), path
        assert "<h1>" in (await browser.open("/organizations/o3")).text
        app.peer.id_claims = {"roles": "editor"}
        await browser.sign_in("/sign-in")
        assert (await browser.fetch("/editors")).status_code == 403, "a claim of another shape gives no right"

    asyncio.run(main())


def bearer(token: str) -> Dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_tokens_are_checked_with_their_scopes(app: App):
    async def main() -> None:
        browser = Browser(application(app), app.peer)
        bare = await browser.get("/things")
        assert bare.status_code == 401 and bare.headers["www-authenticate"].startswith("Bearer")
        read = app.peer.access_token(RESOURCE, "app1", scope="read other")
        assert (await browser.get("/things", headers=bearer(read))).json() == ["other", "read"]
        refused = await browser.post("/things", headers=bearer(read))
        assert refused.status_code == 403 and 'error="insufficient_scope"' in refused.headers["www-authenticate"]
        both = app.peer.access_token(RESOURCE, "app1", scope="write read")
        assert (await browser.post("/things", headers=bearer(both))).json() == "user1"

    asyncio.run(main())


def test_b17_tokens_of_other_kinds_open_nothing(app: App):
    """Token confusion: an ID token, one for another API, for another organization, from another issuer, expired, and a session's cookie."""

    async def main() -> None:
        browser = Browser(application(app), app.peer)
        await browser.sign_in("/me")
        peer = app.peer
        wrong = {
            "id token": peer.id_token("app1"),
            "id token for the api": peer.id_token(RESOURCE, scope="read"),
            "another api": peer.access_token("https://other.example", "app1"),
            "organization": peer.access_token("urn:logto:organization:o1", "app1"),
            "another issuer": peer.access_token(RESOURCE, "app1", iss="https://evil.example/oidc"),
            "expired": peer.access_token(RESOURCE, "app1", exp=int(time.time()) - 600),
            "logout token": peer.key.sign({"iss": peer.issuer, "aud": RESOURCE, "sub": "user1", "scope": "read"}, "logout+jwt"),
            "garbage": "x.y.z",
            "empty": "",
        }
        for name, token in wrong.items():
            answer = await browser.get("/things", headers=bearer(token))
            assert answer.status_code == 401 and "WWW-Authenticate" in answer.headers, name
            del answer
        assert (await browser.get("/things")).status_code == 401, "the session's cookie is no access token"
        good = peer.access_token(RESOURCE, "app1")
        stranger = Browser(application(app), peer)
        assert (await stranger.get("/me", headers=bearer(good))).status_code == 401, "an access token is no session"
        for organization, status in (("o1", 200), ("o2", 403)):
            token = peer.access_token("urn:logto:organization:o1", "app1")
            answer = await browser.get(f"/organizations/{organization}/things", headers=bearer(token))
            assert answer.status_code == status, organization
        assert (await browser.get("/organizations/o1/things", headers=bearer(good))).status_code == 403

    asyncio.run(main())


def test_a_provider_that_is_away_is_503_for_tokens(app: App):
    async def main() -> None:
        browser = Browser(application(app, config={"timeout": 0.5}), app.peer)
        token = app.peer.access_token(RESOURCE, "app1")
        app.peer.failures["/oidc/jwks"] = (503, {})
        answer = await browser.get("/things", headers=bearer(token))
        assert answer.status_code == 503 and answer.headers["retry-after"]

    asyncio.run(main())


def test_the_openapi_document_has_what_swagger_needs(app: App):
    async def main() -> None:
        browser = Browser(application(app), app.peer)
        document = (await browser.get("/openapi.json")).json()
        schemes = document["components"]["securitySchemes"]
        flow = schemes["accessToken"]["flows"]["authorizationCode"]
        assert flow["authorizationUrl"] == f"{app.peer.issuer}/auth?resource=https%3A%2F%2Fapi.example.com"
        assert flow["tokenUrl"] == f"{app.peer.issuer}/token" and flow["scopes"] == {"read": "Read things", "write": "Write things"}
        assert schemes["organizationToken"]["scheme"] == "bearer"
        assert document["paths"]["/things"]["post"]["security"] == [{"accessToken": ["read", "write"]}]
        assert not [path for path in document["paths"] if "sign" in path], "the routes for people are not part of the API"
        page = (await browser.get("/docs")).text
        assert '"clientId": "docs1"' in page and '"usePkceWithAuthorizationCodeGrant": true' in page
        assert "appSecret" not in page and "secret1" not in page

    asyncio.run(main())


def test_settings_that_do_not_fit_are_named(app: App):
    for options in ({"docs_client_id": "x"}, {"scopes": {"a": "b"}}):
        with pytest.raises(ConfigurationError, match="audience"):
            LogtoAuth(app.config(), SECRET, **options)
    with pytest.raises(ConfigurationError, match="audience"):
        LogtoAuth(app.config(), SECRET).token
    with pytest.raises(ValueError):
        webhook("")


def test_webhooks_count_only_with_their_signature(app: App):
    async def main() -> None:
        browser = Browser(application(app), app.peer)
        body = json.dumps({"event": "User.Created"}).encode()
        signed = {"logto-signature-sha-256": hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()}
        assert (await browser.post("/hook", content=body, headers=signed)).json() == "User.Created"
        assert (await browser.post("/hook", content=body + b" ", headers=signed)).status_code == 401
        assert (await browser.post("/hook", content=body)).status_code == 401
        listed = {"logto-signature-sha-256": hmac.new(KEY.encode(), b"[]", hashlib.sha256).hexdigest()}
        assert (await browser.post("/hook", content=b"[]", headers=listed)).status_code == 400
        assert (await browser.post("/hook", content=b"x" * (1024 * 1024 + 1), headers=signed)).status_code == 413

    asyncio.run(main())


def logout_token(app: App, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": app.peer.issuer, "aud": "app1", "iat": now, "exp": now + 120, "jti": secrets.token_hex(8), "sub": "user1",
        "events": {EVENT: {}}, **changes,
    }  # fmt: skip
    return app.peer.key.sign({name: value for name, value in claims.items() if value is not ...}, "logout+jwt")


def test_a_back_channel_logout_ends_the_sessions(app: App):
    async def main() -> None:
        asgi = application(app)
        app.peer.id_claims = {"sid": "session1"}
        first = Browser(asgi, app.peer)
        await first.sign_in("/me")
        app.peer.id_claims = {"sid": "session2"}
        second = Browser(asgi, app.peer)
        await second.sign_in("/me")
        provider = Browser(asgi, app.peer)
        path = "/backchannel-logout"
        for wrong in ({"aud": "app2"}, {"iss": "https://evil.example"}, {"nonce": "x"}, {"events": {}}, {"sub": ..., "sid": ...}):
            refused = await provider.post(path, data={"logout_token": logout_token(app, **wrong)})
            assert refused.status_code == 400 and refused.json()["error"] == "invalid_request", wrong
        for body in ({}, {"logout_token": app.peer.id_token("app1")}, {"logout_token": "x" * 70_000}):
            assert (await provider.post(path, data=body)).status_code == 400
        assert (await first.fetch("/me")).status_code == 200
        done = await provider.post(path, data={"logout_token": logout_token(app, sid="session1")})
        assert done.status_code == 200 and done.headers["cache-control"] == "no-store"
        assert (await first.fetch("/me")).status_code == 401 and (await second.fetch("/me")).status_code == 200
        assert (await first.fetch("/userinfo")).status_code == 401
        await provider.post(path, data={"logout_token": logout_token(app)})
        assert (await second.fetch("/me")).status_code == 401, "without a session, all sessions of the user"
        app.peer.id_claims = {"sid": "session3", "iat": int(time.time()) + 1}
        await second.sign_in("/me")
        assert (await second.fetch("/me")).status_code == 200, "a sign-in after it counts"

    asyncio.run(main())


def test_the_api_says_where_its_tokens_come_from(app: App):
    metadata = ProtectedResourceMetadata(RESOURCE, app.peer.endpoint, scopes=["read"])
    validator = TokenValidator(app.peer.endpoint, RESOURCE, metadata=metadata)

    async def main() -> None:
        browser = Browser(application(app, validator=validator), app.peer)
        shown = f'resource_metadata="{metadata.url}"'
        for headers in ({}, {"authorization": "Bearer x.y.z"}):
            answer = await browser.fetch("/things", **headers)
            assert answer.status_code == 401 and shown in answer.headers["www-authenticate"]
        lacking = {"authorization": f"Bearer {app.peer.access_token(RESOURCE, 'app1', scope='other')}"}
        answer = await browser.fetch("/things", **lacking)
        assert answer.status_code == 403 and shown in answer.headers["www-authenticate"]
        document = await browser.fetch(metadata.path)
        assert document.json() == metadata.document() and document.headers["access-control-allow-origin"] == "*"
        assert metadata.path not in (await browser.fetch("/openapi.json")).json()["paths"]
        plain = Browser(application(app), app.peer)
        assert (await plain.fetch(metadata.path)).status_code == 404
        assert "resource_metadata" not in (await plain.fetch("/things")).headers["www-authenticate"]

    asyncio.run(main())

"""Access tokens in Django REST framework."""

from __future__ import annotations

import time

import pytest

from django_site import RESOURCE, Browser, settings_for  # isort: first

from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings
from django.urls import include, path
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import DjangoModelPermissions, IsAdminUser, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from logto.django.models import Account, Session
from logto.django.rest_framework import HasOrganization, HasScopes, LogtoAuthentication, has_authentication, has_scopes, validator

ORGANIZATION = "urn:logto:organization:org1"


class Api(APIView):
    authentication_classes = [LogtoAuthentication]
    permission_classes = [IsAuthenticated]
    renderer_classes = [JSONRenderer]

    def get(self, request, **_):
        token = request.auth
        return Response({"user": str(request.user), "scopes": sorted(token.scopes) if token else None})


class Things(Api):
    permission_classes = [HasScopes]
    required_scopes = ["read"]


class Forgotten(Api):
    permission_classes = [HasScopes]


class Admins(Api):
    permission_classes = [IsAdminUser]


class Either(Api):
    permission_classes = [has_scopes("write") | has_scopes("read")]


class Mixed(Api):
    authentication_classes = [LogtoAuthentication, SessionAuthentication]


class Organization(Api):
    permission_classes = [HasOrganization & has_scopes("read")]


class Money(Api):
    permission_classes = [has_scopes("read"), has_authentication("mfa", max_age=300)]


class Few(UserRateThrottle):
    rate = "2/day"


class Throttled(Api):
    throttle_classes = [Few]


class Users(Api):
    permission_classes = [DjangoModelPermissions]
    queryset = get_user_model().objects.none()


@api_view(["POST"])
@authentication_classes([LogtoAuthentication])
@permission_classes([has_scopes("read", "write")])
def write(request):
    return Response({"by": request.user.id})


urlpatterns = [
    path("", include("django_urls")),
    path("api/me", Api.as_view()),
    path("api/things", Things.as_view()),
    path("api/forgotten", Forgotten.as_view()),
    path("api/admins", Admins.as_view()),
    path("api/either", Either.as_view()),
    path("api/mixed", Mixed.as_view()),
    path("api/money", Money.as_view()),
    path("api/throttled", Throttled.as_view()),
    path("api/users", Users.as_view()),
    path("api/write", write),
    path("api/no-organization", Organization.as_view()),
    path("", include("logto.django.resource_urls")),
    path("api/organizations/<organization_id>", Organization.as_view()),
    path("api/organizations/<organization_id>/me", Api.as_view()),
]


@pytest.fixture(autouse=True)
def project(peer):
    with override_settings(**settings_for(peer.endpoint, LOGTO_API_AUDIENCE=RESOURCE, ROOT_URLCONF=__name__)):
        yield
    for model in (Session, Account, get_user_model()):
        model.objects.all().delete()


@pytest.fixture
def api(peer):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def call(path, token=None, method="get", **claims):
        token = peer.access_token(claims.pop("aud", RESOURCE), "app1", **claims) if token is None else token
        return getattr(client, method)(f"/api/{path}", headers={"authorization": f"Bearer {token}"})

    return call


def test_a_good_token_opens_the_api(api):
    assert api("me").json() == {"user": "user1", "scopes": ["read"]}
    # By POST too: no cookie is part of it, so no CSRF token is asked for.
    assert api("write", method="post", scope="read write").json() == {"by": "user1"}


def test_a_request_without_a_token_is_401_and_told_no_error(peer):
    for headers in ({}, {"authorization": "Bearer"}, {"authorization": "Basic eDp5"}):
        answer = Client().get("/api/me", headers=headers)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_bad_tokens_are_401_with_a_challenge(api, peer):
    for bad in ({"aud": "https://other"}, {"iss": "https://other"}, {"exp": int(time.time()) - 100}, {"token": "x.y.z"},
                {"token": peer.id_token(RESOURCE)}, {"aud": "app1"}):
        answer = api("me", **bad)
        assert answer.status_code == 401 and answer["WWW-Authenticate"].startswith('Bearer error="invalid_token", error_description='), bad


def test_scopes(api):
    assert api("things").status_code == 200 and api("things", scope="read write").status_code == 200
    for scope in ("", "reads", "write"):
        answer = api("things", scope=scope)
        assert answer.status_code == 403 and 'error="insufficient_scope"' in answer["WWW-Authenticate"] and 'scope="read"' in answer["WWW-Authenticate"]
    assert api("write", method="post").status_code == 403
    allowed = api("either")
    assert allowed.status_code == 200 and "WWW-Authenticate" not in allowed
    assert api("either", scope="other").status_code == 403


def test_a_view_that_forgot_its_scopes_is_closed(api):
    assert api("forgotten").status_code == 500


def test_d13_a_token_of_an_organization_is_refused_where_none_is_named(api):
    for token, status in (({"organization_id": "org1"}, 403), ({"aud": ORGANIZATION}, 401)):
        for closed in ("me", "things", "mixed", "no-organization", "organizations/org2", "organizations/org2/me"):
            answer = api(closed, **token)
            # 401 where the audience is another one, 403 where only the organization is.
            assert answer.status_code == status and "error=" in answer["WWW-Authenticate"], closed
        assert api("organizations/org1", **token).json() == {"user": "user1", "scopes": ["read"]}
        assert api("organizations/org1/me", **token).status_code == 200
        assert api("organizations/org1", scope="write", **token).status_code == 403


def test_a_token_of_no_organization_is_not_one_of_any(api):
    answer = api("organizations/org1")
    assert answer.status_code == 403 and 'error="insufficient_scope"' in answer["WWW-Authenticate"]
    assert api("no-organization").status_code == 403


def test_the_linked_user_is_found_and_none_is_made(api, peer):
    assert api("me").status_code == 200 and not get_user_model().objects.exists()
    peer.id_claims = {"username": "ada"}
    Browser(peer.visit).sign_in()
    assert api("me").json()["user"] == "ada" and api("me", sub="user2").json()["user"] == "user2"
    # The same subject at another provider is somebody else.
    Account.objects.update(issuer="https://other.example/oidc")
    assert api("me").json()["user"] == "user1"


def test_a_deactivated_user_is_refused(api, peer):
    Browser(peer.visit).sign_in()
    get_user_model().objects.update(is_active=False)
    assert api("me").status_code == 401


def test_whoever_has_no_user_here_has_no_rights_of_django(api):
    assert api("admins").status_code == 403 and api("users").status_code == 403


def test_bearers_are_throttled_each_for_themselves(api):
    assert [api("throttled", sub="m2m-one").status_code for _ in range(3)] == [200, 200, 429]
    assert api("throttled", sub="m2m-two").status_code == 200


def test_sessions_have_their_turn_without_a_token(api, peer):
    browser = Browser(peer.visit)
    browser.sign_in()
    assert browser.client.get("/api/mixed").json()["scopes"] is None
    # A bad token is not made good by a session.
    assert browser.client.get("/api/mixed", headers={"authorization": "Bearer x.y.z"}).status_code == 401
    Session.objects.all().delete()
    assert browser.client.get("/api/mixed").status_code == 401


def test_while_the_provider_is_away_the_api_is_503(api, peer):
    for status in (500, 503):
        peer.failures["/oidc/jwks"] = status, {}
        answer = api("me")
        assert answer.status_code == 503 and answer["Retry-After"] == "30"


def test_settings(api, peer):
    with override_settings(LOGTO_API_AUDIENCE=["https://another.example", RESOURCE]):
        assert api("me").status_code == 200
    with override_settings(LOGTO_API_AUDIENCE="https://another.example"):
        assert api("me").status_code == 401
    with override_settings(LOGTO_API_AUDIENCE=None), pytest.raises(ImproperlyConfigured, match="LOGTO_API_AUDIENCE"):
        validator()
    with override_settings(LOGTO_ENDPOINT="http://auth.example"), pytest.raises(ImproperlyConfigured, match="LOGTO_API_AUDIENCE"):
        validator()
    named = {"DEFAULT_AUTHENTICATION_CLASSES": ["logto.django.rest_framework.LogtoAuthentication"]}
    with override_settings(REST_FRAMEWORK=named):
        assert [one.id for one in run_checks(tags=["logto"])] == []
        with override_settings(LOGTO_API_AUDIENCE=""):
            assert [one.id for one in run_checks(tags=["logto"])] == ["logto.E006"]


def test_the_api_says_where_its_tokens_come_from(api, peer):
    path_of = "/.well-known/oauth-protected-resource"
    assert Client().get(path_of).status_code == 404, "closed without the setting"
    with override_settings(LOGTO_API_METADATA={"scopes": ["read"], "name": "Things"}):
        shown = f'resource_metadata="{RESOURCE}{path_of}"'
        assert Client().get("/api/me")["WWW-Authenticate"] == f"Bearer {shown}"
        for answer, status in ((api("me", token="x.y.z"), 401), (api("things", scope="other"), 403),
                               (api("organizations/org1"), 403), (api("organizations/org2", aud=ORGANIZATION), 401)):
            assert answer.status_code == status and shown in answer["WWW-Authenticate"]
        document = Client().get(path_of)
        assert document.json() == {
            "resource": RESOURCE, "authorization_servers": [peer.issuer], "bearer_methods_supported": ["header"],
            "scopes_supported": ["read"], "resource_name": "Things",
        }
        assert document["Access-Control-Allow-Origin"] == "*"
        assert Client().get(f"{path_of}/other").status_code == 404 and Client().post(path_of).status_code == 405
        assert api("me").status_code == 200
    for wrong in ({"scope": ["read"]}, "read"):
        with override_settings(LOGTO_API_METADATA=wrong), pytest.raises(ImproperlyConfigured, match="LOGTO_API_METADATA"):
            validator()


def test_a_better_sign_in_is_asked_for_with_a_challenge(api):
    now = int(time.time())
    assert api("money", acr="mfa", auth_time=now).status_code == 200
    for claims in ({"acr": "mfa"}, {"auth_time": now}, {"acr": "mfa", "auth_time": now - 1000}):
        answer = api("money", **claims)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith('Bearer error="insufficient_user_authentication"')
        assert answer["WWW-Authenticate"].endswith('acr_values="mfa", max_age="300"')

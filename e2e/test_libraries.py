"""Small applications of e2e/clients, each written with another library, against our server."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

import pages
from client_app import CLIENTS, ClientApp, Library, claims, needs_node
from conftest import RESOURCE, missing
from harness import ROOT, Server

NODE = ("node", "app.mjs")
PYTHON = (sys.executable, "app.py")
DJANGO = (sys.executable, "../django_app.py")
LIBRARIES = [
    Library("authlib", PYTHON),
    Library(
        "django-allauth",
        DJANGO,
        callback="accounts/oidc/loggia/login/callback/",
        tokens=("refresh", "resource"),
        refusal="Third-Party Login Failure",
    ),
    Library("mozilla-django-oidc", DJANGO, callback="oidc/callback/", tokens=("refresh",)),
    Library(
        "mod_auth_openidc",
        PYTHON,
        tokens=("refresh", "resource"),
        refusal="Error in handling response type",
        backchannel="callback?logout=backchannel",
    ),
    Library(
        "social-auth-app-django",
        DJANGO,
        callback="complete/oidc/",
        tokens=("refresh",),
        refusal="AuthConfigurationError",
    ),
    Library(
        "express-openid-connect",
        NODE,
        tokens=("refresh", "resource"),
        algorithm="RS256",
        refusal="WWW-Authenticate",
        backchannel="backchannel-logout",
    ),
    Library("@logto/express", NODE, callback="logto/sign-in-callback"),
    Library(
        "next-auth",
        NODE,
        callback="api/auth/callback/loggia",
        confirms=True,
        refusal="Try signing in with a different account",
    ),
    Library("openid-client", NODE),
    Library("oidc-client-ts", NODE, kind="spa", tokens=("refresh", "resource", "organization", "frame")),
    Library("passport-openidconnect", NODE),
]


def start(library: Library, server: Server, organization: dict) -> ClientApp:
    if library.command[0] == "node":
        needs_node()
    if library.name == "mod_auth_openidc" and not Path("/usr/lib/apache2/modules/mod_auth_openidc.so").exists():
        missing("libapache2-mod-auth-openidc")
    return ClientApp(server, library, {"RESOURCE": RESOURCE, "ORGANIZATION_ID": organization["id"], "RENEW_AFTER": "1"})


def sign_in(app: ClientApp, page: Page, username: str) -> None:
    page.goto(app.home)
    page.get_by_text("Sign in", exact=True).click()
    if app.library.confirms:
        page.get_by_role("button", name="Sign in").click()
    pages.sign_in(page, username)


def test_the_document_shows_the_code_of_each_application():
    text = (ROOT / "docs/clients.md").read_text()
    shown = dict(re.findall(r"^<!-- (e2e/clients/\S+) -->\n```\w+\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    assert {Path(file).parent for file in shown} == {Path("e2e/clients", library.name) for library in LIBRARIES}
    for file, code in shown.items():
        assert code == (ROOT / file).read_text(), file


# The libraries know nothing of the database.
@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_a_library_signs_in_gets_tokens_signs_out_and_tells_a_wrong_secret(
    library: Library, server: Server, page: Page, organization: dict, member: dict
):
    with start(library, server, organization) as app:
        sign_in(app, page, member["username"])
        page.wait_for_url(app.home)
        expect(page.locator("body")).to_contain_text(re.compile(f"Hello ({member['name']}|{member['email']})"))
        for kind in library.tokens:
            TOKENS[kind](app, page, organization, member)
        page.goto(app.home)
        page.get_by_text("Sign out").click()
        if library.confirms:
            page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(app.home)
        expect(page.get_by_text("Sign in", exact=True)).to_be_visible()
        if library.backchannel:
            ended_at_the_server(app, page, member)
        if app.application.secret:
            server.replace_secret(app.application)
        # The password is asked for again: not only the application's session ended.
        sign_in(app, page, member["username"])
        if app.application.secret:
            page.wait_for_url(f"{app.home}**")
            expect(page.locator("body")).to_contain_text(library.refusal)
            page.goto(app.home)
            expect(page.get_by_text("Sign in", exact=True)).to_be_visible()
        else:
            page.wait_for_url(app.home)
            expect(page.locator("body")).to_contain_text("Hello")


def ended_at_the_server(app: ClientApp, page: Page, member: dict) -> None:
    path = f"/api/applications/{app.application.id}"
    metadata = app.server.api("GET", path)["oidcClientMetadata"]
    metadata |= {"backchannelLogoutUri": f"{app.home}{app.library.backchannel}", "backchannelLogoutSessionRequired": True}
    app.server.api("PATCH", path, {"oidcClientMetadata": metadata})
    sign_in(app, page, member["username"])
    page.wait_for_url(app.home)
    expect(page.locator("body")).to_contain_text("Hello")
    path = f"/api/users/{member['id']}/sessions"
    for session in app.server.api("GET", path)["sessions"]:
        app.server.api("DELETE", f"{path}/{session['payload']['uid']}?revokeGrantsTarget=all")
    deadline = time.monotonic() + 10
    while "Hello" in page.locator("body").inner_text() and time.monotonic() < deadline:
        page.wait_for_timeout(100)
        page.goto(app.home)
    expect(page.locator("body")).to_contain_text("Sign in")


def refreshed(app: ClientApp, page: Page, _: dict, member: dict) -> None:
    first = second = app.token(page, "refresh")["access_token"]
    deadline = time.monotonic() + 10
    # At once, or when a second is over.
    while first == second and time.monotonic() < deadline:
        page.wait_for_timeout(200)
        second = app.token(page, "refresh")["access_token"]
    assert first != second
    assert_of(app, second, member)


def assert_of(app: ClientApp, token: str, member: dict) -> None:
    if token.count(".") == 2:
        assert claims(token)["sub"] == member["id"]
        return
    answer = requests.get(f"{app.server.endpoint}/oidc/me", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.json()["sub"] == member["id"]


def for_resource(app: ClientApp, page: Page, _: dict, member: dict) -> None:
    held = claims(app.token(page, "resource")["access_token"])
    assert held["aud"] == RESOURCE and held["sub"] == member["id"] and held["client_id"] == app.application.id


def for_organization(app: ClientApp, page: Page, organization: dict, member: dict) -> None:
    held = claims(app.token(page, "organization")["access_token"])
    assert held["aud"] == f"urn:logto:organization:{organization['id']}" and held["sub"] == member["id"]
    assert held["scope"] == "read:reports"


def renewed_in_a_frame(app: ClientApp, page: Page, _: dict, member: dict) -> None:
    shown = app.token(page, "frame")
    assert shown["renewed"] and "refresh_token" not in shown, shown
    assert_of(app, shown["access_token"], member)


TOKENS = {
    "refresh": refreshed,
    "resource": for_resource,
    "organization": for_organization,
    "frame": renewed_in_a_frame,
}

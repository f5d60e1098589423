"""The guide for Django: what it shows is run as it stands there, on the real server."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tomllib
import urllib.parse
import urllib.request
from types import SimpleNamespace
from urllib.parse import urljoin

import pytest

import guides
from real_server import Forms, RealServer, WebBrowser, free_port, text_of, wait_for
from test_guides_flask import furnish

ENGLISH, CHINESE = guides.GUIDES / "django.md", guides.GUIDES / "django.zh-CN.md"


def block(name):
    [found] = [one for one in guides.blocks(ENGLISH) if one.info.get("run") == name]
    return found.text


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The server, and the project of the guide with a user who may everything that it shows."""
    folder = tmp_path_factory.mktemp("guide")
    server, process = RealServer(folder), None
    try:
        port = free_port()
        register = block("register").replace("\\\n", "").replace("localhost:8000", f"localhost:{port}")
        application = server.command(*shlex.split(register)[1:])
        user, organization = furnish(server)
        environment = {**server.environment, "LOGTO_ENDPOINT": server.endpoint, "LOGTO_APP_ID": application["id"],
                       "LOGTO_APP_SECRET": application["secret"], "PYTHONPATH": os.pathsep.join(sys.path)}
        run = lambda *words: subprocess.run([sys.executable, *words], cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=120).stdout  # noqa: E731
        run("-m", "django", "startproject", "mysite", ".")
        settings = (folder / "mysite/settings.py").read_text()
        guides.write(ENGLISH, folder)
        (folder / "mysite/settings.py").write_text(settings + guides.files(ENGLISH)["mysite/settings.py"])
        said = [run(*shlex.split(line)[1:]) for line in block("check").splitlines()]
        log = (folder / "django.log").open("wb")
        process = subprocess.Popen([sys.executable, "manage.py", "runserver", "--noreload", str(port)], cwd=folder, env=environment, stdout=log, stderr=log)
        home = f"http://localhost:{port}"
        wait_for(home, process)
        yield SimpleNamespace(home=home, server=server, user=user, organization=organization, log=folder / "django.log", said=said, run=run)
    finally:
        if process:
            process.terminate()
            process.wait(timeout=30)
        server.close()


@pytest.fixture(scope="module")
def browser(world):
    browser = WebBrowser()
    status, at, text = browser.sign_in(f"{world.home}/account", "ada")
    assert (status, at) == (200, f"{world.home}/account"), (status, at, text_of(text), world.log.read_text()[-1500:])
    return browser


def test_both_languages_have_the_same_code():
    guides.assert_same_blocks(ENGLISH, CHINESE)


def test_every_block_is_run_or_known():
    for one in guides.blocks(ENGLISH):
        assert "file" in one.info or one.info.get("run") in ("register", "check") or "pip install" in one.text, one.line


def test_the_extra_of_the_installation_exists():
    project = tomllib.loads((guides.ROOT / "sdk/python/pyproject.toml").read_text())["project"]
    assert {"django", "django-rest"} <= set(project["optional-dependencies"])


def test_logto_check_is_content(world):
    assert "Sign-in can work" in world.said[1] and f"{world.server.endpoint}/oidc" in world.said[1]


def test_strangers_see_a_link_and_are_sent_to_sign_in(world):
    status, _, text = WebBrowser().open(world.home)
    assert status == 200 and 'href="/sign-in?next=/account"' in text
    assert WebBrowser().open(f"{world.home}/account")[1].startswith(world.server.endpoint)
    status, _, text = WebBrowser().open(f"{world.home}/account", Accept="application/json")
    assert status == 401 and json.loads(text)["code"] == "session.required"


def test_the_guide_signs_in(world, browser):
    assert "Hello Ada Harbour." in text_of(browser.open(world.home)[2])
    assert json.loads(browser.open(f"{world.home}/account")[2]) == {"id": world.user, "name": "Ada Harbour", "username": "ada"}
    assert json.loads(browser.open(f"{world.home}/async-account")[2]) == {"id": world.user}


def test_user_information_tells_null_from_absent(world, browser):
    info = json.loads(browser.open(f"{world.home}/userinfo")[2])
    assert info["email"] == "ada@example.com" and info["picture"] is None and "phone_number" not in info


def test_roles_custom_data_resources_and_organizations(world, browser):
    assert browser.open(f"{world.home}/editors")[2] == "for editors"
    assert json.loads(browser.open(f"{world.home}/theme")[2]) == {"theme": "dark"}
    assert json.loads(browser.open(f"{world.home}/call-the-api")[2])["Authorization"].startswith("Bearer eyJ")
    page = f"{world.home}/organizations/{world.organization}"
    assert json.loads(browser.open(page)[2]) == {"organization": world.organization, "scopes": []}
    assert browser.open(f"{world.home}/organizations/other")[0] == 403


def test_the_admin_is_not_for_everybody(world, browser):
    assert browser.open(f"{world.home}/admin/")[0] == 403


def test_the_api_of_the_guide_takes_tokens(world):
    made = world.server.command("app", "create", "--type", "m2m", "--name", "machine", "--json")
    form = {"grant_type": "client_credentials", "resource": "https://api.example.com", "client_id": made["id"], "client_secret": made["secret"]}
    with urllib.request.urlopen(f"{world.server.endpoint}/oidc/token", urllib.parse.urlencode(form).encode(), timeout=30) as answer:
        token = json.load(answer)["access_token"]
    ask = lambda page, **more: WebBrowser().open(page, Accept="application/json", **more)  # noqa: E731
    documents, of_organization = f"{world.home}/api/documents", f"{world.home}/api/organizations/{world.organization}/documents"
    assert ask(documents)[0] == 401 and ask(documents, Authorization="Bearer x.y.z")[0] == 401
    # It is for the API, but has no scope and no organization.
    for page in (documents, of_organization):
        assert ask(page, Authorization=f"Bearer {token}")[0] == 403
    role = world.server.api("POST", "/api/roles", {"name": "reader", "description": "x", "type": "MachineToMachine", "scopeIds": [scope_id(world)]})
    world.server.api("POST", f"/api/applications/{made['id']}/roles", {"roleIds": [role["id"]]})
    form["scope"] = "read:documents"
    with urllib.request.urlopen(f"{world.server.endpoint}/oidc/token", urllib.parse.urlencode(form).encode(), timeout=30) as answer:
        token = json.load(answer)["access_token"]
    status, _, text = ask(documents, Authorization=f"Bearer {token}")
    assert (status, json.loads(text)) == (200, {"by": made["id"], "scopes": ["read:documents"]})


def scope_id(world):
    [resource] = [one for one in world.server.api("GET", "/api/resources") if one["indicator"] == "https://api.example.com"]
    return world.server.api("GET", f"/api/resources/{resource['id']}/scopes")[0]["id"]


def test_a_wrong_logout_token_is_refused(world):
    assert WebBrowser().open(f"{world.home}/backchannel-logout", {"logout_token": "x.y.z"})[0] == 400


def test_a_webhook_needs_its_signature(world):
    assert WebBrowser().open(f"{world.home}/hook", {"event": "x"})[0] == 401


def test_the_backend_of_the_guide_is_one(world):
    said = world.run("-c", "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'mysite.settings'; django.setup(); "
                     "from mysite.backends import Backend; c = {'iss': 'i', 'sub': 's', 'username': 'bo'}; "
                     "one = Backend().authenticate(None, logto_claims=c); c['custom_data'] = {'employee_number': 'bo'}; "
                     "print(one.username, one == Backend().authenticate(None, logto_claims={**c, 'sub': 't'}))")
    assert said.split() == ["bo", "True"]


def test_signing_out_ends_both_sessions(world):
    other = WebBrowser()
    other.sign_in(f"{world.home}/account", "ada")
    _, at, text = other.open(f"{world.home}/sign-out")
    [(_, fields)] = Forms(text).forms
    _, at, text = other.open(at, fields)
    # The server's page asks, and sends its form by itself where there is JavaScript.
    [(action, fields), *_] = Forms(text).forms
    _, at, text = other.open(urljoin(at, action or at), fields)
    assert at == f"{world.home}/" and "Sign in" in text, text_of(text)
    assert other.open(f"{world.home}/account")[1].startswith(world.server.endpoint)

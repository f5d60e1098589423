"""The guide for Flask: what it shows is run as it stands there, on the real server."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urljoin

import pytest
from flask import Flask

import guides
from real_server import Forms, RealServer, WebBrowser, free_port, text_of, wait_for

ENGLISH, CHINESE = guides.GUIDES / "flask.md", guides.GUIDES / "flask.zh-CN.md"
API = "https://api.example.com"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The server, and the application of the guide with a user who may everything that it shows."""
    folder = tmp_path_factory.mktemp("guide")
    server, process = RealServer(folder), None
    try:
        port = free_port()
        [register] = [block for block in guides.blocks(ENGLISH) if block.info.get("run") == "register"]
        command = register.text.replace("\\\n", "").replace("localhost:5000", f"localhost:{port}")
        application = server.command(*shlex.split(command)[1:])
        user, organization = furnish(server)
        guides.write(ENGLISH, folder)
        environment = {**server.environment, "LOGTO_ENDPOINT": server.endpoint, "LOGTO_APP_ID": application["id"], "LOGTO_APP_SECRET": application["secret"],
                       "APP_SECRET_KEY": "only for this test, but long",
                       "PYTHONPATH": os.pathsep.join(sys.path)}
        log = (folder / "flask.log").open("wb")
        process = subprocess.Popen([sys.executable, "-m", "flask", "run", "--port", str(port)], cwd=folder, env=environment, stdout=log, stderr=log)
        home = f"http://localhost:{port}"
        wait_for(home, process)
        yield SimpleNamespace(home=home, server=server, user=user, organization=organization, log=folder / "flask.log")
    finally:
        if process:
            process.terminate()
            process.wait(timeout=30)
        server.close()


def furnish(server):
    """What the guide asks to be made with the Management API."""
    user = server.user("ada", "--name", "Ada Harbour", "--email", "ada@example.com")
    server.api("PATCH", f"/api/users/{user}/custom-data", {"customData": {"theme": "dark"}})
    resource = server.api("POST", "/api/resources", {"name": "API", "indicator": API})
    scope = server.api("POST", f"/api/resources/{resource['id']}/scopes", {"name": "read:documents", "description": ""})
    role = server.api("POST", "/api/roles", {"name": "editor", "description": "x", "scopeIds": [scope["id"]]})
    server.api("POST", f"/api/users/{user}/roles", {"roleIds": [role["id"]]})
    organization = server.api("POST", "/api/organizations", {"name": "Harbour Bikes"})["id"]
    server.api("POST", f"/api/organizations/{organization}/users", {"userIds": [user]})
    return user, organization


@pytest.fixture(scope="module")
def browser(world):
    browser = WebBrowser()
    status, at, text = browser.sign_in(f"{world.home}/account", "ada")
    assert (status, at) == (200, f"{world.home}/account"), (status, at, text_of(text), world.log.read_text()[-1500:])
    return browser


def test_both_languages_have_the_same_code():
    guides.assert_same_blocks(ENGLISH, CHINESE)


def test_every_block_is_run_or_known():
    for block in guides.blocks(ENGLISH):
        assert block.info.get("file") in ("app.py", "production.py") or block.info.get("run") == "register" or "pip install" in block.text, block.line


def test_the_extra_of_the_installation_exists():
    project = (guides.ROOT / "sdk/python/pyproject.toml").read_text()
    assert '\nname = "loggia-logto"\n' in project and '\nflask = [' in project


def test_strangers_see_a_link_and_are_sent_to_sign_in(world):
    status, _, text = WebBrowser().open(world.home)
    assert status == 200 and 'href="/sign-in?next=/account"' in text
    assert WebBrowser().open(f"{world.home}/account")[1].startswith(world.server.endpoint)
    status, _, text = WebBrowser().open(f"{world.home}/account", Accept="application/json")
    assert status == 401 and json.loads(text)["error"] == "login_required"


def test_the_guide_signs_in(world, browser):
    assert "Hello Ada Harbour." in text_of(browser.open(world.home)[2])
    assert json.loads(browser.open(f"{world.home}/account")[2]) == {"id": world.user, "name": "Ada Harbour", "username": "ada"}
    assert json.loads(browser.open(f"{world.home}/async-account")[2]) == {"id": world.user}


def test_user_information_tells_null_from_absent(world, browser):
    info = json.loads(browser.open(f"{world.home}/userinfo")[2])
    assert info["email"] == "ada@example.com" and info["picture"] is None and "phone_number" not in info


def test_roles_and_custom_data(world, browser):
    assert browser.open(f"{world.home}/editors")[2] == "for editors"
    assert json.loads(browser.open(f"{world.home}/theme")[2]) == {"theme": "dark"}


def test_api_resources(world, browser):
    assert json.loads(browser.open(f"{world.home}/call-the-api")[2])["Authorization"].startswith("Bearer eyJ")
    assert browser.open(f"{world.home}/documents")[2] == "for people who may read documents"


def test_organizations(world, browser):
    page = f"{world.home}/organizations/{world.organization}"
    assert json.loads(browser.open(page)[2]) == {"organization": world.organization, "scopes": []}
    assert browser.open(f"{page}/settings")[0] == 403 and browser.open(f"{world.home}/organizations/other")[0] == 403


def test_the_api_takes_bearer_tokens_only(world, browser):
    assert browser.open(f"{world.home}/api/documents")[0] == 401
    assert browser.open(f"{world.home}/api/documents", Authorization="Bearer nonsense")[0] == 401


def test_a_forged_logout_ends_nothing(world, browser):
    assert browser.open(f"{world.home}/backchannel-logout", {"logout_token": "x.y.z"})[0] == 400
    assert browser.open(f"{world.home}/account")[0] == 200


def test_a_webhook_needs_its_signature(world):
    # The guide's application has no signing key until one is set: nothing unsigned gets in.
    assert WebBrowser().open(f"{world.home}/webhook", {"event": "x"})[0] == 500


def test_a_callback_of_nobody_has_the_guides_own_page(world):
    status, _, text = WebBrowser().open(f"{world.home}/sign-in-callback?code=x&state=y")
    assert status == 400 and text.startswith("<h1>This sign-in cannot be finished</h1>")


def test_signing_out_ends_both_sessions(world):
    other = WebBrowser()
    other.sign_in(f"{world.home}/account", "ada")
    _, at, text = other.open(f"{world.home}/sign-out")
    # The server's page asks, and sends its form by itself where there is JavaScript.
    [(action, fields), *_] = Forms(text).forms
    _, at, text = other.open(urljoin(at, action or at), fields)
    assert at == f"{world.home}/" and "Sign in" in text, text_of(text)
    assert other.open(f"{world.home}/account")[1].startswith(world.server.endpoint)


def test_the_part_for_production(peer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(guides.files(ENGLISH)["production.py"], names)
    app = Flask(__name__)
    app.config.update(LOGTO_ENDPOINT=peer.endpoint, LOGTO_APP_ID="app1", LOGTO_APP_SECRET="secret1")
    names["prepare"](app)
    answer = app.test_client().get("/sign-in", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "app.example"})
    assert "https%3A%2F%2Fapp.example%2Fsign-in-callback" in answer.location and "session=" in answer.headers["Set-Cookie"]
    assert Path("sessions").is_dir()
    other = Flask(__name__)
    other.config.update(app.config)
    names["with_shared_sessions"](other)
    assert "logto=" in other.test_client().get("/sign-in").headers["Set-Cookie"]

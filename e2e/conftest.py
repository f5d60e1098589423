"""Fixtures: servers on both engines, the drop-in sample on both packages and the one of `logto.flask`, a browser."""

from __future__ import annotations

import os
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from harness import ARTIFACTS, Flask, Server, unique
from relying_party import RelyingParty

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
PACKAGES = {
    "published": os.environ.get("LOGGIA_E2E_PYTHON_PUBLISHED", sys.executable),
    "ours": os.environ.get("LOGGIA_E2E_PYTHON_OURS"),
}
RESOURCE = "https://api.e2e.example"
DEMANDED = os.environ.get("CI") == "true"


# The files that take longest are begun first, so that all processes end at about the same time.
LONGEST = ["test_schema.py", "test_console_axe.py", "test_libraries.py", "test_flask.py", "test_passkeys.py", "test_django.py"]


def pytest_configure() -> None:
    ARTIFACTS.mkdir(exist_ok=True)


# What the hosted pages show does not depend on the engine: each of these tests runs on one of them, with `LOGGIA_E2E_ENGINES=all` on both.
ON_ONE_ENGINE = ["test_pages.py", "test_passkeys.py", "test_codes.py", "test_factors.py", "test_habits.py", "test_account_pages.py"]


def is_for_the_other_engine(item: pytest.Item) -> bool:
    engine = item.callspec.params.get("server") if hasattr(item, "callspec") else None
    if engine is None or item.path.name not in ON_ONE_ENGINE or os.environ.get("LOGGIA_E2E_ENGINES") == "all":
        return False
    # The same in every process and run.
    number = zlib.crc32(item.nodeid.replace(engine, "").encode())
    return engine != ("sqlite", "postgres")[number % 2]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    others = [item for item in items if is_for_the_other_engine(item)]
    config.hook.pytest_deselected(items=others)
    place = {name: number for number, name in enumerate(LONGEST)}
    kept = [item for item in items if item not in others]
    items[:] = sorted(kept, key=lambda item: place.get(item.path.name, len(LONGEST)))


def missing(what: str) -> None:
    """A skip on a developer's machine, a failure where everything must run."""
    (pytest.fail if DEMANDED else pytest.skip)(f"{what} is not there; `cargo xtask test` brings it")


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if request.param == "postgres" and "LOGGIA_TEST_POSTGRES" not in os.environ:
        missing("LOGGIA_TEST_POSTGRES")
    server = Server(request.param, tmp_path_factory.mktemp(request.param))
    server.start()
    yield server
    assert server.stop() == 0, f"the server did not end well: {server.log.read_text()[-2000:]}"


@pytest.fixture(scope="session")
def organization(server: Server) -> dict:
    """An organization with a role whose scope and API permission its members may ask for."""
    scope = server.api("POST", "/api/organization-scopes", {"name": "read:reports"})
    role = server.api("POST", "/api/organization-roles", {"name": "reader", "organizationScopeIds": [scope["id"]]})
    made = server.api("POST", "/api/organizations", {"name": "Harbour Bikes"})
    server.api("POST", "/api/resources", {"name": "E2E API", "indicator": RESOURCE})
    return {**made, "roleId": role["id"]}


@pytest.fixture(scope="session", params=["published", "ours", "extension"])
def flask(request: pytest.FixtureRequest, server: Server, organization: dict) -> Iterator[Flask]:
    python = PACKAGES["published" if request.param == "published" else "ours"]
    if not python:
        missing(f"the Python environment {request.param!r}")
    flask = Flask(server, python, RESOURCE, "examples/flask" if request.param == "extension" else "e2e/drop_in")
    name = f"Flask sample ({request.param})"
    flask.start(server.application("traditional", name, flask.callback, post_logout=f"{flask.url}/"))
    yield flask
    flask.stop()


@pytest.fixture
def user(server: Server) -> dict:
    """Somebody with a password who may sign in."""
    username = unique("ada")
    about = {"email": f"{username}@example.com", "name": "Ada Harbour"}
    return {"id": server.user(username, **about), "username": username, **about}


@pytest.fixture
def member(server: Server, organization: dict, user: dict) -> dict:
    """Somebody who belongs to the organization and has its role."""
    path = f"/api/organizations/{organization['id']}/users"
    server.api("POST", path, {"userIds": [user["id"]]})
    server.api("POST", f"{path}/{user['id']}/roles", {"organizationRoleIds": [organization["roleId"]]})
    return user


@pytest.fixture
def party(server: Server) -> Iterator[RelyingParty]:
    """An application that people sign in to."""
    party = RelyingParty(server)
    party.application = server.application("traditional", "Tide Tables", party.callback, post_logout=party.url)
    yield party
    party.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        missing(CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def context_options() -> dict:
    """What a test wants its browser to be like; overridden with parametrize."""
    return {}


@pytest.fixture
def context(browser: Browser, context_options: dict) -> Iterator[BrowserContext]:
    context = browser.new_context(**{"locale": "en-US", **context_options})
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.complaints = complaints
    yield page
    name = re.sub(r"[^\w.-]+", "-", request.node.name)
    if getattr(request.node, "failed", False):
        page.screenshot(path=ARTIFACTS / f"FAILED-{name}.png", full_page=True)
        (ARTIFACTS / f"FAILED-{name}.html").write_text(f"<!-- {page.url} -->\n{page.content()}")
    # A refused style or script is a fault of a page that nobody sees until it matters.
    refused = [text for text in complaints if "Content Security Policy" in text]
    assert not refused, refused


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    report = yield
    if report.when == "call" and report.failed:
        item.failed = True
    return report

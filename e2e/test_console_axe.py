"""Every page of the console has no barrier that axe finds: at desktop and phone width, light and dark."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page

import axe
from conftest import missing
from harness import PASSWORD, Server
from test_console import console, register_administrator

LOOKS = {
    "desktop": (1280, 800, "light"),
    "desktop-dark": (1280, 800, "dark"),
    "phone-dark": (360, 740, "dark"),
    "phone": (360, 740, "light"),
}
# In the others only what depends on the look is asked again.
WHOLE = ("desktop", "phone-dark")
# Files, not pages.
FILES = "/console/export/"
# More visits find no further pages.
MAX_VISITS = 400
# Of one kind of page: what a page links to depends on what it is about, as a role of people or of machines.
MAX_OF_KIND = 4


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one of everything, so that each page is reached by a link."""
    if not axe.SCRIPT.exists():
        missing("axe-core in e2e/node")
    server = Server("sqlite", tmp_path_factory.mktemp("axe"))
    server.start()
    fill(server)
    yield server
    assert server.stop() == 0


def fill(server: Server) -> None:
    user = server.user("ada", email="ada@example.com", name="Ada Harbour")
    for number in range(25):
        server.user(f"sailor{number:02}", password=PASSWORD)
    server.application("traditional", "Tide Tables", "https://tides.example.com/callback")
    tool = server.api("POST", "/api/applications", {"name": "Tool", "type": "Traditional", "isThirdParty": True})
    server.api("POST", f"/api/applications/{tool['id']}/user-consent-scopes", {"userScopes": ["profile"]})
    rules = {"userIds": [user], "userRoleIds": [], "organizationIds": [], "organizationRoleRules": []}
    server.api("PUT", f"/api/applications/{tool['id']}/access-control", rules)
    # Nobody listens there: the request is in the list as one that failed.
    bell = {"url": "http://localhost:9/bell", "retries": 0}
    server.api("POST", "/api/hooks", {"name": "Bell", "events": ["Role.Created"], "config": bell})
    google = {"clientId": "me", "clientSecret": "hush"}
    server.api("POST", "/api/connectors", {"connectorId": "google-universal", "config": google})
    server.api("POST", "/api/sso-connectors", {"providerName": "OIDC", "connectorName": "Harbour Corp"})
    server.api("POST", "/api/custom-profile-fields", {"name": "nickname", "type": "Text", "required": False})
    resource = server.api("POST", "/api/resources", {"name": "Harbour API", "indicator": "https://harbour.example"})
    scope = server.api("POST", f"/api/resources/{resource['id']}/scopes", {"name": "read:ships", "description": "Ships"})
    role = server.api("POST", "/api/roles", {"name": "pilot", "description": "Pilots", "scopeIds": [scope["id"]]})
    server.api("POST", f"/api/users/{user}/roles", {"roleIds": [role["id"]]})
    server.api("POST", "/api/roles", {"name": "cleaner", "description": "Machines", "type": "MachineToMachine"})
    permission = server.api("POST", "/api/organization-scopes", {"name": "moor:ships"})
    template = {"name": "harbour master", "organizationScopeIds": [permission["id"]], "resourceScopeIds": [scope["id"]]}
    server.api("POST", "/api/organization-roles", template)
    organization = server.api("POST", "/api/organizations", {"name": "Harbour", "description": "A port"})
    server.api("POST", f"/api/organizations/{organization['id']}/users", {"userIds": [user]})
    refused = requests.get(f"{server.endpoint}/oidc/auth?client_id=nobody", timeout=10)
    assert refused.status_code == 400


def declared(page: Page, server: Server) -> list[str]:
    """The paths of all pages, as the gallery lists them."""
    page.goto(console(server, "/gallery"))
    text = page.locator("section.panel", has=page.get_by_role("heading", name="Pages", exact=True)).locator("pre").inner_text()
    paths = [path for path in text.split() if not path.startswith(FILES)]
    assert "/console/users/{id}" in paths, text
    return paths


def pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path)) + "$")


def visits(page: Page, server: Server) -> dict[str, str]:
    """An address for each page: its own path, or one that a link of another page names."""
    open_ones = declared(page, server)
    found = {path: path for path in open_ones if "{" not in path}
    patterns = {path: pattern(path) for path in open_ones if "{" in path}
    queue, seen, visited = list(found.values()), set(found.values()), Counter()
    for _ in range(MAX_VISITS):
        if not queue or len(found) == len(open_ones):
            break
        page.goto(f"http://localhost:{server.admin_port}{queue.pop(0)}")
        for href in page.eval_on_selector_all("main a[href]", "(all) => all.map((one) => new URL(one.href).pathname)"):
            if href in seen or not href.startswith("/console/") or href.startswith(FILES):
                continue
            seen.add(href)
            # An exact path is a page of its own, not one with an id.
            reached = [] if href in found else [path for path, form in patterns.items() if form.match(href)]
            if reached:
                found.setdefault(reached[0], href)
            if reached and visited[reached[0]] < MAX_OF_KIND:
                visited[reached[0]] += 1
                queue.append(href)
    left = set(open_ones) - set(found)
    assert not left, f"no link leads to {sorted(left)}: let `fill` make what they show"
    return found


def test_axe_finds_nothing_on_any_page_of_the_console(filled: Server, browser: Browser):
    context = browser.new_context(locale="en-US", reduced_motion="reduce", bypass_csp=True)
    page = context.new_page()
    # The page of who is not signed in.
    page.goto(console(filled, "/welcome"))
    axe.load(page)
    axe.assert_no_barriers(page, "/console/welcome")
    register_administrator(filled, page)
    barriers = []
    for path, address in sorted(visits(page, filled).items()):
        page.goto(f"http://localhost:{filled.admin_port}{address}")
        axe.load(page)
        for name, (width, height, colours) in LOOKS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=colours)
            try:
                axe.assert_no_barriers(page, f"{path} ({name})", look_only=name not in WHOLE)
            except AssertionError as error:
                barriers.append(str(error))
    context.close()
    assert not barriers, "\n\n".join(barriers)

"""The commands in the documents, pasted one after another into a shell, and the code in them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from conftest import PACKAGES, missing
from harness import ARTIFACTS, BINARY, ROOT, Server, free_port, stop, wait_for
from test_quick_start import quick_start

DOCUMENTS = ["captcha.md", "connectors.md", "passkeys.md", "second-factors.md"]


def blocks(document: str, language: str) -> list[str]:
    text = (ROOT / "docs" / document).read_text()
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for block in found]


def paste(server: Server, commands: list[str]) -> str:
    """Runs commands in a shell, after those of management-api.md that fetch a token; what the last of them said."""
    begin = "\n".join(blocks("management-api.md", "sh")).replace("http://localhost:3001", server.endpoint)
    folder = server.folder / "bin"
    folder.mkdir(exist_ok=True)
    if not (folder / "loggia").exists():
        (folder / "loggia").symlink_to(BINARY)
    environment = {**server.environment, "PATH": f"{folder}:{os.environ['PATH']}"}
    script = "\n".join(["set -e -o pipefail", begin, "printf '\\n---\\n'", *commands])
    done = subprocess.run(
        ["bash", "-c", script], cwd=server.folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout if not commands else done.stdout.split("\n---\n", 1)[1]


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """The documents change settings that other tests rely on."""
    if not shutil.which("jq"):
        missing("jq")
    server = Server("sqlite", tmp_path)
    server.start()
    yield server
    assert server.stop() == 0


def test_the_commands_of_the_management_api_list_the_applications(own_server: Server):
    assert '"My script"' in paste(own_server, [])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_request_of_a_document_succeeds(own_server: Server, document: str):
    commands = blocks(document, "sh")
    assert commands and all("api " in command for command in commands)
    paste(own_server, commands)


def test_a_magic_link_made_by_the_document_signs_in(own_server: Server, page: Page, tmp_path: Path):
    python = PACKAGES["ours"] or missing("the Python environment 'ours'")
    port = free_port()
    home = f"http://localhost:{port}/"
    application = own_server.application("traditional", "My app", f"{home}sign-in-callback", post_logout=home)
    own_server.user("ada", email="ada@example.com")
    [enter] = blocks("magic-links.md", "python")
    (tmp_path / "app.py").write_text(f"{quick_start('README.md')}\n\n{enter}")
    environment = {
        "PATH": os.environ["PATH"],
        "APP_SECRET_KEY": "change-me",
        "LOGTO_ENDPOINT": own_server.endpoint,
        "LOGTO_APP_ID": application.id,
        "LOGTO_APP_SECRET": application.secret,
        "HOME_URL": home,
    }
    log = ARTIFACTS / "magic-link-app.log"
    with log.open("wb") as output:
        words = [python, "-m", "flask", "run", "--port", str(port)]
        process = subprocess.Popen(words, cwd=tmp_path, env=environment, stdout=output, stderr=output)
    try:
        wait_for(home, process, log)
        link = paste(own_server, blocks("magic-links.md", "sh")).strip().replace("http://localhost:5000/", home)
        page.goto(link)
        expect(page.locator("main")).to_contain_text("ada@example.com")
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(home)
        expect(page.locator("body")).to_contain_text("Hello ada")
    finally:
        stop(process)

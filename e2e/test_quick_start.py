"""The README's application, exactly as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from playwright.sync_api import Page, expect

import pages
from conftest import PACKAGES, missing
from harness import ARTIFACTS, ROOT, Server, free_port, stop, wait_for


def quick_start(readme: str) -> str:
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / readme).read_text(), re.DOTALL)
    return code


def test_both_readmes_show_the_same_application():
    assert quick_start("README.md") == quick_start("README.zh-CN.md")


def test_the_quick_start_of_the_readme_signs_in_and_out(server: Server, page: Page, user: dict, tmp_path: Path):
    python = PACKAGES["ours"] or missing("the Python environment 'ours'")
    port = free_port()
    home = f"http://localhost:{port}/"
    application = server.application("traditional", "My app", f"{home}sign-in-callback", post_logout=home)
    (tmp_path / "app.py").write_text(quick_start("README.md"))
    environment = {
        "PATH": os.environ["PATH"],
        "APP_SECRET_KEY": "change-me",
        "LOGTO_ENDPOINT": server.endpoint,
        "LOGTO_APP_ID": application.id,
        "LOGTO_APP_SECRET": application.secret,
        "HOME_URL": home,
    }
    log = ARTIFACTS / f"quick-start-{server.engine}.log"
    with log.open("wb") as output:
        words = [python, "-m", "flask", "run", "--port", str(port)]
        process = subprocess.Popen(words, cwd=tmp_path, env=environment, stdout=output, stderr=output)
    try:
        wait_for(home, process, log)
        page.goto(home)
        page.get_by_role("link", name="Sign in").click()
        pages.sign_in(page, user["username"])
        page.wait_for_url(home)
        expect(page.locator("body")).to_contain_text(f"Hello {user['username']}")
        page.get_by_role("link", name="Sign out").click()
        page.wait_for_url(home)
        expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    finally:
        stop(process)

"""The guide for FastAPI and Starlette: every block is run, against a provider over real HTTP."""

from __future__ import annotations

import asyncio
import importlib.util
import shlex
import sys
from pathlib import Path
from types import ModuleType
from typing import Iterator

import guides
import pytest
from browsers import Browser
from conftest import App

GUIDE = guides.GUIDES / "fastapi.md"
AUDIENCE = "https://api.example.com"


@pytest.fixture
def folder(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    guides.write(GUIDE, tmp_path)
    settings = {"ENDPOINT": app.peer.endpoint, "APP_ID": "app1", "APP_SECRET": "secret1", "DOCS_APP_ID": "docs1", "WEBHOOK_KEY": "key"}
    for name, value in settings.items():
        monkeypatch.setenv(f"LOGTO_{name}", value)
    monkeypatch.setenv("APP_SECRET", "0123456789abcdef0123456789abcdef")
    return tmp_path


def load(path: Path) -> ModuleType:
    """A file of the guide, as `uvicorn` imports it."""
    spec = importlib.util.spec_from_file_location(f"guide_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_both_languages_have_the_same_code():
    guides.assert_same_blocks(GUIDE, GUIDE.with_name("fastapi.zh-CN.md"))


def test_every_block_is_run():
    """Nothing is in the guide that no test knows."""
    assert set(guides.files(GUIDE)) == {"app.py", "production.py", "starlette_app.py"}
    shells = [block for block in guides.blocks(GUIDE) if block.language == "sh"]
    assert [block.info.get("run") for block in shells] == [None, "register"] and "pip install" in shells[0].text


def test_the_application_of_the_guide(app: App, folder: Path):
    module = load(folder / "app.py")
    app.peer.id_claims = {
        "username": "ada", "roles": ["editor"], "organizations": ["o1"], "organization_roles": ["o1:admin"],
    }  # fmt: skip
    app.peer.user["custom_data"] = {"theme": "dark"}

    async def main() -> None:
        browser = Browser(module.app, app.peer, base_url="http://localhost:8000")
        assert "/sign-in?next=/account" in (await browser.open("/")).text
        assert (await browser.fetch("/account")).status_code == 401
        done = await browser.sign_in("/sign-in?next=/account")
        assert done.headers["location"] == "/account"
        assert (await browser.open("/account")).json() == {"id": "user1", "name": "Ada", "username": "ada"}
        assert "/sign-out" in (await browser.open("/")).text
        info = (await browser.open("/userinfo")).json()
        assert info["picture"] is None and "phone_number" not in info
        assert (await browser.open("/editors")).status_code == 200
        assert (await browser.open("/theme")).json() == {"theme": "dark"}
        assert (await browser.open("/call-the-api")).json()["Authorization"].startswith("Bearer ey")
        assert (await browser.open("/organizations/o1")).json() == {"organization": "o1", "scopes": ["read"]}
        assert (await browser.open("/organizations/o2")).status_code == 403
        assert (await browser.open("/organizations/o1/settings")).status_code == 200
        documents = {"authorization": f"Bearer {app.peer.access_token(AUDIENCE, 'app1', scope='read:documents')}"}
        answer = await browser.get("/api/documents", headers=documents)
        assert answer.json() == {"reader": "user1", "scopes": ["read:documents"]}
        own = {"authorization": f"Bearer {app.peer.access_token('urn:logto:organization:o1', 'app1')}"}
        assert (await browser.get("/api/organizations/o1/documents", headers=own)).json() == {"organization": "o1", "reader": "user1"}
        assert (await browser.post("/webhook", content=b"{}")).status_code == 401
        assert "docs1" in (await browser.get("/docs")).text

    asyncio.run(main())


def test_the_settings_for_production(app: App, folder: Path):
    module = load(folder / "production.py")
    assert module.auth.base_url == "https://app.example.com"


def test_the_starlette_application_of_the_guide(app: App, folder: Path):
    module = load(folder / "starlette_app.py")
    app.peer.id_claims = {"roles": ["editor"]}

    async def main() -> None:
        browser = Browser(module.app, app.peer, base_url="http://localhost:8000")
        assert (await browser.open("/")).text == "Hello "
        first = await browser.open("/editors")
        assert first.headers["location"].startswith("http://localhost:8000/sign-in?next=")
        await browser.sign_in("/account")
        assert (await browser.open("/account")).json() == {"id": "user1"}
        assert (await browser.open("/editors")).text == "for editors" and (await browser.open("/")).text == "Hello Ada"

    asyncio.run(main())


@pytest.fixture(autouse=True)
def _no_modules_left() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.startswith("guide_")]:
        del sys.modules[name]


def test_the_commands_that_register_the_application(tmp_path: Path):
    """They are ones that `loggia` knows, with the addresses that the routes have."""
    import os
    import subprocess

    binary = os.environ.get("LOGGIA_BIN")
    if binary is None or not Path(binary).exists():
        pytest.skip("LOGGIA_BIN is not there; `cargo xtask test` brings it")
    [block] = [block for block in guides.blocks(GUIDE) if block.info.get("run") == "register"]
    environment = {"PATH": os.environ["PATH"], "DB_URL": f"sqlite://{tmp_path / 'loggia.db'}"}
    for command in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(command)
        assert words[0] == "loggia"
        done = subprocess.run([binary, *words[1:]], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0 and '"id"' in done.stdout, done.stderr

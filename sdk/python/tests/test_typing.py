"""The package is strictly typed, and the stub of its native module is the truth (fault 13)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
PYRIGHT = PROJECT.parent.parent / "e2e/node/node_modules/pyright/index.js"


@pytest.mark.parametrize("check", [["mypy", "--strict", "-p", "logto"], ["mypy.stubtest", "logto._native"]])
def test_types_and_stubs(check, tmp_path):
    # From an empty folder, so that the installed package is checked and no cache is left behind.
    done = subprocess.run([sys.executable, "-m", *check], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_is_strict_in_pyright_too():
    """Editors show what pyright infers; its settings are in ``pyproject.toml``."""
    node = shutil.which("node")
    if node is None or not PYRIGHT.is_file():
        pytest.skip("pyright is not there: run `npm ci` in e2e/node")
    check = [node, PYRIGHT, "--project", PROJECT, "--pythonpath", sys.executable, "--warnings"]
    done = subprocess.run(check, cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_a_caller_gets_is_typed(tmp_path):
    """Callers see types, not Any."""
    program = tmp_path / "caller.py"
    program.write_text(
        "from typing import Optional\n"
        "from logto import LogtoClient, LogtoConfig\n"
        "async def main() -> None:\n"
        "    client = LogtoClient(LogtoConfig(endpoint='https://a', appId='b'))\n"
        "    url: str = await client.signIn('https://c', firstScreen='register')\n"
        "    token: Optional[str] = await client.getAccessToken()\n"
        "    wrong: int = await client.signIn('https://c')\n"
    )
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", program], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert len(errors) == 1 and 'has type "str", variable has type "int"' in errors[0], done.stdout

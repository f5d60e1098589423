"""The guide for the Management API: what it shows is run as it stands there, on the real server."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import guides
from real_server import RealServer

ENGLISH, CHINESE = guides.GUIDES / "management.md", guides.GUIDES / "management.zh-CN.md"


def test_the_script_of_the_guide_runs_and_is_typed(tmp_path):
    server = RealServer(tmp_path)
    try:
        [register] = [block for block in guides.blocks(ENGLISH) if block.info.get("run") == "register"]
        made = server.command(*shlex.split(register.text)[1:])
        guides.write(ENGLISH, tmp_path)
        environment = {**server.environment, "PYTHONPATH": os.pathsep.join(sys.path), "LOGTO_ENDPOINT": server.endpoint,
                       "LOGTO_M2M_APP_ID": made["id"], "LOGTO_M2M_APP_SECRET": made["secret"]}
        done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        listed, roles, refused, gone = done.stdout.splitlines()
        assert listed.endswith(" grace") and roles.endswith(" roles") and int(roles.split()[0]) >= 0
        assert (refused, gone) == ("422 user.username_already_in_use", "gone")
    finally:
        server.close()
    checked = subprocess.run([sys.executable, "-m", "mypy", "--strict", "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert checked.returncode == 0, checked.stdout


def test_both_languages_have_the_same_code():
    guides.assert_same_blocks(ENGLISH, CHINESE)

"""The guide for tests: its files are run by pytest as they stand there, with the plugin."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import pytest

import guides

GUIDE, CHINESE = guides.GUIDES / "testing.md", guides.GUIDES / "testing.zh-CN.md"
BINARY = os.environ.get("LOGGIA_BIN", str(Path(__file__).parents[3] / "target/debug/loggia"))

pytest_plugins = ["pytester"]


def test_every_file_of_the_guide_passes(pytester, monkeypatch):
    monkeypatch.setenv("LOGGIA_BIN", BINARY)
    guides.write(GUIDE, pytester.path)
    expected = sum(len(re.findall(r"^def test_", text, re.MULTILINE)) for text in guides.files(GUIDE).values())
    assert expected == 5
    result = pytester.runpytest_subprocess("-p", "loggia_pytest", "-p", "no:cacheprovider", "-q")
    result.assert_outcomes(passed=expected)


@pytest.mark.parametrize("guide", [GUIDE, CHINESE], ids=["en", "zh-CN"])
def test_the_guide_names_every_fixture(guide):
    import loggia_pytest

    text = guide.read_text(encoding="utf-8")
    fixtures = [name for name, value in vars(loggia_pytest).items() if "fixture" in type(value).__name__.lower()]
    assert len(fixtures) == 7
    assert not [name for name in fixtures if f"`{name}`" not in text]

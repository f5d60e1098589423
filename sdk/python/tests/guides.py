"""The fenced blocks of a guide, so that a test can run them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List

ROOT = Path(__file__).resolve().parents[3]
GUIDES = ROOT / "docs/python"

_FENCE = re.compile(r"^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2[ \t]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block. ``info`` has the words after the language: ``file=app.py`` gives ``{"file": "app.py"}``, a word alone is its own value."""

    language: str
    info: Dict[str, str]
    text: str
    line: int


def blocks(path: Path) -> List[Block]:
    """All fenced blocks of a guide, in order."""
    text, found = path.read_text(encoding="utf-8"), []
    for match in _FENCE.finditer(text):
        indent, _, words, body = match.groups()
        language, *rest = words.split() or [""]
        info = {name: value or name for name, _, value in (word.partition("=") for word in rest)}
        lines = [line[len(indent) :] for line in body.splitlines(keepends=True)]
        found.append(Block(language, info, "".join(lines), text.count("\n", 0, match.start()) + 1))
    return found


def files(path: Path) -> Dict[str, str]:
    """The files that a guide builds up: all blocks with the same ``file=`` name, one after the other."""
    found: Dict[str, str] = {}
    for block in blocks(path):
        if "file" in block.info:
            name = block.info["file"]
            found[name] = f"{found[name]}\n\n{block.text}" if name in found else block.text
    return found


def write(path: Path, folder: Path) -> None:
    """Writes the files of a guide."""
    for name, text in files(path).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def assert_same_blocks(english: Path, chinese: Path) -> None:
    """Both languages have the same code, comments aside, which are translated."""
    def code(path: Path) -> List[object]:
        return [(one.language, one.info, [line for line in map(_uncommented, one.text.splitlines()) if line]) for one in blocks(path)]

    assert code(english) == code(chinese), f"{english.name} and {chinese.name} have different code"


def _uncommented(line: str) -> str:
    return re.sub(r"(^|\s+)#\s.*$", "", line).rstrip()

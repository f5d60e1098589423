"""The server Loggia as a Python package: ``python -m loggia_server``, the command ``loggia``, and :func:`binary` for other programs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["binary", "main"]


def binary() -> Path:
    """The program ``loggia``."""
    return Path(__file__).parent / "bin" / "loggia"


def main() -> None:
    """Becomes the program ``loggia``, with the arguments of this one."""
    program = str(binary())
    os.execv(program, [program, *sys.argv[1:]])

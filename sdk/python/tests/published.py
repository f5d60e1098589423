"""A Python with the published package ``logto==0.2.1``: the one that ``LOGGIA_PUBLISHED_PYTHON`` names, or a virtual
environment beside these tests, made once."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

SAMPLE = Path(__file__).parents[3] / "e2e" / "drop_in"
FOLDER = Path(__file__).parents[1] / ".venv-published"


@lru_cache(maxsize=1)
def python() -> str:
    """Its interpreter."""
    named = os.environ.get("LOGGIA_PUBLISHED_PYTHON")
    if named:
        return named
    own = FOLDER / "bin" / "python"
    done = FOLDER / "complete"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
        install = [str(own), "-m", "pip", "install", "-q", "logto==0.2.1", "-r", str(SAMPLE / "requirements.txt")]
        subprocess.run(install, check=True)
        # Last, so that one that was broken off is made again.
        done.touch()
    return str(own)

"""Where the server's program is."""

from __future__ import annotations

import importlib
import os
import shutil
from pathlib import Path


class ServerNotFound(RuntimeError):
    """There is no ``loggia`` program to start."""


def server_binary() -> Path:
    """The ``loggia`` program: the one that ``LOGGIA_BIN`` names, that of the package ``loggia-server``, or one on the PATH.

    :raises ServerNotFound: when there is none.
    """
    named = os.environ.get("LOGGIA_BIN")
    if named:
        return _existing(Path(named))
    try:
        package = importlib.import_module("loggia_server")
    except ImportError:
        found = shutil.which("loggia")
        if found is None:
            raise ServerNotFound(
                "there is no Loggia server to test against: pip install 'loggia-logto[test]', "
                "or name the program in the environment variable LOGGIA_BIN"
            ) from None
        return Path(found)
    return _existing(Path(package.binary()))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise ServerNotFound(f"the Loggia server {path} does not exist: correct LOGGIA_BIN, or install loggia-server again")
    return path.absolute()

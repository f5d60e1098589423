"""Makes the plain twins of the session's coroutines: ``python tools/make_sync.py`` writes, ``--check`` only compares."""

from __future__ import annotations

import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "python" / "logto"
# In this order: names first, so that the keywords around them can go.
CHANGES = [
    (r"await runBlocking\(", "block("),
    ("runBlocking", "block"),
    (r"\bAsyncSession\b", "SyncSession"),
    (r"\b_async_session\b", "_sync_session"),
    (r"\bperform_async\b", "perform"),
    (r"\bAnyStorage\b", "Storage"),
    (r"\bLogtoClient\b", "SyncLogtoClient"),
    (r"__a(enter|exit)__", r"__\1__"),
    (r"\basync def\b", "def"),
    (r"\bawait ", ""),
    ("in coroutines", "in plain functions"),
]
NOTE = '"""{about} Made from ``{source}`` by ``tools/make_sync.py``: change that."""\n'


def plain(text: str) -> str:
    for found, replacement in CHANGES:
        text = re.sub(found, replacement, text)
    return text


def session() -> str:
    _, _, body = (PACKAGE / "_async_session.py").read_text().partition('"""\n')
    body = body.replace("import AnyStorage, Start, perform_async, plain\n", "import Start, perform_async, plain\n")
    body = body.replace("from .Storage import MemoryStorage\n", "from .Storage import MemoryStorage, Storage\n")
    return NOTE.format(about="One user's session in plain functions.", source="_async_session.py") + plain(body)


def client() -> str:
    _, _, body = (PACKAGE / "LogtoClient.py").read_text().partition("class LogtoClient")
    imports = (
        "\nfrom __future__ import annotations\n\n"
        "from typing import Dict, List, Optional, Union\n\n"
        "from ._plain_session import PlainCalls\n"
        "from ._sync_session import SyncSession\n"
        "from .models.oidc import AccessTokenClaims, IdTokenClaims\n"
        "from .models.response import UserInfoResponse\n"
        "from .models.sign_in import DirectSignInOption, FirstScreen, Identifier, InteractionMode\n"
        "from .OidcCore import OidcCore\n\n\n"
    )
    note = NOTE.format(about="The client of one user's session in plain functions.", source="LogtoClient.py")
    return note + imports + plain("class LogtoClient" + body)


def main() -> int:
    wrong = []
    for name, text in (("_sync_session.py", session()), ("SyncLogtoClient.py", client())):
        path = PACKAGE / name
        if path.exists() and path.read_text() == text:
            continue
        wrong.append(name)
        if "--check" not in sys.argv:
            path.write_text(text)
    print("\n".join(f"{name} was out of date" for name in wrong) or "the plain twins are up to date")
    return 1 if wrong and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())

"""Where a user goes after a sign-in: within the application only, and kept where nobody else can set it."""

from __future__ import annotations

import json
import re
from typing import Dict, Iterable, Optional
from urllib.parse import parse_qs, quote, urlsplit

from .._json import Json

MAX_PENDING = 5
MAX_LENGTH = 2048

_ABSOLUTE = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE)
# Browsers drop tabs and line breaks, trim spaces, and read a backslash as a slash.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
_LEFT_AS_IT_IS = "/?:@!$&'()*+,;=-._~%"


def safe_next(target: Optional[str], host: str, default: str = "/", refused: Iterable[str] = ()) -> str:
    """The path and query of ``target`` when it is an address of this application, else ``default``.

    :param target: what a form or an address asked for, possibly from a stranger.
    :param host: this application's own host, with the port where it is not the usual one.
    :param refused: paths that are no place to go to after a sign-in, such as the one that signs out.
    """
    if not target or len(target) > MAX_LENGTH or _UNSAFE.search(target) or target != target.strip():
        return default
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute:
        if absolute[1].lower() != host.lower():
            return default
        path: str = absolute[2]
        target = path if path.startswith("/") else f"/{path}"
    target = target.partition("#")[0]
    # After the host is cut off, so that https://host//elsewhere does not become //elsewhere.
    if not target.startswith("/") or target.startswith("//"):
        return default
    if target.partition("?")[0] in refused:
        return default
    found = quote(target, safe=_LEFT_AS_IT_IS)
    return found if len(found) <= MAX_LENGTH else default


def state_of(url: str) -> Optional[str]:
    """The ``state`` in the address of a sign-in or of its callback."""
    return parse_qs(urlsplit(url).query).get("state", [None])[0]


class PendingNext:
    """Where to go after each sign-in that is under way, by its state; one session may have several (tabs).

    Belongs into the session, as the text of :meth:`dump`: never into the address, which anybody can make.
    """

    def __init__(self, targets: Optional[Dict[str, str]] = None) -> None:
        self._targets: Dict[str, str] = targets or {}

    @classmethod
    def load(cls, text: Optional[str]) -> PendingNext:
        """What :meth:`dump` gave. Anything else is an empty one."""
        try:
            found: Json = json.loads(text or "{}")
        except ValueError:
            return cls()
        if not isinstance(found, dict):
            return cls()
        targets = {state: target for state, target in found.items() if isinstance(target, str)}
        return cls(targets) if len(targets) == len(found) else cls()

    def remember(self, state: str, target: str) -> None:
        """Keeps the target of a sign-in; of more than five, the oldest are dropped.

        :param target: from :func:`safe_next`. What is no path of this application, or too long, is not kept.
        """
        if safe_next(target, "", "") != target:
            return
        self._targets.pop(state, None)
        self._targets[state] = target
        while len(self._targets) > MAX_PENDING:
            del self._targets[next(iter(self._targets))]

    def take(self, state: Optional[str]) -> Optional[str]:
        """The target of a sign-in, once."""
        return self._targets.pop(state, None) if state else None

    def dump(self) -> str:
        """As text, for the session."""
        return json.dumps(self._targets, separators=(",", ":"))

    def __bool__(self) -> bool:
        return bool(self._targets)

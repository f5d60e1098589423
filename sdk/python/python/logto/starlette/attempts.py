"""Sign-ins that are under way, each in an encrypted cookie of its own.

Apart from the session, so that tabs which start at the same time do not overwrite each other, and so that a sign-in which nobody
finishes changes nothing: neither for who is signed in, nor in a store on a server.
"""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from typing import List, Mapping, Optional, Sequence, Tuple

from ..web import Cookie, EncryptedCookies

MAX_AGE = 3600
MAX_ATTEMPTS = 5
# All of them together; servers refuse requests whose headers are larger than about 8 kB.
MAX_BYTES = 4000
MAX_NEXT = 1024


@dataclass(frozen=True)
class Attempt:
    """A sign-in that is under way: what the client remembers of it, and where to go after it."""

    sign_in_session: str
    next: str


class Attempts:
    """Writes and reads the cookies."""

    def __init__(self, secret: Sequence[str], name: str, secure: bool) -> None:
        self._secret, self._name, self._secure = list(secret), name, secure
        self._pattern = re.compile(re.escape(name) + r"-try-([0-9a-f]{1,12})-([0-9a-f]{16})\.0")

    def start(self, state: str, attempt: Attempt, cookies: Mapping[str, str], secure: bool) -> List[Cookie]:
        """The cookies to set for a new one; the oldest make room for it."""
        target = attempt.next if len(attempt.next) <= MAX_NEXT else "/"
        data = {"session": attempt.sign_in_session, "next": target}
        made = self._jar(f"{int(time.time()):x}", _tag(state)).write(data, (), secure)
        room, left = MAX_BYTES - sum(len(one.value) for one in made), MAX_ATTEMPTS - 1
        for name, when, tag in self._present(cookies):
            room, left = room - len(cookies[name]), left - 1
            if room < 0 or left < 0:
                made += self._jar(when, tag).write({}, [name], secure)
        return made

    def find(self, state: Optional[str], cookies: Mapping[str, str]) -> Optional[Attempt]:
        """The one that a callback with this state belongs to."""
        for _, when, tag in self._present(cookies) if state else ():
            if tag == _tag(state or ""):
                data = self._jar(when, tag).read(cookies)
                if "session" in data:
                    return Attempt(data["session"], data.get("next", "/"))
        return None

    def forget(self, state: Optional[str], cookies: Mapping[str, str], secure: bool) -> List[Cookie]:
        """The cookies to remove for one that has ended, or without a state for all of them."""
        tag = None if state is None else _tag(state)
        found = [one for one in self._present(cookies) if tag in (None, one[2])]
        return [cookie for name, when, one in found for cookie in self._jar(when, one).write({}, [name], secure)]

    def _present(self, cookies: Mapping[str, str]) -> List[Tuple[str, str, str]]:
        """Name, time and tag of each, the newest first."""
        found = [(name, match[1], match[2]) for name in cookies if (match := self._pattern.fullmatch(name))]
        return sorted(found, key=lambda one: int(one[1], 16), reverse=True)

    def _jar(self, when: str, tag: str) -> EncryptedCookies:
        name = f"{self._name}-try-{when}-{tag}"
        return EncryptedCookies(self._secret, name, secure=self._secure or None, max_age=MAX_AGE, limit=1)


def _tag(state: str) -> str:
    # The state itself stays in the cookie's secret part: names of cookies are logged more often than their values.
    return hashlib.sha256(state.encode()).hexdigest()[:16]

"""A session in cookies that the browser keeps but cannot read, change or lose by their size."""

from __future__ import annotations

import json
import logging
import time
import zlib
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Literal, Mapping, Optional, Sequence, Union

from .._native import ValueCipher
from ..LogtoException import ConfigurationError, StorageError

SameSite = Literal["lax", "strict", "none"]

MAX_AGE = 14 * 24 * 3600
# Browsers drop a cookie above 4,096 bytes, its name and attributes included, and say nothing.
CHUNK_BYTES = 3800
# gunicorn, nginx and others refuse a Cookie header above about 8 kB, and the application's other cookies are in it too.
DEFAULT_LIMIT = 2
ISSUED = "t"
DATA = "d"

_log = logging.getLogger("logto")


@dataclass(frozen=True)
class Cookie:
    """One cookie to be set, or with ``max_age`` 0 to be removed."""

    name: str
    value: str
    max_age: int
    path: str
    domain: Optional[str]
    secure: bool
    same_site: SameSite
    http_only: bool = True

    @property
    def header(self) -> str:
        """The value of a ``Set-Cookie`` header (RFC 6265 section 4.1)."""
        parts = [f"{self.name}={self.value}", f"Max-Age={self.max_age}", f"Path={self.path}"]
        parts += ["Expires=Thu, 01 Jan 1970 00:00:00 GMT"] if self.max_age == 0 else []
        parts += [f"Domain={self.domain}"] if self.domain else []
        parts += ["Secure"] if self.secure else []
        parts += ["HttpOnly"] if self.http_only else []
        return "; ".join([*parts, f"SameSite={self.same_site.capitalize()}"])


class EncryptedCookies:
    """Keeps a dictionary of texts in cookies ``name.0``, ``name.1``, …: compressed, encrypted (AES-256-GCM), and cut into pieces that
    every browser takes. Above the limit, access tokens that can be fetched again are left out, the shortest lived first.
    """

    def __init__(
        self,
        secret: Union[str, Sequence[str]],
        name: str = "logto",
        path: str = "/",
        secure: Optional[bool] = None,
        same_site: SameSite = "lax",
        max_age: int = MAX_AGE,
        limit: int = DEFAULT_LIMIT,
        domain: Optional[str] = None,
    ) -> None:
        """
        :param secret: at least 16 characters, the same in every process. Of several, the first encrypts, and all decrypt.
        :param name: with the prefix ``__Host-``, no other host of the domain can set it (then over https only).
        :param secure: None: as the request is, see :meth:`write`.
        :param same_site: ``strict`` would lose the session on the way back from the provider.
        :param max_age: in seconds; older ones are not accepted.
        :param limit: how many cookies of 3,800 bytes at most.
        :raises ConfigurationError: when the secret is too short, or the settings cannot work.
        """
        secrets = [secret] if isinstance(secret, str) else list(secret)
        if not secrets:
            raise ConfigurationError("The encrypted cookie needs a secret", code="config.invalid")
        if same_site == "strict":
            raise ConfigurationError(
                "same_site='strict' loses the session on the way back from the provider: use 'lax'", code="config.invalid"
            )
        if name.startswith("__Host-") and (path != "/" or domain is not None):
            raise ConfigurationError(f"{name} needs the path / and no domain, because of __Host-", code="config.invalid")
        if same_site == "none" and secure is False:
            raise ConfigurationError("same_site='none' needs secure=True: browsers drop it otherwise", code="config.invalid")
        self._ciphers = [ValueCipher(one) for one in secrets]
        self._name, self._path, self._domain = name, path, domain
        self._secure = True if name.startswith(("__Host-", "__Secure-")) or same_site == "none" else secure
        self._same_site: SameSite = same_site
        self._max_age, self._limit = max_age, limit
        self._warned = False

    def read(self, cookies: Mapping[str, str]) -> Dict[str, str]:
        """The dictionary in a request's cookies; an empty one when there is none, or one that is not to be trusted."""
        text = self._joined(cookies)
        if text is None:
            return {}
        for cipher in self._ciphers:
            try:
                opened = cipher.decrypt(self._name, text)
            except StorageError:
                continue
            return {} if opened is None else self._checked(opened)
        return {}

    def write(self, data: Mapping[str, str], present: Iterable[str], secure: bool = False) -> List[Cookie]:
        """The cookies to set so that they hold ``data``; for an empty one, those to remove.

        :param present: the names of the request's cookies.
        :param secure: whether this request came by https.
        :raises StorageError: ``storage.cookie_too_large``
        """
        chunks = self._chunks(dict(data)) if data else []
        mine = {f"{self._name}.{number}" for number in range(len(chunks))}
        old = [name for name in present if self._is_mine(name) and name not in mine]
        made = [self._cookie(f"{self._name}.{number}", chunk, self._max_age, secure) for number, chunk in enumerate(chunks)]
        return made + [self._cookie(name, "", 0, secure) for name in sorted(old)]

    def _joined(self, cookies: Mapping[str, str]) -> Optional[str]:
        count, found, first = cookies.get(f"{self._name}.0", "").partition("~")
        # The number of pieces comes with the first, so that one left over from an earlier write is not read.
        if not found or not count.isdecimal() or not count.isascii() or not 1 <= int(count[:4]) <= self._limit:
            return None
        pieces = [first, *(cookies.get(f"{self._name}.{number}", "") for number in range(1, int(count)))]
        return "".join(pieces)

    def _checked(self, opened: bytes) -> Dict[str, str]:
        try:
            content = json.loads(zlib.decompress(opened))
            return dict(content[DATA]) if time.time() - content[ISSUED] <= self._max_age else {}
        except (ValueError, KeyError, TypeError, zlib.error):  # Written by a version of the future.
            return {}

    def _chunks(self, data: Dict[str, str]) -> List[str]:
        while True:
            # Encrypted text cannot be compressed any more: compressed first.
            packed = zlib.compress(json.dumps({ISSUED: int(time.time()), DATA: data}, separators=(",", ":")).encode(), 9)
            text = self._ciphers[0].encrypt(self._name, packed)
            room = self._room()
            count = -(-len(text) // room)
            if count <= self._limit:
                pieces = [text[at * room : (at + 1) * room] for at in range(count)]
                return [f"{count}~{pieces[0]}", *pieces[1:]]
            if not _drop_a_token(data):
                raise StorageError(
                    f"The session needs {len(text)} bytes and the cookies may have {self._limit * room}: keep sessions on the "
                    "server, or ask for fewer scopes",
                    code="storage.cookie_too_large",
                )
            if not self._warned:
                self._warned = True
                _log.warning("access tokens are fetched more often than needed: the session's cookies cannot hold them all")

    def _room(self) -> int:
        """How many bytes of a cookie are left by its name, its attributes and the number of pieces."""
        empty = self._cookie(f"{self._name}.{self._limit}", f"{self._limit}~", self._max_age, True)
        return CHUNK_BYTES - len(empty.header)

    def _is_mine(self, name: str) -> bool:
        before, _, number = name.rpartition(".")
        return before == self._name and number.isascii() and number.isdecimal()

    def _cookie(self, name: str, value: str, max_age: int, secure: bool) -> Cookie:
        secure = secure if self._secure is None else self._secure
        return Cookie(name, value, max_age, self._path, self._domain, secure, self._same_site)


def _drop_a_token(data: Dict[str, str]) -> bool:
    """Leaves out the access token that ends first; whether there was one."""
    try:
        tokens: Dict[str, Dict[str, Any]] = json.loads(data.get("accessTokenMap") or "{}").get("x") or {}
        first = min(tokens, key=lambda name: tokens[name]["expiresAt"])
    except (ValueError, AttributeError, KeyError, TypeError):
        return data.pop("accessTokenMap", None) is not None
    del tokens[first]
    data["accessTokenMap"] = json.dumps({"x": tokens}, separators=(",", ":"))
    return True

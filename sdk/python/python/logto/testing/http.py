"""Requests to the server under test, without a package."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from typing import IO, Any, Mapping, Optional

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Exchange:
    """An answer."""

    status: int
    location: Optional[str]
    text: str

    def json(self) -> Any:
        """The JSON of the body; None for an empty one."""
        return json.loads(self.text) if self.text else None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str) -> None:
        return None


def opener(cookies: Optional[CookieJar] = None) -> urllib.request.OpenerDirector:
    """Opens addresses directly (no proxy of the environment) and follows no redirects."""
    direct = urllib.request.ProxyHandler({})
    if cookies is None:
        return urllib.request.build_opener(direct, _NoRedirects())
    return urllib.request.build_opener(direct, _NoRedirects(), urllib.request.HTTPCookieProcessor(cookies))


def request(
    method: str,
    url: str,
    *,
    headers: Optional[Mapping[str, str]] = None,
    body: Any = None,
    form: Optional[Mapping[str, str]] = None,
    through: Optional[urllib.request.OpenerDirector] = None,
) -> Exchange:
    """Sends a request with a JSON body, a form or nothing; any status is an answer."""
    sent = dict(headers or {})
    data = None
    if form is not None:
        data = urllib.parse.urlencode(form).encode()
    elif body is not None:
        data = json.dumps(body).encode()
        sent["Content-Type"] = "application/json"
    wanted = urllib.request.Request(url, data, sent, method=method)
    try:
        answer = (through or opener()).open(wanted, timeout=TIMEOUT_SECONDS)
        status: int = answer.status
    except urllib.error.HTTPError as error:
        answer, status = error, error.code
    with answer:
        return Exchange(status, answer.headers.get("Location"), answer.read().decode(errors="replace"))

"""What a request gets that cannot go on: a redirect or a page for people, JSON for programs."""

from __future__ import annotations

import html
from typing import List, Optional

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from ..LogtoException import LogtoException, NetworkError, ProviderError, ReauthenticationRequired
from ..web.browser import is_page_load
from ..web.problems import Problem


class SignInRequired(HTTPException):
    """Nobody is signed in: 401 for programs, and the way to the sign-in for people."""

    def __init__(self, sign_in: str = "/sign-in") -> None:
        challenge = f'Cookie realm="sign-in", form-action="{sign_in}"'
        super().__init__(401, "Sign in first.", {"WWW-Authenticate": challenge})
        self.code = "sign_in_required"


class NotAllowed(HTTPException):
    """Somebody is signed in who may not do this: 403."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(403, text)
        self.code = code


_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title><style>
:root {{ color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText }}
main {{ max-width: 28rem; padding: 2rem }} h1 {{ font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem }} a {{ font-weight: 600 }}
</style></head><body><main><h1>{title}</h1><p role="alert">{text}</p><p>{links}</p><p><small><code>{code}</code></small></p></main></body></html>
"""


def languages(connection: HTTPConnection) -> List[str]:
    """The languages that the browser asks for. Browsers send the best first."""
    return [one.partition(";")[0].strip() for one in connection.headers.get("accept-language", "").split(",")]


def page(found: Problem, sign_in: str, home: str) -> Response:
    """A plain page. :class:`LogtoAuth` takes a function of your own in its place."""
    links = [(sign_in, found.sign_in_label)] if found.can_sign_in else []
    made = [f'<a href="{html.escape(href)}">{html.escape(label)}</a>' for href, label in [*links, (home, found.home_label)]]
    texts = {name: html.escape(getattr(found, name)) for name in ("language", "title", "text", "code")}
    return HTMLResponse(_PAGE.format(**texts, links=" · ".join(made)), found.status)


def document(found: Problem, detail: Optional[str] = None) -> Response:
    """The same for programs, with the member ``detail`` that the errors of FastAPI have."""
    return JSONResponse({"detail": detail or found.title, **found.json()}, found.status)


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer: scripts ask for JSON or for anything."""
    if request.headers.get("x-requested-with", "").lower() == "xmlhttprequest":
        return False
    mode = request.headers.get("sec-fetch-mode")
    if mode is not None and mode != "navigate":
        return False
    return "text/html" in request.headers.get("accept", "")


def may_redirect(request: Request) -> bool:
    """Whether a person can be sent to the sign-in and back: not a form, not a frame (where the sign-in shows nothing), not a page that is
    fetched ahead."""
    return request.method in ("GET", "HEAD") and wants_page(request) and is_page_load(request.headers)


def needs_sign_in(error: LogtoException) -> bool:
    """Whether only a new sign-in helps."""
    return isinstance(error, ReauthenticationRequired) or error.code == "access_token.not_found"


def is_unavailable(error: LogtoException) -> bool:
    """Whether the reason is elsewhere and may pass. It says nothing about the session."""
    return isinstance(error, (NetworkError, ProviderError)) or error.code == "storage.lock_timeout"

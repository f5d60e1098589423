"""A browser for tests of ASGI applications: cookies, headers of navigations and of scripts, and the provider in between."""

from __future__ import annotations

from typing import Any, Dict
from urllib.parse import urlsplit

import httpx
from peer import Peer

ORIGIN = "http://127.0.0.1:5000"
NAVIGATION = {"accept": "text/html,*/*;q=0.8", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
SCRIPT = {"accept": "*/*", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}


class Browser(httpx.AsyncClient):
    """Does not follow redirects by itself."""

    def __init__(self, app: Any, peer: Peer, **options: Any) -> None:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=options.pop("raises", True))
        super().__init__(transport=transport, base_url=options.pop("base_url", ORIGIN), **options)
        self.peer = peer

    async def open(self, path: str, **headers: str) -> httpx.Response:
        return await self.get(path, headers={**NAVIGATION, **headers})

    async def fetch(self, path: str, **headers: str) -> httpx.Response:
        return await self.get(path, headers={**SCRIPT, **headers})

    async def sign_in(self, path: str = "/sign-in") -> httpx.Response:
        """Opens a page that leads to the sign-in, signs in, and gives the answer to the callback."""
        started = await self.open(path)
        assert started.status_code == 303 and started.headers["location"].startswith(self.peer.issuer), started.text
        return await self.open(self.peer.visit(started.headers["location"]))

    def named(self, text: str) -> Dict[str, str]:
        """The cookies whose names have this text."""
        return {one.name: one.value or "" for one in self.cookies.jar if text in one.name}

    def copy_to(self, other: Browser) -> None:
        for one in self.cookies.jar:
            other.cookies.jar.set_cookie(one)


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")

"""What kind of request a browser sends, by its Fetch Metadata (absent in old browsers and in other clients)."""

from __future__ import annotations

from typing import Any, Protocol


class Headers(Protocol):
    """Headers whose names are found in any case."""

    def get(self, key: str, default: str, /) -> Any: ...


def is_page_load(headers: Headers) -> bool:
    """Whether somebody goes to this address, as opposed to an image, a script, a frame, a prefetch or a background request.

    Starting and ending a session is for page loads only: otherwise ``<img src="/sign-out">`` on any site signs people out.
    """
    if "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", "")):
        return False
    asked = headers.get("Sec-Fetch-Dest", "document"), headers.get("Sec-Fetch-Mode", "navigate")
    return asked == ("document", "navigate")

"""Webhooks of the provider, as a dependency."""

# Annotations are read by FastAPI at run time: not `from __future__ import annotations`.
from typing import Any, Awaitable, Callable, Dict

from fastapi import Request

from ..starlette.tokens import verified_webhook


def webhook(signing_key: str) -> Callable[[Request], Awaitable[Dict[str, Any]]]:
    """``event = Depends(webhook(key))``: the event, once its signature is checked over the bytes as they came; else 401.

    :param signing_key: of the webhook, as the console shows it.
    :raises ValueError: when it is empty, since then anybody could sign.
    """
    if not signing_key:
        raise ValueError("The signing key of the webhook is empty")

    async def event(request: Request) -> Dict[str, Any]:
        return await verified_webhook(request, signing_key)

    return event

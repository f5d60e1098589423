"""Access tokens and webhooks that somebody presents to the application."""

from __future__ import annotations

import json
from typing import Any, Dict, FrozenSet, Iterable, Optional, Protocol

from starlette.authentication import AuthenticationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .._json import Json
from ..LogtoException import InsufficientScope, LogtoException, TokenError
from ..webhooks import SIGNATURE_HEADER, verify_webhook
from ..web.problems import RETRY_AFTER
from .answers import is_unavailable
from .routes import read_body

MAX_WEBHOOK = 1024 * 1024


class AccessToken(Protocol):
    """What is read of a validated token; ``logto.resource_server.ValidatedToken`` is one."""

    @property
    def subject(self) -> str: ...
    @property
    def scopes(self) -> FrozenSet[str]: ...


class AccessTokenValidator(Protocol):
    """Checks the header of a request; ``logto.resource_server.TokenValidator`` is one."""

    async def validate_header_async(
        self, authorization: Optional[str], *, scopes: Iterable[str] = (), organization: Optional[str] = None
    ) -> Any: ...


class TokenRefused(AuthenticationError):
    """The request's access token is not to be trusted, or cannot be checked now."""


def refusal(error: LogtoException) -> HTTPException:
    """401 or 403 with the challenge of RFC 6750 section 3; 503 when the token could not be checked."""
    if isinstance(error, TokenError):
        status = 403 if isinstance(error, InsufficientScope) else 401
        challenge = getattr(error, "www_authenticate", None)
        return HTTPException(status, str(error), {"WWW-Authenticate": "Bearer" if challenge is None else challenge()})
    if is_unavailable(error):
        return HTTPException(503, "The token cannot be checked now.", {"Retry-After": str(RETRY_AFTER)})
    raise error


def response_of(error: HTTPException) -> Response:
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)


async def verified_webhook(request: Request, signing_key: str) -> Dict[str, Any]:
    """The event of a webhook whose signature is good.

    :raises HTTPException: 401 for a bad signature, 413 for a body above a megabyte, 400 for one that is no JSON object.
    """
    body = await read_body(request, MAX_WEBHOOK)
    if body is None:
        raise HTTPException(413, "The webhook is too large.")
    try:
        verify_webhook(signing_key, body, request.headers.get(SIGNATURE_HEADER))
        event: Json = json.loads(body)
    except TokenError as error:
        raise HTTPException(401, str(error)) from error
    except ValueError as error:
        raise HTTPException(400, "The webhook is not JSON.") from error
    if not isinstance(event, dict):
        raise HTTPException(400, "The webhook is not a JSON object.")
    return event

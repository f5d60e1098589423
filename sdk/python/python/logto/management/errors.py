"""What the Management API refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, List, Optional, Tuple, cast

from .._json import Json
from ..LogtoException import ProviderError


@dataclass(frozen=True)
class Issue:
    """One member of a request that is missing or wrong."""

    path: Tuple[str, ...]
    message: str
    code: Optional[str] = None


class ManagementError(ProviderError):
    """The Management API refused a request.

    :ivar code: the server's stable code, for example ``user.username_already_in_use``.
    :ivar status: the HTTP status.
    :ivar description: the server's sentence for people.
    :ivar data: what the server says besides, as it is.
    :ivar issues: the members that are missing or wrong, for ``guard.invalid_input``.
    :ivar retry_after: seconds after which the server wants to be asked again, if it said so.
    """

    _next_step = "Look the code up in docs/management-api.md; `issues` names the members that are wrong."

    def __init__(
        self,
        *args: object,
        code: str = "management.error",
        description: Optional[str] = None,
        status: Optional[int] = None,
        data: Any = None,
        retry_after: Optional[float] = None,
    ) -> None:
        super().__init__(*args, code=code, description=description, status=status)
        self.data = data
        self.issues: List[Issue] = _issues(data)
        self.retry_after = retry_after

    @property
    def docs(self) -> str:
        return "docs/python/management.md#errors"


class NotFoundError(ManagementError):
    """There is no such thing in this tenant (404)."""

    _next_step = "Check the id; it may be of another tenant, or deleted."


def refusal(status: int, body: str, retry_after: Optional[float] = None) -> ManagementError:
    """The exception for a response that is not a success."""
    try:
        answer: Json = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        answer = {}
    code, message = answer.get("code"), answer.get("message")
    description = message if isinstance(message, str) else None
    kind = NotFoundError if status == 404 else ManagementError
    return kind(
        description or f"HTTP status {status}",
        code=code if isinstance(code, str) else "management.error",
        description=description,
        status=status,
        data=answer.get("data"),
        retry_after=retry_after,
    )


def unexpected(status: int) -> ManagementError:
    """The exception for a success that cannot be read."""
    text = "The server's answer is not of the expected form: is the endpoint right, and the package as new as the server?"
    return ManagementError(text, code="provider.unexpected_answer", status=status)


def _issues(data: Json) -> List[Issue]:
    listed = data.get("issues") if isinstance(data, dict) else None
    found: List[Issue] = []
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict):
            path = one.get("path")
            steps = tuple(str(step) for step in path) if isinstance(path, list) else ()
            found.append(Issue(steps, str(one.get("message", "")), cast(Optional[str], one.get("code"))))
    return found

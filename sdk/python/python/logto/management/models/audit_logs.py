"""Models of audit logs. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, Literal, Optional, Union

from .._base import ResponseModel


class Log(ResponseModel):
    """An entry of the audit log."""

    tenant_id: str
    id: str
    key: str
    """What happened, such as `Interaction.SignIn.Submit`."""
    payload: LogPayload
    created_at: int
    """Milliseconds since 1970."""


class LogPayload(ResponseModel):
    """What an entry says of the request that made it."""

    key: str
    result: Union[Literal["Success", "Error"], str]
    """Whether what an entry is about was done."""
    error: Any = None
    """An object with `code` and `message`, or a text."""
    ip: Optional[str] = None
    user_agent: Optional[str] = None
    user_agent_parsed: Optional[Dict[str, Any]] = None
    user_id: Optional[str] = None
    application_id: Optional[str] = None
    session_id: Optional[str] = None
    params: Optional[Dict[str, Any]] = None
    """What the request said, without secrets."""

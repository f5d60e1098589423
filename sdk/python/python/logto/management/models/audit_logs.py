"""Models of audit logs. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from .._base import ResponseModel
from .shared import LogPayload


class Log(ResponseModel):
    """An entry of the audit log."""

    tenant_id: str
    id: str
    key: str
    """What happened, such as `Interaction.SignIn.Submit`."""
    payload: LogPayload
    created_at: int
    """Milliseconds since 1970."""

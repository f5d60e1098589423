"""Models of one time tokens. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel


class AddOneTimeTokens(RequestModel):
    """A new token."""

    email: str
    context: AddOneTimeTokensContext = ABSENT
    expires_in: int = ABSENT
    """Seconds; 600 unless it is given."""


class AddOneTimeTokensContext(RequestModel):
    """What a token brings."""

    jit_organization_ids: List[str] = ABSENT
    """Organizations that the person joins."""
    interaction_event: Literal["SignIn", "Register", "ForgotPassword"] = ABSENT
    """Only for this, if it is given."""


class OneTimeToken(ResponseModel):
    """A token for an e-mail address."""

    tenant_id: str
    id: str
    email: str
    token: str
    context: OneTimeTokenContext
    status: Union[Literal["active", "consumed", "revoked", "expired"], str]
    """What became of a token."""
    created_at: int
    """Milliseconds since 1970."""
    expires_at: int
    """Milliseconds since 1970."""


class OneTimeTokenContext(ResponseModel):
    """What a token brings."""

    jit_organization_ids: Optional[List[str]] = None
    """Organizations that the person joins."""
    interaction_event: Optional[Union[Literal["SignIn", "Register", "ForgotPassword"], str]] = None
    """Only for this, if it is given."""


class ReplaceOneTimeTokenStatus(RequestModel):
    """Another status of a token; none becomes active again."""

    status: Literal["active", "consumed", "revoked", "expired"]
    """What became of a token."""


class VerifyOneTimeToken(RequestModel):
    """A token to use up."""

    token: str
    email: str

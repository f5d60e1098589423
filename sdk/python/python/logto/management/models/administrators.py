"""Models of administrators. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel


class Administrator(ResponseModel):
    """A person of the tenant `admin` who has a role in the console."""

    id: str
    """The id of the user."""
    username: Optional[str]
    name: Optional[str]
    primary_email: Optional[str]
    role: Union[Literal["owner", "admin", "support", "auditor"], str]
    """The strongest, if there are several."""
    is_suspended: bool
    last_sign_in_at: Optional[int]
    """Milliseconds since 1970."""
    created_at: int
    """Milliseconds since 1970."""


class AdministratorInvitation(ResponseModel):
    """An invitation to administer this installation."""

    id: str
    email: str
    """Whom it is for."""
    role: Union[Literal["owner", "admin", "support", "auditor"], str]
    """What an administrator may do, strongest first."""
    status: Union[Literal["pending", "accepted", "expired"], str]
    """What became of an invitation."""
    inviter_id: str
    """The user or the application that made it."""
    accepted_user_id: Optional[str]
    created_at: int
    """Milliseconds since 1970."""
    expires_at: int
    """Milliseconds since 1970."""
    link: Optional[str] = None
    """The address to open, in the answer to the request that makes the invitation alone: it is stored nowhere."""
    is_mailed: Optional[bool] = None
    """Whether the link was mailed, in that answer."""


class CreateAdministratorInvitation(RequestModel):
    """A new invitation."""

    email: str
    """Whom it is for: a new account gets this address."""
    role: Literal["owner", "admin", "support", "auditor"]
    """What an administrator may do, strongest first."""
    expires_in: int = ABSENT
    """Seconds until it is of no use; seven days when absent."""
    locale: str = ABSENT
    """The language of the mail."""


class UpdateAdministrator(RequestModel):
    """A change of an administrator."""

    role: Literal["owner", "admin", "support", "auditor"]
    """In place of those before."""

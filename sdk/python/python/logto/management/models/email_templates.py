"""Models of email templates. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel


class DeletedEmailTemplates(ResponseModel):
    """How many templates were deleted."""

    row_count: int


class EmailTemplate(ResponseModel):
    """A template."""

    tenant_id: str
    id: str
    language_tag: str
    template_type: str
    details: EmailTemplateDetails
    created_at: int
    """Milliseconds since 1970."""


class EmailTemplateDetails(ResponseModel):
    """An e-mail with places for `{{variables}}`."""

    subject: str
    content: str
    content_type: Optional[Union[Literal["text/html", "text/plain"], str]] = None
    """HTML unless it is given."""
    reply_to: Optional[str] = None
    send_from: Optional[str] = None
    """A name, or an address with or without a name."""


class ReplaceEmailTemplates(RequestModel):
    """Templates to store."""

    templates: List[ReplaceEmailTemplatesTemplate]


class ReplaceEmailTemplatesTemplate(RequestModel):
    """A template to store, in the place of the one of its language and type."""

    language_tag: str
    template_type: Literal[
        "SignIn",
        "Register",
        "ForgotPassword",
        "OrganizationInvitation",
        "Generic",
        "UserPermissionValidation",
        "BindNewIdentifier",
        "MfaVerification",
        "BindMfa",
    ]
    """What an e-mail is for."""
    details: ReplaceEmailTemplatesTemplateDetails


class ReplaceEmailTemplatesTemplateDetails(RequestModel):
    """An e-mail with places for `{{variables}}`."""

    subject: str
    content: str
    content_type: Literal["text/html", "text/plain"] = ABSENT
    """HTML unless it is given."""
    reply_to: str = ABSENT
    send_from: str = ABSENT
    """A name, or an address with or without a name."""


class UpdateEmailTemplateDetails(RequestModel):
    """Changes of a template's details."""

    subject: str = ABSENT
    content: str = ABSENT
    content_type: Literal["text/html", "text/plain"] = ABSENT
    """The form of the content."""
    reply_to: str = ABSENT
    send_from: str = ABSENT

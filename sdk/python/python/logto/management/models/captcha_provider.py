"""Models of captcha provider. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel


class CaptchaProviderResponse(ResponseModel):
    """The provider of a tenant."""

    tenant_id: str
    id: str
    config: CaptchaProviderResponseConfig
    created_at: int
    """Milliseconds since 1970."""
    updated_at: int
    """Milliseconds since 1970."""


class CaptchaProviderResponseConfig(ResponseModel):
    """The settings of a provider."""

    type: Union[Literal["Turnstile", "RecaptchaEnterprise", "ProofOfWork"], str]
    site_key: Optional[str] = None
    secret_key: Optional[str] = None
    project_id: Optional[str] = None
    domain: Optional[str] = None
    """The host of the script: `www.google.com` unless it is given."""
    mode: Optional[Union[Literal["checkbox", "invisible"], str]] = None
    """How reCAPTCHA Enterprise shows itself, by the kind of its key."""


class UpdateCaptchaProvider(RequestModel):
    """A provider to take the place of the one before."""

    config: UpdateCaptchaProviderConfig


class UpdateCaptchaProviderConfig(RequestModel):
    """The settings of a provider."""

    type: Literal["Turnstile", "RecaptchaEnterprise", "ProofOfWork"]
    site_key: str = ABSENT
    secret_key: str = ABSENT
    project_id: str = ABSENT
    domain: str = ABSENT
    """The host of the script: `www.google.com` unless it is given."""
    mode: Literal["checkbox", "invisible"] = ABSENT
    """How reCAPTCHA Enterprise shows itself, by the kind of its key."""

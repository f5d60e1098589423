"""Models of account center. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel
from .shared import AccountCenterSettingsProfileField, UpdateAccountCenterSettingsProfileField


class AccountCenterSettings(ResponseModel):
    """The settings of a tenant."""

    tenant_id: str
    id: str
    enabled: bool
    fields: AccountCenterSettingsFields
    webauthn_related_origins: List[str]
    """Further origins whose pages may use the passkeys of this tenant."""
    delete_account_url: Optional[str]
    custom_css: Optional[str]
    profile_fields: Optional[List[AccountCenterSettingsProfileField]]


class AccountCenterSettingsFields(ResponseModel):
    """The parts of an account that people may see or change themselves."""

    name: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""
    avatar: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""
    profile: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""
    email: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""
    phone: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""
    password: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""
    username: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""
    social: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""
    custom_data: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""
    mfa: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""
    passkey: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""
    session: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""
    trusted_device: Optional[Union[Literal["Off", "ReadOnly", "Edit"], str]] = None
    """What people may do with a part of their account."""


class UpdateAccountCenterSettings(RequestModel):
    """A change of the settings."""

    enabled: bool = ABSENT
    fields: UpdateAccountCenterSettingsFields = ABSENT
    webauthn_related_origins: List[str] = ABSENT
    """Replaced as a whole. At most twenty."""
    delete_account_url: Optional[str] = None
    custom_css: Optional[str] = None
    profile_fields: Optional[List[UpdateAccountCenterSettingsProfileField]] = None


class UpdateAccountCenterSettingsFields(RequestModel):
    """Replaced as a whole; what is left out is off."""

    name: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""
    avatar: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""
    profile: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""
    email: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""
    phone: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""
    password: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""
    username: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""
    social: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""
    custom_data: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""
    mfa: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""
    passkey: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""
    session: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""
    trusted_device: Literal["Off", "ReadOnly", "Edit"] = ABSENT
    """What people may do with a part of their account."""

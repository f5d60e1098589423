"""Models of custom profile fields. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel


class CreateCustomProfileField(RequestModel):
    """A new field."""

    name: str
    type: Literal["Text", "Number", "Date", "Checkbox", "Select", "Url", "Regex", "Address", "Fullname"]
    """What the values of a field are."""
    label: str = ABSENT
    description: str = ABSENT
    required: bool
    config: CreateCustomProfileFieldConfig = ABSENT


class CreateCustomProfileFieldConfig(RequestModel):
    """What limits the values of a field."""

    placeholder: str = ABSENT
    min_length: int = ABSENT
    """Characters."""
    max_length: int = ABSENT
    """Characters."""
    min_value: float = ABSENT
    max_value: float = ABSENT
    format: str = ABSENT
    """Of a date: a pattern such as MM/dd/yyyy; of a text: a regular expression."""
    custom_format: str = ABSENT
    """Of a date, when `format` is none."""
    options: List[CreateCustomProfileFieldConfigOption] = ABSENT
    default_value: str = ABSENT
    """Of a checkbox: `true` or `false`."""
    parts: List[CreateCustomProfileFieldConfigPart] = ABSENT


class CreateCustomProfileFieldConfigOption(RequestModel):
    """A value to choose."""

    value: str
    label: str = ABSENT


class CreateCustomProfileFieldConfigPart(RequestModel):
    """A part of an address or a full name."""

    enabled: bool
    name: str
    type: Literal["Text", "Number", "Date", "Checkbox", "Select", "Url", "Regex", "Address", "Fullname"]
    """What the values of a field are."""
    label: str = ABSENT
    description: str = ABSENT
    required: bool
    config: CreateCustomProfileFieldConfigPartConfig = ABSENT


class CreateCustomProfileFieldConfigPartConfig(RequestModel):
    """What limits the values of a part."""

    placeholder: str = ABSENT
    min_length: int = ABSENT
    """Characters."""
    max_length: int = ABSENT
    """Characters."""
    min_value: float = ABSENT
    max_value: float = ABSENT
    format: str = ABSENT
    """Of a date: a pattern such as MM/dd/yyyy; of a text: a regular expression."""
    custom_format: str = ABSENT
    """Of a date, when `format` is none."""
    options: List[CreateCustomProfileFieldConfigOption] = ABSENT
    default_value: str = ABSENT
    """Of a checkbox: `true` or `false`."""


class CreateCustomProfileFieldsBatch(RequestModel):
    """A new field."""

    name: str
    type: Literal["Text", "Number", "Date", "Checkbox", "Select", "Url", "Regex", "Address", "Fullname"]
    """What the values of a field are."""
    label: str = ABSENT
    description: str = ABSENT
    required: bool
    config: CreateCustomProfileFieldConfig = ABSENT


class CustomProfileFieldByName(ResponseModel):
    """A field of the catalogue."""

    tenant_id: str
    id: str
    name: str
    """The member of the profile or of the custom data that holds its value."""
    type: Union[Literal["Text", "Number", "Date", "Checkbox", "Select", "Url", "Regex", "Address", "Fullname"], str]
    """What the values of a field are."""
    label: str
    """For people; empty when it has none."""
    description: Optional[str]
    required: bool
    config: CustomProfileFieldByNameConfig
    created_at: int
    """Milliseconds since 1970."""
    sie_order: int
    """Its place, from 1."""


class CustomProfileFieldByNameConfig(ResponseModel):
    """What limits the values of a field."""

    placeholder: Optional[str] = None
    min_length: Optional[int] = None
    """Characters."""
    max_length: Optional[int] = None
    """Characters."""
    min_value: Optional[float] = None
    max_value: Optional[float] = None
    format: Optional[str] = None
    """Of a date: a pattern such as MM/dd/yyyy; of a text: a regular expression."""
    custom_format: Optional[str] = None
    """Of a date, when `format` is none."""
    options: Optional[List[CustomProfileFieldByNameConfigOption]] = None
    default_value: Optional[str] = None
    """Of a checkbox: `true` or `false`."""
    parts: Optional[List[CustomProfileFieldByNameConfigPart]] = None


class CustomProfileFieldByNameConfigOption(ResponseModel):
    """A value to choose."""

    value: str
    label: Optional[str] = None


class CustomProfileFieldByNameConfigPart(ResponseModel):
    """A part of an address or a full name."""

    enabled: bool
    name: str
    type: Union[Literal["Text", "Number", "Date", "Checkbox", "Select", "Url", "Regex", "Address", "Fullname"], str]
    """What the values of a field are."""
    label: Optional[str] = None
    description: Optional[str] = None
    required: bool
    config: Optional[CustomProfileFieldByNameConfigPartConfig] = None


class CustomProfileFieldByNameConfigPartConfig(ResponseModel):
    """What limits the values of a part."""

    placeholder: Optional[str] = None
    min_length: Optional[int] = None
    """Characters."""
    max_length: Optional[int] = None
    """Characters."""
    min_value: Optional[float] = None
    max_value: Optional[float] = None
    format: Optional[str] = None
    """Of a date: a pattern such as MM/dd/yyyy; of a text: a regular expression."""
    custom_format: Optional[str] = None
    """Of a date, when `format` is none."""
    options: Optional[List[CustomProfileFieldByNameConfigOption]] = None
    default_value: Optional[str] = None
    """Of a checkbox: `true` or `false`."""


class UpdateCustomProfileFieldByName(RequestModel):
    """What may change of a field; it is replaced as a whole."""

    type: Literal["Text", "Number", "Date", "Checkbox", "Select", "Url", "Regex", "Address", "Fullname"]
    """What the values of a field are."""
    label: str = ABSENT
    description: str = ABSENT
    required: bool
    config: CreateCustomProfileFieldConfig = ABSENT


class UpdateCustomProfileFieldsSieOrder(RequestModel):
    """The places of fields."""

    order: List[UpdateCustomProfileFieldsSieOrderOrder]


class UpdateCustomProfileFieldsSieOrderOrder(RequestModel):
    """The place of a field."""

    name: str
    sie_order: int

"""Answers of the token and userinfo endpoints."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, List, Optional

from pydantic import BaseModel, ConfigDict


class TokenResponse(BaseModel):
    """A successful answer of the token endpoint (RFC 6749 section 5.1)."""

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: Optional[str] = None
    id_token: Optional[str] = None


class UserIdentity(BaseModel):
    """A social identity of a user."""

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)

    userId: str
    details: Optional[Dict[str, Any]] = None


class UserInfoResponse(BaseModel):
    """The claims of the userinfo endpoint; which are there depends on the scopes asked for."""

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)

    sub: str
    name: Optional[str] = None
    username: Optional[str] = None
    picture: Optional[str] = None
    email: Optional[str] = None
    email_verified: Optional[bool] = None
    phone_number: Optional[str] = None
    phone_number_verified: Optional[bool] = None
    custom_data: Any = None
    identities: Optional[Dict[str, UserIdentity]] = None
    organizations: Optional[List[str]] = None
    organization_roles: Optional[List[str]] = None

"""Models of hooks. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel
from .shared import LogPayload


class CreateHook(RequestModel):
    """A new webhook."""

    name: str = ABSENT
    event: Literal[
        "PostRegister",
        "PostSignIn",
        "PostSignInAdaptiveMfaTriggered",
        "PostResetPassword",
        "User.Created",
        "User.Deleted",
        "User.Data.Updated",
        "User.SuspensionStatus.Updated",
        "TrustedDevice.Created",
        "TrustedDevice.Deleted",
        "Role.Created",
        "Role.Deleted",
        "Role.Data.Updated",
        "Role.Scopes.Updated",
        "Scope.Created",
        "Scope.Deleted",
        "Scope.Data.Updated",
        "Organization.Created",
        "Organization.Deleted",
        "Organization.Data.Updated",
        "Organization.Membership.Updated",
        "OrganizationRole.Created",
        "OrganizationRole.Deleted",
        "OrganizationRole.Data.Updated",
        "OrganizationRole.Scopes.Updated",
        "OrganizationScope.Created",
        "OrganizationScope.Deleted",
        "OrganizationScope.Data.Updated",
        "Identifier.Lockout",
        "Message.RateLimited",
        "Grant.LimitExceeded",
    ] = ABSENT
    """Older than `events`, which goes before it."""
    events: List[Literal[
        "PostRegister",
        "PostSignIn",
        "PostSignInAdaptiveMfaTriggered",
        "PostResetPassword",
        "User.Created",
        "User.Deleted",
        "User.Data.Updated",
        "User.SuspensionStatus.Updated",
        "TrustedDevice.Created",
        "TrustedDevice.Deleted",
        "Role.Created",
        "Role.Deleted",
        "Role.Data.Updated",
        "Role.Scopes.Updated",
        "Scope.Created",
        "Scope.Deleted",
        "Scope.Data.Updated",
        "Organization.Created",
        "Organization.Deleted",
        "Organization.Data.Updated",
        "Organization.Membership.Updated",
        "OrganizationRole.Created",
        "OrganizationRole.Deleted",
        "OrganizationRole.Data.Updated",
        "OrganizationRole.Scopes.Updated",
        "OrganizationScope.Created",
        "OrganizationScope.Deleted",
        "OrganizationScope.Data.Updated",
        "Identifier.Lockout",
        "Message.RateLimited",
        "Grant.LimitExceeded",
    ]] = ABSENT
    config: CreateHookConfig
    enabled: bool = ABSENT
    """`true` unless it is given."""


class CreateHookConfig(RequestModel):
    """Where a webhook goes."""

    url: str
    headers: Dict[str, str] = ABSENT
    """Further headers of each request."""
    retries: int = ABSENT
    """How often a failed delivery is tried again: eleven times within about three hours unless it is given."""


class CreateHookTest(RequestModel):
    """Example events to send."""

    events: List[Literal[
        "PostRegister",
        "PostSignIn",
        "PostSignInAdaptiveMfaTriggered",
        "PostResetPassword",
        "User.Created",
        "User.Deleted",
        "User.Data.Updated",
        "User.SuspensionStatus.Updated",
        "TrustedDevice.Created",
        "TrustedDevice.Deleted",
        "Role.Created",
        "Role.Deleted",
        "Role.Data.Updated",
        "Role.Scopes.Updated",
        "Scope.Created",
        "Scope.Deleted",
        "Scope.Data.Updated",
        "Organization.Created",
        "Organization.Deleted",
        "Organization.Data.Updated",
        "Organization.Membership.Updated",
        "OrganizationRole.Created",
        "OrganizationRole.Deleted",
        "OrganizationRole.Data.Updated",
        "OrganizationRole.Scopes.Updated",
        "OrganizationScope.Created",
        "OrganizationScope.Deleted",
        "OrganizationScope.Data.Updated",
        "Identifier.Lockout",
        "Message.RateLimited",
        "Grant.LimitExceeded",
    ]]
    config: CreateHookTestConfig


class CreateHookTestConfig(RequestModel):
    """Where to send them, in the place of the stored one."""

    url: str
    headers: Dict[str, str] = ABSENT
    """Further headers of each request."""
    retries: int = ABSENT
    """How often a failed delivery is tried again: eleven times within about three hours unless it is given."""


class CreatedHook(ResponseModel):
    """A webhook."""

    tenant_id: str
    id: str
    name: str
    event: Optional[Union[Literal[
        "PostRegister",
        "PostSignIn",
        "PostSignInAdaptiveMfaTriggered",
        "PostResetPassword",
        "User.Created",
        "User.Deleted",
        "User.Data.Updated",
        "User.SuspensionStatus.Updated",
        "TrustedDevice.Created",
        "TrustedDevice.Deleted",
        "Role.Created",
        "Role.Deleted",
        "Role.Data.Updated",
        "Role.Scopes.Updated",
        "Scope.Created",
        "Scope.Deleted",
        "Scope.Data.Updated",
        "Organization.Created",
        "Organization.Deleted",
        "Organization.Data.Updated",
        "Organization.Membership.Updated",
        "OrganizationRole.Created",
        "OrganizationRole.Deleted",
        "OrganizationRole.Data.Updated",
        "OrganizationRole.Scopes.Updated",
        "OrganizationScope.Created",
        "OrganizationScope.Deleted",
        "OrganizationScope.Data.Updated",
        "Identifier.Lockout",
        "Message.RateLimited",
        "Grant.LimitExceeded",
    ], str]]
    """The one event of a webhook without `events`."""
    events: List[Union[Literal[
        "PostRegister",
        "PostSignIn",
        "PostSignInAdaptiveMfaTriggered",
        "PostResetPassword",
        "User.Created",
        "User.Deleted",
        "User.Data.Updated",
        "User.SuspensionStatus.Updated",
        "TrustedDevice.Created",
        "TrustedDevice.Deleted",
        "Role.Created",
        "Role.Deleted",
        "Role.Data.Updated",
        "Role.Scopes.Updated",
        "Scope.Created",
        "Scope.Deleted",
        "Scope.Data.Updated",
        "Organization.Created",
        "Organization.Deleted",
        "Organization.Data.Updated",
        "Organization.Membership.Updated",
        "OrganizationRole.Created",
        "OrganizationRole.Deleted",
        "OrganizationRole.Data.Updated",
        "OrganizationRole.Scopes.Updated",
        "OrganizationScope.Created",
        "OrganizationScope.Deleted",
        "OrganizationScope.Data.Updated",
        "Identifier.Lockout",
        "Message.RateLimited",
        "Grant.LimitExceeded",
    ], str]]
    config: HookConfig
    signing_key: str
    """The key of the signature in the header `logto-signature-sha-256`."""
    enabled: bool
    created_at: int
    """Milliseconds since 1970."""


class Hook(ResponseModel):
    """A webhook, with its statistics on request."""

    tenant_id: str
    id: str
    name: str
    event: Optional[Union[Literal[
        "PostRegister",
        "PostSignIn",
        "PostSignInAdaptiveMfaTriggered",
        "PostResetPassword",
        "User.Created",
        "User.Deleted",
        "User.Data.Updated",
        "User.SuspensionStatus.Updated",
        "TrustedDevice.Created",
        "TrustedDevice.Deleted",
        "Role.Created",
        "Role.Deleted",
        "Role.Data.Updated",
        "Role.Scopes.Updated",
        "Scope.Created",
        "Scope.Deleted",
        "Scope.Data.Updated",
        "Organization.Created",
        "Organization.Deleted",
        "Organization.Data.Updated",
        "Organization.Membership.Updated",
        "OrganizationRole.Created",
        "OrganizationRole.Deleted",
        "OrganizationRole.Data.Updated",
        "OrganizationRole.Scopes.Updated",
        "OrganizationScope.Created",
        "OrganizationScope.Deleted",
        "OrganizationScope.Data.Updated",
        "Identifier.Lockout",
        "Message.RateLimited",
        "Grant.LimitExceeded",
    ], str]]
    """The one event of a webhook without `events`."""
    events: List[Union[Literal[
        "PostRegister",
        "PostSignIn",
        "PostSignInAdaptiveMfaTriggered",
        "PostResetPassword",
        "User.Created",
        "User.Deleted",
        "User.Data.Updated",
        "User.SuspensionStatus.Updated",
        "TrustedDevice.Created",
        "TrustedDevice.Deleted",
        "Role.Created",
        "Role.Deleted",
        "Role.Data.Updated",
        "Role.Scopes.Updated",
        "Scope.Created",
        "Scope.Deleted",
        "Scope.Data.Updated",
        "Organization.Created",
        "Organization.Deleted",
        "Organization.Data.Updated",
        "Organization.Membership.Updated",
        "OrganizationRole.Created",
        "OrganizationRole.Deleted",
        "OrganizationRole.Data.Updated",
        "OrganizationRole.Scopes.Updated",
        "OrganizationScope.Created",
        "OrganizationScope.Deleted",
        "OrganizationScope.Data.Updated",
        "Identifier.Lockout",
        "Message.RateLimited",
        "Grant.LimitExceeded",
    ], str]]
    config: HookConfig
    signing_key: str
    """The key of the signature in the header `logto-signature-sha-256`."""
    enabled: bool
    created_at: int
    """Milliseconds since 1970."""
    execution_stats: Optional[HookExecutionStats] = None


class HookConfig(ResponseModel):
    """Where a webhook goes."""

    url: str
    headers: Optional[Dict[str, str]] = None
    """Further headers of each request."""
    retries: Optional[int] = None
    """How often a failed delivery is tried again: eleven times within about three hours unless it is given."""


class HookExecutionStats(ResponseModel):
    """What became of the requests of the last 24 hours."""

    success_count: int
    request_count: int


class HookRecentLog(ResponseModel):
    """One request to the endpoint of a webhook."""

    id: str
    key: str
    payload: LogPayload
    created_at: int
    """Milliseconds since 1970."""


class UpdateHook(RequestModel):
    """Changes of a webhook."""

    name: str = ABSENT
    event: Optional[Literal[
        "PostRegister",
        "PostSignIn",
        "PostSignInAdaptiveMfaTriggered",
        "PostResetPassword",
        "User.Created",
        "User.Deleted",
        "User.Data.Updated",
        "User.SuspensionStatus.Updated",
        "TrustedDevice.Created",
        "TrustedDevice.Deleted",
        "Role.Created",
        "Role.Deleted",
        "Role.Data.Updated",
        "Role.Scopes.Updated",
        "Scope.Created",
        "Scope.Deleted",
        "Scope.Data.Updated",
        "Organization.Created",
        "Organization.Deleted",
        "Organization.Data.Updated",
        "Organization.Membership.Updated",
        "OrganizationRole.Created",
        "OrganizationRole.Deleted",
        "OrganizationRole.Data.Updated",
        "OrganizationRole.Scopes.Updated",
        "OrganizationScope.Created",
        "OrganizationScope.Deleted",
        "OrganizationScope.Data.Updated",
        "Identifier.Lockout",
        "Message.RateLimited",
        "Grant.LimitExceeded",
    ]] = None
    """What a webhook is told of."""
    events: List[Literal[
        "PostRegister",
        "PostSignIn",
        "PostSignInAdaptiveMfaTriggered",
        "PostResetPassword",
        "User.Created",
        "User.Deleted",
        "User.Data.Updated",
        "User.SuspensionStatus.Updated",
        "TrustedDevice.Created",
        "TrustedDevice.Deleted",
        "Role.Created",
        "Role.Deleted",
        "Role.Data.Updated",
        "Role.Scopes.Updated",
        "Scope.Created",
        "Scope.Deleted",
        "Scope.Data.Updated",
        "Organization.Created",
        "Organization.Deleted",
        "Organization.Data.Updated",
        "Organization.Membership.Updated",
        "OrganizationRole.Created",
        "OrganizationRole.Deleted",
        "OrganizationRole.Data.Updated",
        "OrganizationRole.Scopes.Updated",
        "OrganizationScope.Created",
        "OrganizationScope.Deleted",
        "OrganizationScope.Data.Updated",
        "Identifier.Lockout",
        "Message.RateLimited",
        "Grant.LimitExceeded",
    ]] = ABSENT
    config: UpdateHookConfig = ABSENT
    enabled: bool = ABSENT


class UpdateHookConfig(RequestModel):
    """Takes the place of the whole `config`."""

    url: str
    headers: Dict[str, str] = ABSENT
    """Further headers of each request."""
    retries: int = ABSENT
    """How often a failed delivery is tried again: eleven times within about three hours unless it is given."""

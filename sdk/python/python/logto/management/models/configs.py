"""Models of configs. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel


class AdminConsoleConfig(ResponseModel):
    """Notes of the console."""

    sign_in_experience_customized: bool
    organization_created: bool
    development_tenant_migration_notification: Optional[AdminConsoleConfigDevelopmentTenantMigrationNotification] = None
    checked_charge_notification: Optional[AdminConsoleConfigCheckedChargeNotification] = None


class AdminConsoleConfigCheckedChargeNotification(ResponseModel):
    """Which charges the console told of."""

    token: Optional[bool] = None
    api_resource: Optional[bool] = None
    machine_to_machine_app: Optional[bool] = None
    tenant_member: Optional[bool] = None


class AdminConsoleConfigDevelopmentTenantMigrationNotification(ResponseModel):
    """Whether the console told of a migration."""

    is_paid_tenant: bool
    tag: str
    read_at: Optional[int] = None
    """Milliseconds since 1970."""


class IdTokenConfig(ResponseModel):
    """Claims of the ID token in addition to those of the scopes."""

    enabled_extended_claims: Optional[List[Union[Literal[
        "custom_data",
        "identities",
        "sso_identities",
        "roles",
        "organizations",
        "organization_data",
        "organization_roles",
    ], str]]] = None


class OidcSessionConfig(ResponseModel):
    """The lifetime of sessions."""

    ttl: int
    """Seconds."""


class UpdateAdminConsoleConfig(RequestModel):
    """Changes of the console's notes."""

    sign_in_experience_customized: bool = ABSENT
    organization_created: bool = ABSENT
    development_tenant_migration_notification: UpdateAdminConsoleConfigDevelopmentTenantMigrationNotification = ABSENT
    checked_charge_notification: UpdateAdminConsoleConfigCheckedChargeNotification = ABSENT


class UpdateAdminConsoleConfigCheckedChargeNotification(RequestModel):
    """Which charges the console told of."""

    token: bool = ABSENT
    api_resource: bool = ABSENT
    machine_to_machine_app: bool = ABSENT
    tenant_member: bool = ABSENT


class UpdateAdminConsoleConfigDevelopmentTenantMigrationNotification(RequestModel):
    """Whether the console told of a migration."""

    is_paid_tenant: bool
    tag: str
    read_at: int = ABSENT
    """Milliseconds since 1970."""


class UpdateOidcSessionConfig(RequestModel):
    """A change of the lifetime of sessions."""

    ttl: int = ABSENT
    """Seconds."""


class UpsertIdTokenConfig(RequestModel):
    """Claims of the ID token in addition to those of the scopes."""

    enabled_extended_claims: List[Literal[
        "custom_data",
        "identities",
        "sso_identities",
        "roles",
        "organizations",
        "organization_data",
        "organization_roles",
    ]] = ABSENT

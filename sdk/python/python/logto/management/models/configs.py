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


class OidcKey(ResponseModel):
    """A key, without the key itself."""

    id: str
    """Of a signing key it is the `kid` of its tokens."""
    created_at: int
    """Seconds since 1970."""
    signing_key_algorithm: Optional[Union[Literal["RSA", "EC"], str]] = None
    """Of signing keys."""
    status: Optional[Union[Literal["Next", "Current", "Previous"], str]] = None
    """What a signing key does now."""
    effective_at: Optional[int] = None
    """When the next signing key begins to sign, in milliseconds since 1970."""


class OidcSessionConfig(ResponseModel):
    """The lifetime of sessions."""

    ttl: int
    """Seconds."""


class RotateOidcKeys(RequestModel):
    """How a new key takes the place of the current one. Both members are for signing keys."""

    signing_key_algorithm: Literal["RSA", "EC"] = ABSENT
    """EC when absent."""
    rotation_grace_period: int = ABSENT
    """Seconds during which the new key is published and does not sign yet; 0 when absent."""


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

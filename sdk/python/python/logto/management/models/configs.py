"""Models of configs. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel


class AccountConfig(ResponseModel):
    """What people are told of their accounts, and may do with them."""

    mail_about_changes: Optional[bool]
    """Whether mails tell people of changes of what their accounts are reached or protected by. Null: where the connector sends texts that it is given, as the one for SMTP does."""
    deletion_enabled: bool
    """Whether people may delete their accounts."""
    deletion_grace_days: int
    """Days in which they may change their minds."""
    data_download_enabled: bool
    """Whether people may download what is stored about them."""


class Action(ResponseModel):
    """A script that runs during sign-ins."""

    script: str
    """It has a function `runAction`."""
    environment_variables: Optional[Dict[str, str]] = None
    context_sample: Any = None
    """For whoever edits the script."""
    enabled: Optional[bool] = None
    """`true` unless it is given."""
    on_execution_error: Optional[Union[Literal["block", "allow"], str]] = None
    """What becomes of a sign-in when its action fails."""


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


class CimdConfig(ResponseModel):
    """Whether clients that nobody registered may be used: those that describe themselves in a document at their client id."""

    enabled: bool


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


class JwtCustomizer(ResponseModel):
    """A script that adds claims to access tokens."""

    script: str
    """It has a function `getCustomJwtClaims`."""
    environment_variables: Optional[Dict[str, str]] = None
    context_sample: Optional[Dict[str, Any]] = None
    """For whoever edits the script; of access tokens with a member `user`."""
    token_sample: Optional[Dict[str, Any]] = None
    """For whoever edits the script."""
    block_issuance_on_error: Optional[bool] = None
    """Whether there is no token when the script fails. Otherwise it is without the claims."""


class ListedAction(ResponseModel):
    """An action, with its key."""

    key: Union[Literal["action.postFirstFactorVerification", "action.postSignIn"], str]
    """When an action runs."""
    value: Action


class ListedJwtCustomizer(ResponseModel):
    """A script that adds claims, with its key."""

    key: str
    """`jwt.accessToken` or `jwt.clientCredentials`."""
    value: JwtCustomizer


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


class TestAction(RequestModel):
    """A run of an action, with what it would be told."""

    action_type: Literal["action.postFirstFactorVerification", "action.postSignIn"]
    """When an action runs."""
    script: str
    event: Any
    environment_variables: Dict[str, str] = ABSENT


class TestJwtCustomizer(RequestModel):
    """A run of a script that adds claims, with what it would be told of a token."""

    token_type: Literal["access-token", "client-credentials"]
    """Which access tokens a script adds claims to."""
    script: str
    token: Dict[str, Any]
    context: Dict[str, Any]
    """Of access tokens with a member `user`."""
    environment_variables: Dict[str, str] = ABSENT


class UpdateAccountConfig(RequestModel):
    """A change of what people are told of their accounts, and may do with them."""

    mail_about_changes: Optional[bool] = None
    deletion_enabled: bool = ABSENT
    deletion_grace_days: int = ABSENT
    data_download_enabled: bool = ABSENT


class UpdateAction(RequestModel):
    """Changes of an action."""

    script: str = ABSENT
    environment_variables: Dict[str, str] = ABSENT
    context_sample: Any = None
    enabled: bool = ABSENT
    on_execution_error: Literal["block", "allow"] = ABSENT
    """What becomes of a sign-in when its action fails."""


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


class UpdateCimdConfig(RequestModel):
    """A change of whether clients that nobody registered may be used."""

    enabled: bool = ABSENT


class UpdateJwtCustomizer(RequestModel):
    """Changes of a script that adds claims."""

    script: str = ABSENT
    environment_variables: Dict[str, str] = ABSENT
    context_sample: Dict[str, Any] = ABSENT
    token_sample: Dict[str, Any] = ABSENT
    block_issuance_on_error: bool = ABSENT


class UpdateOidcSessionConfig(RequestModel):
    """A change of the lifetime of sessions."""

    ttl: int = ABSENT
    """Seconds."""


class UpsertAction(RequestModel):
    """A script that runs during sign-ins."""

    script: str
    """It has a function `runAction`."""
    environment_variables: Dict[str, str] = ABSENT
    context_sample: Any = None
    """For whoever edits the script."""
    enabled: bool = ABSENT
    """`true` unless it is given."""
    on_execution_error: Literal["block", "allow"] = ABSENT
    """What becomes of a sign-in when its action fails."""


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


class UpsertJwtCustomizer(RequestModel):
    """A script that adds claims to access tokens."""

    script: str
    """It has a function `getCustomJwtClaims`."""
    environment_variables: Dict[str, str] = ABSENT
    context_sample: Dict[str, Any] = ABSENT
    """For whoever edits the script; of access tokens with a member `user`."""
    token_sample: Dict[str, Any] = ABSENT
    """For whoever edits the script."""
    block_issuance_on_error: bool = ABSENT
    """Whether there is no token when the script fails. Otherwise it is without the claims."""

"""Models of users. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel
from .shared import UserIdentity, UserProfile, UserSsoIdentity


class AssignUserRoles(RequestModel):
    """The roles of a user or application that a request added to or set."""

    role_ids: List[str]


class CreateUser(RequestModel):
    """A new user."""

    username: str = ABSENT
    primary_email: str = ABSENT
    primary_phone: str = ABSENT
    password: str = ABSENT
    password_digest: str = ABSENT
    password_algorithm: Literal["Argon2i", "Argon2id", "Argon2d", "SHA1", "SHA256", "MD5", "Bcrypt", "Legacy"] = ABSENT
    """An algorithm of digests that can be imported."""
    name: str = ABSENT
    avatar: Optional[str] = None
    custom_data: Dict[str, Any] = ABSENT
    profile: CreateUserProfile = ABSENT


class CreateUserIdentity(RequestModel):
    """What a provider sent back about an account to link."""

    connector_id: str
    connector_data: Dict[str, Any]
    """The parameters of the callback, with the `state` and `redirectUri` of the request."""


class CreateUserMfaVerification(RequestModel):
    """A factor that an administrator binds for a user."""

    type: Literal["Totp", "BackupCode"]
    secret: str = ABSENT
    """The seed in base32; without it a new one is made."""
    codes: List[str] = ABSENT
    """Ten hexadecimal characters each; without them ten are made."""


class CreateUserPersonalAccessToken(RequestModel):
    """A token to create."""

    name: str
    expires_at: Optional[int] = None
    """Milliseconds since 1970, in the future; without it the token does not expire."""


class CreateUserProfile(RequestModel):
    """The standard claims of a user. Unknown members vanish."""

    family_name: str = ABSENT
    given_name: str = ABSENT
    middle_name: str = ABSENT
    nickname: str = ABSENT
    preferred_username: str = ABSENT
    profile: str = ABSENT
    website: str = ABSENT
    gender: str = ABSENT
    birthdate: str = ABSENT
    zoneinfo: str = ABSENT
    locale: str = ABSENT
    address: CreateUserProfileAddress = ABSENT


class CreateUserProfileAddress(RequestModel):
    """A postal address. Unknown members vanish."""

    formatted: str = ABSENT
    street_address: str = ABSENT
    locality: str = ABSENT
    region: str = ABSENT
    postal_code: str = ABSENT
    country: str = ABSENT


class CreatedUserMfaVerification(ResponseModel):
    """A factor that was bound, with the secret that the user needs."""

    type: Union[Literal["Totp", "BackupCode"], str]
    secret: Optional[str] = None
    secret_qr_code: Optional[str] = None
    """An image as a data URL."""
    codes: Optional[List[str]] = None


class DeletePersonalAccessTokenPost(RequestModel):
    """The name of a token."""

    name: str


class DeletedUserIdentity(ResponseModel):
    """A user as others see it."""

    id: str
    username: Optional[str]
    primary_email: Optional[str]
    primary_phone: Optional[str]
    name: Optional[str]
    avatar: Optional[str]
    custom_data: Dict[str, Any]
    identities: Dict[str, UserIdentity]
    last_sign_in_at: Optional[int]
    """Milliseconds since 1970."""
    created_at: int
    """Milliseconds since 1970."""
    updated_at: int
    """Milliseconds since 1970."""
    profile: UserProfile
    application_id: Optional[str]
    cimd_client_id: Optional[str]
    is_suspended: bool


class ListedUserSession(ResponseModel):
    """The sessions of a user that have not expired, newest first; a thousand at most."""

    sessions: List[UserSession]


class ReplaceUserIdentity(RequestModel):
    """An account to link."""

    user_id: str
    """The id of the account at the provider."""
    details: Dict[str, Any] = ABSENT


class ReplaceUserRoles(RequestModel):
    """The roles of a user or application that a request added to or set."""

    role_ids: List[str]


class UpdatePersonalAccessTokenName(RequestModel):
    """Another name for the token `current_name`."""

    current_name: str = ABSENT
    """Required, although the contract's schema does not say so."""
    name: str


class UpdateUser(RequestModel):
    """Changes of a user; null or an empty text clears a member."""

    username: Optional[str] = None
    primary_email: Optional[str] = None
    primary_phone: Optional[str] = None
    name: Optional[str] = None
    avatar: Optional[str] = None
    custom_data: Dict[str, Any] = ABSENT
    profile: CreateUserProfile = ABSENT


class UpdateUserCustomData(RequestModel):
    """Data to merge into a user's own."""

    custom_data: Dict[str, Any]


class UpdateUserIsSuspended(RequestModel):
    """Whether a user may sign in."""

    is_suspended: bool


class UpdateUserLogtoConfigs(RequestModel):
    """Changes of a user's settings; absent members stay."""

    mfa: UpdateUserLogtoConfigsMfa = ABSENT
    passkey_sign_in: UpdateUserLogtoConfigsPasskeySignIn = ABSENT


class UpdateUserLogtoConfigsMfa(RequestModel):
    """Changes of the settings of additional factors."""

    enabled: bool = ABSENT
    skipped: bool = ABSENT
    additional_binding_suggestion_skipped: bool = ABSENT
    skip_mfa_on_sign_in: bool = ABSENT


class UpdateUserLogtoConfigsPasskeySignIn(RequestModel):
    """Changes of the settings of signing in with a passkey."""

    skipped: bool = ABSENT


class UpdateUserPassword(RequestModel):
    """A password to set or compare."""

    password: str


class UpdateUserPasswordExpiration(RequestModel):
    """Whether a user's password must be changed at the next sign-in."""

    is_expired: bool


class UpdateUserPersonalAccessToken(RequestModel):
    """The name of a token."""

    name: str


class UpdateUserProfile(RequestModel):
    """Claims to merge into a user's own."""

    profile: CreateUserProfile


class User(ResponseModel):
    """A user, with the digest of the password when that was asked for."""

    id: str
    username: Optional[str]
    primary_email: Optional[str]
    primary_phone: Optional[str]
    name: Optional[str]
    avatar: Optional[str]
    custom_data: Dict[str, Any]
    identities: Dict[str, UserIdentity]
    last_sign_in_at: Optional[int]
    """Milliseconds since 1970."""
    created_at: int
    """Milliseconds since 1970."""
    updated_at: int
    """Milliseconds since 1970."""
    profile: UserProfile
    application_id: Optional[str]
    cimd_client_id: Optional[str]
    is_suspended: bool
    has_password: Optional[bool] = None
    sso_identities: Optional[List[UserSsoIdentity]] = None
    password_digest: Optional[str] = None
    password_algorithm: Optional[str] = None


class UserAllIdentity(ResponseModel):
    """All accounts elsewhere that are linked to a user."""

    social_identities: List[UserAllIdentitySocialIdentity]
    sso_identities: List[UserAllIdentitySsoIdentity]


class UserAllIdentitySocialIdentity(ResponseModel):
    """A linked account with the name of its provider."""

    target: str
    identity: UserIdentity
    token_secret: Optional[UserIdentityResponseTokenSecret] = None


class UserAllIdentitySsoIdentity(ResponseModel):
    """A linked account at an enterprise with its connector."""

    sso_connector_id: str
    sso_identity: UserSsoIdentity
    token_secret: Optional[UserSsoIdentityResponseTokenSecret] = None


class UserGrant(ResponseModel):
    """What a user has granted to applications and has not expired, newest first; a thousand at most."""

    grants: List[UserGrantGrant]


class UserGrantGrant(ResponseModel):
    """What a user has granted to an application."""

    id: str
    payload: UserGrantGrantPayload
    expires_at: int
    """Milliseconds since 1970."""
    application: UserGrantGrantApplication


class UserGrantGrantApplication(ResponseModel):
    """The application of a grant."""

    id: str
    name: str


class UserGrantGrantPayload(ResponseModel):
    """The grant itself; times in seconds since 1970."""

    exp: int
    iat: int
    jti: str
    kind: Union[Literal["Grant"], str]
    """The kind of payload."""
    client_id: str
    account_id: str
    openid: Optional[UserGrantGrantPayloadOpenid] = None
    resources: Optional[Dict[str, str]] = None
    """Scopes, separated by spaces, by resource."""


class UserGrantGrantPayloadOpenid(ResponseModel):
    """Scopes, separated by spaces."""

    scope: str


class UserHasPassword(ResponseModel):
    """Whether a user has a password."""

    has_password: bool


class UserIdentityResponse(ResponseModel):
    """A linked account at a social provider."""

    identity: UserIdentity
    token_secret: Optional[UserIdentityResponseTokenSecret] = None


class UserIdentityResponseTokenSecret(ResponseModel):
    """Stored tokens of an account at a social provider."""

    tenant_id: str
    id: str
    user_id: str
    type: str
    """`federated_token_set`."""
    metadata: UserIdentityResponseTokenSecretMetadata
    created_at: int
    """Milliseconds since 1970."""
    updated_at: int
    """Milliseconds since 1970."""
    identity_id: str
    """The id of the account at the provider."""
    connector_id: str
    target: str
    """The name of the provider."""


class UserIdentityResponseTokenSecretMetadata(ResponseModel):
    """What may be shown of a provider's tokens."""

    scope: Optional[str] = None
    expires_at: Optional[int] = None
    """Seconds since 1970."""
    token_type: Optional[str] = None
    has_refresh_token: bool


class UserLogtoConfig(ResponseModel):
    """Settings of a user's sign-ins."""

    mfa: UserLogtoConfigMfa
    passkey_sign_in: UserLogtoConfigPasskeySignIn


class UserLogtoConfigMfa(ResponseModel):
    """Settings of additional factors. `enabled` is absent until it was set once."""

    enabled: Optional[bool] = None
    skipped: bool
    skip_mfa_on_sign_in: bool


class UserLogtoConfigPasskeySignIn(ResponseModel):
    """Settings of signing in with a passkey."""

    skipped: bool


class UserMfaVerification(ResponseModel):
    """A factor that a user has bound, without its secret."""

    id: str
    created_at: str
    """ISO 8601."""
    last_used_at: Optional[str] = None
    """ISO 8601."""
    type: Union[Literal["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"], str]
    """The kinds of factors."""
    agent: Optional[str] = None
    """The browser that a passkey was made with."""
    name: Optional[str] = None
    """The name of a passkey."""
    remain_codes: Optional[int] = None
    """Backup codes that can still be used."""


class UserPersonalAccessToken(ResponseModel):
    """A token."""

    tenant_id: str
    user_id: str
    name: str
    """Unique among the tokens of the user."""
    value: str
    """The token itself in the answer that creates it; only its first characters later, because only a digest is stored."""
    created_at: int
    """Milliseconds since 1970."""
    expires_at: Optional[int]
    """Milliseconds since 1970; without it the token does not expire."""


class UserSession(ResponseModel):
    """A browser in which the user is signed in."""

    payload: UserSessionPayload
    last_submission: Optional[Dict[str, Any]]
    """How the user signed in: `interactionEvent`, `userId`, `verificationRecords`, `signInContext`."""
    client_id: Optional[str]
    """The application that the user signed in for."""
    account_id: str
    expires_at: int
    """Milliseconds since 1970."""


class UserSessionPayload(ResponseModel):
    """The session itself; times in seconds since 1970."""

    exp: int
    iat: int
    jti: str
    uid: str
    """The id in paths."""
    kind: Union[Literal["Session"], str]
    """The kind of payload."""
    login_ts: int
    account_id: str
    authorizations: Optional[Dict[str, UserSessionPayloadAuthorization]] = None


class UserSessionPayloadAuthorization(ResponseModel):
    """One application in a session."""

    sid: str
    grant_id: str
    persists_logout: bool
    """Whether the grant stays when the user signs out."""


class UserSsoIdentityResponse(ResponseModel):
    """A linked account at an enterprise."""

    sso_identity: UserSsoIdentity
    token_secret: Optional[UserSsoIdentityResponseTokenSecret] = None


class UserSsoIdentityResponseTokenSecret(ResponseModel):
    """Stored tokens of an account at an enterprise."""

    tenant_id: str
    id: str
    user_id: str
    type: str
    """`federated_token_set`."""
    metadata: UserIdentityResponseTokenSecretMetadata
    created_at: int
    """Milliseconds since 1970."""
    updated_at: int
    """Milliseconds since 1970."""
    identity_id: str
    """The id of the account at the provider."""
    sso_connector_id: str
    issuer: str


class UserTrustedDevice(ResponseModel):
    """A browser in which a second factor was shown, and is not asked for again until the trust ends. Times in milliseconds since 1970."""

    id: str
    user_id: str
    user_agent: Optional[str]
    ip: Optional[str]
    country: Optional[str]
    city: Optional[str]
    created_at: int
    last_used_at: int
    expires_at: int


class VerifyUserPassword(RequestModel):
    """A password to set or compare."""

    password: str

"""Models of sign in experience. Made from the OpenAPI document by ``cargo xtask gen``."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from .._base import ABSENT, RequestModel, ResponseModel
from .shared import (
    AccountCenterSettingsProfileField,
    CreateOrganizationBranding,
    SignInExpBranding,
    UpdateAccountCenterSettingsProfileField,
)


class CheckPasswordWithDefaultSignInExperience(RequestModel):
    """A password to check against the policy."""

    password: str
    user_id: str = ABSENT
    """Whose password it would be: some policies look at the user."""


class CheckedPasswordWithDefaultSignInExperience(ResponseModel):
    """Whether a password fits the policy, and else why not."""

    result: bool
    issues: Optional[List[CheckedPasswordWithDefaultSignInExperienceIssue]] = None


class CheckedPasswordWithDefaultSignInExperienceIssue(ResponseModel):
    """One reason against a password."""

    code: str
    interpolation: Optional[Dict[str, Any]] = None


class SignInExp(ResponseModel):
    """The settings of a tenant."""

    tenant_id: str
    id: str
    color: SignInExpColor
    branding: SignInExpBranding
    hide_logto_branding: bool
    language_info: SignInExpLanguageInfo
    terms_of_use_url: Optional[str]
    privacy_policy_url: Optional[str]
    agree_to_terms_policy: Union[Literal["Automatic", "ManualRegistrationOnly", "Manual"], str]
    """When the terms must be agreed to."""
    sign_in: SignInExpSignIn
    sign_up: SignInExpSignUp
    social_sign_in: SignInExpSocialSignIn
    social_sign_in_connector_targets: List[str]
    sign_in_mode: Union[Literal["SignIn", "Register", "SignInAndRegister"], str]
    """Whether people may sign in, register, or both."""
    custom_css: Optional[str]
    custom_content: Dict[str, str]
    """Texts by the path of their page."""
    custom_ui_assets: Optional[SignInExpCustomUiAssets]
    custom_ui_csp: SignInExpCustomUiCsp
    password_policy: SignInExpPasswordPolicy
    mfa: SignInExpMfa
    adaptive_mfa: SignInExpAdaptiveMfa
    trusted_device: Optional[SignInExpTrustedDevice] = None
    single_sign_on_enabled: bool
    support_email: Optional[str]
    support_website_url: Optional[str]
    unknown_session_redirect_url: Optional[str]
    captcha_policy: SignInExpCaptchaPolicy
    sentinel_policy: SignInExpSentinelPolicy
    email_blocklist_policy: SignInExpEmailBlocklistPolicy
    verification_code_policy: SignInExpVerificationCodePolicy
    forgot_password_methods: Optional[List[Union[Literal["EmailVerificationCode", "PhoneVerificationCode"], str]]]
    """Null is every method that has a connector."""
    passkey_sign_in: SignInExpPasskeySignIn
    sign_up_profile_fields: Optional[List[AccountCenterSettingsProfileField]]
    password_expiration: SignInExpPasswordExpiration
    username_policy: SignInExpUsernamePolicy


class SignInExpAdaptiveMfa(ResponseModel):
    """Whether a second factor is asked for only when a sign-in is unusual."""

    enabled: Optional[bool] = None


class SignInExpCaptchaPolicy(ResponseModel):
    """Whether a captcha is asked for."""

    enabled: Optional[bool] = None


class SignInExpColor(ResponseModel):
    """Colours of the pages."""

    primary_color: str
    is_dark_mode_enabled: bool
    dark_primary_color: str


class SignInExpCustomUiAssets(ResponseModel):
    """Pages of the tenant's own."""

    id: str
    created_at: int
    """Milliseconds since 1970."""


class SignInExpCustomUiCsp(ResponseModel):
    """Origins that pages of the tenant's own may load from."""

    script_src: Optional[List[str]] = None
    connect_src: Optional[List[str]] = None


class SignInExpEmailBlocklistPolicy(ResponseModel):
    """Addresses that may not register."""

    block_disposable_addresses: Optional[bool] = None
    block_subaddressing: Optional[bool] = None
    custom_allowlist: Optional[List[str]] = None
    custom_blocklist: Optional[List[str]] = None


class SignInExpLanguageInfo(ResponseModel):
    """How the language of the pages is chosen."""

    auto_detect: bool
    fallback_language: str


class SignInExpMfa(ResponseModel):
    """Second factors."""

    factors: List[Union[Literal["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"], str]]
    policy: Union[Literal[
        "UserControlled",
        "Mandatory",
        "PromptOnlyAtSignIn",
        "PromptAtSignInAndSignUp",
        "NoPrompt",
        "PromptAtSignInAndSignUpMandatory",
        "PromptOnlyAtSignInMandatory",
    ], str]
    """When people are asked for a second factor."""
    organization_required_mfa_policy: Optional[Union[Literal["NoPrompt", "Mandatory"], str]] = None
    """What an organization that requires a second factor adds."""
    require_mfa_after_sso: Optional[bool] = None
    """Whether who signs in at an enterprise is asked for a factor here as well. Off where it is absent."""


class SignInExpPasskeySignIn(ResponseModel):
    """Signing in with a passkey alone."""

    enabled: Optional[bool] = None
    show_passkey_button: Optional[bool] = None
    allow_autofill: Optional[bool] = None


class SignInExpPasswordExpiration(ResponseModel):
    """When a password must be replaced, and since when that is so."""

    enabled: Optional[bool] = None
    valid_period_days: Optional[int] = None
    enabled_at: Optional[int] = None
    """Milliseconds since 1970."""


class SignInExpPasswordPolicy(ResponseModel):
    """Rules for new passwords."""

    length: Optional[SignInExpPasswordPolicyLength] = None
    character_types: Optional[SignInExpPasswordPolicyCharacterTypes] = None
    rejects: Optional[SignInExpPasswordPolicyRejects] = None


class SignInExpPasswordPolicyCharacterTypes(ResponseModel):
    """How many of lower case, upper case, digits and symbols a password needs."""

    min: int


class SignInExpPasswordPolicyLength(ResponseModel):
    """Limits in UTF-16 units, the length that browsers count."""

    min: int
    max: int


class SignInExpPasswordPolicyRejects(ResponseModel):
    """What makes a password guessable."""

    pwned: bool
    repetition_and_sequence: bool
    user_info: bool
    words: List[str]


class SignInExpSentinelPolicy(ResponseModel):
    """When an identifier is locked after failures."""

    max_attempts: Optional[int] = None
    lockout_duration: Optional[int] = None
    """Minutes."""


class SignInExpSignIn(ResponseModel):
    """The ways in for people who have an account."""

    methods: List[SignInExpSignInMethod]


class SignInExpSignInMethod(ResponseModel):
    """One identifier, and what proves it."""

    identifier: Union[Literal["username", "email", "phone"], str]
    """What people sign in with."""
    password: bool
    verification_code: bool
    is_password_primary: bool


class SignInExpSignUp(ResponseModel):
    """What a new account must have."""

    identifiers: List[Union[Literal["username", "email", "phone"], str]]
    password: bool
    verify: bool
    secondary_identifiers: Optional[List[SignInExpSignUpSecondaryIdentifier]] = None


class SignInExpSignUpSecondaryIdentifier(ResponseModel):
    """A further identifier that registration asks for."""

    identifier: Union[Literal["username", "email", "phone", "emailOrPhone"], str]
    """An identifier, or the choice between two."""
    verify: Optional[bool] = None


class SignInExpSocialSignIn(ResponseModel):
    """What signing in with a social identity changes."""

    automatic_account_linking: Optional[bool] = None
    skip_required_identifiers: Optional[bool] = None


class SignInExpTrustedDevice(ResponseModel):
    """Absent until it was set."""

    enabled: Optional[bool] = None
    duration_days: Optional[int] = None
    """From 1 to 365; 30 where it is absent."""


class SignInExpUsernamePolicy(ResponseModel):
    """Rules for usernames."""

    case_sensitive: bool
    min_length: int
    max_length: int
    allowed_chars: SignInExpUsernamePolicyAllowedChars


class SignInExpUsernamePolicyAllowedChars(ResponseModel):
    """Groups of characters that usernames may use."""

    lowercase: bool
    uppercase: bool
    numbers: bool
    underscore: bool


class SignInExpVerificationCodePolicy(ResponseModel):
    """How long a verification code lives."""

    expiration_duration: Optional[int] = None
    """Seconds."""
    max_retry_attempts: Optional[int] = None


class UpdateSignInExp(RequestModel):
    """Changes of the settings. Objects are replaced as a whole; an empty text clears a member."""

    color: UpdateSignInExpColor = ABSENT
    branding: CreateOrganizationBranding = ABSENT
    hide_logto_branding: bool = ABSENT
    language_info: UpdateSignInExpLanguageInfo = ABSENT
    terms_of_use_url: Optional[str] = None
    privacy_policy_url: Optional[str] = None
    agree_to_terms_policy: Literal["Automatic", "ManualRegistrationOnly", "Manual"] = ABSENT
    """When the terms must be agreed to."""
    sign_in: UpdateSignInExpSignIn = ABSENT
    sign_up: UpdateSignInExpSignUp = ABSENT
    social_sign_in: UpdateSignInExpSocialSignIn = ABSENT
    social_sign_in_connector_targets: List[str] = ABSENT
    sign_in_mode: Literal["SignIn", "Register", "SignInAndRegister"] = ABSENT
    """Whether people may sign in, register, or both."""
    custom_css: Optional[str] = None
    custom_content: Dict[str, str] = ABSENT
    custom_ui_assets: Optional[UpdateSignInExpCustomUiAssets] = None
    custom_ui_csp: UpdateSignInExpCustomUiCsp = ABSENT
    password_policy: UpdateSignInExpPasswordPolicy = ABSENT
    mfa: UpdateSignInExpMfa = ABSENT
    adaptive_mfa: UpdateSignInExpAdaptiveMfa = ABSENT
    trusted_device: UpdateSignInExpTrustedDevice = ABSENT
    single_sign_on_enabled: bool = ABSENT
    support_email: Optional[str] = None
    support_website_url: Optional[str] = None
    unknown_session_redirect_url: Optional[str] = None
    captcha_policy: UpdateSignInExpCaptchaPolicy = ABSENT
    sentinel_policy: UpdateSignInExpSentinelPolicy = ABSENT
    email_blocklist_policy: UpdateSignInExpEmailBlocklistPolicy = ABSENT
    verification_code_policy: UpdateSignInExpVerificationCodePolicy = ABSENT
    forgot_password_methods: Optional[List[Literal["EmailVerificationCode", "PhoneVerificationCode"]]] = None
    passkey_sign_in: UpdateSignInExpPasskeySignIn = ABSENT
    sign_up_profile_fields: Optional[List[UpdateAccountCenterSettingsProfileField]] = None
    password_expiration: UpdateSignInExpPasswordExpiration = ABSENT
    username_policy: UpdateSignInExpUsernamePolicy = ABSENT


class UpdateSignInExpAdaptiveMfa(RequestModel):
    """Whether a second factor is asked for only when a sign-in is unusual."""

    enabled: bool = ABSENT


class UpdateSignInExpCaptchaPolicy(RequestModel):
    """Whether a captcha is asked for."""

    enabled: bool = ABSENT


class UpdateSignInExpColor(RequestModel):
    """Colours of the pages."""

    primary_color: str
    is_dark_mode_enabled: bool
    dark_primary_color: str


class UpdateSignInExpCustomUiAssets(RequestModel):
    """Pages of the tenant's own."""

    id: str
    created_at: int
    """Milliseconds since 1970."""


class UpdateSignInExpCustomUiCsp(RequestModel):
    """Origins that pages of the tenant's own may load from."""

    script_src: List[str] = ABSENT
    connect_src: List[str] = ABSENT


class UpdateSignInExpEmailBlocklistPolicy(RequestModel):
    """Addresses that may not register."""

    block_disposable_addresses: bool = ABSENT
    block_subaddressing: bool = ABSENT
    custom_allowlist: List[str] = ABSENT
    custom_blocklist: List[str] = ABSENT


class UpdateSignInExpLanguageInfo(RequestModel):
    """How the language of the pages is chosen."""

    auto_detect: bool
    fallback_language: str


class UpdateSignInExpMfa(RequestModel):
    """Second factors."""

    factors: List[Literal["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"]]
    policy: Literal[
        "UserControlled",
        "Mandatory",
        "PromptOnlyAtSignIn",
        "PromptAtSignInAndSignUp",
        "NoPrompt",
        "PromptAtSignInAndSignUpMandatory",
        "PromptOnlyAtSignInMandatory",
    ]
    """When people are asked for a second factor."""
    organization_required_mfa_policy: Literal["NoPrompt", "Mandatory"] = ABSENT
    """What an organization that requires a second factor adds."""
    require_mfa_after_sso: bool = ABSENT
    """Whether who signs in at an enterprise is asked for a factor here as well. Off where it is absent."""


class UpdateSignInExpPasskeySignIn(RequestModel):
    """Signing in with a passkey alone."""

    enabled: bool = ABSENT
    show_passkey_button: bool = ABSENT
    allow_autofill: bool = ABSENT


class UpdateSignInExpPasswordExpiration(RequestModel):
    """When a password must be replaced; never unless enabled."""

    enabled: bool = ABSENT
    valid_period_days: int = ABSENT


class UpdateSignInExpPasswordPolicy(RequestModel):
    """Rules for new passwords."""

    length: UpdateSignInExpPasswordPolicyLength = ABSENT
    character_types: UpdateSignInExpPasswordPolicyCharacterTypes = ABSENT
    rejects: UpdateSignInExpPasswordPolicyRejects = ABSENT


class UpdateSignInExpPasswordPolicyCharacterTypes(RequestModel):
    """How many of lower case, upper case, digits and symbols a password needs."""

    min: int = ABSENT


class UpdateSignInExpPasswordPolicyLength(RequestModel):
    """Limits in UTF-16 units, the length that browsers count."""

    min: int = ABSENT
    max: int = ABSENT


class UpdateSignInExpPasswordPolicyRejects(RequestModel):
    """What makes a password guessable."""

    pwned: bool = ABSENT
    repetition_and_sequence: bool = ABSENT
    user_info: bool = ABSENT
    words: List[str] = ABSENT


class UpdateSignInExpSentinelPolicy(RequestModel):
    """When an identifier is locked after failures."""

    max_attempts: int = ABSENT
    lockout_duration: int = ABSENT
    """Minutes."""


class UpdateSignInExpSignIn(RequestModel):
    """The ways in for people who have an account."""

    methods: List[UpdateSignInExpSignInMethod]


class UpdateSignInExpSignInMethod(RequestModel):
    """One identifier, and what proves it."""

    identifier: Literal["username", "email", "phone"]
    """What people sign in with."""
    password: bool
    verification_code: bool
    is_password_primary: bool


class UpdateSignInExpSignUp(RequestModel):
    """What a new account must have."""

    identifiers: List[Literal["username", "email", "phone"]]
    password: bool
    verify: bool
    secondary_identifiers: List[UpdateSignInExpSignUpSecondaryIdentifier] = ABSENT


class UpdateSignInExpSignUpSecondaryIdentifier(RequestModel):
    """A further identifier that registration asks for."""

    identifier: Literal["username", "email", "phone", "emailOrPhone"]
    """An identifier, or the choice between two."""
    verify: bool = ABSENT


class UpdateSignInExpSocialSignIn(RequestModel):
    """What signing in with a social identity changes."""

    automatic_account_linking: bool = ABSENT
    skip_required_identifiers: bool = ABSENT


class UpdateSignInExpTrustedDevice(RequestModel):
    """Whether a device where a second factor was shown stands for it later."""

    enabled: bool = ABSENT
    duration_days: int = ABSENT
    """From 1 to 365; 30 where it is absent."""


class UpdateSignInExpUsernamePolicy(RequestModel):
    """Rules for usernames."""

    case_sensitive: bool = ABSENT
    min_length: int = ABSENT
    max_length: int = ABSENT
    allowed_chars: UpdateSignInExpUsernamePolicyAllowedChars = ABSENT


class UpdateSignInExpUsernamePolicyAllowedChars(RequestModel):
    """Groups of characters that usernames may use."""

    lowercase: bool = ABSENT
    uppercase: bool = ABSENT
    numbers: bool = ABSENT
    underscore: bool = ABSENT


class UpdateSignInExpVerificationCodePolicy(RequestModel):
    """How long a verification code lives."""

    expiration_duration: int = ABSENT
    """Seconds."""
    max_retry_attempts: int = ABSENT


class UsernameCaseSensitivityConflicts(ResponseModel):
    """Usernames that differ in case alone."""

    total_conflicts: int
    samples: List[UsernameCaseSensitivityConflictsSample]


class UsernameCaseSensitivityConflictsSample(ResponseModel):
    """Users whose names are the same in lower case."""

    username_lower: str
    user_ids: List[str]

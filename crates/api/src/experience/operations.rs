//! The operations of a sign-in.

use super::{
    AddProfile, AnswerPasskey, AnswerPasskeySignIn, BegunAtProvider, BegunPasskey, BegunPasskeySignIn, BindFactor,
    BindPasskey, CaptchaChallenge, ChangeInteractionEvent, EnterpriseAnswer, FindSsoConnectors, FoundSsoConnectors,
    IdentifyUser, Interaction, NewPasskeyRequest, NewPasswordIdentity, NewTotpSecret, ProviderRequest, ResetPassword,
    SendCode, SendFactorCode, ShownBackupCodes, SignInPasskeyRequest, SocialAnswer, StartInteraction,
    SubmittedInteraction, Verification, VerifyBackupCode, VerifyCode, VerifyFactorCode, VerifyOneTimeToken,
    VerifyPassword, VerifyTotp,
};
use crate::operation::Operation;
use crate::user_assets::AssetUrl;

const TAG: &str = "Experience";
/// Whatever a step is: who may not go on, what is not there, and what the settings refuse is the same for all of them.
const REFUSALS: &[u16] = &[400, 401, 403, 404, 409, 415, 422, 429];
/// Also where nothing sends messages.
const NOT_SENT: &[u16] = &[501];
/// Also where the provider answers with a fault.
const PROVIDER_FAULT: &[u16] = &[500];

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    let all = [interaction(), passwords(), codes(), providers(), factors(), passkeys(), profile(), bindings()].concat();
    all.into_iter().map(|operation| operation.statuses(REFUSALS)).collect()
}

fn interaction() -> Vec<Operation> {
    vec![
        Operation::put("/api/experience", "InitInteraction", TAG).body::<StartInteraction>().statuses(&[204]),
        Operation::post("/api/experience/captcha-challenge", "CreateCaptchaChallenge", TAG)
            .returns::<CaptchaChallenge>(200),
        Operation::put("/api/experience/interaction-event", "UpdateInteractionEvent", TAG)
            .body::<ChangeInteractionEvent>()
            .statuses(&[204]),
        Operation::get("/api/experience/interaction", "GetInteraction", TAG).returns::<Interaction>(200),
        Operation::post("/api/experience/identification", "IdentifyUser", TAG)
            .body::<IdentifyUser>()
            .statuses(&[201, 204]),
        // 204 where a password was reset: there is nowhere to go on.
        Operation::post("/api/experience/submit", "SubmitInteraction", TAG)
            .returns::<SubmittedInteraction>(200)
            .statuses(&[204]),
    ]
}

fn passwords() -> Vec<Operation> {
    vec![
        Operation::post("/api/experience/verification/password", "CreatePasswordVerification", TAG)
            .body::<VerifyPassword>()
            .returns::<Verification>(200),
        Operation::post(
            "/api/experience/verification/new-password-identity",
            "CreateNewPasswordIdentityVerification",
            TAG,
        )
        .body::<NewPasswordIdentity>()
        .returns::<Verification>(200),
        Operation::post("/api/experience/verification/one-time-token/verify", "VerifyOneTimeTokenVerification", TAG)
            .body::<VerifyOneTimeToken>()
            .returns::<Verification>(200),
    ]
}

fn codes() -> Vec<Operation> {
    let (sent, factor) = (
        "/api/experience/verification/verification-code/verify",
        "/api/experience/verification/mfa-verification-code/verify",
    );
    let all = vec![
        Operation::post("/api/experience/verification/verification-code", "CreateAndSendVerificationCode", TAG)
            .body::<SendCode>()
            .returns::<Verification>(200),
        Operation::post(sent, "VerifyVerificationCodeVerification", TAG)
            .body::<VerifyCode>()
            .returns::<Verification>(200),
        Operation::post("/api/experience/verification/mfa-verification-code", "CreateAndSendMfaVerificationCode", TAG)
            .body::<SendFactorCode>()
            .returns::<Verification>(200),
        Operation::post(factor, "VerifyMfaVerificationCode", TAG)
            .body::<VerifyFactorCode>()
            .returns::<Verification>(200),
    ];
    all.into_iter().map(|operation| operation.statuses(NOT_SENT)).collect()
}

fn providers() -> Vec<Operation> {
    let social = "/api/experience/verification/social/{connectorId}/authorization-uri";
    let enterprise = "/api/experience/verification/sso/{connectorId}/authorization-uri";
    let mut all = vec![
        Operation::post(social, "CreateSocialVerification", TAG)
            .body::<ProviderRequest>()
            .returns::<BegunAtProvider>(200),
        Operation::post("/api/experience/verification/social/{connectorId}/verify", "VerifySocialVerification", TAG)
            .body::<SocialAnswer>()
            .returns::<Verification>(200),
        Operation::post(enterprise, "CreateEnterpriseSsoVerification", TAG)
            .body::<ProviderRequest>()
            .returns::<BegunAtProvider>(200),
        Operation::post(
            "/api/experience/verification/sso/{connectorId}/verify",
            "VerifyEnterpriseSsoVerification",
            TAG,
        )
        .body::<EnterpriseAnswer>()
        .returns::<Verification>(200),
    ];
    all = all.into_iter().map(|operation| operation.statuses(PROVIDER_FAULT)).collect();
    all.push(
        Operation::get("/api/experience/sso-connectors", "GetEnabledSsoConnectors", TAG)
            .query::<FindSsoConnectors>()
            .returns::<FoundSsoConnectors>(200),
    );
    all
}

fn factors() -> Vec<Operation> {
    vec![
        Operation::post("/api/experience/verification/totp/secret", "CreateTotpSecret", TAG)
            .returns::<NewTotpSecret>(200),
        Operation::post("/api/experience/verification/totp/verify", "VerifyTotpVerification", TAG)
            .body::<VerifyTotp>()
            .returns::<Verification>(200),
        Operation::post("/api/experience/verification/backup-code/generate", "GenerateBackupCodes", TAG)
            .returns::<ShownBackupCodes>(200),
        Operation::post("/api/experience/verification/backup-code/verify", "VerifyBackupCode", TAG)
            .body::<VerifyBackupCode>()
            .returns::<Verification>(200),
    ]
}

fn passkeys() -> Vec<Operation> {
    let (registration, authentication) = (
        "/api/experience/verification/web-authn/registration",
        "/api/experience/verification/web-authn/authentication",
    );
    let registered = "/api/experience/verification/web-authn/registration/verify";
    let authenticated = "/api/experience/verification/web-authn/authentication/verify";
    let sign_in = "/api/experience/verification/sign-in-passkey/authentication";
    let signed_in = "/api/experience/verification/sign-in-passkey/authentication/verify";
    let preflight = "/api/experience/preflight/sign-in-passkey/authentication";
    vec![
        Operation::post(registration, "CreateWebAuthnRegistrationVerification", TAG).returns::<NewPasskeyRequest>(200),
        Operation::post(registered, "VerifyWebAuthnRegistrationVerification", TAG)
            .body::<AnswerPasskey>()
            .returns::<Verification>(200),
        Operation::post(authentication, "CreateWebAuthnAuthenticationVerification", TAG).returns::<BegunPasskey>(200),
        Operation::post(authenticated, "VerifyWebAuthnAuthenticationVerification", TAG)
            .body::<AnswerPasskey>()
            .returns::<Verification>(200),
        Operation::post(sign_in, "CreateSignInPasskeyAuthenticationWithIdentifier", TAG)
            .body::<SignInPasskeyRequest>()
            .returns::<BegunPasskey>(200),
        Operation::post(signed_in, "VerifySignInPasskeyAuthentication", TAG)
            .body::<AnswerPasskeySignIn>()
            .returns::<Verification>(200),
        Operation::post(preflight, "CreateSignInPasskeyAuthentication", TAG).returns::<BegunPasskeySignIn>(200),
    ]
}

fn profile() -> Vec<Operation> {
    vec![
        Operation::post("/api/experience/profile", "AddUserProfile", TAG).body::<AddProfile>().statuses(&[204]),
        Operation::put("/api/experience/profile/password", "ResetUserPassword", TAG)
            .body::<ResetPassword>()
            .statuses(&[204]),
        Operation::post("/api/experience/user-assets/avatar", "UploadExperienceAvatar", TAG)
            .file()
            .returns::<AssetUrl>(200)
            .statuses(&[500]),
    ]
}

fn bindings() -> Vec<Operation> {
    let choice = |path: &'static str, id: &'static str| Operation::post(path, id, TAG).statuses(&[204]);
    vec![
        Operation::post("/api/experience/profile/mfa", "BindMfaVerification", TAG)
            .body::<BindFactor>()
            .statuses(&[204]),
        Operation::post("/api/experience/profile/mfa/passkey", "BindPasskey", TAG)
            .body::<BindPasskey>()
            .statuses(&[204]),
        choice("/api/experience/profile/mfa/passkey-skipped", "SkipPasskeyBinding"),
        choice("/api/experience/profile/mfa/mfa-enabled", "MarkMfaEnabled"),
        choice("/api/experience/profile/mfa/mfa-skipped", "SkipMfaBindingFlow"),
        choice("/api/experience/profile/mfa/mfa-suggestion-skipped", "SkipMfaSuggestion"),
        choice("/api/experience/profile/mfa/trusted-device", "TrustDevice"),
    ]
}

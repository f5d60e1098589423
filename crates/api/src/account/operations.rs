//! The operations of a person on their own account.

use super::{
    AddMfaVerification, AnswerPasskeyRegistration, BegunPasskeyRegistration, CreatedVerification, MfaSettings,
    MyAccount, MyAccountDeletion, MyBackupCodes, MySessions, NewBackupCodes, NewIdentity, NewPassword, NewPrimaryEmail,
    NewPrimaryPhone, NewProviderTokens, PasskeyName, ProviderAccessToken, ReplaceTotp, SendVerificationCode,
    SentCodeAnswer, SentToProvider, SocialAnswer, SocialRequest, TotpSecret, UpdateMyAccount, VerifiedRecord,
};
use crate::members::JsonObject;
use crate::operation::Operation;
use crate::user_assets::AssetUrl;
use crate::users::{
    DeleteSessionQuery, ListGrantsQuery, UpdateUserLogtoConfigs, UserGrants, UserLogtoConfigs, UserMfaVerification,
    UserPassword, UserProfile, UserTrustedDevice,
};

const ACCOUNT: &str = "My account";
const VERIFICATIONS: &str = "Verifications";

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    [account(), identities(), sign_in(), factors(), sessions(), verifications(), passkey_registration()].concat()
}

fn account() -> Vec<Operation> {
    let (email, phone) = ("/api/my-account/primary-email", "/api/my-account/primary-phone");
    let deletion = "/api/my-account/deletion";
    vec![
        Operation::get("/api/my-account", "GetProfile", ACCOUNT).returns::<MyAccount>(200),
        Operation::patch("/api/my-account", "UpdateProfile", ACCOUNT)
            .body::<UpdateMyAccount>()
            .returns::<MyAccount>(200)
            .statuses(&[422]),
        Operation::patch("/api/my-account/profile", "UpdateOtherProfile", ACCOUNT)
            .body::<UserProfile>()
            .returns::<UserProfile>(200)
            .statuses(&[422]),
        Operation::post("/api/my-account/user-assets/avatar", "UploadAccountAvatar", ACCOUNT)
            .file()
            .returns::<AssetUrl>(200)
            .statuses(&[400, 415, 429, 500]),
        Operation::post(email, "UpdatePrimaryEmail", ACCOUNT).body::<NewPrimaryEmail>().statuses(&[204, 422]),
        Operation::delete(email, "DeletePrimaryEmail", ACCOUNT).statuses(&[204]),
        Operation::post(phone, "UpdatePrimaryPhone", ACCOUNT).body::<NewPrimaryPhone>().statuses(&[204, 422]),
        Operation::delete(phone, "DeletePrimaryPhone", ACCOUNT).statuses(&[204]),
        Operation::get("/api/my-account/data", "DownloadMyData", ACCOUNT).returns::<JsonObject>(200),
        Operation::get(deletion, "GetMyDeletion", ACCOUNT).returns::<MyAccountDeletion>(200),
        Operation::post(deletion, "PlanMyDeletion", ACCOUNT).returns::<MyAccountDeletion>(200),
        Operation::delete(deletion, "CancelMyDeletion", ACCOUNT).statuses(&[204]),
    ]
}

fn identities() -> Vec<Operation> {
    let (all, token) = ("/api/my-account/identities", "/api/my-account/identities/{target}/access-token");
    let enterprise = "/api/my-account/sso-identities/{connectorId}/access-token";
    vec![
        Operation::post(all, "AddUserIdentities", ACCOUNT).body::<NewIdentity>().statuses(&[204, 422]),
        Operation::put(all, "ReplaceMyAccountIdentity", ACCOUNT).body::<NewIdentity>().statuses(&[204, 422]),
        Operation::delete("/api/my-account/identities/{target}", "DeleteIdentity", ACCOUNT).statuses(&[204, 404, 422]),
        Operation::get(token, "GetSocialIdentityAccessToken", ACCOUNT)
            .returns::<ProviderAccessToken>(200)
            .statuses(&[404, 422, 503]),
        Operation::put(token, "UpdateSocialIdentityAccessTokenByVerificationId", ACCOUNT)
            .body::<NewProviderTokens>()
            .returns::<ProviderAccessToken>(200)
            .statuses(&[422]),
        Operation::get(enterprise, "GetEnterpriseSsoIdentityAccessToken", ACCOUNT)
            .returns::<ProviderAccessToken>(200)
            .statuses(&[404, 503]),
    ]
}

fn sign_in() -> Vec<Operation> {
    let (settings, configs) = ("/api/my-account/mfa-settings", "/api/my-account/logto-configs");
    vec![
        Operation::post("/api/my-account/password", "UpdatePassword", ACCOUNT)
            .body::<NewPassword>()
            .statuses(&[204, 422]),
        Operation::get(settings, "GetMfaSettings", ACCOUNT).returns::<MfaSettings>(200),
        Operation::patch(settings, "UpdateMfaSettings", ACCOUNT).body::<MfaSettings>().returns::<MfaSettings>(200),
        Operation::get(configs, "GetLogtoConfig", ACCOUNT).returns::<UserLogtoConfigs>(200),
        Operation::patch(configs, "UpdateLogtoConfig", ACCOUNT)
            .body::<UpdateUserLogtoConfigs>()
            .returns::<UserLogtoConfigs>(200),
        Operation::get("/api/my-account/mfa-verifications", "GetMfaVerifications", ACCOUNT)
            .returns::<Vec<UserMfaVerification>>(200),
    ]
}

fn factors() -> Vec<Operation> {
    let (all, codes) = ("/api/my-account/mfa-verifications", "/api/my-account/mfa-verifications/backup-codes");
    let one = "/api/my-account/mfa-verifications/{verificationId}";
    vec![
        Operation::post(all, "AddMfaVerification", ACCOUNT).body::<AddMfaVerification>().statuses(&[204, 422]),
        Operation::put("/api/my-account/mfa-verifications/totp", "CreateOrReplaceTotpMfaVerification", ACCOUNT)
            .body::<ReplaceTotp>()
            .statuses(&[204]),
        Operation::post("/api/my-account/mfa-verifications/totp-secret/generate", "GenerateTotpSecret", ACCOUNT)
            .returns::<TotpSecret>(200),
        Operation::post(
            "/api/my-account/mfa-verifications/backup-codes/generate",
            "GenerateMyAccountBackupCodes",
            ACCOUNT,
        )
        .returns::<NewBackupCodes>(200),
        Operation::get(codes, "GetBackupCodes", ACCOUNT).returns::<MyBackupCodes>(200).statuses(&[404]),
        Operation::patch(
            "/api/my-account/mfa-verifications/{verificationId}/name",
            "UpdateMfaVerificationName",
            ACCOUNT,
        )
        .body::<PasskeyName>()
        .statuses(&[200]),
        Operation::delete(one, "DeleteMfaVerification", ACCOUNT).statuses(&[204]),
    ]
}

fn sessions() -> Vec<Operation> {
    vec![
        Operation::get("/api/my-account/sessions", "GetSessions", ACCOUNT).returns::<MySessions>(200).statuses(&[500]),
        Operation::delete("/api/my-account/sessions/{sessionId}", "DeleteSessionById", ACCOUNT)
            .query::<DeleteSessionQuery>()
            .statuses(&[204, 404, 500]),
        Operation::get("/api/my-account/grants", "GetGrants", ACCOUNT)
            .query::<ListGrantsQuery>()
            .returns::<UserGrants>(200)
            .statuses(&[500]),
        Operation::delete("/api/my-account/grants/{grantId}", "DeleteGrantById", ACCOUNT).statuses(&[204, 404, 500]),
        Operation::get("/api/my-account/trusted-devices", "GetTrustedDevices", ACCOUNT)
            .paged()
            .returns::<Vec<UserTrustedDevice>>(200),
        Operation::delete("/api/my-account/trusted-devices/{trustedDeviceId}", "DeleteTrustedDevice", ACCOUNT)
            .statuses(&[204, 404]),
    ]
}

fn verifications() -> Vec<Operation> {
    vec![
        Operation::post("/api/verifications/password", "CreateVerificationByPassword", VERIFICATIONS)
            .body::<UserPassword>()
            .returns::<CreatedVerification>(201)
            .statuses(&[422]),
        Operation::post("/api/verifications/verification-code", "CreateVerificationByVerificationCode", VERIFICATIONS)
            .body::<SendVerificationCode>()
            .returns::<CreatedVerification>(201)
            .statuses(&[422, 429, 501]),
        Operation::post(
            "/api/verifications/verification-code/verify",
            "VerifyVerificationByVerificationCode",
            VERIFICATIONS,
        )
        .body::<SentCodeAnswer>()
        .returns::<VerifiedRecord>(200)
        .statuses(&[501]),
        Operation::post("/api/verifications/social", "CreateVerificationBySocial", VERIFICATIONS)
            .body::<SocialRequest>()
            .returns::<SentToProvider>(201)
            .statuses(&[404, 422]),
        Operation::post("/api/verifications/social/verify", "VerifyVerificationBySocial", VERIFICATIONS)
            .body::<SocialAnswer>()
            .returns::<VerifiedRecord>(200)
            .statuses(&[404, 422, 503]),
    ]
}

fn passkey_registration() -> Vec<Operation> {
    let begin = "/api/verifications/web-authn/registration";
    let verify = "/api/verifications/web-authn/registration/verify";
    vec![
        Operation::post(begin, "GenerateWebAuthnRegistrationOptions", VERIFICATIONS)
            .returns::<BegunPasskeyRegistration>(200),
        Operation::post(verify, "VerifyWebAuthnRegistration", VERIFICATIONS)
            .body::<AnswerPasskeyRegistration>()
            .returns::<VerifiedRecord>(200)
            .statuses(&[404]),
    ]
}

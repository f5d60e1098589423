//! `/api/experience`: the steps of a sign-in, for pages of one's own. The server reads these bodies part by part, so that several
//! faults of one step come in one answer; the tests hold every body that it takes against these types.

mod operations;
mod passkeys;

pub use operations::operations;
pub use passkeys::{
    AnswerPasskey, AnswerPasskeySignIn, BegunPasskey, BegunPasskeySignIn, BindPasskey, NewPasskeyRequest,
    SignInPasskeyRequest,
};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::{BoundedText, JsonObject};
use crate::users::MfaFactorType;

/// Texts of people and ids are no longer.
type ShortText = BoundedText<0, 256>;
type SomeText = BoundedText<1, 256>;

/// What an interaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum InteractionEvent {
    SignIn,
    Register,
    ForgotPassword,
}

/// How a person is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum IdentifierType {
    Username,
    Email,
    Phone,
}

/// A username, an e-mail address or a phone number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identifier {
    #[serde(rename = "type")]
    pub kind: IdentifierType,
    pub value: ShortText,
}

/// The kinds of addresses that codes are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AddressType {
    Email,
    Phone,
}

/// An e-mail address, or a phone number of digits that begins with the country code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    #[serde(rename = "type")]
    pub kind: AddressType,
    pub value: ShortText,
}

/// The only type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum UsernameType {
    Username,
}

/// A username.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UsernameIdentifier {
    #[serde(rename = "type")]
    pub kind: UsernameType,
    pub value: ShortText,
}

/// The only type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EmailType {
    Email,
}

/// An e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmailIdentifier {
    #[serde(rename = "type")]
    pub kind: EmailType,
    pub value: ShortText,
}

/// Begins an interaction, or begins it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StartInteraction {
    pub interaction_event: InteractionEvent,
    /// The answer of the captcha, where one is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captcha_token: Option<String>,
}

/// Goes on as another kind of interaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeInteractionEvent {
    pub interaction_event: InteractionEvent,
}

/// Says who the person is: by this verification, or to register with what was added to the profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentifyUser {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_id: Option<ShortText>,
    /// Whether an account at a provider is linked to the user who has its verified address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_social_identity: Option<bool>,
}

/// Where the browser goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubmittedInteraction {
    pub redirect_to: String,
}

/// The state of an interaction, without secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Interaction {
    pub interaction_event: InteractionEvent,
    /// Who identified themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// What was added to the account, or is of a new one.
    pub profile: JsonObject,
    /// What was begun or proven, one of each type.
    pub verification_records: Vec<JsonObject>,
    /// The choices about second factors, and those that are being bound.
    pub mfa: JsonObject,
    /// Where the interaction comes from, as far as the server knows.
    pub sign_in_context: BTreeMap<String, String>,
    pub captcha: CaptchaState,
    /// Whether the device can be trusted, where the tenant has trusted devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted_device: Option<TrustedDeviceOffer>,
}

/// Whether a captcha was solved, or is not needed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptchaState {
    pub verified: bool,
    pub skipped: bool,
}

/// Whether the device can be trusted, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrustedDeviceOffer {
    pub is_available: bool,
    pub duration_days: i64,
}

/// A challenge of the built-in captcha.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptchaChallenge {
    pub challenge: String,
    /// How many bits of each digest must be zero.
    pub bits: i64,
    /// How many answers are wanted.
    pub puzzles: i64,
}

/// A verification that was begun or is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    pub verification_id: String,
}

/// A person's name and password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyPassword {
    pub identifier: Identifier,
    pub password: BoundedText<1, 4096>,
}

/// The name and password of a new account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewPasswordIdentity {
    pub identifier: UsernameIdentifier,
    pub password: String,
}

/// Where to send a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendCode {
    pub identifier: Address,
    pub interaction_event: InteractionEvent,
}

/// The code that the person typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyCode {
    pub identifier: Address,
    pub verification_id: ShortText,
    pub code: ShortText,
}

/// The person's own address or number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FactorAddressType {
    #[serde(rename = "email")]
    LowerEmail,
    #[serde(rename = "phone")]
    LowerPhone,
    Email,
    Phone,
}

/// Sends a code to the person's own address or number, as a second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendFactorCode {
    pub identifier_type: FactorAddressType,
}

/// The code that the person typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyFactorCode {
    pub identifier_type: FactorAddressType,
    pub verification_id: ShortText,
    pub code: ShortText,
}

/// Sends the person to a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderRequest {
    /// Comes back with the person.
    pub state: SomeText,
    /// Where the provider sends the person back to: an absolute URL.
    pub redirect_uri: SomeText,
}

/// Where to send the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BegunAtProvider {
    /// Send the browser there.
    pub authorization_uri: String,
    pub verification_id: String,
}

/// What a social provider sent back with the person. Without a verification it is a credential of Google One Tap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocialAnswer {
    /// The parameters with which the browser came back.
    pub connector_data: JsonObject,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_id: Option<ShortText>,
}

/// What the provider of an enterprise sent back with the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnterpriseAnswer {
    /// The parameters with which the browser came back.
    pub connector_data: JsonObject,
    pub verification_id: SomeText,
}

/// Whose enterprise is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindSsoConnectors {
    pub email: String,
}

/// The connectors of an address, the preferred one first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundSsoConnectors {
    pub connector_ids: Vec<String>,
}

/// A new seed for an authenticator app.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewTotpSecret {
    pub verification_id: String,
    /// In base32.
    pub secret: String,
    /// A picture that apps read, as a `data:` URL.
    pub secret_qr_code: String,
}

/// The code of an authenticator app: of a new one with its verification, else of the bound one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyTotp {
    pub code: SomeText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_id: Option<ShortText>,
}

/// New backup codes, shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownBackupCodes {
    pub verification_id: String,
    pub codes: Vec<String>,
}

/// A backup code, which is used up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyBackupCode {
    pub code: SomeText,
}

/// The token of a magic link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerifyOneTimeToken {
    pub identifier: EmailIdentifier,
    pub token: SomeText,
}

/// What is added to the account.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum AddProfile {
    Username {
        value: ShortText,
    },
    Password {
        value: String,
    },
    #[serde(rename_all = "camelCase")]
    Email {
        verification_id: ShortText,
    },
    #[serde(rename_all = "camelCase")]
    Phone {
        verification_id: ShortText,
    },
    #[serde(rename_all = "camelCase")]
    Social {
        verification_id: ShortText,
    },
    /// The fields that the sign-up asks for.
    ExtraProfile {
        values: JsonObject,
    },
}

/// The password in the place of a forgotten one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResetPassword {
    pub password: String,
}

/// A proven second factor, bound when the interaction is submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BindFactor {
    #[serde(rename = "type")]
    pub kind: MfaFactorType,
    pub verification_id: ShortText,
}

//! `/api/email-templates`: texts of e-mails by language.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::BoundedText;
use crate::operation::Operation;

const TAG: &str = "Email templates";
const PATH: &str = "/api/email-templates";

/// What an e-mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EmailTemplateType {
    SignIn,
    Register,
    ForgotPassword,
    OrganizationInvitation,
    Generic,
    UserPermissionValidation,
    BindNewIdentifier,
    MfaVerification,
    BindMfa,
}

impl EmailTemplateType {
    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "SignIn",
            Self::Register => "Register",
            Self::ForgotPassword => "ForgotPassword",
            Self::OrganizationInvitation => "OrganizationInvitation",
            Self::Generic => "Generic",
            Self::UserPermissionValidation => "UserPermissionValidation",
            Self::BindNewIdentifier => "BindNewIdentifier",
            Self::MfaVerification => "MfaVerification",
            Self::BindMfa => "BindMfa",
        }
    }
}

/// The form of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EmailContentType {
    #[serde(rename = "text/html")]
    Html,
    #[serde(rename = "text/plain")]
    Plain,
}

/// An e-mail with places for `{{variables}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailTemplateDetails {
    pub subject: BoundedText<0, 998>,
    pub content: BoundedText<0, 65_536>,
    /// HTML unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<EmailContentType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<BoundedText<0, 512>>,
    /// A name, or an address with or without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_from: Option<BoundedText<0, 512>>,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailTemplate {
    pub tenant_id: String,
    pub id: String,
    pub language_tag: String,
    pub template_type: String,
    pub details: EmailTemplateDetails,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// A template to store, in the place of the one of its language and type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewEmailTemplate {
    pub language_tag: BoundedText<1, 16>,
    pub template_type: EmailTemplateType,
    pub details: EmailTemplateDetails,
}

/// Templates to store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplaceEmailTemplates {
    pub templates: Vec<NewEmailTemplate>,
}

/// The query of lists and deletions.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct EmailTemplatesQuery {
    pub language_tag: Option<String>,
    pub template_type: Option<EmailTemplateType>,
}

/// How many templates were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedEmailTemplates {
    pub row_count: u64,
}

/// Changes of a template's details.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateEmailTemplateDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<BoundedText<0, 998>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<BoundedText<0, 65_536>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<EmailContentType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<BoundedText<0, 512>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_from: Option<BoundedText<0, 512>>,
}

impl EmailTemplateDetails {
    /// The details after changes.
    #[must_use]
    pub fn patched(self, patch: UpdateEmailTemplateDetails) -> Self {
        Self {
            subject: patch.subject.unwrap_or(self.subject),
            content: patch.content.unwrap_or(self.content),
            content_type: patch.content_type.or(self.content_type),
            reply_to: patch.reply_to.or(self.reply_to),
            send_from: patch.send_from.or(self.send_from),
        }
    }
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    let one = "/api/email-templates/{id}";
    vec![
        Operation::put(PATH, "ReplaceEmailTemplates", TAG)
            .body::<ReplaceEmailTemplates>()
            .returns::<Vec<EmailTemplate>>(200)
            .statuses(&[422]),
        Operation::get(PATH, "ListEmailTemplates", TAG)
            .query::<EmailTemplatesQuery>()
            .returns::<Vec<EmailTemplate>>(200),
        Operation::delete(PATH, "DeleteEmailTemplates", TAG)
            .query::<EmailTemplatesQuery>()
            .returns::<DeletedEmailTemplates>(200)
            .statuses(&[422]),
        Operation::get(one, "GetEmailTemplate", TAG).returns::<EmailTemplate>(200).statuses(&[404]),
        Operation::delete(one, "DeleteEmailTemplate", TAG).statuses(&[204, 404]),
        Operation::patch("/api/email-templates/{id}/details", "UpdateEmailTemplateDetails", TAG)
            .body::<UpdateEmailTemplateDetails>()
            .returns::<EmailTemplate>(200)
            .statuses(&[404]),
    ]
}

//! The contexts of the hosted pages. What a template reads is a field here; texts come from the catalogue.

use kernel::Locale;
use serde::Serialize;

use crate::code_pages::PasswordStep;
use crate::passkey_pages::PasskeyPrompt;
use crate::social_pages::{OneTapPrompt, SocialButton};
use crate::{FormActionPolicy, Image, Language, Link, Template, translate};

/// A way to name an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentifierKind {
    Username,
    Email,
    Phone,
}

impl IdentifierKind {
    fn label(self, language: Language<'_>) -> String {
        let key = match self {
            Self::Username => "pages.input.username",
            Self::Email => "pages.input.email",
            Self::Phone => "pages.input.phone",
        };
        translate(language, key, &[])
    }
}

/// One field of a form.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Field {
    pub name: String,
    pub label: String,
    /// The `type` attribute: text, email, tel, password, url, date, number, checkbox; or `textarea`, `code`, `select`, `group`; or
    /// `picture`: a file, with the address of the picture so far as value.
    pub kind: &'static str,
    pub value: String,
    pub autocomplete: &'static str,
    pub required: bool,
    pub hint: Option<String>,
    pub error: Option<String>,
    pub placeholder: String,
    /// Further attributes, as `maxlength`.
    pub limits: Vec<(&'static str, String)>,
    /// Of a `select`.
    pub choices: Vec<Choice>,
    /// Whether it is there only while a phone number stands in the field before it.
    pub is_for_numbers: bool,
    /// Of a `group`, whose own value counts for nothing.
    pub parts: Vec<Field>,
}

/// An option of a `select`.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

impl Field {
    /// The field that names an account by any of `identifiers`, as "Username or e-mail".
    pub fn identifier(language: Language<'_>, identifiers: &[IdentifierKind], value: &str) -> Self {
        let labels: Vec<_> = identifiers.iter().map(|i| i.label(language)).collect();
        let kind = match identifiers {
            [IdentifierKind::Email] => "email",
            [IdentifierKind::Phone] => "tel",
            _ => "text",
        };
        Self {
            name: "identifier".to_owned(),
            label: join_with_or(language, &labels),
            kind,
            value: value.to_owned(),
            autocomplete: "username",
            required: true,
            ..Self::default()
        }
    }

    /// The country of the phone number beside it. With `is_for_numbers` script shows it where a number is typed.
    pub fn country(language: Language<'_>, choices: Vec<Choice>, value: String, is_for_numbers: bool) -> Self {
        Self {
            name: "country".to_owned(),
            label: translate(language, "pages.input.country", &[]),
            kind: "select",
            value,
            autocomplete: "country",
            hint: Some(translate(language, "pages.input.country_hint", &[])),
            choices,
            is_for_numbers,
            ..Self::default()
        }
    }

    /// `name` is the form member; `key` the phrase of its label.
    pub fn password(language: Language<'_>, name: &str, key: &str, autocomplete: &'static str) -> Self {
        let label = translate(language, key, &[]);
        Self { name: name.to_owned(), label, kind: "password", autocomplete, required: true, ..Self::default() }
    }
}

/// Whether a field is wrong, or a part of one.
pub(crate) fn has_wrong(fields: &[Field]) -> bool {
    fields.iter().any(|field| field.error.is_some() || has_wrong(&field.parts))
}

/// "A, B or C" in the language; later items start in lower case where letters have case, except abbreviations.
fn join_with_or(language: Language<'_>, labels: &[String]) -> String {
    let lower = |text: &String| match language.is_kind_of(Locale::En) {
        true => text.chars().take(1).flat_map(char::to_lowercase).chain(text.chars().skip(1)).collect(),
        false => text.clone(),
    };
    match labels {
        [] => String::new(),
        [only] => only.clone(),
        [first, middle @ .., last] => {
            let separator = translate(language, "pages.input.separator", &[]);
            let start = middle.iter().fold(first.clone(), |text, label| text + &separator + &lower(label));
            translate(language, "pages.input.either", &[("first", &start), ("last", &lower(last))])
        }
    }
}

/// How a form asks for agreement to the terms (`agreeToTermsPolicy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Terms {
    /// Nothing to agree to here.
    Hidden,
    /// A sentence: going on means agreeing.
    Automatic,
    /// A box to tick.
    Manual,
    /// The box, which was not ticked.
    Missing,
}

#[derive(Debug, Clone, Serialize)]
pub struct SignInPage {
    /// Name of the application the person goes on to.
    pub application: Option<String>,
    pub xsrf: String,
    /// Path of the form's handler.
    pub action: String,
    /// Whether the form has a field for the password.
    pub asks_password: bool,
    /// Empty when no method with a password is enabled.
    pub fields: Vec<Field>,
    /// What is wrong with the form as a whole.
    pub error: Option<String>,
    pub terms: Terms,
    pub passkey: Option<PasskeyPrompt>,
    /// Of a page that comes after one which asked for the identifier.
    pub step: Option<PasswordStep>,
    pub social: Vec<SocialButton>,
    pub one_tap: Option<OneTapPrompt>,
    /// The page that leads to the provider of an enterprise.
    pub single_sign_on: Option<String>,
    pub register: Option<String>,
    pub forgot_password: Option<String>,
}

impl Template for SignInPage {
    const TEMPLATE: &'static str = "sign_in.html";
    const ASKS_CAPTCHA: bool = true;

    fn shows_one_tap(&self) -> bool {
        self.one_tap.is_some()
    }

    fn has_error(&self) -> bool {
        self.error.is_some() || self.terms == Terms::Missing || has_wrong(&self.fields)
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct RegisterPage {
    pub application: Option<String>,
    pub xsrf: String,
    /// Empty when accounts cannot be created here; `error` then says why.
    pub fields: Vec<Field>,
    /// Whether a password is among the fields, so that the form creates the account.
    pub asks_password: bool,
    pub error: Option<String>,
    /// What the password policy asks for, shown before anything is wrong.
    pub requirements: Vec<String>,
    /// What the chosen password lacks.
    pub issues: Vec<String>,
    pub terms: Terms,
    pub social: Vec<SocialButton>,
    pub one_tap: Option<OneTapPrompt>,
    pub sign_in: Option<String>,
}

impl Template for RegisterPage {
    const TEMPLATE: &'static str = "register.html";
    const ASKS_CAPTCHA: bool = true;

    fn shows_one_tap(&self) -> bool {
        self.one_tap.is_some()
    }

    fn has_error(&self) -> bool {
        self.error.is_some() || !self.issues.is_empty() || self.terms == Terms::Missing || has_wrong(&self.fields)
    }
}

/// What an account still lacks before the sign-in can finish.
#[derive(Debug, Clone, Serialize)]
pub struct ContinuePage {
    /// Path of the page, which may be shown in place of another.
    pub action: String,
    pub application: Option<String>,
    pub xsrf: String,
    /// Whether the custom profile fields are among the fields.
    pub asks_profile: bool,
    pub fields: Vec<Field>,
    pub error: Option<String>,
    pub issues: Vec<String>,
}

impl Template for ContinuePage {
    const TEMPLATE: &'static str = "continue.html";

    fn has_error(&self) -> bool {
        self.error.is_some() || !self.issues.is_empty() || has_wrong(&self.fields)
    }
}

/// Recovery of a password where no code can be sent: says so, and who can help.
#[derive(Debug, Clone, Serialize)]
pub struct ForgotPasswordPage {
    /// Address of the support, as people read it.
    pub contact: Option<String>,
    pub contact_link: Option<Link>,
    pub sign_in: String,
}

impl Template for ForgotPasswordPage {
    const TEMPLATE: &'static str = "forgot_password.html";
    const FORM_ACTION: FormActionPolicy = FormActionPolicy::None;
}

/// A permission on the consent page.
#[derive(Debug, Clone, Serialize)]
pub struct Permission {
    pub name: String,
    /// What it means, in words; for unknown scopes the name stands alone.
    pub description: Option<String>,
}

impl Permission {
    /// A permission on the person's own data, explained where the scope is known.
    pub fn user_scope(language: Language<'_>, scope: &str) -> Self {
        let key = format!("pages.scope.{}", scope.strip_prefix("urn:logto:scope:").unwrap_or(scope));
        let description = crate::key_exists(&key).then(|| translate(language, &key, &[]));
        Self { name: scope.to_owned(), description }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct ConsentResource {
    pub name: String,
    pub permissions: Vec<Permission>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ConsentOrganization {
    pub id: String,
    pub name: String,
    pub chosen: bool,
    pub permissions: Vec<Permission>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ConsentPage {
    pub application: String,
    pub logo: Option<Image>,
    pub xsrf: String,
    /// The signed-in person: name, username or address.
    pub user: String,
    /// Where to sign in as somebody else.
    pub switch_account: Option<String>,
    pub user_data: Vec<Permission>,
    pub resources: Vec<ConsentResource>,
    pub organizations: Vec<ConsentOrganization>,
    pub terms: Option<Link>,
    pub privacy: Option<Link>,
    /// Host (or scheme of a native application) that the browser goes to next.
    pub redirect_host: String,
    /// What must be said of a client that nobody registered.
    pub stranger: Option<Stranger>,
    pub error: Option<String>,
}

/// A client that describes itself in a document at its id. It gets at most one organization.
#[derive(Debug, Clone, Serialize)]
pub struct Stranger {
    /// Where the document is.
    pub host: String,
    /// Whether the answer goes to a program on the person's device, which may be any.
    pub is_on_device: bool,
}

impl Template for ConsentPage {
    const TEMPLATE: &'static str = "consent.html";
}

/// RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0 section 2).
#[derive(Debug, Clone, Serialize)]
pub struct SignOutPage {
    /// Absolute URL of `/oidc/session/end/confirm`.
    pub action: String,
    pub xsrf: String,
    pub application: Option<String>,
    /// Whether the page answers "yes" by itself where scripts run.
    pub automatic: bool,
}

impl Template for SignOutPage {
    const TEMPLATE: &'static str = "sign_out.html";
}

/// The page of the server itself.
#[derive(Debug, Clone, Serialize)]
pub struct WelcomePage {
    /// Where a sign-in can be tried, if anywhere.
    pub demo: Option<String>,
    /// The sign-in page to look at.
    pub preview: String,
    /// What applications need, by name: URLs.
    pub endpoints: Vec<(String, String)>,
}

impl Template for WelcomePage {
    const TEMPLATE: &'static str = "welcome.html";
    const FORM_ACTION: FormActionPolicy = FormActionPolicy::None;
}

/// Messages that were kept on a developer's machine.
#[derive(Debug, Clone, Serialize)]
pub struct InboxPage {
    /// Newest first.
    pub messages: Vec<InboxMessage>,
}

/// One of them.
#[derive(Debug, Clone, Serialize)]
pub struct InboxMessage {
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl Template for InboxPage {
    const TEMPLATE: &'static str = "inbox.html";
    const FORM_ACTION: FormActionPolicy = FormActionPolicy::None;
}

/// A page that tells something: what happened, why, what to do next.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MessagePage {
    pub title: String,
    pub is_success: bool,
    pub paragraphs: Vec<String>,
    pub link: Option<MessageLink>,
    /// Small print: error code, what the protocol says.
    pub details: Vec<(String, String)>,
    /// The request id of a refusal, which people pass on to whoever can look it up.
    pub request_id: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct MessageLink {
    pub href: String,
    pub text: String,
}

impl Template for MessagePage {
    const TEMPLATE: &'static str = "message.html";
    const FORM_ACTION: FormActionPolicy = FormActionPolicy::None;
}

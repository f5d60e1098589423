//! The contexts of the account pages.

use serde::Serialize;

use crate::factor_pages::AppKey;
use crate::pages::{Field, MessageLink, has_wrong};
use crate::passkey_pages::CreatePasskeyPage;
use crate::{FormActionPolicy, Template};

/// What is around the pages that show the account.
#[derive(Debug, Clone, Serialize)]
pub struct AccountFrame {
    pub nav: Vec<NavItem>,
    /// Where the person signs out.
    pub sign_out: String,
}

/// Another page of the account.
#[derive(Debug, Clone, Serialize)]
pub struct NavItem {
    pub href: String,
    pub text: String,
    /// Which picture stands beside it.
    pub icon: &'static str,
    pub is_current: bool,
}

/// A page of rows with what can be done about each.
#[derive(Debug, Clone, Serialize)]
pub struct SectionsPage {
    pub frame: AccountFrame,
    pub title: String,
    pub lead: String,
    /// What was done just now.
    pub notice: Option<String>,
    pub error: Option<String>,
    pub xsrf: String,
    pub sections: Vec<Section>,
}

impl Template for SectionsPage {
    const TEMPLATE: &'static str = "account_sections.html";
    const FORM_ACTION: FormActionPolicy = FormActionPolicy::SameOrigin;

    fn has_error(&self) -> bool {
        self.error.is_some()
    }
}

/// Rows that belong together.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Section {
    pub title: String,
    pub lead: Option<String>,
    pub rows: Vec<Row>,
    /// What stands there without rows.
    pub empty: Option<String>,
    /// What is done about all rows.
    pub action: Option<Action>,
}

impl Section {
    /// An empty section.
    pub fn of(title: String) -> Self {
        Self { title, ..Self::default() }
    }
}

/// Something of the account.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Row {
    pub label: String,
    pub value: String,
    /// Small print.
    pub details: Vec<String>,
    pub badge: Option<String>,
    pub actions: Vec<Action>,
}

impl Row {
    /// A row that says nothing yet.
    pub fn of(label: String) -> Self {
        Self { label, ..Self::default() }
    }
}

/// What can be done about a row; `about` names it to who hears the page.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Action {
    Link { href: String, text: String, about: String },
    Button { action: String, id: String, text: String, about: String },
}

impl Action {
    /// A link.
    pub fn link(href: String, text: String, about: &str) -> Self {
        Self::Link { href, text, about: about.to_owned() }
    }
}

/// The profile: one form, and what is only shown.
#[derive(Debug, Clone, Serialize)]
pub struct ProfilePage {
    pub frame: AccountFrame,
    pub title: String,
    pub lead: String,
    pub notice: Option<String>,
    pub error: Option<String>,
    pub xsrf: String,
    /// Path of the form's handler.
    pub action: String,
    pub fields: Vec<Field>,
    pub rows: Vec<Row>,
}

impl Template for ProfilePage {
    const TEMPLATE: &'static str = "account_profile.html";
    const FORM_ACTION: FormActionPolicy = FormActionPolicy::SameOrigin;

    fn has_error(&self) -> bool {
        self.error.is_some() || has_wrong(&self.fields)
    }
}

/// One thing to do. Where it ends, an application may take over.
#[derive(Debug, Clone, Serialize)]
pub struct TaskPage {
    pub title: String,
    pub lead: String,
    /// Path of the form's handler.
    pub action: String,
    pub xsrf: String,
    pub fields: Vec<Field>,
    /// Whether the form asks for a code that was sent.
    pub asks_code: bool,
    pub button: String,
    pub notice: Option<String>,
    pub error: Option<String>,
    /// What the password policy asks for.
    pub requirements: Vec<String>,
    /// What the chosen password lacks.
    pub issues: Vec<String>,
    pub others: Vec<OtherForm>,
    pub links: Vec<MessageLink>,
}

impl Template for TaskPage {
    const TEMPLATE: &'static str = "account_task.html";

    fn has_error(&self) -> bool {
        self.error.is_some() || !self.issues.is_empty() || has_wrong(&self.fields)
    }
}

/// A form that is one button.
#[derive(Debug, Clone, Serialize)]
pub struct OtherForm {
    pub action: String,
    /// What it sends.
    pub choice: &'static str,
    pub text: String,
}

/// A task is done, or can't be.
#[derive(Debug, Clone, Serialize)]
pub struct TaskDonePage {
    pub title: String,
    pub text: String,
    pub link: MessageLink,
    pub is_success: bool,
}

impl Template for TaskDonePage {
    const TEMPLATE: &'static str = "account_done.html";
    const FORM_ACTION: FormActionPolicy = FormActionPolicy::None;
}

/// Sets up an authenticator app, the first one or another one.
#[derive(Debug, Clone, Serialize)]
pub struct AccountAppPage {
    pub title: String,
    pub lead: String,
    /// Path of the form's handler.
    pub action: String,
    pub xsrf: String,
    /// Which seed it is.
    pub offer: String,
    pub app: AppKey,
    pub error: Option<String>,
    pub others: Vec<OtherForm>,
    pub links: Vec<MessageLink>,
}

impl Template for AccountAppPage {
    const TEMPLATE: &'static str = "account_app.html";

    fn has_error(&self) -> bool {
        self.error.is_some()
    }
}

/// New backup codes, or those that the account has.
#[derive(Debug, Clone, Serialize)]
pub struct AccountCodesPage {
    pub title: String,
    pub lead: String,
    /// Path of the form's handler.
    pub action: String,
    pub xsrf: String,
    /// Which new codes these are; none for codes that the account has.
    pub offer: Option<String>,
    pub codes: Vec<String>,
    /// Those that were used up.
    pub used: Vec<String>,
    /// Where the codes are as a text file.
    pub download: String,
    pub error: Option<String>,
    pub others: Vec<OtherForm>,
    pub links: Vec<MessageLink>,
}

impl Template for AccountCodesPage {
    const TEMPLATE: &'static str = "account_codes.html";

    fn has_error(&self) -> bool {
        self.error.is_some()
    }
}

/// Makes a passkey.
#[derive(Debug, Clone, Serialize)]
pub struct AccountPasskeyPage {
    pub title: String,
    pub lead: String,
    /// Which question the passkey answers.
    pub offer: String,
    pub form: CreatePasskeyPage,
}

impl Template for AccountPasskeyPage {
    const TEMPLATE: &'static str = "account_passkey.html";

    fn has_error(&self) -> bool {
        self.form.error.is_some()
    }
}

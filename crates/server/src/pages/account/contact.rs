//! `/account/email` and `/account/phone`: a new address or number, which a code proves, or none.

use axum::response::Response;
use flow::{Identifier, IdentifierType};
use views::account_pages::OtherForm;
use views::pages::MessageLink;

use super::super::identifier_fields::{self, require_address};
use super::super::interaction_page::see_other;
use super::super::sent_code::{MAX_CODE_CHARS, digits};
use super::form::AccountForm;
use super::return_address;
use super::task::Task;
use super::visit::AccountPage;
use crate::account::code_proof;
use crate::account::identifiers::{self, ChangeEmail, ChangePhone, RemoveEmail, RemovePhone};
use crate::account::records::{self, NEW_IDENTIFIER, PendingCode};
use crate::callers::AccountOperation;
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) const EMAIL: &str = "/account/email";
pub(super) const PHONE: &str = "/account/phone";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(EMAIL, show::<ChangeEmail>)
        .post(EMAIL, send_code::<ChangeEmail>)
        .get("/account/email/code", show_code::<ChangeEmail>)
        .post("/account/email/code", take_code::<ChangeEmail>)
        .post("/account/email/remove", remove::<RemoveEmail>)
        .get(PHONE, show::<ChangePhone>)
        .post(PHONE, send_code::<ChangePhone>)
        .get("/account/phone/code", show_code::<ChangePhone>)
        .post("/account/phone/code", take_code::<ChangePhone>)
        .post("/account/phone/remove", remove::<RemovePhone>)
}

/// An operation on an address or a number.
pub(super) trait Contact: AccountOperation {
    const KIND: IdentifierType;
    /// Its page.
    const PATH: &'static str;
    /// Its phrases.
    const NAME: &'static str;
}

macro_rules! contacts {
    ($($operation:ident $kind:ident $path:ident $name:literal;)*) => { $(
        impl Contact for $operation {
            const KIND: IdentifierType = IdentifierType::$kind;
            const PATH: &'static str = $path;
            const NAME: &'static str = $name;
        }
    )* };
}
contacts! {
    ChangeEmail Email EMAIL "email";
    RemoveEmail Email EMAIL "email";
    ChangePhone Phone PHONE "phone";
    RemovePhone Phone PHONE "phone";
}

impl<C: Contact> AccountPage<C> {
    /// The address or number that the account has.
    fn current(&self) -> Option<Identifier> {
        let info = &self.user.user().info;
        let value = match C::KIND {
            IdentifierType::Phone => &info.primary_phone,
            IdentifierType::Email | IdentifierType::Username => &info.primary_email,
        };
        value.as_ref().map(|value| Identifier::new(C::KIND, value.as_str()))
    }

    fn phrase(&self, key: &str) -> String {
        format!("account_{}.{key}", C::NAME)
    }

    async fn pending(&self) -> Result<Option<PendingCode>, ApiError> {
        let id = self.user.id().clone();
        self.user.read(move |view| Ok(records::newest_pending_code(view, &id, NEW_IDENTIFIER, C::KIND)?)).await
    }

    fn render_address(&self, typed: &str, error: Option<&ApiError>) -> Response {
        let current = self.current().map(|current| shown(&current));
        let mut fields = identifier_fields::fields(&self.request, &[C::KIND], typed);
        let said = identifier_fields::place_error(&mut fields, error, self.request.language());
        if let Some(field) = fields.first_mut() {
            field.autocomplete = if C::KIND == IdentifierType::Phone { "tel" } else { "email" };
        }
        let removal = current.as_ref().map(|_| OtherForm {
            action: self.href(&format!("{}/remove", C::PATH)),
            choice: "remove",
            text: self.text(&self.phrase("remove")),
        });
        self.render_task(Task {
            title: &self.phrase(if current.is_some() { "change_title" } else { "add_title" }),
            lead: match &current {
                Some(current) => self.text_with(&self.phrase("change_lead"), &[("current", current)]),
                None => self.text(&self.phrase("add_lead")),
            },
            action: self.href(C::PATH),
            fields,
            button: "account.send_code",
            error,
            is_placed: said.is_none(),
            others: removal.into_iter().collect(),
            links: vec![self.back()],
            ..Task::default()
        })
    }

    fn render_code(&self, sent: &PendingCode, error: Option<&ApiError>) -> Response {
        let resend = OtherForm {
            action: self.href(&format!("{}/code", C::PATH)),
            choice: "resend",
            text: self.text("account.resend"),
        };
        let other = MessageLink { href: self.href(C::PATH), text: self.text(&self.phrase("other")) };
        self.render_task(Task {
            title: "account.code_title",
            lead: self.text_with("account.code_lead", &[("destination", &shown(&sent.identifier))]),
            action: self.href(&format!("{}/code", C::PATH)),
            asks_code: true,
            button: "account.confirm",
            error,
            others: vec![resend],
            links: vec![other, self.back()],
            ..Task::default()
        })
    }
}

/// An address or number as people write it.
pub(super) fn shown(identifier: &Identifier) -> String {
    match identifier.kind {
        IdentifierType::Phone => format!("+{}", identifier.value.trim_start_matches('+')),
        IdentifierType::Email | IdentifierType::Username => identifier.value.clone(),
    }
}

async fn show<C: Contact>(page: AccountPage<C>) -> Response {
    let typed = page.request.query("identifier").unwrap_or_default().to_owned();
    page.render_address(&typed, None)
}

async fn send_code<C: Contact>(AccountForm { mut page, fields }: AccountForm<C>) -> Response {
    let typed = fields.identifier();
    page.request.country = fields.first("country").map(str::to_owned);
    match send(&page, &typed).await {
        Ok(()) => see_other(&page.href(&format!("{}/code", C::PATH))),
        Err(error) => match page.about_form(error) {
            Ok(error) => page.render_address(&typed, Some(&error)),
            Err(response) => response,
        },
    }
}

async fn send<C: Contact>(page: &AccountPage<C>, typed: &str) -> Result<(), ApiError> {
    let wanted = require_address(Identifier::new(C::KIND, typed))?;
    if page.current().is_some_and(|current| current.canonical() == wanted.canonical()) {
        return Err(match C::KIND {
            IdentifierType::Phone => {
                ApiError::unprocessable("user.phone_already_in_use").with_phrase("general.own_phone")
            }
            IdentifierType::Email | IdentifierType::Username => {
                ApiError::unprocessable("user.email_already_in_use").with_phrase("general.own_email")
            }
        });
    }
    code_proof::send(&page.user, wanted, None).await.map(drop)
}

async fn show_code<C: Contact>(page: AccountPage<C>) -> Response {
    match page.pending().await {
        Ok(Some(sent)) => page.render_code(&sent, None),
        Ok(None) => see_other(&page.href(C::PATH)),
        Err(error) => super::visit::refusal(&page.request, &error),
    }
}

async fn take_code<C: Contact>(AccountForm { page, fields }: AccountForm<C>) -> Response {
    let sent = match page.pending().await {
        Ok(Some(sent)) => sent,
        Ok(None) => return see_other(&page.href(C::PATH)),
        Err(error) => return super::visit::refusal(&page.request, &error),
    };
    let proven = match fields.get("choice") {
        "resend" => code_proof::send(&page.user, sent.identifier.clone(), None).await.map(|_| false),
        _ => {
            let code: String = digits(fields.get("code")).chars().take(MAX_CODE_CHARS).collect();
            code_proof::prove(&page.user, sent.identifier.clone(), &sent.record_id, &code).await.map(|()| true)
        }
    };
    let set = match proven {
        Ok(true) => identifiers::set(&page.user, sent.identifier.clone(), sent.record_id.clone()).await,
        Ok(false) => return see_other(&page.href(&format!("{}/code", C::PATH))),
        Err(error) => {
            return match page.about_form(error) {
                Ok(error) => page.render_code(&sent, Some(&error)),
                Err(response) => response,
            };
        }
    };
    match set.map_err(|error| page.about_form(error)) {
        Ok(()) => return_address::finish(&page.request, C::PATH).await,
        // It belongs to somebody else by now: another one is needed.
        Err(Ok(error)) => page.render_address(&shown(&sent.identifier), Some(&error)),
        Err(Err(response)) => response,
    }
}

async fn remove<C: Contact>(AccountForm { mut page, .. }: AccountForm<C>) -> Response {
    page.request.stands_for = Some(C::PATH);
    match identifiers::remove(&page.user, C::KIND).await.map_err(|error| page.about_form(error)) {
        Ok(()) => return_address::finish(&page.request, C::PATH).await,
        Err(Ok(error)) => page.render_address("", Some(&error)),
        Err(Err(response)) => response,
    }
}

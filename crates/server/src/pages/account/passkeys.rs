//! `/account/passkey` (A067): a new passkey, and those that the account has. Making one needs JavaScript.

use ::api::account::{AddMfaVerification, PasskeyName};
use ::api::members::BoundedText;
use ::api::users::{MfaFactorType, UserMfaVerification};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::mfa::MfaFactor;
use views::account_pages::{AccountPasskeyPage, Action, Row, Section, SectionsPage};
use views::pages::Field as Input;
use views::passkey_pages::CreatePasskeyPage;

use super::super::interaction_page::see_other;
use super::super::passkeys::{MAX_NAME_CHARS, name_field};
use super::form::AccountForm;
use super::offers::OFFER;
use super::return_address;
use super::sessions::browser_name;
use super::task::Task;
use super::visit::{AccountPage, refusal};
use crate::account::factors::{self, IDENTITIES};
use crate::account::passkeys::{self, RenamePasskey};
use crate::callers::{AccountNeeds, AccountOperation, Field, account_operations};
use crate::errors::ApiError;
use crate::interaction::offered_secrets::Offer;
use crate::routes::Routes;
use crate::users::mfa_factors;

/// Below which the pages are.
pub(super) const PASSKEY: &str = "/account/passkey";
pub(super) const ADD: &str = "/account/passkey/add";
pub(super) const MANAGE: &str = "/account/passkey/manage";
const NAME: &str = "/account/passkey/name";
/// The parameter with the id of a passkey: it stays while the person proves who they are.
const IDENTIFIER: &str = "identifier";

account_operations! {
    AddPasskey = AccountNeeds::to_change().scope(IDENTITIES).field(Field::Passkey).proof();
    ReadPasskeys = AccountNeeds::to_read().scope(IDENTITIES).field(Field::Passkey);
    RemovePasskey = AccountNeeds::to_change().scope(IDENTITIES).field(Field::Passkey).proof();
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(ADD, show_add)
        .post(ADD, add)
        .get(MANAGE, show)
        .get(NAME, show_name)
        .post(NAME, rename)
        .post("/account/passkey/manage/remove", remove)
}

async fn show_add(page: AccountPage<AddPasskey>) -> Response {
    render_add(&page, "", None).await
}

/// The page with a fresh challenge.
async fn render_add(page: &AccountPage<AddPasskey>, name: &str, error: Option<&ApiError>) -> Response {
    let offered = match page.new_offer(Offer::Passkey) {
        Ok(offered) => offered,
        Err(error) => return error.into_response(),
    };
    let options = match passkeys::offer_passkey(&page.user, offered.secret.verification_id).await {
        Ok(options) => options,
        Err(error) => return refusal(&page.request, &error),
    };
    let language = page.request.language();
    let template = AccountPasskeyPage {
        title: page.text("passkey.create_title"),
        lead: page.text("account_passkey.lead"),
        offer: offered.name,
        form: CreatePasskeyPage {
            xsrf: page.xsrf.clone(),
            options: options.to_string(),
            name: name_field(language, name.to_owned()),
            skip: None,
            is_factor: false,
            trust_days: None,
            links: vec![page.back()],
            error: error.map(|error| error.message(language)),
        },
    };
    page.request.render(error.map_or(StatusCode::OK, ApiError::status), &template)
}

/// What a person typed as a name.
fn typed_name(text: &str) -> String {
    text.trim().chars().take(MAX_NAME_CHARS).collect()
}

async fn add(AccountForm { page, fields }: AccountForm<AddPasskey>) -> Response {
    let name = typed_name(fields.get("name"));
    // A form of another sign-in: its question is not known any more.
    let Some(offered) = page.find_offer(Offer::Passkey, fields.get(OFFER)) else {
        return see_other(&page.href(ADD));
    };
    let record_id = offered.secret.verification_id;
    let bound = bind(&page, record_id, fields.get("credential"), name.clone()).await;
    match bound.map_err(|error| page.about_form(error)) {
        Ok(()) => return_address::finish(&page.request, PASSKEY).await,
        Err(Ok(error)) => render_add(&page, &name, Some(&error)).await,
        Err(Err(response)) => response,
    }
}

async fn bind(
    page: &AccountPage<AddPasskey>,
    record_id: String,
    credential: &str,
    name: String,
) -> Result<(), ApiError> {
    passkeys::take_up_passkey(&page.user, record_id.clone(), credential).await?;
    let name = Some(name).filter(|name| !name.is_empty()).map(BoundedText);
    let new = AddMfaVerification::WebAuthn { new_identifier_verification_record_id: record_id, name };
    factors::bind_new(&page.user, new).await
}

impl<O: AccountOperation> AccountPage<O> {
    async fn passkeys(&self) -> Result<Vec<UserMfaVerification>, ApiError> {
        let id = self.user.id().clone();
        let mut factors = self.user.read(move |view| mfa_factors::list(view, &id)).await?;
        factors.retain(|factor| factor.kind == MfaFactorType::WebAuthn);
        Ok(factors)
    }

    /// What a passkey is called: by its owner, else by the browser that it was made with.
    fn passkey_name(&self, passkey: &UserMfaVerification) -> String {
        let own = passkey.name.clone().filter(|name| !name.is_empty());
        own.unwrap_or_else(|| browser_name(self, passkey.agent.as_deref()))
    }
}

async fn show(page: AccountPage<ReadPasskeys>) -> Response {
    let passkeys = match page.passkeys().await {
        Ok(passkeys) => passkeys,
        Err(error) => return refusal(&page.request, &error),
    };
    let add = page.user.edits(Field::Passkey).then(|| {
        let text = page.text("passkey.create");
        Action::link(page.href(ADD), text.clone(), &text)
    });
    let section = Section {
        rows: passkeys.iter().map(|passkey| row(&page, passkey)).collect(),
        empty: Some(page.text("account_passkey.none")),
        action: add,
        ..Section::of(page.text("account_security.passkeys"))
    };
    let template = SectionsPage {
        frame: page.frame(),
        title: page.text("account_security.passkeys"),
        lead: page.text("account_passkey.lead"),
        notice: None,
        error: None,
        xsrf: page.xsrf.clone(),
        sections: vec![section],
    };
    page.request.render(StatusCode::OK, &template)
}

fn row(page: &AccountPage<ReadPasskeys>, passkey: &UserMfaVerification) -> Row {
    let label = page.passkey_name(passkey);
    let href = page.href_with(NAME, IDENTIFIER, &passkey.id);
    let rename = Action::link(href, page.text("account_passkey.rename"), &label);
    let remove = Action::Button {
        action: page.href("/account/passkey/manage/remove"),
        id: passkey.id.clone(),
        text: page.text("account_passkey.remove"),
        about: label.clone(),
    };
    let times = [
        ("account_passkey.made", Some(passkey.created_at.as_str())),
        ("account_sessions.last_used", passkey.last_used_at.as_deref()),
    ];
    let detail = |(phrase, time): (&str, Option<&str>)| {
        let date = time?.split('T').next()?;
        Some(page.text_with(phrase, &[("time", date)]))
    };
    Row {
        details: times.into_iter().filter_map(detail).collect(),
        actions: if page.user.edits(Field::Passkey) { vec![rename, remove] } else { Vec::new() },
        ..Row::of(label)
    }
}

async fn show_name(page: AccountPage<RenamePasskey>) -> Response {
    let id = page.request.query(IDENTIFIER).unwrap_or_default().to_owned();
    render_name(&page, &id, None, None).await
}

async fn render_name(
    page: &AccountPage<RenamePasskey>,
    id: &str,
    typed: Option<String>,
    error: Option<&ApiError>,
) -> Response {
    let passkeys = match page.passkeys().await {
        Ok(passkeys) => passkeys,
        Err(error) => return refusal(&page.request, &error),
    };
    // One that is gone already has no name.
    let Some(passkey) = passkeys.into_iter().find(|passkey| passkey.id == id) else {
        return see_other(&page.href(MANAGE));
    };
    let is_empty = typed.as_ref().is_some_and(String::is_empty);
    let field = name_field(page.request.language(), typed.unwrap_or_else(|| page.passkey_name(&passkey)));
    let error_text = is_empty.then(|| page.text("account_passkey.name_missing"));
    page.render_task(Task {
        title: "account_passkey.name_title",
        lead: page.text("account_passkey.name_lead"),
        action: page.href_with(NAME, IDENTIFIER, &passkey.id),
        fields: vec![Input { error: error_text, required: true, ..field }],
        button: "account.save",
        error,
        links: vec![page.back()],
        ..Task::default()
    })
}

async fn rename(AccountForm { page, fields }: AccountForm<RenamePasskey>) -> Response {
    let id = page.request.query(IDENTIFIER).unwrap_or_default().to_owned();
    let name = typed_name(fields.get("name"));
    if name.is_empty() {
        return render_name(&page, &id, Some(name), None).await;
    }
    let renamed =
        passkeys::rename_passkey(&page.user, id.clone(), PasskeyName { name: BoundedText(name.clone()) }).await;
    match renamed {
        // One that is gone already needs no word.
        Ok(()) => see_other(&page.href(MANAGE)),
        Err(error) if error.code() == "verification_record.not_found" => see_other(&page.href(MANAGE)),
        Err(error) => match page.about_form(error) {
            Ok(error) => render_name(&page, &id, Some(name), Some(&error)).await,
            Err(response) => response,
        },
    }
}

async fn remove(AccountForm { page, fields }: AccountForm<RemovePasskey>) -> Response {
    match factors::unbind_known(&page.user, fields.get("id").to_owned(), MfaFactor::WebAuthn).await {
        // One that is gone already needs no word.
        Err(error) if error.code() != "verification_record.not_found" => refusal(&page.request, &error),
        _ => see_other(&page.href(MANAGE)),
    }
}

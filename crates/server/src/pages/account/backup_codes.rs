//! `/account/backup-codes` (A066): new codes, and those that the account has.

use ::api::account::AddMfaVerification;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use views::account_pages::{AccountCodesPage, OtherForm};
use views::pages::MessageLink;

use super::super::factor_binding::codes_file;
use super::super::interaction_page::see_other;
use super::form::AccountForm;
use super::offers::{NamedOffer, OFFER};
use super::visit::{AccountPage, refusal};
use super::{SECURITY, return_address};
use crate::account::backup_codes::{self as own_codes, ReadBackupCodes};
use crate::account::factors::{self, IDENTITIES};
use crate::callers::{AccountNeeds, AccountOperation, Field, account_operations};
use crate::errors::ApiError;
use crate::interaction::offered_secrets::Offer;
use crate::routes::Routes;
use crate::users::mfa_factors::backup_codes;
use flow::mfa::MfaFactor;

/// Below which the pages are.
pub(super) const CODES: &str = "/account/backup-codes";
pub(super) const GENERATE: &str = "/account/backup-codes/generate";
const REGENERATE: &str = "/account/backup-codes/regenerate";
pub(super) const MANAGE: &str = "/account/backup-codes/manage";

account_operations! {
    MakeCodes = AccountNeeds::to_change().scope(IDENTITIES).field(Field::Mfa).proof();
    RemoveCodes = AccountNeeds::to_change().scope(IDENTITIES).field(Field::Mfa).proof();
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(GENERATE, show_new)
        .post(GENERATE, submit)
        .get("/account/backup-codes/generate/download", download_new)
        .get(REGENERATE, show_new)
        .post(REGENERATE, submit)
        .get("/account/backup-codes/regenerate/download", download_new)
        .get(MANAGE, show_own)
        .get("/account/backup-codes/manage/download", download_own)
        .post("/account/backup-codes/manage/remove", remove)
}

impl<O: AccountOperation> AccountPage<O> {
    /// The id of the set of codes that the account has.
    async fn bound_codes(&self) -> Result<Option<String>, ApiError> {
        let id = self.user.id().clone();
        self.user.read(move |view| Ok(backup_codes::find(view, &id)?.map(|set| set.id().to_owned()))).await
    }
}

/// The page of new codes that was asked for.
fn path_of<O: AccountOperation>(page: &AccountPage<O>) -> &'static str {
    if page.request.uri.path().starts_with(REGENERATE) { REGENERATE } else { GENERATE }
}

async fn show_new(page: AccountPage<MakeCodes>) -> Response {
    let wanted = match page.bound_codes().await {
        Ok(bound) => {
            if bound.is_some() {
                REGENERATE
            } else {
                GENERATE
            }
        }
        Err(error) => return refusal(&page.request, &error),
    };
    if path_of(&page) != wanted {
        return see_other(&page.href(wanted));
    }
    match page.new_offer(Offer::BackupCodes) {
        Ok(offered) => render_new(&page, &offered, None),
        Err(error) => error.into_response(),
    }
}

fn codes(offered: &NamedOffer) -> Vec<String> {
    backup_codes::from_bytes(&offered.secret.bytes)
}

fn render_new(page: &AccountPage<MakeCodes>, offered: &NamedOffer, error: Option<&ApiError>) -> Response {
    let path = path_of(page);
    let template = AccountCodesPage {
        title: page.text(match path {
            REGENERATE => "account_backup_codes.change_title",
            _ => "account_backup_codes.add_title",
        }),
        lead: page.text(match path {
            REGENERATE => "account_backup_codes.change_lead",
            _ => "account_backup_codes.add_lead",
        }),
        action: page.href(path),
        xsrf: page.xsrf.clone(),
        offer: Some(offered.name.clone()),
        codes: codes(offered),
        used: Vec::new(),
        download: page.href_with(&format!("{path}/download"), OFFER, &offered.name),
        error: error.map(|error| error.message(page.request.language())),
        others: Vec::new(),
        links: vec![page.back()],
    };
    page.request.render(error.map_or(StatusCode::OK, ApiError::status), &template)
}

async fn submit(AccountForm { page, fields }: AccountForm<MakeCodes>) -> Response {
    // A form of another sign-in: its codes are not known any more.
    let Some(offered) = page.find_offer(Offer::BackupCodes, fields.get(OFFER)) else {
        return see_other(&page.href(path_of(&page)));
    };
    let bound = factors::bind_new(&page.user, AddMfaVerification::BackupCode { codes: codes(&offered) }).await;
    match bound.map_err(|error| page.about_form(error)) {
        Ok(()) => return_address::finish(&page.request, CODES).await,
        Err(Ok(error)) => render_new(&page, &offered, Some(&error)),
        Err(Err(response)) => response,
    }
}

/// The new codes that the page shows, as a text file.
async fn download_new(page: AccountPage<MakeCodes>) -> Response {
    match page.find_offer(Offer::BackupCodes, page.request.query(OFFER).unwrap_or_default()) {
        Some(offered) => codes_file(&codes(&offered)),
        None => see_other(&page.href(path_of(&page))),
    }
}

/// The own codes: those that are good, and those that were used up.
///
/// # Errors
/// What the browser is answered instead.
async fn read_own(page: &AccountPage<ReadBackupCodes>) -> Result<(Vec<String>, Vec<String>), Response> {
    match own_codes::read_codes(&page.user).await {
        Ok(all) => {
            let (used, good): (Vec<_>, Vec<_>) = all.codes.into_iter().partition(|code| code.used_at.is_some());
            let text = |codes: Vec<::api::account::MyBackupCode>| codes.into_iter().map(|one| one.code).collect();
            Ok((text(good), text(used)))
        }
        Err(error) if error.status() == StatusCode::NOT_FOUND => Err(see_other(&page.href(SECURITY))),
        Err(error) => Err(refusal(&page.request, &error)),
    }
}

async fn show_own(page: AccountPage<ReadBackupCodes>) -> Response {
    let (codes, used) = match read_own(&page).await {
        Ok(codes) => codes,
        Err(response) => return response,
    };
    let edits = page.user.edits(Field::Mfa);
    let removal = edits.then(|| OtherForm {
        action: page.href("/account/backup-codes/manage/remove"),
        choice: "remove",
        text: page.text("account_backup_codes.remove"),
    });
    let others =
        edits.then(|| MessageLink { href: page.href(REGENERATE), text: page.text("account_backup_codes.make_new") });
    let template = AccountCodesPage {
        title: page.text("account_backup_codes.title"),
        lead: page.text("account_backup_codes.lead"),
        action: page.href(MANAGE),
        xsrf: page.xsrf.clone(),
        offer: None,
        codes,
        used,
        download: page.href("/account/backup-codes/manage/download"),
        error: None,
        others: removal.into_iter().collect(),
        links: others.into_iter().chain([page.back()]).collect(),
    };
    page.request.render(StatusCode::OK, &template)
}

async fn download_own(page: AccountPage<ReadBackupCodes>) -> Response {
    match read_own(&page).await {
        Ok((codes, _)) => codes_file(&codes),
        Err(response) => response,
    }
}

async fn remove(AccountForm { page, .. }: AccountForm<RemoveCodes>) -> Response {
    let removed = match page.bound_codes().await {
        Ok(Some(id)) => factors::unbind_known(&page.user, id, MfaFactor::BackupCode).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    match removed {
        Ok(()) => see_other(&page.href(SECURITY)),
        Err(error) => refusal(&page.request, &error),
    }
}

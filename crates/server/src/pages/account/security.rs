//! `/account/security`: the ways to sign in, and where each of them is changed.

use ::api::users::{MfaFactorType, UserMfaVerification};
use axum::http::StatusCode;
use axum::response::Response;
use flow::{Identifier, IdentifierType};
use views::account_pages::{Action, Row, Section, SectionsPage};

use super::contact::{EMAIL, PHONE, shown};
use super::password::PASSWORD;
use super::username::USERNAME;
use super::visit::{AccountPage, refusal};
use super::{SECURITY, TRUSTED_DEVICES};
use crate::account::profile::ReadAccount;
use crate::callers::Field;
use crate::errors::ApiError;
use crate::routes::Routes;
use crate::users::{identities, mfa_factors};

pub(super) fn routes() -> Routes {
    Routes::new().get(SECURITY, show)
}

/// What of the account is not in the row of the user.
#[derive(Default)]
struct Loaded {
    factors: Vec<UserMfaVerification>,
    /// Providers with linked accounts.
    identities: Vec<String>,
}

async fn load(page: &AccountPage<ReadAccount>) -> Result<Loaded, ApiError> {
    let (sees_factors, sees_social) = (page.user.sees(Field::Mfa), page.user.sees(Field::Social));
    let has_identities = page.user.user().info.has_identities;
    if !sees_factors && !(sees_social && has_identities) {
        return Ok(Loaded::default());
    }
    let id = page.user.id().clone();
    let read = page.user.read(move |view| {
        let factors = if sees_factors { mfa_factors::list(view, &id)? } else { Vec::new() };
        let identities = if sees_social { identities::of_user(view, &id)? } else { Default::default() };
        Ok(Loaded { factors, identities: identities.into_iter().map(|(target, _)| target).collect() })
    });
    read.await
}

async fn show(page: AccountPage<ReadAccount>) -> Response {
    let loaded = match load(&page).await {
        Ok(loaded) => loaded,
        Err(error) => return refusal(&page.request, &error),
    };
    let sections = [sign_in(&page), factors(&page, &loaded), social(&page, &loaded), account(&page)];
    let template = SectionsPage {
        frame: page.frame(),
        title: page.text("account_security.title"),
        lead: page.text("account_security.lead"),
        notice: None,
        error: None,
        xsrf: page.xsrf.clone(),
        sections: sections.into_iter().filter(|section| !section.rows.is_empty()).collect(),
    };
    page.request.render(StatusCode::OK, &template)
}

/// The row of a member, if it is shown; with the way to its page, if it may be changed.
fn row(page: &AccountPage<ReadAccount>, field: Field, path: &str, value: Option<String>) -> Option<Row> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let label = page.text(&format!("account_{name}.label"));
    let text = page.text(if value.is_some() { "account.change" } else { "account.add" });
    let action = page.user.edits(field).then(|| Action::link(page.href(path), text, &label));
    page.user.sees(field).then(|| Row {
        value: value.unwrap_or_else(|| page.text("account.not_set")),
        actions: action.into_iter().collect(),
        ..Row::of(label)
    })
}

fn sign_in(page: &AccountPage<ReadAccount>) -> Section {
    let user = page.user.user();
    let address =
        |kind, value: &Option<String>| value.as_ref().map(|text| shown(&Identifier::new(kind, text.as_str())));
    let rows = [
        row(page, Field::Username, USERNAME, user.info.username.clone()),
        row(page, Field::Email, EMAIL, address(IdentifierType::Email, &user.info.primary_email)),
        row(page, Field::Phone, PHONE, address(IdentifierType::Phone, &user.info.primary_phone)),
        row(page, Field::Password, PASSWORD, user.has_password.then(|| "••••••••".to_owned())),
    ];
    Section { rows: rows.into_iter().flatten().collect(), ..Section::of(page.text("account_security.sign_in")) }
}

fn factors(page: &AccountPage<ReadAccount>, loaded: &Loaded) -> Section {
    let factor = |factor: &UserMfaVerification| Row {
        value: match (&factor.name, factor.remain_codes) {
            (Some(name), _) => name.clone(),
            (None, Some(left)) => page.text_with("account_security.codes_left", &[("count", &left.to_string())]),
            (None, None) => factor.agent.clone().unwrap_or_default(),
        },
        ..Row::of(page.text(match factor.kind {
            MfaFactorType::Totp => "account_security.app",
            MfaFactorType::WebAuthn => "account_security.passkey",
            MfaFactorType::BackupCode => "account_security.backup_codes",
            _ => "account_security.other_factor",
        }))
    };
    let none = Row { value: page.text("account_security.no_factor"), ..Row::of(page.text("account_security.factor")) };
    let mut rows: Vec<Row> = loaded.factors.iter().map(factor).collect();
    if rows.is_empty() && page.user.sees(Field::Mfa) {
        rows.push(none);
    }
    if page.user.sees(Field::TrustedDevice) {
        let label = page.text("account_devices.title");
        let action = Action::link(page.href(TRUSTED_DEVICES), page.text("account.show"), &label);
        rows.push(Row { value: page.text("account_devices.short"), actions: vec![action], ..Row::of(label) });
    }
    Section { rows, ..Section::of(page.text("account_security.factors")) }
}

fn social(page: &AccountPage<ReadAccount>, loaded: &Loaded) -> Section {
    let linked = |target: &String| Row { value: page.text("account_security.linked"), ..Row::of(target.clone()) };
    Section {
        rows: loaded.identities.iter().map(linked).collect(),
        ..Section::of(page.text("account_security.social"))
    }
}

/// The operator's own page for who wants to leave.
fn account(page: &AccountPage<ReadAccount>) -> Section {
    let url = page.user.settings.delete_account_url.as_deref().and_then(views::Link::parse);
    let label = page.text("account_security.delete");
    let rows = url.map(|url| Row {
        value: page.text("account_security.delete_lead"),
        actions: vec![Action::link(url.as_str().to_owned(), page.text("account_security.delete_action"), &label)],
        ..Row::of(label)
    });
    Section { rows: rows.into_iter().collect(), ..Section::of(page.text("account_security.account")) }
}

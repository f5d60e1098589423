//! `/account/security`: the ways to sign in, and where each of them is changed.

use ::api::users::UserMfaVerification;
use axum::http::StatusCode;
use axum::response::Response;
use flow::{Identifier, IdentifierType};
use kernel::Timestamp;
use serde_json::{Map, Value};
use views::account_pages::{Action, Row, Section, SectionsPage};

use super::contact::{EMAIL, PHONE, shown};
use super::leaving::{DATA, DELETION, KEEP};
use super::password::PASSWORD;
use super::social::SOCIAL;
use super::username::USERNAME;
use super::visit::{AccountPage, refusal};
use super::{SECURITY, TRUSTED_DEVICES};
use crate::account::profile::ReadAccount;
use crate::account_settings;
use crate::callers::Field;
use crate::connectors;
use crate::connectors::social::PublicConnector;
use crate::errors::ApiError;
use crate::routes::Routes;
use crate::users::{identities, mfa_factors, planned_deletions};

pub(super) fn routes() -> Routes {
    Routes::new().get(SECURITY, show)
}

/// What of the account is not in the row of the user.
struct Loaded {
    factors: Vec<UserMfaVerification>,
    /// What the person linked, by target.
    identities: Map<String, Value>,
    /// The providers that are offered, or where an account is linked.
    connectors: Vec<PublicConnector>,
    /// When the account is deleted, if that is planned.
    due_at: Option<Timestamp>,
}

async fn load(page: &AccountPage<ReadAccount>) -> Result<Loaded, ApiError> {
    let sees_factors = page.user.sees(Field::Mfa) || page.user.sees(Field::Passkey);
    let sees_social = page.user.sees(Field::Social);
    let mut targets = page.request.experience().social_sign_in_connector_targets.clone();
    let id = page.user.id().clone();
    let read = page.user.read(move |view| {
        let factors = if sees_factors { mfa_factors::list(view, &id)? } else { Vec::new() };
        let identities = if sees_social { identities::of_user(view, &id)? } else { Map::new() };
        let further: Vec<String> = identities.keys().filter(|target| !targets.contains(target)).cloned().collect();
        targets.extend(further);
        let connectors = if sees_social { connectors::social::offered(view, &targets)? } else { Vec::new() };
        Ok(Loaded { factors, identities, connectors, due_at: planned_deletions::find(view, &id)? })
    });
    read.await
}

async fn show(page: AccountPage<ReadAccount>) -> Response {
    let loaded = match load(&page).await {
        Ok(loaded) => loaded,
        Err(error) => return refusal(&page.request, &error),
    };
    let sections = [sign_in(&page), factors(&page, &loaded), social(&page, &loaded), account(&page, &loaded)];
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
    let none = Row { value: page.text("account_security.no_factor"), ..Row::of(page.text("account_security.factor")) };
    let mut rows = page.factor_rows(&loaded.factors);
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
    let offered = &page.request.experience().social_sign_in_connector_targets;
    let edits = page.user.edits(Field::Social);
    let row = |connector: &PublicConnector| {
        let label = connector.name_in(page.request.language().tag()).to_owned();
        let link = |below: &str, text: &str| {
            Action::link(page.href(&format!("{SOCIAL}/{}{below}", connector.id)), page.text(text), &label)
        };
        let is_offered = offered.contains(&connector.target);
        let linked = loaded.identities.get(&connector.target);
        let actions = match linked {
            Some(_) if is_offered => vec![link("/change", "account.change"), link("/remove", "account_social.remove")],
            Some(_) => vec![link("/remove", "account_social.remove")],
            None => vec![link("", "account_social.link")],
        };
        let of_account = |name: &str| linked?.get("details")?.get(name)?.as_str().filter(|text| !text.is_empty());
        let shown = of_account("email").or_else(|| of_account("name")).map(str::to_owned);
        Row {
            value: match linked {
                Some(_) => shown.unwrap_or_else(|| page.text("account_security.linked")),
                None => page.text("account_security.not_linked"),
            },
            actions: if edits { actions } else { Vec::new() },
            ..Row::of(label.clone())
        }
    };
    Section { rows: loaded.connectors.iter().map(row).collect(), ..Section::of(page.text("account_security.social")) }
}

/// What is stored, and the way out: our own, or the operator's own page.
fn account(page: &AccountPage<ReadAccount>, loaded: &Loaded) -> Section {
    let settings = account_settings::settings(&page.request.config);
    let label = page.text("account_data.label");
    let data = settings.data_download_enabled.then(|| Row {
        value: page.text("account_data.short"),
        actions: vec![Action::link(page.href(DATA), page.text("mfa.download"), &label)],
        ..Row::of(label)
    });
    let label = page.text("account_security.delete");
    let url = page.user.settings.delete_account_url.as_deref().and_then(views::Link::parse);
    let deletion = match (loaded.due_at, url) {
        (Some(due_at), _) => {
            let keep = Action::Button {
                action: page.href(KEEP),
                id: String::new(),
                text: page.text("account_deletion.keep"),
                about: label.clone(),
            };
            let date = due_at.iso8601();
            let date = date.split('T').next().unwrap_or_default();
            Some((page.text_with("account_deletion.planned", &[("date", date)]), keep))
        }
        (None, _) if settings.deletion_enabled => {
            let go = Action::link(page.href(DELETION), page.text("account_deletion.open"), &label);
            Some((page.text("account_deletion.short"), go))
        }
        (None, Some(url)) => {
            let go = Action::link(url.as_str().to_owned(), page.text("account_security.delete_action"), &label);
            Some((page.text("account_security.delete_lead"), go))
        }
        (None, None) => None,
    };
    let deletion = deletion.map(|(value, action)| Row { value, actions: vec![action], ..Row::of(label) });
    let rows = data.into_iter().chain(deletion).collect();
    Section { rows, ..Section::of(page.text("account_security.account")) }
}

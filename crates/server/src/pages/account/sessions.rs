//! `/account/sessions`: where the person is signed in, and what they granted to applications.

use std::collections::HashSet;

use ::api::users::{RevokeGrantsTarget, UserGrant};
use axum::http::StatusCode;
use axum::response::Response;
use kernel::Timestamp;
use serde_json::Value;
use views::account_pages::{Action, Row, Section, SectionsPage};
use views::pages::Permission;

use super::super::interaction_page::see_other;
use super::SESSIONS;
use super::form::AccountForm;
use super::visit::{AccountPage, refusal};
use crate::account::sessions::{
    EndGrant, EndOtherSessions, EndSession, ReadSessions, end, end_others, remove_application,
};
use crate::audit::user_agent;
use crate::callers::{AccountOperation, Field};
use crate::errors::ApiError;
use crate::oidc::clients::ACCOUNT_CENTER;
use crate::oidc::sessions::{self, SessionDetails};
use crate::routes::Routes;
use crate::users::sessions::grants_of;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(SESSIONS, show)
        .post("/account/sessions/end", end_one)
        .post("/account/sessions/end-others", end_all_others)
        .post("/account/sessions/revoke", revoke_grants)
}

/// More are not shown; the newest are.
const MAX_SHOWN: usize = 100;

async fn show(page: AccountPage<ReadSessions>) -> Response {
    let (req, id) = (page.user.request().clone(), page.user.id().clone());
    let read =
        page.user.read_many(move |view| Ok((sessions::list_of_user(view, &id)?, grants_of(view, &req, &id, None)?)));
    let (found, grants) = match read.await {
        Ok(read) => read,
        Err(error) => return refusal(&page.request, &error),
    };
    // The newest grant of each application stands for all of them.
    let mut seen = HashSet::from([ACCOUNT_CENTER.to_owned()]);
    let newest = grants.grants.into_iter().filter(|grant| seen.insert(grant.application.id.clone()));
    let grants: Vec<UserGrant> = newest.take(MAX_SHOWN).collect();
    let template = SectionsPage {
        frame: page.frame(),
        title: page.text("account_sessions.title"),
        lead: page.text("account_sessions.lead"),
        notice: page.request.query("done").is_some().then(|| page.text("account_sessions.done")),
        error: None,
        xsrf: page.xsrf.clone(),
        sections: vec![of_browsers(&page, &found), of_applications(&page, &grants)],
    };
    page.request.render(StatusCode::OK, &template)
}

fn of_browsers(page: &AccountPage<ReadSessions>, found: &[SessionDetails]) -> Section {
    let mut rows: Vec<Row> = found.iter().take(MAX_SHOWN).map(|details| browser(page, details)).collect();
    rows.sort_by_key(|row| row.badge.is_none());
    let others = (found.len() > 1 && page.user.edits(Field::Session)).then(|| Action::Button {
        action: page.href("/account/sessions/end-others"),
        id: String::new(),
        text: page.text("account_sessions.end_others"),
        about: String::new(),
    });
    Section { rows, action: others, ..Section::of(page.text("account_sessions.browsers")) }
}

fn browser(page: &AccountPage<ReadSessions>, details: &SessionDetails) -> Row {
    let SessionDetails { session, created_at, last_submission, .. } = details;
    let context = last_submission.as_ref().and_then(|submission| submission.get("signInContext"));
    let text = |name: &str| context.and_then(|context| context.get(name)?.as_str());
    let is_current = page.user.session_uid() == Some(session.uid.as_str());
    let label = browser_name(page, text("userAgent"));
    let used = if is_current { page.request.now } else { last_use(page, details) };
    let since = session.signed_in_at.unwrap_or(*created_at);
    let action = (!is_current && page.user.edits(Field::Session)).then(|| Action::Button {
        action: page.href("/account/sessions/end"),
        id: session.uid.clone(),
        text: page.text("account_sessions.end"),
        about: label.clone(),
    });
    Row {
        value: place(text("ip"), text("city"), text("country")),
        details: vec![
            page.text_with("account_sessions.last_used", &[("time", &page.ago(used))]),
            page.text_with("account_sessions.since", &[("time", &page.ago(since))]),
        ],
        badge: is_current.then(|| page.text("account_sessions.current")),
        actions: action.into_iter().collect(),
        ..Row::of(label)
    }
}

/// Each use of a session puts its end off by its whole lifetime.
fn last_use(page: &AccountPage<ReadSessions>, details: &SessionDetails) -> Timestamp {
    let used = details.session.expires_at.plus_seconds(-page.request.session_ttl());
    used.clamp(details.created_at, page.request.now.max(details.created_at))
}

fn of_applications(page: &AccountPage<ReadSessions>, grants: &[UserGrant]) -> Section {
    let rows = grants.iter().map(|grant| application(page, grant)).collect();
    let empty = Some(page.text("account_sessions.no_application"));
    let lead = Some(page.text("account_sessions.applications_lead"));
    Section { rows, empty, lead, ..Section::of(page.text("account_sessions.applications")) }
}

fn application(page: &AccountPage<ReadSessions>, grant: &UserGrant) -> Row {
    let scope = grant.payload.openid.as_ref().map(|openid| openid.scope.as_str()).unwrap_or_default();
    let described = scope.split(' ').filter(|name| !name.is_empty()).map(|name| {
        let Permission { name, description } = Permission::user_scope(page.request.language(), name);
        description.unwrap_or(name)
    });
    let separator = views::translate(page.request.language(), "pages.input.separator", &[]);
    let granted = Timestamp(grant.payload.iat * 1000);
    let label = grant.application.name.clone();
    let action = page.user.edits(Field::Session).then(|| Action::Button {
        action: page.href("/account/sessions/revoke"),
        id: grant.application.id.clone(),
        text: page.text("account_sessions.revoke"),
        about: label.clone(),
    });
    Row {
        value: described.collect::<Vec<_>>().join(&separator),
        details: vec![page.text_with("account_sessions.granted", &[("time", &page.ago(granted))])],
        actions: action.into_iter().collect(),
        ..Row::of(label)
    }
}

/// Browser and system, as far as the text that browsers send says so.
pub(super) fn browser_name<O: AccountOperation>(page: &AccountPage<O>, user_agent: Option<&str>) -> String {
    let parsed = user_agent::parsed(user_agent.unwrap_or_default());
    let name = |part: &str| parsed.get(part).and_then(|part| part.get("name")).and_then(Value::as_str);
    match (name("browser"), name("os")) {
        (Some(browser), Some(system)) => {
            page.text_with("account_sessions.browser_on", &[("browser", browser), ("system", system)])
        }
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => page.text("account_sessions.unknown_browser"),
    }
}

/// Where it was used, as far as it is known.
pub(super) fn place(ip: Option<&str>, city: Option<&str>, country: Option<&str>) -> String {
    [city, country, ip].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

impl<O: AccountOperation> AccountPage<O> {
    /// How long ago that was, in words.
    pub fn ago(&self, then: Timestamp) -> String {
        let minutes = (self.request.now.millis() - then.millis()).max(0) / 60_000;
        let (key, count) = match minutes {
            0..=1 => ("now", 0),
            2..=59 => ("minutes", minutes),
            60..=119 => ("hour", 1),
            120..=1439 => ("hours", minutes / 60),
            1440..=2879 => ("day", 1),
            _ => ("days", minutes / 1440),
        };
        self.text_with(&format!("account_ago.{key}"), &[("count", &count.to_string())])
    }
}

/// The answer to a form of this page; what is gone already needs no word.
fn done<O: AccountOperation>(page: &AccountPage<O>, result: Result<(), ApiError>) -> Response {
    match result {
        Err(error) if !["oidc.session_not_found", "oidc.invalid_grant"].contains(&error.code()) => {
            refusal(&page.request, &error)
        }
        _ => see_other(&page.href_with(SESSIONS, "done", "1")),
    }
}

/// Applications that came in with the session lose what they got with it.
async fn end_one(AccountForm { page, fields }: AccountForm<EndSession>) -> Response {
    let ended = end(&page.user, fields.get("id").to_owned(), Some(RevokeGrantsTarget::FirstParty)).await;
    done(&page, ended)
}

async fn end_all_others(AccountForm { page, .. }: AccountForm<EndOtherSessions>) -> Response {
    let ended = end_others(&page.user).await;
    done(&page, ended)
}

async fn revoke_grants(AccountForm { page, fields }: AccountForm<EndGrant>) -> Response {
    let ended = remove_application(&page.user, fields.get("id").to_owned()).await;
    done(&page, ended)
}

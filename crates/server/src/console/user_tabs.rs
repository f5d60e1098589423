//! Further tabs of a person (inventory C026): the claims of their profile, organizations, what they granted to applications, and the
//! devices they trust.

use serde_json::{Value, json};
use views::console::Cell;

use super::api::encoded;
use super::entity::{cell, text, time};
use super::fields::{FieldKind, FieldSpec};
use super::form_tab::{self, FormTab};
use super::linked::{self, Linked};
use super::organizations::role_names;
use super::users::Users;
use crate::callers::console::{Manage, ManageUsers, ReadUsers};
use crate::callers::{ConsoleUser, Right};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    linked::routes::<UserOrganizations>()
        .merge(linked::routes::<UserGrants>())
        .merge(linked::routes::<UserDevices>())
        .merge(linked::routes::<UserIdentities>())
        .merge(form_tab::routes::<Profile>())
}

/// A name, which leads to its page whoever may open that.
fn name_for(user: &ConsoleUser<ReadUsers>, text: String, href: String) -> Cell {
    if user.may(Right::Read) { Cell::Link { text, href, note: None } } else { Cell::Text { text } }
}

/// The standard claims of a person (OpenID Connect Core 1.0, section 5.1) beside those of the settings.
struct Profile;

impl FormTab for Profile {
    type Of = Users;
    const TAB: &'static str = "profile";
    const FIELDS: &'static [FieldSpec] = &[
        FieldSpec::new("profile.givenName", FieldKind::TextIfAny),
        FieldSpec::new("profile.middleName", FieldKind::TextIfAny),
        FieldSpec::new("profile.familyName", FieldKind::TextIfAny),
        FieldSpec::new("profile.nickname", FieldKind::TextIfAny),
        FieldSpec::new("profile.preferredUsername", FieldKind::TextIfAny),
        FieldSpec::new("profile.profile", FieldKind::TextIfAny),
        FieldSpec::new("profile.website", FieldKind::TextIfAny),
        FieldSpec::new("profile.gender", FieldKind::TextIfAny),
        FieldSpec::new("profile.birthdate", FieldKind::TextIfAny),
        FieldSpec::new("profile.zoneinfo", FieldKind::TextIfAny),
        FieldSpec::new("profile.locale", FieldKind::TextIfAny),
        FieldSpec::new("profile.address.formatted", FieldKind::TextIfAny),
        FieldSpec::new("profile.address.streetAddress", FieldKind::TextIfAny),
        FieldSpec::new("profile.address.locality", FieldKind::TextIfAny),
        FieldSpec::new("profile.address.region", FieldKind::TextIfAny),
        FieldSpec::new("profile.address.postalCode", FieldKind::TextIfAny),
        FieldSpec::new("profile.address.country", FieldKind::TextIfAny),
    ];

    /// Who has no part of an address has none.
    fn to_api(mut body: Value) -> Value {
        let profile = body.get_mut("profile").and_then(Value::as_object_mut);
        if let Some(profile) = profile.filter(|profile| profile.get("address") == Some(&json!({}))) {
            profile.shift_remove("address");
        }
        body
    }
}

/// The organizations of a person, with their roles there.
struct UserOrganizations;

impl Linked for UserOrganizations {
    type Of = Users;
    const TAB: &'static str = "organizations";
    const API: &'static str = "organizations";
    type Write = ManageUsers;
    const COLUMNS: &'static [&'static str] = &["name", "roles"];
    const IS_PAGED: bool = false;
    const IS_EDITABLE: bool = false;

    fn cells(user: &ConsoleUser<ReadUsers>, item: &Value) -> Vec<Cell> {
        let href = format!("/console/organizations/{}/members", encoded(&text(item, "id")));
        let roles = role_names(item).map_or(Cell::Nothing, |text| Cell::Text { text });
        vec![name_for(user, text(item, "name"), href), roles]
    }
}

/// The accounts of a person at social providers and enterprises.
struct UserIdentities;

impl Linked for UserIdentities {
    type Of = Users;
    const TAB: &'static str = "identities";
    const API: &'static str = "all-identities";
    /// Who unlinks one takes a way to sign in away.
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["provider", "kind", "person", "account"];
    const IS_PAGED: bool = false;
    const REMOVED_AT: &'static str = "identities";

    fn items(answer: Value) -> Vec<Value> {
        let listed = |member: &str| answer.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
        [listed("socialIdentities"), listed("ssoIdentities")].concat()
    }

    fn cells(user: &ConsoleUser<ReadUsers>, item: &Value) -> Vec<Cell> {
        let kind = if Self::is_removable(item) { "social" } else { "enterprise" };
        let first = |paths: &[&str]| {
            let found = paths.iter().find_map(|path| item.pointer(path)?.as_str().filter(|text| !text.is_empty()));
            found.map_or(Cell::Nothing, |text| Cell::Text { text: text.to_owned() })
        };
        let details = ["/identity/details/name", "/identity/details/email", "/ssoIdentity/detail/name"];
        vec![
            first(&["/target", "/ssoIdentity/issuer"]),
            Cell::Text { text: user.text(&format!("users.identities.kind_{kind}")) },
            first(&[&details[..], &["/ssoIdentity/detail/email"]].concat()),
            first(&["/identity/userId", "/ssoIdentity/identityId"]),
        ]
    }

    fn id(item: &Value) -> String {
        text(item, "target")
    }

    /// One at an enterprise comes back with the next sign-in there.
    fn is_removable(item: &Value) -> bool {
        item.get("target").is_some()
    }
}

/// What a person granted to applications.
struct UserGrants;

impl Linked for UserGrants {
    type Of = Users;
    const TAB: &'static str = "grants";
    const API: &'static str = "grants";
    type Write = ManageUsers;
    const COLUMNS: &'static [&'static str] = &["application", "scopes", "granted", "expires"];
    const IS_PAGED: bool = false;

    fn items(mut answer: Value) -> Vec<Value> {
        match answer.get_mut("grants").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        }
    }

    fn cells(user: &ConsoleUser<ReadUsers>, item: &Value) -> Vec<Cell> {
        let application = item.get("application").unwrap_or(&Value::Null);
        let href = format!("/console/applications/{}", encoded(&text(application, "id")));
        let granted = item.pointer("/payload/iat").and_then(Value::as_i64).unwrap_or_default();
        let of_person = item.pointer("/payload/openid/scope").and_then(Value::as_str);
        let resources = item.pointer("/payload/resources").and_then(Value::as_object).into_iter().flatten();
        let scopes: Vec<&str> =
            of_person.into_iter().chain(resources.filter_map(|(_, scope)| scope.as_str())).collect();
        vec![
            name_for(user, text(application, "name"), href),
            Cell::Text { text: scopes.join(" ") },
            time(&json!({"at": granted.saturating_mul(1000)}), "at"),
            time(item, "expiresAt"),
        ]
    }
}

/// The devices on which a person needs no second factor for a while.
struct UserDevices;

impl Linked for UserDevices {
    type Of = Users;
    const TAB: &'static str = "devices";
    const API: &'static str = "trusted-devices";
    type Write = ManageUsers;
    const COLUMNS: &'static [&'static str] = &["device", "address", "used", "expires"];

    fn cells(_: &ConsoleUser<ReadUsers>, item: &Value) -> Vec<Cell> {
        let device = match text(item, "userAgent") {
            agent if agent.is_empty() => text(item, "id"),
            agent => agent,
        };
        vec![Cell::Text { text: device }, cell(item, "ip"), time(item, "lastUsedAt"), time(item, "expiresAt")]
    }
}

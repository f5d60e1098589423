//! What a user is found by, and whom it belongs to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use db::DbError;
use flow::EnterpriseAccountId;
use flow::unicode::normalize_identifier;
use kernel::ids::UserId;

use super::super::identities;
use super::super::mfa_factors::{NewFactor, passkeys};
use super::super::store;
use super::Rules;
use super::line::Line;
use crate::work::View;

/// Something that one user has at most, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Id(String),
    Username(String),
    Email(String),
    Phone(String),
    Social { target: String, id: String },
    Enterprise { connector_id: String, issuer: String, id: String },
    Credential(String),
}

impl Key {
    /// The username, if it is one.
    pub(super) fn username(&self) -> Option<&str> {
        if let Self::Username(name) = self { Some(name) } else { None }
    }

    /// The member of the line.
    pub(super) fn member(&self) -> String {
        match self {
            Self::Id(_) => "id".to_owned(),
            Self::Username(_) => "username".to_owned(),
            Self::Email(_) => "primaryEmail".to_owned(),
            Self::Phone(_) => "primaryPhone".to_owned(),
            Self::Social { target, .. } => format!("identities.{target}"),
            Self::Enterprise { .. } => "ssoIdentities".to_owned(),
            Self::Credential(_) => "mfaVerifications".to_owned(),
        }
    }
}

/// The keys of a line, the most telling first.
pub(super) fn of(line: &Line, rules: Rules) -> Vec<Key> {
    let user = &line.user;
    let mut keys = Vec::new();
    if !user.id.is_empty() {
        keys.push(Key::Id(user.id.to_string()));
    }
    let fold = |name: &str| if rules.case_sensitive { name.to_owned() } else { name.to_lowercase() };
    keys.extend(user.username.as_deref().map(|name| Key::Username(fold(name))));
    keys.extend(user.primary_email.as_deref().map(|email| Key::Email(normalize_identifier(email).to_lowercase())));
    keys.extend(user.primary_phone.as_deref().map(|phone| Key::Phone(store::normal_phone(phone))));
    let social = |(target, identity): (&String, &::api::users::Identity)| Key::Social {
        target: target.clone(),
        id: identity.user_id.clone(),
    };
    keys.extend(line.identities.iter().map(social));
    keys.extend(line.rest.sso_identities.iter().flatten().map(|identity| Key::Enterprise {
        connector_id: identity.sso_connector_id.to_string(),
        issuer: identity.issuer.0.clone(),
        id: identity.identity_id.0.clone(),
    }));
    keys.extend(line.factors.iter().filter_map(NewFactor::credential_id).cloned().map(Key::Credential));
    keys
}

/// The users who have these keys.
pub(super) type Owners = HashMap<Key, UserId>;

/// A column with the key of its values: the text of such a key, and the key of a text.
type Column = (&'static str, fn(&Key) -> Option<&str>, fn(String) -> Key);

/// Asks by few statements who has these keys.
pub(super) fn owners(view: &View<'_>, keys: &[Key], rules: Rules) -> Result<Owners, DbError> {
    let mut owners = Owners::new();
    let username = if rules.case_sensitive { "username" } else { "username_folded" };
    let columns: [Column; 4] = [
        ("id", |key| if let Key::Id(text) = key { Some(text) } else { None }, Key::Id),
        (username, Key::username, Key::Username),
        ("email_folded", |key| if let Key::Email(text) = key { Some(text) } else { None }, Key::Email),
        ("primary_phone", |key| if let Key::Phone(text) = key { Some(text) } else { None }, Key::Phone),
    ];
    for (column, text_of, key_of) in columns {
        let texts: Vec<&str> = keys.iter().filter_map(text_of).collect();
        let text = format!("select {column}, id from users where tenant_id = $1 and {column}");
        for (value, id) in view.query_by_ids::<(String, UserId)>(&text, &texts)? {
            owners.insert(key_of(value), id);
        }
    }
    let mut social: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for key in keys {
        match key {
            Key::Social { target, id } => social.entry(target).or_default().push(id),
            Key::Enterprise { connector_id, issuer, id } => {
                let (connector_id, issuer, id) = (connector_id.clone(), issuer.clone(), id.clone());
                let account = EnterpriseAccountId { connector_id, issuer, id };
                let owner = identities::enterprise_owner(view, &account)?;
                owners.extend(owner.map(|owner| (key.clone(), owner)));
            }
            Key::Credential(id) => {
                let owner = passkeys::find_by_credential(view, id)?.map(|passkey| passkey.user_id);
                owners.extend(owner.map(|owner| (key.clone(), owner)));
            }
            Key::Id(_) | Key::Username(_) | Key::Email(_) | Key::Phone(_) => {}
        }
    }
    for (target, ids) in social {
        for (id, owner) in identities::owners(view, target, &ids)? {
            owners.insert(Key::Social { target: target.to_owned(), id }, owner);
        }
    }
    Ok(owners)
}

/// How many of the lines at the beginning have no key in common.
pub(super) fn distinct_prefix(keys: &[Vec<Key>]) -> usize {
    let mut seen: HashSet<&Key> = HashSet::new();
    keys.iter().position(|keys| !keys.iter().all(|key| seen.insert(key))).unwrap_or(keys.len())
}

/// The keys of the lines that a dry run has seen: 8 bytes for each.
#[derive(Debug, Default)]
pub struct SeenKeys(HashSet<u64>);

impl SeenKeys {
    /// The first of the keys that an earlier line had.
    pub(super) fn find<'k>(&self, keys: &'k [Key]) -> Option<&'k Key> {
        keys.iter().find(|key| self.0.contains(&fingerprint(key)))
    }

    /// The keys of a line that is written.
    pub(super) fn add(&mut self, keys: &[Key]) {
        self.0.extend(keys.iter().map(fingerprint));
    }
}

fn fingerprint(key: &Key) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

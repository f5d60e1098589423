//! Importing a batch of lines.

use axum::http::StatusCode;
use db::DbError;
use kernel::id;
use kernel::ids::UserId;
use serde_json::{Map, Value};

use super::keys::{self, Key, Owners, SeenKeys};
use super::line::Line;
use super::references::{References, Resolved};
use super::update::update;
use super::{LineError, OnConflict, Outcome, Rules};
use crate::audit::AuditEntry;
use crate::errors::ApiError;
use crate::organizations::memberships;
use crate::roles;
use crate::users::{identities, insertion, mfa_factors, usernames};
use crate::work::{View, Work};

/// Why a batch was not imported.
#[derive(Debug)]
pub enum ImportError {
    Database(DbError),
    Api(ApiError),
}

impl From<DbError> for ImportError {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl From<ApiError> for ImportError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<ImportError> for ApiError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Database(error) => error.into(),
            ImportError::Api(error) => error,
        }
    }
}

impl ImportError {
    /// Whether another process took a key or removed a role meanwhile: the next attempt sees it.
    pub fn is_race(&self) -> bool {
        match self {
            Self::Database(error) => {
                matches!(error, DbError::Unique(_) | DbError::ForeignKey | DbError::Conflict | DbError::NotFound)
            }
            Self::Api(error) => error.status().is_client_error() || error.code() == NOT_HASHED,
        }
    }

    /// Whether the database may serve again in a while.
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Database(error) => matches!(error, DbError::Busy | DbError::Unavailable(_)),
            Self::Api(error) => error.status() == StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// A user who was there when passwords were hashed is gone: this one's was left out.
pub(super) const NOT_HASHED: &str = "import.password_not_hashed";

/// What is to be done with a line.
enum Plan {
    Create(Resolved),
    Update(UserId, Resolved),
    Skip,
}

/// Imports lines, whose plain passwords are hashed. They are all there after the commit, or none is. There are fewer outcomes than
/// lines if it stopped at an error.
///
/// # Errors
/// A failure of the database; a key that another process took meanwhile: import the same lines again then.
pub fn import(work: &Work<'_>, lines: &[Line], rules: Rules) -> Result<Vec<Outcome>, ImportError> {
    let references = References::load(work, lines)?;
    let keys: Vec<Vec<Key>> = lines.iter().map(|line| keys::of(line, rules)).collect();
    let (mut outcomes, mut created) = (Vec::with_capacity(lines.len()), Vec::new());
    while outcomes.len() < lines.len() {
        let start = outcomes.len();
        // A line that has a key of an earlier one must find its user.
        let end = start + keys::distinct_prefix(&keys[start..]).max(1);
        let asked = keys[start..end].concat();
        if !rules.case_sensitive {
            usernames::lock(work, asked.iter().filter_map(Key::username).collect())?;
        }
        let owners = keys::owners(work, &asked, rules)?;
        for (line, keys) in lines[start..end].iter().zip(&keys[start..end]) {
            let mut frees_a_key = false;
            outcomes.push(match plan(line, keys, &owners, &references, rules) {
                Ok(Plan::Create(resolved)) => {
                    created.push(create(work, line, &resolved)?);
                    Outcome::Created
                }
                Ok(Plan::Update(id, resolved)) => {
                    frees_a_key = update(work, &id, line, &resolved)?;
                    Outcome::Updated
                }
                Ok(Plan::Skip) => Outcome::Skipped,
                Err(errors) => Outcome::Refused(errors),
            });
            if rules.stop_at_first_error && matches!(outcomes.last(), Some(Outcome::Refused(_))) {
                insertion::count_imported(work, &created)?;
                return Ok(outcomes);
            }
            // A later line may have it, and is about somebody else.
            if frees_a_key {
                break;
            }
        }
    }
    insertion::count_imported(work, &created)?;
    Ok(outcomes)
}

/// What [`import`] would do; `seen` holds the keys of the lines before.
///
/// # Errors
/// A failure of the database.
pub fn check(view: &View<'_>, lines: &[Line], rules: Rules, seen: &mut SeenKeys) -> Result<Vec<Outcome>, DbError> {
    let references = References::load(view, lines)?;
    let keys: Vec<Vec<Key>> = lines.iter().map(|line| keys::of(line, rules)).collect();
    let owners = keys::owners(view, &keys.concat(), rules)?;
    let outcome = |(line, keys): (&Line, &Vec<Key>)| {
        let planned = plan(line, keys, &owners, &references, rules);
        let outcome = match (seen.find(keys), planned) {
            (_, Err(errors)) => Outcome::Refused(errors),
            (None, Ok(Plan::Create(_))) => Outcome::Created,
            (_, Ok(Plan::Update(..))) => Outcome::Updated,
            (_, Ok(Plan::Skip)) => Outcome::Skipped,
            (Some(key), Ok(Plan::Create(_))) => match rules.on_conflict {
                OnConflict::Fail => {
                    Outcome::Refused(vec![LineError::new(line.number, key.member(), "an earlier line has the same")])
                }
                OnConflict::Skip => Outcome::Skipped,
                OnConflict::Update => Outcome::Updated,
            },
        };
        // What is refused or left out has no keys in the database.
        if matches!(outcome, Outcome::Created | Outcome::Updated) {
            seen.add(keys);
        }
        outcome
    };
    Ok(lines.iter().zip(&keys).map(outcome).collect())
}

fn plan(
    line: &Line,
    keys: &[Key],
    owners: &Owners,
    references: &References,
    rules: Rules,
) -> Result<Plan, Vec<LineError>> {
    let mut taken = keys.iter().filter_map(|key| Some((key, owners.get(key)?)));
    let Some((key, owner)) = taken.next() else { return references.resolve(line, true).map(Plan::Create) };
    let refuse = |key: &Key, message: &str| Err(vec![LineError::new(line.number, key.member(), message)]);
    if let Some((other, _)) = taken.find(|(_, user)| *user != owner) {
        return refuse(other, "another user has it than the user of the other members");
    }
    if !line.user.id.is_empty() && line.user.id != *owner {
        return refuse(key, "a user with another id has it");
    }
    match rules.on_conflict {
        OnConflict::Fail => refuse(key, "a user has it already"),
        OnConflict::Skip => Ok(Plan::Skip),
        OnConflict::Update => Ok(Plan::Update(owner.clone(), references.resolve(line, false)?)),
    }
}

/// Inserts the rows of a user that is not there. Returns the id.
fn create(work: &Work<'_>, line: &Line, resolved: &Resolved) -> Result<UserId, ImportError> {
    line.require_hashed()?;
    let mut user = line.user.clone();
    if user.id.is_empty() {
        user.id = id::short_entity_id(work.rng()).into();
    }
    insertion::insert_pipelined(work, &user, &line.record(work.now()))?;
    for (target, identity) in &line.identities {
        identities::link_to_new(work, &user.id, target, identity)?;
    }
    for identity in line.rest.sso_identities.iter().flatten() {
        identities::link_enterprise(work, &user.id, &super::update::enterprise_identity(identity))?;
    }
    roles::assign_to_new_user(work, &user.id, &resolved.roles)?;
    for (organization, roles) in &resolved.organizations {
        memberships::join_new_user(work, organization, &user.id, roles)?;
    }
    for factor in &line.factors {
        mfa_factors::bind_to_new(work, &user.id, factor)?;
    }
    Ok(user.id)
}

/// Writes to the audit log that an import begins.
///
/// # Errors
/// A failure of the database.
pub fn record_start(work: &Work<'_>, details: Map<String, Value>) -> Result<(), DbError> {
    record(work, "User.Import.Start", details)
}

/// Writes to the audit log what an import did. What was imported is on the disk once this unit is.
///
/// # Errors
/// A failure of the database.
pub fn record_end(work: &Work<'_>, details: Map<String, Value>) -> Result<(), DbError> {
    work.require_durable();
    record(work, "User.Import.End", details)
}

fn record(work: &Work<'_>, key: &str, mut payload: Map<String, Value>) -> Result<(), DbError> {
    payload.insert("result".to_owned(), "Success".into());
    work.audit(&AuditEntry { key: key.to_owned(), payload })
}

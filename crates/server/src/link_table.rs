//! Link tables: members, roles of members, scopes of roles, just-in-time roles. All of them add, replace and remove values
//! alike, and so do their routes (inventory M018).

use ::api::ErrorCode;
use std::collections::BTreeSet;

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::{DbError, Sql, Value};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::http::validate::invalid_member;
use crate::routes::Routes;
use crate::tenants::Section;
use crate::work::{View, Work};

/// The statements of one table; [`link_table!`] writes them. Parameters: the tenant, the key, the value, and for some
/// tables the time.
#[derive(Clone, Copy)]
pub(crate) struct LinkTable {
    pub table: &'static str,
    /// The column of the key, the last one of several.
    pub key: &'static str,
    /// The column of the values.
    pub value: &'static str,
    pub select: &'static Sql,
    pub find: &'static Sql,
    pub insert: &'static Sql,
    pub delete: &'static Sql,
    /// Whether rows have the column `created_at`.
    pub has_time: bool,
}

/// `link_table!("table", "key" => "value")`: a [`LinkTable`] with a key of one or two columns after the tenant. With
/// `, created_at` rows also have a time.
macro_rules! link_table {
    ($table:literal, $key:literal => $value:literal) => {
        link_table!(@ $table, $key, concat!($key, " = $2"), concat!($key, ", ", $value), "$2, $3", "$3", $value, false)
    };
    ($table:literal, $key:literal => $value:literal, created_at) => {
        link_table!(@ $table, $key, concat!($key, " = $2"), concat!($key, ", ", $value, ", created_at"), "$2, $3, $4", "$3",
            $value, true)
    };
    ($table:literal, $first:literal, $second:literal => $value:literal) => {
        link_table!(@ $table, $second, concat!($first, " = $2 and ", $second, " = $3"), concat!($first, ", ", $second, ", ", $value),
            "$2, $3, $4", "$4", $value, false)
    };
    (@ $table:literal, $key:literal, $where:expr, $columns:expr, $values:literal, $place:literal, $value:literal, $has_time:literal) => {
        $crate::link_table::LinkTable {
            table: $table,
            key: $key,
            value: $value,
            select: db::sql!(concat!("select ", $value, " from ", $table, " where tenant_id = $1 and ", $where)),
            find: db::sql!(concat!(
                "select ", $value, " from ", $table, " where tenant_id = $1 and ", $where, " and ", $value, " = ", $place
            )),
            insert: db::sql!(concat!(
                "insert into ", $table, " (tenant_id, ", $columns, ") values ($1, ", $values, ") on conflict do nothing"
            )),
            delete: db::sql!(concat!(
                "delete from ", $table, " where tenant_id = $1 and ", $where, " and ", $value, " = ", $place
            )),
            has_time: $has_time,
        }
    };
}
pub(crate) use link_table;

impl LinkTable {
    /// Inserts values and returns those that were not there before. Existing rows do not change.
    ///
    /// # Errors
    /// [`DbError::ForeignKey`] when a referenced row does not exist; a failure of the database.
    pub fn add(&self, work: &Work<'_>, key: &[&str], values: &[String]) -> Result<Vec<String>, DbError> {
        let mut added = Vec::new();
        for value in values {
            let mut params = params_of(work, key, Some(value));
            if self.has_time {
                params.push(work.now().into());
            }
            if work.exec(self.insert, &params)? > 0 {
                added.push(value.clone());
            }
        }
        work.notes().links(self.table, key, "added", &added);
        Ok(added)
    }

    /// Inserts values of a key that has none yet, without waiting for the answers.
    ///
    /// # Errors
    /// A failure of the database; a referenced row that does not exist, by the end of the unit.
    pub fn add_pipelined(&self, work: &Work<'_>, key: &[&str], values: &[String]) -> Result<(), DbError> {
        values.iter().try_for_each(|value| {
            let mut params = params_of(work, key, Some(value));
            if self.has_time {
                params.push(work.now().into());
            }
            work.exec_pipelined(self.insert, &params)
        })
    }

    /// Replaces all values and returns what changed. Rows of values that stay are kept, with the rows that reference them.
    ///
    /// # Errors
    /// As [`LinkTable::add`].
    pub fn replace(&self, work: &Work<'_>, key: &[&str], values: &[String]) -> Result<LinkChange, DbError> {
        let kept: BTreeSet<&String> = values.iter().collect();
        let mut removed: Vec<String> = self.values(work, key)?.into_iter().collect();
        removed.retain(|value| !kept.contains(value));
        for value in &removed {
            work.exec(self.delete, &params_of(work, key, Some(value)))?;
        }
        work.notes().links(self.table, key, "removed", &removed);
        Ok(LinkChange { added: self.add(work, key, values)?, removed })
    }

    /// Deletes one value.
    ///
    /// # Errors
    /// 404 `entity.not_found` when it does not exist.
    pub fn remove(&self, work: &Work<'_>, key: &[&str], value: &str) -> Result<(), ApiError> {
        work.exec_existing(self.delete, &params_of(work, key, Some(value)))?;
        work.notes().links(self.table, key, "removed", &[value.to_owned()]);
        Ok(())
    }

    /// All values of a key.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn values(&self, view: &View<'_>, key: &[&str]) -> Result<BTreeSet<String>, DbError> {
        Ok(view.query_all(self.select, &params_of(view, key, None))?.into_iter().collect())
    }

    /// Whether a key has a value.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn contains(&self, view: &View<'_>, key: &[&str], value: &str) -> Result<bool, DbError> {
        Ok(view.query_opt::<String>(self.find, &params_of(view, key, Some(value)))?.is_some())
    }
}

/// The values that were added to a key and removed from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LinkChange {
    pub added: Vec<String>,
    pub removed: Vec<String>,
}

impl LinkChange {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

fn params_of(view: &View<'_>, key: &[&str], value: Option<&str>) -> Vec<Value> {
    [view.tenant_id()].into_iter().chain(key.iter().copied()).chain(value).map(Value::from).collect()
}

/// Maps constraint violations (inventory M008, M009).
pub(crate) fn map_constraint_error(error: DbError) -> ApiError {
    match error {
        DbError::ForeignKey => ApiError::unprocessable(ErrorCode::EntityRelationForeignKeyNotFound),
        DbError::Unique(_) => ApiError::unprocessable(ErrorCode::EntityUniqueIntegrityViolation),
        other => other.into(),
    }
}

/// A body that names the values to link, and what they are linked to.
pub(crate) trait Links: DeserializeOwned + JsonSchema + Send + 'static {
    /// Its key is the id in the path.
    const TABLE: LinkTable;
    /// The member of the body.
    const MEMBER: &'static str;
    /// The section of the configuration that the table belongs to.
    const SECTION: Option<Section> = None;

    /// The values.
    fn into_values(self) -> Vec<String>;

    /// Whether the values may be linked.
    ///
    /// # Errors
    /// Those of the API for values that may not.
    fn check(_: &View<'_>, _values: &[String]) -> Result<(), ApiError> {
        Ok(())
    }

    /// Says that the values of a key changed.
    ///
    /// # Errors
    /// A failure of the database.
    fn emit(_: &Work<'_>, _key: &str, _change: &LinkChange) -> Result<(), DbError> {
        Ok(())
    }

    /// The body of the response of `POST`, if it has one.
    fn response(_values: &[String]) -> Option<serde_json::Value> {
        None
    }
}

/// `POST` adds the values that the body names, `PUT` replaces all, `DELETE {base}/{value}` removes one.
pub(crate) fn link_routes<L: Links>(base: &str) -> Routes {
    Routes::new().post(base, add::<L>).put(base, replace::<L>).delete(&format!("{base}/{{value}}"), remove::<L>)
}

async fn add<L: Links>(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(body): RequestBody<L>,
) -> Result<Response, ApiError> {
    let values = require_values(L::MEMBER, body.into_values())?;
    let body = L::response(&values);
    caller
        .write(move |work| {
            touch::<L>(work)?;
            L::check(work, &values)?;
            let added = L::TABLE.add(work, &[&id], &values).map_err(map_constraint_error)?;
            Ok::<_, ApiError>(L::emit(work, &id, &LinkChange { added, removed: Vec::new() })?)
        })
        .await?;
    Ok(match body {
        Some(body) => (StatusCode::CREATED, Json(body)).into_response(),
        None => StatusCode::CREATED.into_response(),
    })
}

async fn replace<L: Links>(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(body): RequestBody<L>,
) -> Result<StatusCode, ApiError> {
    let values = body.into_values();
    let write = move |work: &Work<'_>| {
        touch::<L>(work)?;
        L::check(work, &values)?;
        let change = L::TABLE.replace(work, &[&id], &values).map_err(map_constraint_error)?;
        Ok::<_, ApiError>(L::emit(work, &id, &change)?)
    };
    caller.write(write).await.map(|()| StatusCode::NO_CONTENT)
}

async fn remove<L: Links>(
    caller: ManagementCaller,
    Path((id, value)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let write = move |work: &Work<'_>| {
        touch::<L>(work)?;
        L::TABLE.remove(work, &[&id], &value)?;
        Ok::<_, ApiError>(L::emit(work, &id, &LinkChange { added: Vec::new(), removed: vec![value] })?)
    };
    caller.write(write).await.map(|()| StatusCode::NO_CONTENT)
}

fn touch<L: Links>(work: &Work<'_>) -> Result<(), DbError> {
    L::SECTION.map_or(Ok(()), |section| work.touch(section))
}

/// The values of a list that must not be empty.
///
/// # Errors
/// 400 `guard.invalid_input`.
fn require_values(member: &str, values: Vec<String>) -> Result<Vec<String>, ApiError> {
    match values.is_empty() {
        true => Err(invalid_member(&[member], "expected at least one id")),
        false => Ok(values),
    }
}

//! Sets that hang on an organization or a role: members, their roles, scopes of roles, just-in-time domains. One way to
//! add, replace and remove, whatever the table (inventory M018).

use std::collections::BTreeSet;

use db::{DbError, Read, Sql, Tx, Value};

use crate::errors::ApiError;

/// The statements of one relation. Parameters: the key (tenant first), then the value, then for `insert` the rest.
pub struct Relation {
    pub values: &'static Sql,
    pub insert: &'static Sql,
    pub delete: &'static Sql,
}

impl Relation {
    /// Adds values; those already there stay as they are. `rest` fills further columns.
    ///
    /// # Errors
    /// 422 `entity.relation_foreign_key_not_found` when an end of the relation is not there.
    pub fn add(&self, tx: &Tx<'_>, key: &[&str], values: &[String], rest: &[Value]) -> Result<(), ApiError> {
        for value in values {
            let mut params = params_of(key, Some(value));
            params.extend_from_slice(rest);
            tx.exec(self.insert, &params).map_err(refused)?;
        }
        Ok(())
    }

    /// Makes the relation hold exactly these values; what stays keeps what hangs on it.
    ///
    /// # Errors
    /// As [`Relation::add`].
    pub fn replace(&self, tx: &Tx<'_>, key: &[&str], values: &[String], rest: &[Value]) -> Result<(), ApiError> {
        let wanted: BTreeSet<&String> = values.iter().collect();
        for gone in self.held(tx, key)?.iter().filter(|held| !wanted.contains(held)) {
            tx.exec(self.delete, &params_of(key, Some(gone)))?;
        }
        self.add(tx, key, values, rest)
    }

    /// Removes one value.
    ///
    /// # Errors
    /// 404 `entity.not_found` when it was not there.
    pub fn remove(&self, tx: &Tx<'_>, key: &[&str], value: &str) -> Result<(), ApiError> {
        match tx.exec(self.delete, &params_of(key, Some(value)))? {
            0 => Err(ApiError::not_found()),
            _ => Ok(()),
        }
    }

    /// What it holds.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn held(&self, r: &Read<'_>, key: &[&str]) -> Result<BTreeSet<String>, DbError> {
        Ok(r.query_all(self.values, &params_of(key, None))?.into_iter().collect())
    }
}

fn params_of(key: &[&str], value: Option<&str>) -> Vec<Value> {
    key.iter().copied().chain(value).map(Value::from).collect()
}

/// Storage errors of organizations and their template (inventory M008, M009).
pub fn refused(error: DbError) -> ApiError {
    match error {
        DbError::ForeignKey => ApiError::unprocessable("entity.relation_foreign_key_not_found"),
        DbError::Unique(_) => ApiError::unprocessable("entity.unique_integrity_violation"),
        other => other.into(),
    }
}

//! Link tables of organizations and organization roles: members, roles of members, scopes of roles, just-in-time
//! domains. All of them add, replace and remove values alike (inventory M018).

use std::collections::BTreeSet;

use db::{DbError, Read, Sql, Tx, Value};

use crate::errors::ApiError;

/// The statements of one table. Parameters: the key (tenant first), the value, and for `insert` the extra columns.
pub struct LinkTable {
    pub select: &'static Sql,
    pub insert: &'static Sql,
    pub delete: &'static Sql,
}

impl LinkTable {
    /// Inserts values. Existing rows do not change. `extra_columns` are the further parameters of `insert`.
    ///
    /// # Errors
    /// 422 `entity.relation_foreign_key_not_found` when a referenced row does not exist.
    pub fn add(&self, tx: &Tx<'_>, key: &[&str], values: &[String], extra_columns: &[Value]) -> Result<(), ApiError> {
        for value in values {
            let mut params = params_of(key, Some(value));
            params.extend_from_slice(extra_columns);
            tx.exec(self.insert, &params).map_err(map_constraint_error)?;
        }
        Ok(())
    }

    /// Replaces all values. Rows of values that stay are kept, with the rows that reference them.
    ///
    /// # Errors
    /// As [`LinkTable::add`].
    pub fn replace(
        &self,
        tx: &Tx<'_>,
        key: &[&str],
        values: &[String],
        extra_columns: &[Value],
    ) -> Result<(), ApiError> {
        let kept: BTreeSet<&String> = values.iter().collect();
        for removed in self.values(tx, key)?.iter().filter(|value| !kept.contains(value)) {
            tx.exec(self.delete, &params_of(key, Some(removed)))?;
        }
        self.add(tx, key, values, extra_columns)
    }

    /// Deletes one value.
    ///
    /// # Errors
    /// 404 `entity.not_found` when it does not exist.
    pub fn remove(&self, tx: &Tx<'_>, key: &[&str], value: &str) -> Result<(), ApiError> {
        match tx.exec(self.delete, &params_of(key, Some(value)))? {
            0 => Err(ApiError::not_found()),
            _ => Ok(()),
        }
    }

    /// All values of a key.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn values(&self, r: &Read<'_>, key: &[&str]) -> Result<BTreeSet<String>, DbError> {
        Ok(r.query_all(self.select, &params_of(key, None))?.into_iter().collect())
    }
}

fn params_of(key: &[&str], value: Option<&str>) -> Vec<Value> {
    key.iter().copied().chain(value).map(Value::from).collect()
}

/// Maps constraint violations of organizations and their template (inventory M008, M009).
pub fn map_constraint_error(error: DbError) -> ApiError {
    match error {
        DbError::ForeignKey => ApiError::unprocessable("entity.relation_foreign_key_not_found"),
        DbError::Unique(_) => ApiError::unprocessable("entity.unique_integrity_violation"),
        other => other.into(),
    }
}

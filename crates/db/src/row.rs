//! One row of a result, from either engine.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::{DbError, FromValue, Value};

/// A row; columns by name or by position.
pub struct Row<'r> {
    inner: Inner<'r>,
    /// Where the next column is searched first: columns are mostly read in the order in which they were selected.
    next: Cell<usize>,
}

enum Inner<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Row<'r> {
    pub(crate) fn sqlite(row: &'r rusqlite::Row<'r>) -> Self {
        Self { inner: Inner::Sqlite(row), next: Cell::new(0) }
    }

    pub(crate) fn postgres(row: &'r tokio_postgres::Row) -> Self {
        Self { inner: Inner::Postgres(row), next: Cell::new(0) }
    }

    /// The column called `name`.
    ///
    /// # Errors
    /// No such column, or it holds another type.
    pub fn get<T: FromValue>(&self, name: &str) -> Result<T, DbError> {
        let is_it = |index: &usize| self.name(*index) == Some(name);
        let expected = Some(self.next.get()).filter(is_it);
        let index = expected.or_else(|| (0..self.columns()).find(is_it));
        let index = index.ok_or_else(|| DbError::Sql(format!("no column {name} in the result")))?;
        self.next.set(index + 1);
        self.at(index).map_err(|error| DbError::Sql(format!("{name}: {error}")))
    }

    /// The column at `index`, from 0.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn at<T: FromValue>(&self, index: usize) -> Result<T, DbError> {
        let value = match &self.inner {
            Inner::Sqlite(row) => sqlite_value(row.get_ref(index)?)?,
            Inner::Postgres(row) => crate::postgres::value(row, index)?,
        };
        T::from_value(value)
    }

    fn columns(&self) -> usize {
        match &self.inner {
            Inner::Sqlite(row) => row.as_ref().column_count(),
            Inner::Postgres(row) => row.len(),
        }
    }

    fn name(&self, index: usize) -> Option<&str> {
        match &self.inner {
            Inner::Sqlite(row) => row.as_ref().column_name(index).ok(),
            Inner::Postgres(row) => row.columns().get(index).map(|column| column.name()),
        }
    }
}

fn sqlite_value(value: rusqlite::types::ValueRef<'_>) -> Result<Value, DbError> {
    use rusqlite::types::ValueRef;
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(_) => return Err(DbError::Sql("a column holds a fraction, which no table declares".into())),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    })
}

/// A type that is read from one row. For a struct `#[derive(FromRow)]` implements it ([`macro@crate::FromRow`]).
pub trait FromRow: Sized {
    /// # Errors
    /// A missing column or one of another type.
    fn from_row(row: &Row<'_>) -> Result<Self, DbError>;
}

/// A row whose columns only the statement knows.
impl FromRow for BTreeMap<String, Value> {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let names = (0..row.columns()).map(|index| (index, row.name(index).unwrap_or_default().to_owned()));
        names.map(|(index, name)| Ok((name, row.at(index)?))).collect()
    }
}

macro_rules! from_single {
    ($($t:ty),*) => { $(impl FromRow for $t {
        fn from_row(row: &Row<'_>) -> Result<Self, DbError> { row.at(0) }
    })* };
}
from_single!(i64, String, bool, Vec<u8>, kernel::Timestamp, Option<String>, Option<i64>);

macro_rules! from_tuple {
    ($($name:ident $index:tt),*) => { impl<$($name: FromValue),*> FromRow for ($($name,)*) {
        fn from_row(row: &Row<'_>) -> Result<Self, DbError> { Ok(($(row.at::<$name>($index)?,)*)) }
    } };
}
from_tuple!(A 0);
from_tuple!(A 0, B 1);
from_tuple!(A 0, B 1, C 2);
from_tuple!(A 0, B 1, C 2, D 3);
from_tuple!(A 0, B 1, C 2, D 3, E 4);
from_tuple!(A 0, B 1, C 2, D 3, E 4, F 5);

//! A statement in the form in which PostgreSQL gets it.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, Statement};

use crate::Value;

#[derive(Clone)]
pub(crate) enum Prepared {
    /// Prepared on this connection of the server.
    Named(Statement),
    /// Sent as text with each use, with the types of its values: behind PgBouncer the next transaction may run on a connection
    /// that does not know what was prepared.
    Unnamed(String),
}

impl Prepared {
    /// Whether it can be sent with this number of values.
    pub(crate) fn takes(&self, values: usize) -> bool {
        match self {
            Self::Named(statement) => statement.params().len() == values,
            Self::Unnamed(_) => true,
        }
    }

    pub(crate) async fn query(&self, client: &Client, values: &[Value]) -> Result<Vec<Row>, Error> {
        match self {
            Self::Named(statement) => client.query(statement, &bind(values)).await,
            Self::Unnamed(text) => client.query_typed(text, &bind_typed(values)).await,
        }
    }

    pub(crate) async fn execute(&self, client: &Client, values: &[Value]) -> Result<u64, Error> {
        match self {
            Self::Named(statement) => client.execute(statement, &bind(values)).await,
            Self::Unnamed(text) => client.execute_typed(text, &bind_typed(values)).await,
        }
    }
}

fn bind(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn bind_typed(values: &[Value]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    values.iter().map(|value| (value as &(dyn ToSql + Sync), type_of(value))).collect()
}

fn type_of(value: &Value) -> Type {
    match value {
        // The server infers it, as for a literal `null`.
        Value::Null => Type::UNKNOWN,
        Value::Int(_) => Type::INT8,
        Value::Bool(_) => Type::BOOL,
        Value::Text(_) => Type::TEXT,
        Value::Bytes(_) => Type::BYTEA,
    }
}

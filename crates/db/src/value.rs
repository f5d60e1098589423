//! Values that go into and come out of both engines.

use kernel::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Map;
use serde_json::value::RawValue;

use crate::DbError;

/// One parameter or column.
#[derive(Clone, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
}

/// Without the text: at the level `debug` the PostgreSQL driver logs all parameters of a statement, and among them are
/// secrets (attack E7).
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Int(number) => write!(f, "Int({number})"),
            Self::Bool(flag) => write!(f, "Bool({flag})"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

/// Opaque data stored as JSON text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Json<T>(pub T);

/// Stored JSON that is passed on as it is, checked but not taken apart.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct RawJson(Box<RawValue>);

/// A type that can be read from a column.
pub trait FromValue: Sized {
    /// # Errors
    /// A sentence that names what was found instead.
    fn from_value(value: Value) -> Result<Self, DbError>;
}

fn unexpected<T>(wanted: &str, found: &Value) -> Result<T, DbError> {
    let kind = match found {
        Value::Null => "null",
        Value::Int(_) => "a number",
        Value::Bool(_) => "a boolean",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
    };
    Err(DbError::Sql(format!("a column holds {kind} where {wanted} was expected")))
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Self, DbError> {
        Ok(value)
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Text(text) => Ok(text),
            other => unexpected("text", &other),
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Int(number) => Ok(number),
            other => unexpected("a number", &other),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Bool(flag) => Ok(flag),
            Value::Int(number) => Ok(number != 0),
            other => unexpected("a boolean", &other),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Bytes(bytes) => Ok(bytes),
            other => unexpected("bytes", &other),
        }
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value) -> Result<Self, DbError> {
        i64::from_value(value).map(Self)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, DbError> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl<T: DeserializeOwned> FromValue for Json<T> {
    fn from_value(value: Value) -> Result<Self, DbError> {
        // An absent value is the JSON null, so that a field of the type `Option` takes it.
        let text = if value == Value::Null { "null".to_owned() } else { String::from_value(value)? };
        serde_json::from_str(&text)
            .map(Self)
            .map_err(|error| DbError::Sql(format!("a column holds JSON of another shape: {error}")))
    }
}

impl FromValue for RawJson {
    fn from_value(value: Value) -> Result<Self, DbError> {
        RawValue::from_string(String::from_value(value)?)
            .map(Self)
            .map_err(|error| DbError::Sql(format!("a column holds no JSON: {error}")))
    }
}

impl From<Map<String, serde_json::Value>> for RawJson {
    fn from(object: Map<String, serde_json::Value>) -> Self {
        // Writing an object with text keys can't fail.
        Self(serde_json::value::to_raw_value(&object).unwrap_or_default())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

macro_rules! ids {
    ($($id:ident)*) => { $(
        impl FromValue for kernel::ids::$id {
            fn from_value(value: Value) -> Result<Self, DbError> {
                String::from_value(value).map(Into::into)
            }
        }

        impl From<&kernel::ids::$id> for Value {
            fn from(id: &kernel::ids::$id) -> Self {
                Self::Text(id.as_str().to_owned())
            }
        }

        impl From<kernel::ids::$id> for Value {
            fn from(id: kernel::ids::$id) -> Self {
                Self::Text(id.into())
            }
        }

        impl From<&Option<kernel::ids::$id>> for Value {
            fn from(id: &Option<kernel::ids::$id>) -> Self {
                id.as_ref().map_or(Self::Null, Into::into)
            }
        }

        impl crate::FromRow for kernel::ids::$id {
            fn from_row(row: &crate::Row<'_>) -> Result<Self, DbError> {
                row.at(0)
            }
        }
    )* };
}
kernel::for_each_id!(ids);

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.0)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<T: Serialize> From<Json<T>> for Value {
    fn from(json: Json<T>) -> Self {
        // Serialising fails only for types whose maps have keys that are not text; none is stored.
        Self::Text(serde_json::to_string(&json.0).unwrap_or_else(|_| "null".into()))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<&Option<String>> for Value {
    fn from(value: &Option<String>) -> Self {
        value.as_deref().map_or(Self::Null, Into::into)
    }
}

/// The parameters of a statement: `params![tenant, id, name]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*] };
}

//! Members of bodies whose limits are part of their type.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Deref;

use kernel::text::has_bidi_control;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

/// Marks the schema of a [`Patch`] until [`crate::schema`] has read it.
pub(crate) const NULL_ALLOWED: &str = "x-null-allowed";

/// Any JSON object.
pub type JsonObject = Map<String, Value>;

/// Text of `MIN` to `MAX` characters, none of which changes the direction of text (U+202A–U+202E, U+2066–U+2069): as a name it
/// could make a sentence of a page read otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct BoundedText<const MIN: usize, const MAX: usize>(pub String);

impl<const MIN: usize, const MAX: usize> TryFrom<String> for BoundedText<MIN, MAX> {
    /// Why the text is refused.
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.chars().count() {
            0 if MIN == 1 => Err("the text must not be empty".to_owned()),
            length if length < MIN => Err(format!("at least {MIN} characters are needed")),
            length if length > MAX => Err(format!("at most {MAX} characters are allowed")),
            _ if has_bidi_control(&text) => {
                Err("text must not hold characters that change the direction of text".to_owned())
            }
            _ => Ok(Self(text)),
        }
    }
}

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for BoundedText<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.try_into().map_err(D::Error::custom)
    }
}

impl<const MIN: usize, const MAX: usize> Deref for BoundedText<MIN, MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize, const MAX: usize> JsonSchema for BoundedText<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Text{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        match MIN {
            0 => json_schema!({"type": "string", "maxLength": MAX}),
            _ => json_schema!({"type": "string", "minLength": MIN, "maxLength": MAX}),
        }
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct BoundedNumber<const MIN: i64, const MAX: i64>(pub i64);

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for BoundedNumber<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match i64::deserialize(input)? {
            number if (MIN..=MAX).contains(&number) => Ok(Self(number)),
            _ => Err(D::Error::custom(format!("expected a number from {MIN} to {MAX}"))),
        }
    }
}

impl<const MIN: i64, const MAX: i64> JsonSchema for BoundedNumber<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Number{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": MIN, "maximum": MAX})
    }
}

/// Ids as a body lists them: none is empty, each counts once, in the order of first appearance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct IdList(pub Vec<String>);

impl<'de> Deserialize<'de> for IdList {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let (mut ids, mut seen) = (Vec::new(), HashSet::new());
        for BoundedText::<1, 128>(id) in Vec::deserialize(input)? {
            if seen.insert(id.clone()) {
                ids.push(id);
            }
        }
        Ok(Self(ids))
    }
}

impl JsonSchema for IdList {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "IdList".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 128}})
    }
}

/// As [`IdList`], with at least one id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct NonEmptyIdList(pub Vec<String>);

impl<'de> Deserialize<'de> for NonEmptyIdList {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match IdList::deserialize(input)?.0 {
            ids if ids.is_empty() => Err(D::Error::custom("at least one id is needed")),
            ids => Ok(Self(ids)),
        }
    }
}

impl JsonSchema for NonEmptyIdList {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NonEmptyIdList".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = IdList::json_schema(generator);
        schema.insert("minItems".to_owned(), 1.into());
        schema
    }
}

/// A member that may be absent, null or a value; give it `#[serde(default)]`. An `Option` may be absent, but not null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Leave it as it is.
    #[default]
    Absent,
    /// Clear it.
    Null,
    Value(T),
}

impl<T> Patch<T> {
    /// None when absent, otherwise the new value, which may be null.
    pub fn into_change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    /// The value; none when absent or null.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }

    /// The member with its value changed by `change`.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(change(value)),
        }
    }

    /// The value; none when absent or null.
    pub fn into_value(self) -> Option<T> {
        self.into_change().flatten()
    }

    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(input)?.map_or(Self::Null, Self::Value))
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    /// An absent member must be skipped by its owner (`skip_serializing_if = "Patch::is_absent"`).
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => output.serialize_none(),
            Self::Value(value) => value.serialize(output),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Nullable{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<Option<T>>();
        schema.insert(NULL_ALLOWED.to_owned(), json!(true));
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Update {
        #[serde(default)]
        description: Patch<BoundedText<0, 3>>,
    }

    #[test]
    fn a_patch_tells_absent_from_null() {
        let read = |text: &str| serde_json::from_str::<Update>(text).map(|update| update.description);
        assert_eq!(read("{}").unwrap(), Patch::Absent);
        assert_eq!(read("{\"description\":null}").unwrap(), Patch::Null);
        assert_eq!(read("{\"description\":\"abc\"}").unwrap(), Patch::Value(BoundedText("abc".into())));
        assert!(read("{\"description\":\"abcd\"}").is_err());
    }

    #[test]
    fn lists_of_ids_hold_each_id_once() {
        assert_eq!(serde_json::from_str::<IdList>(r#"["b","a","b"]"#).unwrap().0, ["b", "a"]);
        assert!(serde_json::from_str::<IdList>(r#"[""]"#).is_err());
        assert!(serde_json::from_str::<NonEmptyIdList>("[]").is_err());
    }
}

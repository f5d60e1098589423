//! Reading bodies.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::issue::Issue;
use crate::schema;
use crate::shape::Shape;

/// The shapes of the types that have been read.
static SHAPES: LazyLock<RwLock<HashMap<TypeId, &'static Shape>>> = LazyLock::new(Default::default);

/// The shape of a request type. It is compiled once and kept until the process ends.
pub fn shape_of<T: JsonSchema + 'static>() -> &'static Shape {
    let id = TypeId::of::<T>();
    if let Some(shape) = SHAPES.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
        return shape;
    }
    let shape = Shape::compile(&schema::of_request::<T>());
    SHAPES.write().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert_with(|| Box::leak(Box::new(shape)))
}

/// Reads `T` from JSON.
///
/// # Errors
/// Everything that is wrong with it, each at its path.
pub fn read<T: DeserializeOwned + JsonSchema + 'static>(value: Value) -> Result<T, Vec<Issue>> {
    let issues = shape_of::<T>().check(&value);
    if !issues.is_empty() {
        return Err(issues);
    }
    // What a schema can't say.
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().iter().filter_map(step).collect();
        vec![Issue::custom(path, error.inner().to_string())]
    })
}

fn step(segment: &serde_path_to_error::Segment) -> Option<Value> {
    match segment {
        serde_path_to_error::Segment::Seq { index } => Some((*index).into()),
        serde_path_to_error::Segment::Map { key } => Some(key.clone().into()),
        serde_path_to_error::Segment::Enum { variant } => Some(variant.clone().into()),
        serde_path_to_error::Segment::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::{BoundedNumber, BoundedText, IdList, JsonObject, Patch};

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    enum Kind {
        User,
        /// For machines.
        Machine,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only their issues matter")]
    struct Create {
        name: BoundedText<1, 4>,
        #[serde(rename = "type")]
        kind: Kind,
        seconds: Option<BoundedNumber<1, 60>>,
        #[serde(default)]
        description: Patch<String>,
        #[serde(default)]
        role_ids: IdList,
        #[serde(default)]
        custom_data: JsonObject,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only its issues matter")]
    struct Inner {
        is_on: bool,
    }

    fn issues(value: Value) -> Vec<(String, String)> {
        let found = read::<Create>(value).map(|_| ()).unwrap_err();
        let path = |issue: &Issue| issue.path.iter().map(|step| step.to_string().replace('"', "")).collect::<Vec<_>>();
        found.iter().map(|issue| (issue.code.to_owned(), path(issue).join("."))).collect()
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(code, path)| ((*code).to_owned(), (*path).to_owned())).collect()
    }

    #[test]
    fn every_issue_is_reported_at_its_path() {
        let body = json!({
            "name": "", "type": "X", "seconds": 61, "roleIds": ["a", "", 1], "customData": [], "inner": {}
        });
        let expected = [
            ("too_small", "name"),
            ("invalid_enum_value", "type"),
            ("too_big", "seconds"),
            ("too_small", "roleIds.1"),
            ("invalid_type", "roleIds.2"),
            ("invalid_type", "customData"),
            ("invalid_type", "inner.isOn"),
        ];
        assert_eq!(issues(body), pairs(&expected));
        assert_eq!(issues(json!({})), pairs(&[("invalid_type", "name"), ("invalid_type", "type")]));
        assert_eq!(issues(json!(["x"])), pairs(&[("invalid_type", "")]));
    }

    #[test]
    fn only_a_patch_may_be_null() {
        let body = |member: &str, value: Value| json!({"name": "n", "type": "Machine", member: value});
        assert_eq!(issues(body("seconds", json!(null))), pairs(&[("invalid_type", "seconds")]));
        assert_eq!(issues(body("inner", json!(null))), pairs(&[("invalid_type", "inner")]));
        let read = read::<Create>(body("description", json!(null))).unwrap();
        assert_eq!((read.description, read.kind, read.seconds), (Patch::Null, Kind::Machine, None));
    }

    #[test]
    fn e8_nul_is_refused_at_its_path_and_reports_are_bounded() {
        let body = json!({"name": "n", "type": "User", "customData": {"a": ["x", "\0"]}, "other": {"\0": 1}});
        assert_eq!(issues(body), pairs(&[("custom", "customData.a.1"), ("custom", "other")]));
        let many = json!({"name": "n", "type": "User", "roleIds": vec![0; 100_000]});
        assert_eq!(issues(many).len(), 100);
    }

    #[test]
    fn numbers_are_whole() {
        let found = read::<Create>(json!({"name": "n", "type": "User", "seconds": 1.5})).unwrap_err();
        assert_eq!((found[0].code, found[0].details["expected"].as_str()), ("invalid_type", Some("integer")));
    }
}

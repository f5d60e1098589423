//! What differs between before and after.

use serde_json::{Map, Value};

/// Both sides with only the members that differ, at every depth of objects; a side that is absent leaves the other whole.
pub(super) fn changed(before: Option<Value>, after: Option<Value>) -> (Option<Value>, Option<Value>) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let (before, after) = of_objects(before, after);
            let kept = |members: Map<String, Value>| {
                Some(Value::Object(members)).filter(|side| side != &Value::Object(Map::new()))
            };
            (kept(before), kept(after))
        }
        sides => sides,
    }
}

fn of_objects(before: Map<String, Value>, mut after: Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    let (mut old, mut new) = (Map::new(), Map::new());
    for (name, was) in before {
        match (was, after.remove(&name)) {
            (was, Some(is)) if was == is => {}
            (Value::Object(was), Some(Value::Object(is))) => {
                let (was, is) = of_objects(was, is);
                old.insert(name.clone(), Value::Object(was));
                new.insert(name, Value::Object(is));
            }
            (was, is) => {
                old.insert(name.clone(), was);
                new.extend(is.map(|is| (name, is)));
            }
        }
    }
    new.extend(after);
    (old, new)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_left() {
        let before = json!({"a": 1, "b": {"c": 1, "d": [1]}, "gone": true, "same": {"x": 1}});
        let after = json!({"a": 2, "b": {"c": 1, "d": [2]}, "new": null, "same": {"x": 1}});
        let expected =
            (Some(json!({"a": 1, "b": {"d": [1]}, "gone": true})), Some(json!({"a": 2, "b": {"d": [2]}, "new": null})));
        assert_eq!(changed(Some(before.clone()), Some(after)), expected);
        assert_eq!(changed(Some(before.clone()), Some(before.clone())), (None, None));
        assert_eq!(changed(Some(before.clone()), None), (Some(before), None));
    }
}

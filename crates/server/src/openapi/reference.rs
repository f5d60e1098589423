//! The reference for people, read from the OpenAPI document.

use serde_json::{Map, Value};
use views::docs_pages::{DocsAnswer, DocsGroup, DocsLine, DocsMember, DocsOperation, DocsPathPart};

/// Members that are deeper than this are left to the OpenAPI document.
const MAX_DEPTH: usize = 6;

/// The groups of a document, by name.
pub(super) fn groups(document: &Value) -> Vec<DocsGroup> {
    let mut groups: Vec<DocsGroup> = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let name = operation["tags"][0].as_str().unwrap_or_default();
            let operation = read_operation(path, method, operation);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.operations.push(operation),
                None => {
                    let slug = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
                    groups.push(DocsGroup { name: name.to_owned(), slug, operations: vec![operation] });
                }
            }
        }
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    groups
}

fn read_operation(path: &str, method: &str, operation: &Value) -> DocsOperation {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let line = DocsLine { id: id.to_owned(), title: title(id), method: method.to_uppercase(), path: path_parts(path) };
    DocsOperation {
        line,
        needs_token: operation["security"].as_array().is_none_or(|needed| !needed.is_empty()),
        parameters: parameters.map(parameter).collect(),
        body: (!body.is_null()).then(|| members_of(body)),
        answers: operation["responses"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(status, one)| answer(status, one))
            .collect(),
    }
}

/// `CreateUserRole` is "Create user role".
fn title(id: &str) -> String {
    let mut title = String::new();
    let mut before = None;
    for c in id.chars() {
        let begins_word = c.is_uppercase() && before.is_some_and(|before: char| !before.is_uppercase());
        if begins_word {
            title.push(' ');
        }
        if before.is_none() {
            title.push(c)
        } else {
            title.extend(c.to_lowercase())
        }
        before = Some(c);
    }
    title
}

fn path_parts(path: &str) -> Vec<DocsPathPart> {
    let part = |text: &str, is_parameter| DocsPathPart { text: text.to_owned(), is_parameter };
    let (mut parts, mut rest) = (Vec::new(), path);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        parts.push(part(before, false));
        parts.push(part(&format!("{{{name}}}"), true));
        rest = after;
    }
    parts.push(part(rest, false));
    parts
}

fn parameter(parameter: &Value) -> DocsMember {
    let text = |name: &str| parameter[name].as_str().unwrap_or_default().to_owned();
    let described = member(&text("name"), &parameter["schema"], 0, parameter["required"] == true);
    DocsMember { place: text("in"), ..described }
}

fn answer(status: &str, answer: &Value) -> DocsAnswer {
    let schema = &answer["content"]["application/json"]["schema"];
    DocsAnswer {
        status: status.to_owned(),
        is_error: !status.starts_with('2'),
        description: answer["description"].as_str().unwrap_or_default().to_owned(),
        members: members_of(schema),
    }
}

/// The members of a body; for a list, those of its items.
fn members_of(schema: &Value) -> Vec<DocsMember> {
    let mut found = Vec::new();
    if schema["properties"].is_null() && !schema.is_null() && schema["type"] != "object" {
        found.push(member(if schema["type"] == "array" { "[ ]" } else { "·" }, schema, 0, false));
        collect(schema, 1, &mut found);
    } else {
        collect(schema, 0, &mut found);
    }
    found
}

fn collect(schema: &Value, depth: usize, found: &mut Vec<DocsMember>) {
    if depth > MAX_DEPTH {
        return;
    }
    if !schema["items"].is_null() {
        return collect(&schema["items"], depth, found);
    }
    for option in ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|name| schema[name].as_array()).flatten() {
        collect(option, depth, found);
    }
    let is_required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|n| n == name));
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let described = member(name, property, depth, is_required(name));
        // Variants share members.
        if !found.iter().any(|known| known.depth == depth && known.name == *name && depth == 0) {
            found.push(described);
            collect(property, depth + 1, found);
        }
    }
    if schema["additionalProperties"].is_object() {
        collect(&schema["additionalProperties"], depth, found);
    }
}

fn member(name: &str, schema: &Value, depth: usize, is_required: bool) -> DocsMember {
    let innermost = if schema["items"].is_null() { schema } else { &schema["items"] };
    let values = innermost["enum"].as_array().into_iter().flatten().filter(|value| !value.is_null());
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    DocsMember {
        name: name.to_owned(),
        depth,
        kind: kind(schema),
        place: String::new(),
        is_required,
        is_nullable: schema["nullable"] == true,
        limits: schema.as_object().map(limits).unwrap_or_default(),
        values: values.map(plain).collect(),
        description: schema["description"].as_str().unwrap_or_default().to_owned(),
    }
}

fn kind(schema: &Value) -> String {
    let options = ["oneOf", "anyOf"].into_iter().find_map(|name| schema[name].as_array());
    match (schema["type"].as_str(), options) {
        (Some("array"), _) => format!("array of {}", kind(&schema["items"])),
        (Some("object"), _) if schema["properties"].is_null() && schema["additionalProperties"].is_object() => {
            format!("object of {}", kind(&schema["additionalProperties"]))
        }
        (Some(kind), _) => kind.to_owned(),
        (None, Some(options)) => {
            let mut kinds: Vec<String> = options.iter().map(kind).collect();
            kinds.dedup();
            kinds.join(" or ")
        }
        (None, None) => "any".to_owned(),
    }
}

fn limits(schema: &Map<String, Value>) -> Vec<String> {
    let number = |name: &str| schema.get(name).map(Value::to_string);
    let range = |min: &str, max: &str, unit: &str| match (number(min), number(max)) {
        (Some(min), Some(max)) => Some(format!("{min} to {max}{unit}")),
        (Some(min), None) => Some(format!("at least {min}{unit}")),
        (None, Some(max)) => Some(format!("at most {max}{unit}")),
        (None, None) => None,
    };
    let text = |name: &str| schema.get(name).and_then(Value::as_str).map(str::to_owned);
    [
        range("minLength", "maxLength", " characters"),
        range("minimum", "maximum", ""),
        range("minItems", "maxItems", " items"),
        text("format"),
        text("pattern"),
        number("default").map(|value| format!("default {value}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_become_titles_and_paths_pieces() {
        assert_eq!(title("ListUserMfaVerifications"), "List user mfa verifications");
        let parts = path_parts("/api/users/{userId}/roles");
        let texts: Vec<_> = parts.iter().map(|part| (part.text.as_str(), part.is_parameter)).collect();
        assert_eq!(texts, [("/api/users/", false), ("{userId}", true), ("/roles", false)]);
    }

    #[test]
    fn members_are_listed_with_their_depth_and_limits() {
        let schema = json!({"type": "array", "items": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 128},
            "kind": {"type": "string", "enum": ["a", "b"], "nullable": true},
            "look": {"type": "object", "properties": {"color": {"type": "string"}}},
        }}});
        let all: Vec<_> =
            members_of(&schema).into_iter().map(|member| (member.depth, member.name, member.kind)).collect();
        let wanted =
            [(0, "[ ]", "array of object"), (1, "kind", "string"), (1, "look", "object"), (2, "color", "string")];
        for (depth, name, kind) in wanted {
            assert!(all.contains(&(depth, name.to_owned(), kind.to_owned())), "{name}: {all:?}");
        }
        let name = members_of(&schema).into_iter().find(|member| member.name == "name").unwrap();
        assert_eq!((name.limits, name.is_required), (vec!["1 to 128 characters".to_owned()], true));
    }
}

//! The environment variables of a script as lines of a form. Their values are secrets: a page shows the names alone, and an empty value
//! means that the stored one stays. And what a script says of its failure.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use views::console::{Block, Notice, Tone};

use super::entity::text;
use super::fields::{FieldKind, FieldSpec};
use super::page::language;
use crate::callers::ConsoleUser;
use crate::callers::console::Manage;
use crate::errors::ApiError;

/// The member that holds them.
pub(super) const VARIABLES: &str = "environmentVariables";

/// All members that the form of a script with these settings sends.
pub(super) fn sent(settings: &[FieldSpec]) -> Vec<FieldSpec> {
    settings.iter().copied().chain([FieldSpec::new(VARIABLES, FieldKind::Object)]).collect()
}

/// What stands in the fields: what is stored over what a new script begins with.
pub(super) fn filled_in(starter: &str, samples: &str, stored: Option<&Value>) -> Value {
    let mut settings: Value = serde_json::from_str(samples).unwrap_or_else(|_| json!({}));
    settings["script"] = starter.into();
    if let (Some(members), Some(stored)) = (settings.as_object_mut(), stored.and_then(Value::as_object)) {
        members.extend(stored.clone());
    }
    settings
}

/// The lines for what is stored.
pub(super) fn shown(stored: &Value) -> String {
    let names = stored.as_object().into_iter().flat_map(Map::keys);
    names.map(|name| format!("{name}=")).collect::<Vec<_>>().join("\n")
}

/// The variables of what was typed; none for a line that is no `NAME=value`.
pub(super) fn typed(text: &str, stored: &Value) -> Option<Map<String, Value>> {
    let mut variables = Map::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) = line.split_once('=')?;
        let name = name.trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return None;
        }
        let kept = stored.get(name).filter(|_| value.is_empty());
        variables.insert(name.to_owned(), kept.cloned().unwrap_or_else(|| value.into()));
    }
    Some(variables)
}

/// What a script says of its own failure; other refusals as everywhere.
///
/// # Errors
/// 403 of the API.
pub(super) fn failure_block(user: &ConsoleUser<Manage>, error: ApiError) -> Result<Block, ApiError> {
    let said = error.data_ref().map(|data| (text(data, "error"), text(data, "message")));
    let text = match said {
        Some((kind, message)) if kind == "AccessDenied" => format!("{kind}: {message}"),
        // It begins with the name of the error.
        Some((kind, message)) if !kind.is_empty() => message,
        _ if error.status() == StatusCode::FORBIDDEN => return Err(error),
        _ => error.message(language(user)),
    };
    Ok(Block::Notice(Notice { text, tone: Tone::Bad }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_shown_and_stay_unless_others_are_typed() {
        let stored = json!({"KEY": "secret", "URL": "https://a.example"});
        assert_eq!(shown(&stored), "KEY=\nURL=");
        let variables = typed("KEY=\r\n\r\nURL= https://b.example?x=1\nNEW=", &stored);
        assert_eq!(
            variables.map(Value::Object),
            Some(json!({"KEY": "secret", "URL": " https://b.example?x=1", "NEW": ""}))
        );
        assert_eq!(typed("", &stored), Some(Map::new()));
        for bad in ["KEY", "=x", "A B=c"] {
            assert_eq!(typed(bad, &stored), None, "{bad}");
        }
    }
}

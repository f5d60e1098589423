//! What is wrong with a form, beside its fields.

use serde_json::Value;

use super::fields::FieldSpec;
use crate::callers::ConsoleUser;
use crate::errors::ApiError;

/// What is wrong with a form: with its fields by their paths, and with the whole.
#[derive(Debug, Default)]
pub(super) struct FormErrors {
    fields: Vec<(String, String)>,
    pub whole: Option<String>,
}

impl FormErrors {
    /// Something is wrong with the whole.
    pub fn of_whole(text: String) -> Self {
        Self { fields: Vec::new(), whole: Some(text) }
    }

    /// Something is wrong with one field alone.
    pub fn of_one(path: &str, text: String) -> Self {
        Self { fields: vec![(path.to_owned(), text)], whole: None }
    }

    /// Something is wrong with one field.
    pub fn put(&mut self, path: String, text: String) {
        self.fields.push((path, text));
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.whole.is_none()
    }

    /// With what is wrong with other fields of the form.
    pub fn and(mut self, other: Self) -> Self {
        self.fields.extend(other.fields);
        Self { whole: self.whole.or(other.whole), ..self }
    }

    /// Puts a refusal of the API beside the fields that it names.
    pub fn of<R>(user: &ConsoleUser<R>, error: &ApiError, specs: &[FieldSpec]) -> Self {
        let paths: Vec<String> = specs.iter().map(|spec| spec.path.to_owned()).collect();
        Self::beside(user, error, &paths)
    }

    /// As [`Self::of`], with the paths of the fields. The API names settings of connectors without `config`.
    pub fn beside<R>(user: &ConsoleUser<R>, error: &ApiError, paths: &[String]) -> Self {
        let message = told(error, super::page::language(user));
        let issues = error.data_ref().and_then(|data| data.get("issues")).and_then(Value::as_array);
        let mut errors = Self::default();
        for issue in issues.into_iter().flatten() {
            let path = issue.get("path").and_then(Value::as_array).into_iter().flatten();
            let path: Vec<String> =
                path.map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned)).collect();
            let path = path.join(".");
            let below = |path: &str| {
                let rest =
                    |known: &str| path.strip_prefix(known).filter(|rest| rest.is_empty() || rest.starts_with('.'));
                paths.iter().find_map(|known| Some((known.clone(), rest(known)?.trim_start_matches('.').to_owned())))
            };
            let found = below(&path).or_else(|| below(&format!("config.{path}")));
            if let (Some((known, rest)), Some(message)) = (found, issue.get("message").and_then(Value::as_str)) {
                let message = if rest.is_empty() { message.to_owned() } else { format!("{rest}: {message}") };
                errors.fields.push((known, message));
            }
        }
        // A name, an address or a password that is taken or not allowed: the code names the member.
        let of_codes = [
            ("user.username_", "username"),
            ("user.email_", "primaryEmail"),
            ("user.invalid_email", "primaryEmail"),
            ("user.phone_", "primaryPhone"),
            ("user.invalid_phone", "primaryPhone"),
            ("password.", "password"),
            ("role.name_in_use", "name"),
            ("resource.resource_identifier_in_use", "indicator"),
            ("application.invalid_third_party_application_type", "isThirdParty"),
            ("application.device_flow_native_only", "customClientMetadata.isDeviceFlow"),
            (
                "application.third_party_application_cannot_enable_token_exchange",
                "customClientMetadata.allowTokenExchange",
            ),
            ("connector.multiple_target_with_same_platform", "metadata.target"),
            ("single_sign_on.duplicate_connector_name", "connectorName"),
            ("single_sign_on.duplicated_domains", "domains"),
            ("single_sign_on.forbidden_domains", "domains"),
            ("single_sign_on.invalid_domain_format", "domains"),
        ];
        let is_named =
            |(code, path): &(&str, &str)| error.code().starts_with(code) && paths.iter().any(|known| known == path);
        if let Some((_, path)) = of_codes.into_iter().find(is_named) {
            errors.fields.push((path.to_owned(), message.clone()));
        }
        if errors.fields.is_empty() {
            errors.whole = Some(message);
        }
        errors
    }

    /// What is wrong with a field.
    pub fn of_field(&self, path: &str) -> Option<String> {
        self.fields.iter().find(|(known, _)| known == path).map(|(_, text)| text.clone())
    }
}

/// The message of a refusal, with what the API adds to it: why a service refused, or which values are meant.
pub(super) fn told(error: &ApiError, language: views::Language<'_>) -> String {
    let data = error.data_ref();
    let reason = data.and_then(|data| data.get("message")).and_then(Value::as_str).map(str::to_owned);
    let values = data.and_then(|data| data.get("data")).and_then(Value::as_array);
    let values: Vec<&str> = values.into_iter().flatten().filter_map(Value::as_str).collect();
    let values = (!values.is_empty()).then(|| values.join(", "));
    let parts: Vec<String> = [Some(error.message(language)), reason, values].into_iter().flatten().collect();
    parts.join(" ")
}

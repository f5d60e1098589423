//! Audit entries of interactions (traces 70-02 and 70-03): `Interaction.{event}.{action}`.

use flow::{InteractionEvent, State};
use serde_json::{Map, Value, json};

use super::unit::{Made, Played};
use super::visit::Visit;
use crate::audit::Entry;

/// What a request wants to be remembered with its steps: its body, with secrets already masked.
#[derive(Debug, Clone, Default)]
pub(super) struct Remark {
    /// `payload`.
    pub payload: Option<Value>,
    /// Further members, as `verification` or `interactionEvent`.
    pub members: Map<String, Value>,
}

impl Remark {
    /// A remark with this payload.
    pub(super) fn payload(payload: Value) -> Self {
        Self { payload: Some(payload), members: Map::new() }
    }

    /// A remark with one more member.
    pub(super) fn member(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }
}

impl Visit {
    /// What follows a committed unit: the audit entries, and a fresh snapshot if the first administrator just closed
    /// the registration.
    pub(super) fn settle(&self, played: &Played, remark: &Remark) {
        self.remember(&played.made, remark);
        if played.created_user && self.tenant.id() == "admin" {
            self.app.tenants.invalidate(self.tenant.id());
        }
    }

    /// Writes one entry per step that was made.
    pub(super) fn remember(&self, made: &[Made], remark: &Remark) {
        for step in made {
            self.write_entry(
                (step.event, step.action),
                (step.state.as_ref(), &step.client_id),
                step.error.as_ref(),
                remark,
            );
        }
    }

    fn write_entry(
        &self,
        (event, action): (InteractionEvent, &str),
        (state, client_id): (Option<&State>, &str),
        error: Option<&flow::Error>,
        remark: &Remark,
    ) {
        let mut payload = Map::new();
        payload.insert("result".to_owned(), json!(if error.is_some() { "Error" } else { "Success" }));
        if let Some(error) = error {
            payload.insert("error".to_owned(), error_value(&error.code(), error.data()));
        }
        payload.insert("ip".to_owned(), json!(self.ip));
        payload.insert("userAgent".to_owned(), json!(self.user_agent));
        payload.insert(
            "userAgentParsed".to_owned(),
            json!({"ua": self.user_agent, "browser": {}, "device": {}, "engine": {}, "os": {}, "cpu": {}}),
        );
        if let Some(user_id) = state.and_then(|state| state.user_id.as_ref()) {
            payload.insert("userId".to_owned(), json!(user_id));
        }
        payload.insert("applicationId".to_owned(), json!(client_id));
        if let Some(value) = &remark.payload {
            payload.insert("payload".to_owned(), value.clone());
        }
        if let Some(state) = state {
            payload.insert("interaction".to_owned(), state.audit());
        }
        payload.extend(remark.members.clone());
        let key = format!("Interaction.{}.{action}", event.as_str());
        self.app.audit(self.tenant.id(), Entry { key, payload });
    }
}

fn error_value(code: &str, data: Option<Value>) -> Value {
    let mut error = json!({"code": code, "message": views::error_message(kernel::Locale::En, code)});
    if let Some(data) = data {
        error["data"] = data;
    }
    error
}

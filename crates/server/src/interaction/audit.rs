//! Audit log entries of interactions (traces 70-02 and 70-03): `Interaction.{event}.{action}`.

use flow::{InteractionEvent, State};
use serde_json::{Map, Value, json};

use super::browser::InteractionBrowser;
use super::transaction::{StepRecord, StepsOutcome};
use crate::audit::AuditEntry;

/// What a request adds to its audit entries. The caller masks secrets.
#[derive(Debug, Clone, Default)]
pub(super) struct AuditDetails {
    /// The member `payload`, usually the request body.
    pub payload: Option<Value>,
    /// Further members, for example `verification` or `interactionEvent`.
    pub members: Map<String, Value>,
}

impl AuditDetails {
    /// Details with this payload.
    pub(super) fn with_payload(payload: Value) -> Self {
        Self { payload: Some(payload), members: Map::new() }
    }

    /// Adds one member.
    pub(super) fn with_member(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }
}

impl InteractionBrowser {
    /// Writes the audit entries of a committed transaction. The registration of the first administrator closes
    /// registration, so the cached settings are dropped.
    pub(super) fn after_commit(&self, outcome: &StepsOutcome, details: &AuditDetails) {
        self.write_audit_entries(&outcome.records, details);
        if outcome.created_user && self.tenant.id() == "admin" {
            self.app.tenants.invalidate(self.tenant.id());
        }
    }

    /// Writes one entry per step.
    pub(super) fn write_audit_entries(&self, records: &[StepRecord], details: &AuditDetails) {
        for record in records {
            self.write_entry(
                (record.event, record.action),
                (record.state.as_ref(), &record.client_id),
                record.error.as_ref(),
                details,
            );
        }
    }

    fn write_entry(
        &self,
        (event, action): (InteractionEvent, &str),
        (state, client_id): (Option<&State>, &str),
        error: Option<&flow::FlowError>,
        details: &AuditDetails,
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
        if let Some(value) = &details.payload {
            payload.insert("payload".to_owned(), value.clone());
        }
        if let Some(state) = state {
            payload.insert("interaction".to_owned(), state.audit());
        }
        payload.extend(details.members.clone());
        let key = format!("Interaction.{}.{action}", event.as_str());
        self.app.audit(self.tenant.id(), AuditEntry { key, payload });
    }
}

fn error_value(code: &str, data: Option<Value>) -> Value {
    let mut error = json!({"code": code, "message": views::error_message(kernel::Locale::En, code)});
    if let Some(data) = data {
        error["data"] = data;
    }
    error
}

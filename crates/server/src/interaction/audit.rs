//! Audit log entries of interactions (traces 70-02 and 70-03): `Interaction.{event}.{action}`.

use db::DbError;
use serde_json::{Map, Value, json};

use super::browser::InteractionBrowser;
use super::transaction::{StepContext, StepRecord};
use crate::audit::{AuditEntry, user_agent};
use crate::work::Work;

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

impl StepContext {
    /// Writes the audit entry of a step. Strangers can take steps without end: until somebody is known, entries have the budget of
    /// sign-ins that begin.
    pub(super) fn audit(&self, work: &Work<'_>, record: &StepRecord, details: &AuditDetails) -> Result<(), DbError> {
        let (browser, entry) = (&self.browser, record.entry(&self.browser, details));
        match record.state.as_ref().and_then(|state| state.user_id.as_ref()) {
            Some(_) => work.audit(&entry),
            None => work.audit_beginning(&browser.app, browser.ip.network(), &entry),
        }
    }

    /// Queues the audit entry of a step that was refused and changed nothing. `false` means that the sender's network has
    /// caused so many that this one is left out.
    pub(super) fn audit_refusal(&self, record: &StepRecord, details: &AuditDetails) -> bool {
        let browser = &self.browser;
        browser.app.audit_refusal(browser.ip.network(), browser.tenant_id(), &record.entry(browser, details))
    }
}

impl StepRecord {
    /// The audit entry of the step, sent by `browser`.
    pub(super) fn entry(&self, browser: &InteractionBrowser, details: &AuditDetails) -> AuditEntry {
        let mut payload = Map::new();
        payload.insert("result".to_owned(), json!(if self.error.is_some() { "Error" } else { "Success" }));
        if let Some(error) = &self.error {
            payload.insert("error".to_owned(), error_value(&error.code(), error.data()));
        }
        payload.insert("ip".to_owned(), json!(browser.ip.text()));
        payload.insert("userAgent".to_owned(), json!(browser.user_agent));
        payload.insert("userAgentParsed".to_owned(), user_agent::parsed(&browser.user_agent));
        if let Some(user_id) = self.state.as_ref().and_then(|state| state.user_id.as_ref()) {
            payload.insert("userId".to_owned(), json!(user_id));
        }
        payload.insert("applicationId".to_owned(), json!(self.client_id));
        if let Some(value) = &details.payload {
            payload.insert("payload".to_owned(), value.clone());
        }
        if let Some(state) = &self.state {
            payload.insert("interaction".to_owned(), state.audit());
        }
        payload.extend(details.members.clone());
        AuditEntry { key: format!("Interaction.{}.{}", self.event.as_str(), self.action), payload }
    }
}

fn error_value(code: &str, data: Option<Value>) -> Value {
    let mut error = json!({"code": code, "message": views::error_message(kernel::Locale::En, code)});
    if let Some(data) = data {
        error["data"] = data;
    }
    error
}

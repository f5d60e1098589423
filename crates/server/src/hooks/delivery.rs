//! One attempt to deliver an event to a hook, and its entry in the log (inventory H016, H018).

use std::sync::Arc;

use db::DbError;
use outbound::OutboundError;
use serde_json::{Map, Value, json};

use super::message::{self, Answer};
use super::settings::HookSettings;
use super::{SUBSCRIBER, masking, store};
use crate::audit::AuditEntry;
use crate::outbox::{Delivery, Failure, MAX_ATTEMPTS, Outcome};
use crate::work::Actor;
use crate::{App, Tenant};

/// One attempt. The hook may have been changed or deleted since: what is configured now counts.
pub(crate) async fn deliver(app: &App, delivery: &Delivery) -> Outcome {
    let tenant_id = match app.tenants.find(&delivery.tenant_id, app).await {
        Ok(Some(id)) => id,
        Ok(None) => return Outcome::Done,
        Err(error) => return Outcome::Again(Failure { reason: error.to_string(), is_down: false }),
    };
    let id = delivery.subscriber.strip_prefix(SUBSCRIBER).unwrap_or_default();
    let hook = match find(&Tenant::new(tenant_id, app), id).await {
        Ok(Some(hook)) => hook,
        Ok(None) => return Outcome::Done,
        Err(error) => return Outcome::Again(Failure { reason: error.to_string(), is_down: false }),
    };
    let body = message::body(&delivery.event, &hook.id, &delivery.payload);
    let answered = hook.receiver.send(&app.outbox_client, &delivery.id, &body).await;
    let failure = failure(&answered);
    let is_last = delivery.attempt >= hook.retries.map_or(MAX_ATTEMPTS, |retries| retries.saturating_add(1));
    let attempt = Attempt { delivery, hook: &hook, is_last };
    app.audit(tenant_id, &attempt.entry(&body, answered.ok(), failure.as_ref()));
    match failure {
        None => Outcome::Done,
        Some(failure) if is_last => Outcome::GivenUp(failure),
        Some(failure) => Outcome::Again(failure),
    }
}

/// The hook if it is enabled. One that the snapshot does not know yet may have been made by another node.
async fn find(tenant: &Tenant, id: &str) -> Result<Option<Arc<HookSettings>>, DbError> {
    if let Ok(config) = tenant.config().await
        && let Some(known) = config.hooks.find(id)
    {
        return Ok(Some(known));
    }
    let id = id.to_owned();
    let found = tenant.read_inline(&Actor::Server, move |view| store::find_enabled(view, &id)).await?;
    Ok(found.map(Arc::new))
}

/// Why an attempt failed, if it did.
fn failure(answered: &Result<Answer, OutboundError>) -> Option<Failure> {
    match answered {
        Ok(answer) if answer.status.is_success() => None,
        Ok(answer) => {
            let status = answer.status.as_u16();
            let hint = if answer.status.is_redirection() { "; redirects are not followed" } else { "" };
            // What it asks for is a pause (RFC 9110, section 15.6.4; RFC 6585, section 4).
            Some(Failure {
                reason: format!("the receiver answered {status}{hint}"),
                is_down: [429, 503].contains(&status),
            })
        }
        Err(error) => Some(Failure { reason: error.to_string(), is_down: true }),
    }
}

struct Attempt<'a> {
    delivery: &'a Delivery,
    hook: &'a HookSettings,
    is_last: bool,
}

impl Attempt<'_> {
    /// The entry of this attempt, without what its body tells of secrets.
    fn entry(&self, body: &Value, answer: Option<Answer>, failure: Option<&Failure>) -> AuditEntry {
        let result = if failure.is_none() { "Success" } else { "Error" };
        let mut payload = Map::from_iter([
            ("result".to_owned(), result.into()),
            ("hookId".to_owned(), self.hook.id.as_str().into()),
            ("attempt".to_owned(), self.delivery.attempt.into()),
            ("hookRequest".to_owned(), json!({"body": masking::masked(body)})),
        ]);
        if let Some(failure) = failure {
            payload.insert("error".to_owned(), failure.reason.as_str().into());
            if self.is_last {
                payload.insert("isGivenUp".to_owned(), true.into());
            }
        }
        if let Some(Answer { status, text }) = answer {
            let body = masking::masked_text(&text);
            payload.insert("response".to_owned(), json!({"statusCode": status.as_u16(), "body": body}));
        }
        AuditEntry { key: format!("TriggerHook.{}", self.delivery.event), payload }
    }
}

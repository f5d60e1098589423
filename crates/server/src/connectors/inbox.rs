//! The development inbox: without a connector, on a machine of a developer, messages are kept to be read. It is open only
//! where `ENDPOINT` is on this machine, and only for requests from this machine to this machine.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::http::header;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Host;

use super::message::{Message, Recipient};
use super::templates;
use crate::callers::{Anyone, RequestContext};
use crate::errors::ApiError;
use crate::http::Query;
use crate::routes::Routes;

/// Older messages go.
const MAX_MESSAGES: usize = 100;

/// The messages of all tenants, oldest first. They are lost with the process.
#[derive(Debug, Default)]
pub struct Inbox {
    is_open: bool,
    messages: Mutex<VecDeque<KeptMessage>>,
}

/// A message that was kept.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptMessage {
    #[serde(skip)]
    tenant_id: &'static str,
    /// Address or number.
    pub to: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub subject: String,
    pub text: String,
    pub payload: Map<String, Value>,
    pub created_at: Timestamp,
}

/// The query of the inbox.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InboxQuery {
    to: Option<String>,
}

impl Inbox {
    /// An inbox that is open or takes nothing.
    pub fn new(is_open: bool) -> Self {
        Self { is_open, messages: Mutex::default() }
    }

    /// Whether messages are kept.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    pub(crate) fn keep(&self, tenant_id: &'static str, message: &Message, now: Timestamp) {
        if !self.is_open {
            return;
        }
        let (subject, text) = templates::plain_text(message);
        let to = match &message.to {
            Recipient::Email(text) | Recipient::Phone(text) => text.clone(),
        };
        let payload = message.payload.clone();
        let kept = KeptMessage { tenant_id, to, kind: message.kind(), subject, text, payload, created_at: now };
        let mut messages = self.lock();
        if messages.len() == MAX_MESSAGES {
            messages.pop_front();
        }
        messages.push_back(kept);
    }

    /// The messages of a tenant, newest first.
    fn list(&self, tenant_id: &str, to: Option<&str>) -> Vec<KeptMessage> {
        let messages = self.lock();
        let own = messages.iter().rev().filter(|message| message.tenant_id == tenant_id);
        own.filter(|message| to.is_none_or(|to| message.to == to)).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<KeptMessage>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a URL leads to this machine.
pub fn is_local(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| is_local_host(url.host()))
}

fn is_local_host(host: Option<Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

pub(super) fn routes() -> Routes {
    Routes::new().get("/api/development/messages", list_messages)
}

/// The messages, newest first; `?to=` only those to one address.
async fn list_messages(anyone: Anyone, Query(query): Query<InboxQuery>) -> Result<Json<Vec<KeptMessage>>, ApiError> {
    read(&anyone, query.to.as_deref()).map(Json).ok_or_else(ApiError::not_found)
}

/// The messages of the tenant, newest first; none where the inbox must not be seen.
pub fn read(request: &RequestContext, to: Option<&str>) -> Option<Vec<KeptMessage>> {
    // A name of another machine that leads here (DNS rebinding) must not read it from a browser, nor may a proxy.
    let is_named_locally = request.header(header::HOST).is_some_and(|host| is_local(&format!("http://{host}")));
    let forwarding = ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded"];
    let is_forwarded = forwarding.iter().any(|name| request.headers.contains_key(*name));
    let is_here = request.ip.0.to_canonical().is_loopback() && is_named_locally && !is_forwarded;
    let inbox = &request.app.inbox;
    (inbox.is_open() && is_here).then(|| inbox.list(request.tenant_id(), to))
}

#[cfg(test)]
mod tests {
    use super::super::message::UsageType;
    use super::*;

    #[test]
    fn only_urls_of_this_machine_are_local() {
        for url in ["http://localhost:3001", "http://127.0.0.1", "https://[::1]:8443"] {
            assert!(is_local(url), "{url}");
        }
        for url in ["https://auth.example.com", "http://10.0.0.1", "http://localhost.example.com", "http://0.0.0.0", ""]
        {
            assert!(!is_local(url), "{url}");
        }
    }

    #[test]
    fn the_inbox_is_bounded_and_takes_nothing_when_it_is_closed() {
        let (open, closed) = (Inbox::new(true), Inbox::default());
        for count in 0..150 {
            let to = Recipient::Phone(count.to_string());
            let message = Message::code(to, UsageType::SignIn, "123456", None);
            open.keep("default", &message, Timestamp(count));
            closed.keep("default", &message, Timestamp(count));
        }
        let kept = open.list("default", None);
        assert_eq!((kept.len(), kept[0].to.as_str(), kept[99].to.as_str()), (100, "149", "50"));
        assert_eq!(open.list("admin", None).len() + closed.list("default", None).len(), 0);
        assert_eq!(open.list("default", Some("60")).len(), 1);
    }
}

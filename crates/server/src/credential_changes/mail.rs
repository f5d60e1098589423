//! The mail about a change, made when it is sent: in the tenant's language where the person's is not known.

use ::api::connectors::ConnectorType;
use kernel::Locale;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::CredentialChange;
use crate::connectors::{self, Channel, Message, Notice};
use crate::outbox::Delivery;
use crate::tenants::TenantSnapshot;
use crate::work::{Actor, View};
use crate::{App, Tenant};

/// The name under which deliveries are stored, before the tenant's id: the service of one tenant delays no other.
pub(crate) const SUBSCRIBER: &str = "credential_change_mail:";
/// Its event in the outbox.
pub(super) const EVENT: &str = "CredentialChangeMail";
/// The kind of message for services that make their own texts. The contract has none for it.
const KIND: &str = "AccountChanged";
/// People choose names themselves.
const MAX_NAME_CHARS: usize = 64;

pub(super) fn subscriber(tenant_id: &str) -> String {
    format!("{SUBSCRIBER}{tenant_id}")
}

/// What a delivery holds.
#[derive(Deserialize)]
struct Told {
    to: String,
    changes: Vec<CredentialChange>,
    by: By,
    /// ISO 8601.
    at: String,
    locale: Option<Locale>,
    ip: Option<String>,
    browser: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum By {
    Person,
    Administrator,
    Server,
}

/// One attempt. What sends mails is asked now; without it nobody is told.
pub(crate) async fn deliver(app: App, delivery: Delivery) -> Result<(), String> {
    let payload = delivery.payload.as_object().cloned().unwrap_or_default();
    let told: Told = serde_json::from_value(delivery.payload).map_err(|error| error.to_string())?;
    let found = app.tenants.find(&delivery.tenant_id, &app).await.map_err(|error| error.to_string())?;
    let Some(tenant_id) = found else { return Ok(()) };
    let tenant = Tenant::new(tenant_id, &app);
    let config = tenant.config().await.map_err(|error| format!("{error:?}"))?;
    let inner = app.clone();
    let find = move |view: &View<'_>| match connectors::mail_service(view, inner.inbox.is_open())? {
        Some(_) => connectors::channel(view, &inner, ConnectorType::Email).map(Some),
        None => Ok(None),
    };
    let found =
        tenant.read_inline(&Actor::Server, find).await.map_err(|error: crate::ApiError| format!("{error:?}"))?;
    let Some(channel) = found else { return Ok(()) };
    let message = message(told, payload, &config, tenant.endpoint());
    match channel {
        Channel::Service(settings) => {
            connectors::send(&app, &settings, &message).await.map_err(|error| error.to_string())
        }
        Channel::Inbox => {
            app.inbox.keep(tenant_id, &message, app.clock.now());
            Ok(())
        }
    }
}

fn message(told: Told, mut payload: Map<String, Value>, config: &TenantSnapshot, endpoint: &str) -> Message {
    let experience = &config.policy.experience;
    let fallback = || Locale::from_tag(&experience.language_info.fallback_language);
    let locale = told.locale.or_else(fallback).unwrap_or_default();
    let to = told.to.clone();
    let notice = notice(told, locale, &site_of(endpoint), experience.support_email.as_deref());
    payload.remove("to");
    payload.insert("locale".to_owned(), locale.tag().into());
    payload.insert("subject".to_owned(), notice.subject.as_str().into());
    Message::notice(to, notice, payload)
}

/// The host of the sign-in pages, by which people know where they have an account.
fn site_of(endpoint: &str) -> String {
    let host = Url::parse(endpoint).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| endpoint.to_owned())
}

fn notice(told: Told, locale: Locale, site: &str, support: Option<&str>) -> Notice {
    let phrase = |key: &str, args: &[(&str, &str)]| views::translate(locale, &format!("messages.notice.{key}"), args);
    let sentence = |change: &CredentialChange| {
        let (key, name) = change.phrase();
        let name = match change {
            CredentialChange::DeletionPlanned(at) => shown_time(at),
            _ => shown_name(name),
        };
        phrase(&format!("change.{key}"), &[("name", &name)])
    };
    let sentences: Vec<String> = told.changes.iter().map(sentence).collect();
    let (title, items) = match sentences.as_slice() {
        [one] => (one.clone(), Vec::new()),
        _ => (phrase("several", &[]), sentences),
    };
    let facts = [
        (phrase("when", &[]), shown_time(&told.at)),
        (phrase("who", &[]), phrase(&format!("by.{}", told.by.key()), &[])),
        (phrase("browser", &[]), told.browser.unwrap_or_default()),
        (phrase("network", &[]), told.ip.unwrap_or_default()),
    ];
    let args = [("site", site), ("contact", support.unwrap_or_default())];
    let is_gone = told.changes.contains(&CredentialChange::AccountDeleted);
    let what_to_do = match (told.by, support.is_some()) {
        _ if is_gone => "advice_gone",
        (By::Administrator, _) => "advice_administrator",
        (_, true) => "advice_contact",
        (_, false) => "advice",
    };
    Notice {
        kind: KIND,
        locale,
        subject: phrase("subject", &[("site", site), ("title", &title)]),
        intro: phrase("intro", &args),
        title,
        items,
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        advice: phrase(what_to_do, &args),
        closing: phrase("closing", &args),
    }
}

impl By {
    fn key(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Administrator => "administrator",
            Self::Server => "server",
        }
    }
}

/// A time of ISO 8601 to the minute.
fn shown_time(iso: &str) -> String {
    match (iso.get(..10), iso.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => iso.to_owned(),
    }
}

fn shown_name(name: &str) -> String {
    let is_shown = |c: &char| !c.is_control() && !kernel::text::is_bidi_control(*c);
    name.chars().filter(is_shown).take(MAX_NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(changes: Value, by: &str) -> Told {
        let payload = json!({
            "to": "a@b.example", "changes": changes, "by": by, "at": "2026-11-29T16:12:25.000Z",
            "ip": "192.0.2.7", "browser": "Firefox · Linux",
        });
        serde_json::from_value(payload).unwrap()
    }

    #[test]
    fn every_change_has_its_texts_in_both_languages_and_nothing_to_click() {
        use CredentialChange as C;
        let name = || "{contact}".to_owned();
        let changes = [
            C::PasswordSet,
            C::PasswordChanged,
            C::PasswordRemoved,
            C::EmailSet,
            C::EmailChanged,
            C::EmailRemoved,
            C::PhoneSet,
            C::PhoneChanged,
            C::PhoneRemoved,
            C::UsernameSet,
            C::UsernameChanged,
            C::UsernameRemoved,
            C::AppAdded,
            C::AppReplaced,
            C::AppRemoved,
            C::PasskeyAdded,
            C::PasskeyRemoved,
            C::BackupCodesMade,
            C::BackupCodesRemoved,
            C::SecondFactorSkipped,
            C::SocialLinked(name()),
            C::SocialRemoved(name()),
            C::SignedOutEverywhere,
            C::DeletionPlanned("2026-12-13T16:12:25.000Z".to_owned()),
            C::DeletionCancelled,
            C::AccountDeleted,
        ];
        let mut titles = std::collections::BTreeSet::new();
        for locale in Locale::ALL {
            for (by, support) in [("person", None), ("administrator", Some("help@b.example")), ("server", None)] {
                for change in &changes {
                    let made = notice(told(json!([change]), by), locale, "id.b.example", support);
                    let texts = [&made.subject, &made.title, &made.intro, &made.advice, &made.closing];
                    assert!(texts.iter().all(|text| !text.is_empty() && !text.contains("messages.")), "{texts:?}");
                    let is_chinese = made.title.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c));
                    assert_eq!(is_chinese, locale == Locale::ZhCn, "{}", made.title);
                    assert!(made.facts.iter().any(|(_, value)| value == "2026-11-29 16:12 UTC"));
                    titles.insert(made.title);
                }
            }
        }
        assert_eq!(titles.len(), 2 * changes.len());
    }

    #[test]
    fn several_changes_are_one_mail() {
        let made =
            notice(told(json!([{"change": "app_added"}, {"change": "email_set"}]), "person"), Locale::En, "s", None);
        assert_eq!(made.items.len(), 2);
        assert_eq!(made.facts.len(), 4);
    }
}

//! Mails that tell a person that something changed by which their account is reached or protected. Whoever took an account over would
//! not tell; its owner learns it here, also at the address of before. A mail is written in the transaction that changes, and
//! holds no link: nothing in it can be clicked by mistake, and nothing in it is worth imitating.

mod mail;
mod told;

pub(crate) use mail::{SUBSCRIBER, deliver};
pub(crate) use told::{CredentialChange, differences, skipped_factor};

use db::DbError;
use flow::{Identifier, IdentifierType};
use kernel::Locale;
use serde_json::{Map, Value, json};

use crate::account_settings;
use crate::audit::user_agent;
use crate::connectors::{self, MailService};
use crate::interaction::address_limit::{self, AddressLimit};
use crate::users::store::{self, User};
use crate::work::{Actor, Work};

/// Mails to one address in a tenant. Codes count apart: who asks for many of them must not silence these.
const PER_ADDRESS: AddressLimit = AddressLimit { action: "CredentialChangeMail", most: 20, window_seconds: 3600 };

/// Tells a person what was changed in this unit, at the address that they had and at the one that they have now. Call it last, with the
/// user as it was before the change; nothing is told without a change, an address, or a service that sends mails.
///
/// # Errors
/// A failure of the database.
pub(crate) fn tell(work: &Work<'_>, before: &User, changes: &[CredentialChange]) -> Result<(), DbError> {
    if changes.is_empty() || !sends(work)? {
        return Ok(());
    }
    let now = store::find(work, &before.id)?.and_then(|user| user.primary_email);
    tell_at(work, before, now, changes)
}

/// As [`tell`], with the addresses given.
fn tell_at(work: &Work<'_>, before: &User, now: Option<String>, changes: &[CredentialChange]) -> Result<(), DbError> {
    let mut addresses: Vec<String> = before.primary_email.iter().cloned().chain(now).collect();
    // In one order, because the counters stay locked until the unit ends.
    addresses.sort();
    addresses.dedup();
    for address in addresses {
        let counted = Identifier::new(IdentifierType::Email, address.as_str()).canonical();
        if address_limit::count_text(work, &PER_ADDRESS, &counted)? {
            work.enqueue(&mail::subscriber(work.tenant_id()), mail::EVENT, payload(work, before, &address, changes))?;
        }
    }
    Ok(())
}

/// Whether the tenant tells people. Without a setting it does where the texts are ours: a service that makes its own texts may not know
/// this kind of message.
fn sends(work: &Work<'_>) -> Result<bool, DbError> {
    let has_inbox = work.request().is_some_and(|request| request.app.inbox.is_open());
    let Some(service) = connectors::mail_service(work, has_inbox)? else { return Ok(false) };
    let setting = account_settings::read(work)?.mail_about_changes;
    Ok(setting.unwrap_or(service == MailService::TakesTexts))
}

fn payload(work: &Work<'_>, user: &User, to: &str, changes: &[CredentialChange]) -> Map<String, Value> {
    let is_own = matches!(work.actor(), Actor::Person { .. } | Actor::Browser { .. });
    let by = match work.actor() {
        Actor::Person { .. } | Actor::Browser { .. } | Actor::Anyone => "person",
        Actor::Management { .. } | Actor::CommandLine => "administrator",
        Actor::Server => "server",
    };
    let own_language = user.profile.get("locale").and_then(Value::as_str).and_then(Locale::from_tag);
    let request = work.request().filter(|_| is_own);
    let locale = own_language.or_else(|| request.map(|request| request.locale));
    let mut payload = Map::from_iter([
        ("to".to_owned(), Value::from(to)),
        ("changes".to_owned(), json!(changes)),
        ("by".to_owned(), by.into()),
        ("at".to_owned(), work.now().iso8601().into()),
    ]);
    if let Some(locale) = locale {
        payload.insert("locale".to_owned(), locale.tag().into());
    }
    // Where an administrator sits is none of the person's business.
    if let Some(request) = request {
        payload.insert("ip".to_owned(), request.ip.text().into());
        payload.insert("browser".to_owned(), user_agent::in_short(&request.user_agent).into());
    }
    payload
}

/// Says that an account is gone. Call it before it is deleted.
///
/// # Errors
/// A failure of the database.
pub(crate) fn tell_of_deletion(work: &Work<'_>, user: &User) -> Result<(), DbError> {
    match sends(work)? {
        true => tell_at(work, user, None, &[CredentialChange::AccountDeleted]),
        false => Ok(()),
    }
}

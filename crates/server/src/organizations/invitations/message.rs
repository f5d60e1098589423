//! The message to an invitee (inventory H038, H039).

use ::api::ErrorCode;
use ::api::connectors::ConnectorType;
use ::api::organization_invitations::{InvitationMessage, OrganizationInvitation};
use db::DbError;
use flow::{Identifier, IdentifierType};
use kernel::ids::UserId;
use serde_json::{Map, Value, json};
use url::Url;

use crate::App;
use crate::connectors::{self, Message, PreparedMessage, Recipient, UsageType};
use crate::errors::ApiError;
use crate::events::{EventBody, EventKind};
use crate::http::validate::invalid_member;
use crate::interaction::{MESSAGE_SEND, MessageLimits};
use crate::organizations::store as organizations;
use crate::tenants::TenantSnapshot;
use crate::users;
use crate::work::{View, Work};

/// Counts a message before it is sent. `false` means that its recipient or its organization has had enough, which webhooks are
/// told (H036).
///
/// # Errors
/// A failure of the database.
pub(super) fn count(
    work: &Work<'_>,
    config: &TenantSnapshot,
    invitee: &str,
    organization: &str,
) -> Result<bool, DbError> {
    let recipient = Identifier::new(IdentifierType::Email, invitee);
    if MessageLimits::of(config).count_of_organization(work, &recipient, organization)? {
        return Ok(true);
    }
    work.emit(EventKind::MessageRateLimited, || {
        EventBody::default().with("action", MESSAGE_SEND).with("recipient", recipient.value)
    })?;
    Ok(false)
}

/// The message for an invitation, whole: nothing has to be read any more when it is sent. What the caller gives can't stand in for the organization or the inviter.
///
/// # Errors
/// 400 `guard.invalid_input` for a link that no mail may hold; 501 `connector.not_found`.
pub(super) fn prepare(
    view: &View<'_>,
    app: &App,
    config: &TenantSnapshot,
    invitation: &OrganizationInvitation,
    InvitationMessage(mut payload): InvitationMessage,
) -> Result<PreparedMessage, ApiError> {
    if payload.get("link").and_then(Value::as_str).is_some_and(|link| !is_link(link)) {
        return Err(invalid_member(&["messagePayload", "link"], "expected an absolute URL that runs no script"));
    }
    // Who names no language has its preferences read.
    if !payload.contains_key("locale")
        && let Some(first) = payload.get("uiLocales").and_then(Value::as_str).and_then(|all| all.split(' ').next())
    {
        payload.insert("locale".to_owned(), first.into());
    }
    payload.remove("inviter");
    payload.extend(organization(view, &invitation.organization_id)?);
    payload.extend(inviter(view, invitation.inviter_id.as_deref())?);
    let channel = connectors::channel(view, app, ConnectorType::Email)?;
    let message = Message {
        to: Recipient::Email(invitation.invitee.clone()),
        usage: UsageType::OrganizationInvitation,
        payload,
        ip: None,
        template: None,
        fallback_language: None,
        notice: None,
    };
    let message =
        connectors::choose_template(view, message, &config.policy.experience.language_info.fallback_language)?;
    Ok(PreparedMessage { channel, message })
}

/// Applications have schemes of their own; those that a reader runs in the place of a page are none.
fn is_link(link: &str) -> bool {
    let is_script = |url: &Url| matches!(url.scheme(), "javascript" | "data" | "vbscript" | "file" | "blob");
    !link.contains(char::is_control) && Url::parse(link).is_ok_and(|url| !is_script(&url))
}

fn organization(view: &View<'_>, id: &str) -> Result<Map<String, Value>, ApiError> {
    let found = organizations::find(view, &id.into())?
        .ok_or_else(|| ApiError::unprocessable(ErrorCode::EntityRelationForeignKeyNotFound))?;
    let shown = json!({"id": found.id, "name": found.name, "branding": found.branding});
    Ok(Map::from_iter([("organization".to_owned(), shown)]))
}

fn inviter(view: &View<'_>, id: Option<&str>) -> Result<Map<String, Value>, ApiError> {
    let user = id.map(|id| users::store::find(view, &UserId::from(id))).transpose()?.flatten();
    Ok(user.map(|user| ("inviter".to_owned(), users::shown_in_messages(&user))).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a7_a_link_of_a_mail_runs_no_script() {
        for good in ["https://a.example/join?x=1", "harbour://join", "http://localhost:5000/"] {
            assert!(is_link(good), "{good}");
        }
        for bad in ["javascript:alert(1)", " JavaScript:x", "data:text/html,x", "/join", "", "https://a\n.example"] {
            assert!(!is_link(bad), "{bad}");
        }
    }
}

//! The mail with the link, where the tenant `admin` can send mails.

use ::api::administrators::AdministratorInvitation;
use ::api::connectors::ConnectorType;
use flow::{Identifier, IdentifierType};
use kernel::ids::UserId;
use serde_json::{Map, json};
use url::Url;

use crate::App;
use crate::connectors::{self, Message, PreparedMessage, Recipient, UsageType};
use crate::errors::ApiError;
use crate::interaction::MessageLimits;
use crate::tenants::TenantSnapshot;
use crate::users;
use crate::work::Work;

/// What the mails of this kind are counted under.
const COUNTED_AS: &str = "administrators";

/// What a mail needs beside the invitation.
pub(super) struct MailSetting<'a> {
    pub app: &'a App,
    pub config: &'a TenantSnapshot,
    pub link: &'a str,
    /// The language asked for.
    pub locale: Option<&'a str>,
}

/// The mail for an invitation, whole and counted; none where no connector takes mails, or where the address has had enough.
///
/// # Errors
/// A failure of the database.
pub(super) fn prepare(
    work: &Work<'_>,
    setting: &MailSetting<'_>,
    invitation: &AdministratorInvitation,
) -> Result<Option<PreparedMessage>, ApiError> {
    if connectors::mail_service(work, setting.app.inbox.is_open())?.is_none() {
        return Ok(None);
    }
    let channel = connectors::channel(work, setting.app, ConnectorType::Email)?;
    let recipient = Identifier::new(IdentifierType::Email, invitation.email.as_str());
    if !MessageLimits::of(setting.config).count_of_organization(work, &recipient, COUNTED_AS)? {
        return Ok(None);
    }
    let endpoint = setting.app.tenants.endpoint(work.tenant_id()).to_owned();
    let host = Url::parse(&endpoint).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or(endpoint);
    let mut payload = Map::new();
    payload.insert("link".to_owned(), setting.link.into());
    payload.insert("organization".to_owned(), json!({"name": format!("Loggia ({host})")}));
    let inviter = users::store::find(work, &UserId::from(invitation.inviter_id.as_str()))?;
    payload.extend(inviter.map(|inviter| ("inviter".to_owned(), users::shown_in_messages(&inviter))));
    payload.extend(setting.locale.map(|locale| ("locale".to_owned(), locale.into())));
    let message = Message {
        to: Recipient::Email(invitation.email.clone()),
        usage: UsageType::OrganizationInvitation,
        payload,
        ip: None,
        template: None,
        fallback_language: None,
        notice: None,
    };
    let fallback = &setting.config.policy.experience.language_info.fallback_language;
    let message = connectors::choose_template(work, message, fallback)?;
    Ok(Some(PreparedMessage { channel, message }))
}

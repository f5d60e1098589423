//! The text of a message as an e-mail.

use std::time::{Duration, SystemTime};

use kernel::id;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message as Mail};

use super::SmtpSettings;
use crate::App;
use crate::connectors::message::Message;
use crate::connectors::send::SendError;
use crate::connectors::templates::{self, Content};

/// Makes an e-mail of a message.
///
/// # Errors
/// The address of the recipient, or an address of the settings, is none.
pub(super) fn build(app: &App, settings: &SmtpSettings, message: &Message, address: &str) -> Result<Mail, SendError> {
    let invalid = |what: &str| SendError::Settings(format!("{what} is no address"));
    let own: Mailbox = settings.from_email.parse().map_err(|_| invalid("`fromEmail`"))?;
    let to: Address = address.parse().map_err(|_| SendError::Failed("the recipient's address can't be used".into()))?;
    let templates = settings.templates.as_deref().unwrap_or_default();
    let rendered = templates::render_mail(templates, message);
    let from = rendered.send_from.as_ref().map_or_else(|| own.clone(), |text| sender(text, &own));
    let message_id = format!("<{}@{}>", id::entity_id(&app.rng), from.email.domain());
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(app.clock.now().millis().unsigned_abs());
    let mut mail = Mail::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(rendered.subject)
        .date(now)
        .message_id(Some(message_id));
    // What a template fills in may be no address for this message.
    let by_template = rendered.reply_to.as_ref().and_then(|text| text.parse().ok());
    let by_settings = settings.reply_to.as_ref().map(|text| text.parse().map_err(|_| invalid("`replyTo`")));
    if let Some(reply_to) = by_template.map(Ok).or(by_settings).transpose()? {
        mail = mail.reply_to(reply_to);
    }
    // RFC 3834: nobody's holiday answers.
    let automatic = ("Auto-Submitted".to_owned(), "auto-generated".to_owned());
    let custom = settings.custom_headers.iter().flatten().map(|(name, value)| (name.clone(), value.clone()));
    for (name, value) in custom.chain([automatic]) {
        let name = HeaderName::new_from_ascii(name).map_err(|_| SendError::Settings("a header has no name".into()))?;
        mail = mail.raw_header(HeaderValue::new(name, value));
    }
    let built = match rendered.content {
        Content::Plain(text) => mail.singlepart(SinglePart::plain(text)),
        Content::Html(html) => mail.singlepart(SinglePart::html(html)),
        Content::Both { text, html } => mail.multipart(MultiPart::alternative_plain_html(text, html)),
    };
    built.map_err(|error| SendError::Settings(format!("no e-mail can be made of the message: {error}")))
}

/// Who a template says the e-mail is from: an address, or a name for the server's own.
fn sender(text: &str, own: &Mailbox) -> Mailbox {
    text.parse().unwrap_or_else(|_| Mailbox::new(Some(text.to_owned()), own.email.clone()))
}

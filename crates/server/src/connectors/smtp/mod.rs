//! E-mail through an SMTP server (inventory H081).

mod bounded_stream;
mod conversation;
mod mail;
mod oauth;
mod settings;

pub use settings::SmtpSettings;

use super::message::{Message, Recipient};
use super::send::SendError;
use crate::App;

pub(super) async fn send(app: &App, settings: &SmtpSettings, message: &Message) -> Result<(), SendError> {
    let Recipient::Email(address) = &message.to else {
        return Err(SendError::Settings("an SMTP server takes no phone numbers".into()));
    };
    let mail = mail::build(app, settings, message, address)?;
    conversation::deliver(app, settings, &mail).await
}

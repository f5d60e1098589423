//! `loggia key`: the key that secrets in the database are sealed under.

use serde_json::json;
use server::{Settings, sealing};

use crate::arguments::KeyCommand;
use crate::error::CliError;
use crate::open_tenant::OpenTenant;
use crate::print::print_result;

/// Runs a key command.
///
/// # Errors
/// A secret that no known key opens; the secrets that were sealed anew before stay so.
pub async fn run(command: KeyCommand, settings: &Settings) -> Result<(), CliError> {
    let KeyCommand::Reseal(output) = command;
    let app = OpenTenant::new(settings, "default").await?.app;
    let count = sealing::reseal(&app.db, &app.sealer).await?;
    let key_id = app.sealer.key_id();
    let text = match count {
        0 => format!("every secret is sealed under the current key {key_id} already"),
        _ => format!("sealed {count} secrets under the current key {key_id}"),
    };
    print_result(output, &json!({"resealed": count, "keyId": key_id}), &text)
}

//! `loggia key`: the keys that sign tokens and cookies, and the key that secrets in the database are sealed under.

use std::time::Duration;

use serde_json::{Value, json};
use server::keys::{self, OidcKey, Rotation, SigningKeyAlgorithm};
use server::work::Actor;
use server::{Settings, sealing};

use crate::arguments::{KeyCommand, KeyKind, Output, RotateKey, SigningKeyKind};
use crate::error::{CliError, ExitKind};
use crate::open_tenant::OpenTenant;
use crate::print::{print_result, printable};

/// Runs a key command.
///
/// # Errors
/// A secret that no known key opens (the secrets that were sealed anew before stay so), or a rotation that is refused.
pub async fn run(command: KeyCommand, settings: &Settings, tenant: &str) -> Result<(), CliError> {
    match command {
        KeyCommand::Reseal(output) => reseal(output, settings).await,
        KeyCommand::List { kind, output } => {
            let opened = OpenTenant::new(settings, tenant).await?;
            let keys = match kind {
                KeyKind::PrivateKeys => keys::list_signing_keys(&opened.tenant, &Actor::CommandLine).await?,
                KeyKind::CookieKeys => keys::list_cookie_keys(&opened.tenant, &Actor::CommandLine).await?,
            };
            print_keys(output, &keys)
        }
        KeyCommand::Rotate(rotate) => {
            let opened = OpenTenant::new(settings, tenant).await?;
            let keys = self::rotate(&rotate, &opened).await?;
            opened.wait_for_config_propagation().await;
            print_keys(rotate.output, &keys)
        }
    }
}

async fn rotate(asked: &RotateKey, opened: &OpenTenant) -> Result<Vec<OidcKey>, CliError> {
    let grace_period = Duration::from_secs(asked.grace_period);
    if asked.kind == KeyKind::CookieKeys {
        if !grace_period.is_zero() {
            let sentence = "cookie keys have no grace period; leave --grace-period out";
            return Err(CliError::new(ExitKind::Usage, sentence.to_owned()));
        }
        return Ok(keys::rotate_cookie_keys(&opened.tenant, &Actor::CommandLine).await?);
    }
    let algorithm = match asked.algorithm {
        SigningKeyKind::Ec => SigningKeyAlgorithm::Ec,
        SigningKeyKind::Rsa => SigningKeyAlgorithm::Rsa,
    };
    let rotation = Rotation { algorithm, grace_period, unless_newer_than: None };
    keys::rotate_signing_keys(&opened.tenant, &Actor::CommandLine, rotation).await.map_err(|error| match error.code() {
        "oidc.invalid_request" => {
            let sentence = "the next signing key is waiting; give --grace-period to put another one in its place";
            CliError::new(ExitKind::InvalidValue, sentence.to_owned())
        }
        _ => error.into(),
    })
}

fn print_keys(output: Output, keys: &[OidcKey]) -> Result<(), CliError> {
    let json = json!(keys);
    let text = |member: &Value| member.as_str().unwrap_or_default().to_owned();
    let lines: Vec<String> = json
        .as_array()
        .into_iter()
        .flatten()
        .map(|key| {
            let effective = key["effectiveAt"].as_i64().map(|at| kernel::Timestamp(at).iso8601()).unwrap_or_default();
            let words =
                [printable(&text(&key["id"])), text(&key["signingKeyAlgorithm"]), text(&key["status"]), effective];
            words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("  ")
        })
        .collect();
    print_result(output, &json, &lines.join("\n"))
}

async fn reseal(output: Output, settings: &Settings) -> Result<(), CliError> {
    let app = OpenTenant::new(settings, "default").await?.app;
    let count = sealing::reseal(&app.db, &app.sealer).await?;
    let key_id = app.sealer.key_id();
    let text = match count {
        0 => format!("every secret is sealed under the current key {key_id} already"),
        _ => format!("sealed {count} secrets under the current key {key_id}"),
    };
    print_result(output, &json!({"resealed": count, "keyId": key_id}), &text)
}

//! The services: one file each, a mapping of their settings onto a [`Provider`].

mod apple;
mod github;
mod google;
mod microsoft;
mod oauth2;
mod oidc;

use url::Url;

use crate::config::ConfigReader;
use crate::{InvalidConfig, Provider};

/// The factories whose connectors work here.
pub const FACTORIES: [&str; 6] =
    ["oauth2", "oidc", "google-universal", "github-universal", "apple-universal", "azuread-universal"];

pub(crate) fn read(factory: &str, config: &mut ConfigReader<'_>) -> Result<Provider, InvalidConfig> {
    match factory {
        "oauth2" => oauth2::read(config),
        "oidc" => oidc::read(config),
        "google-universal" => google::read(config),
        "github-universal" => github::read(config),
        "apple-universal" => apple::read(config),
        "azuread-universal" => microsoft::read(config),
        _ => Err(InvalidConfig { path: "connectorId".to_owned(), reason: format!("{factory} is not supported") }),
    }
}

/// A service's own address.
fn address(text: &str) -> Result<Url, InvalidConfig> {
    Url::parse(text).map_err(|error| InvalidConfig { path: text.to_owned(), reason: error.to_string() })
}

/// The setting `prompts`: values of the parameter `prompt`, which must be known.
fn prompts(config: &mut ConfigReader<'_>, known: &[&str]) -> Result<Vec<(String, String)>, InvalidConfig> {
    let chosen = config.texts("prompts")?;
    if let Some(other) = chosen.iter().find(|one| !known.contains(&one.as_str())) {
        return Err(config.invalid("prompts", format!("has {other:?}, which is not one of {}", known.join(", "))));
    }
    Ok(if chosen.is_empty() { Vec::new() } else { vec![("prompt".to_owned(), chosen.join(" "))] })
}

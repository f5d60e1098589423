//! Reading the values of settings, with a sentence for each mistake.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use db::DbUrl;
use outbound::AllowList;

use super::{ClientCertificateSettings, InjectedHeaders, SETTINGS, SettingsError};
use crate::sealing::SecretKey;

pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

pub(super) fn parse_file(text: &str) -> Result<BTreeMap<String, String>, SettingsError> {
    let table: toml::Table =
        text.parse().map_err(|error| SettingsError(format!("the configuration file can't be read: {error}")))?;
    let mut values = BTreeMap::new();
    for (name, value) in table {
        let upper = name.to_ascii_uppercase();
        if !SETTINGS.iter().any(|k| k.name == upper) || name != name.to_ascii_lowercase() {
            let all: Vec<String> = SETTINGS.iter().map(|k| k.name.to_ascii_lowercase()).collect();
            return Err(SettingsError(format!(
                "the configuration file has an unknown setting `{name}`; known ones are {}",
                all.join(", ")
            )));
        }
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(flag) => flag.to_string(),
            _ => return Err(SettingsError(format!("`{name}` in the configuration file must be a single value"))),
        };
        values.insert(upper, value);
    }
    Ok(values)
}

pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

pub(super) fn parse_setting<T: FromStr>(get: Lookup<'_>, name: &str, wanted: &str) -> Result<Option<T>, SettingsError> {
    let Some(text) = get(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| SettingsError(format!("{name} is `{text}`; write {wanted}")))
}

/// Parses a whole number of `range`.
pub(super) fn parse_number<T: FromStr + PartialOrd + Display>(
    get: Lookup<'_>,
    name: &str,
    default: T,
    range: RangeInclusive<T>,
) -> Result<T, SettingsError> {
    let wanted = format!("a whole number from {} to {}", range.start(), range.end());
    match parse_setting::<T>(get, name, &wanted)? {
        Some(outside) if !range.contains(&outside) => {
            Err(SettingsError(format!("{name} is `{outside}`; write {wanted}")))
        }
        value => Ok(value.unwrap_or(default)),
    }
}

/// Parses a time in milliseconds. PostgreSQL takes no longer ones.
fn parse_milliseconds(get: Lookup<'_>, name: &str, default: u64) -> Result<Duration, SettingsError> {
    parse_number(get, name, default, 1..=2_147_483_647).map(Duration::from_millis)
}

pub(super) fn parse_bool(get: Lookup<'_>, name: &str, default: bool) -> Result<bool, SettingsError> {
    match get(name).map(|text| text.to_ascii_lowercase()).as_deref() {
        None => Ok(default),
        Some("true" | "1" | "yes" | "y" | "on") => Ok(true),
        Some("false" | "0" | "no" | "n" | "off") => Ok(false),
        Some(other) => Err(SettingsError(format!("{name} is `{other}`; write true or false"))),
    }
}

/// Parses a setting that allows only a few words.
pub(super) fn parse_word<T: Copy>(
    get: Lookup<'_>,
    name: &str,
    words: &[(&str, T)],
) -> Result<Option<T>, SettingsError> {
    let Some(text) = get(name) else { return Ok(None) };
    let found = words.iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
    let all = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    found
        .map(|(_, value)| Some(*value))
        .ok_or_else(|| SettingsError(format!("{name} is `{text}`; write one of {}", all())))
}

pub(super) fn data_directory(get: Lookup<'_>) -> PathBuf {
    get("DATA_DIR").map(PathBuf::from).unwrap_or_default()
}

pub(super) fn db_url(get: Lookup<'_>) -> Result<DbUrl, SettingsError> {
    let url = get("DB_URL").unwrap_or_else(|| format!("sqlite://{}", data_directory(get).join("loggia.db").display()));
    DbUrl::from_str(&url).map_err(|error| SettingsError(format!("DB_URL: {error}")))
}

pub(super) fn outbound_allow(get: Lookup<'_>) -> Result<AllowList, SettingsError> {
    let list = get("OUTBOUND_ALLOW").unwrap_or_default();
    list.parse().map_err(|error| SettingsError(format!("OUTBOUND_ALLOW: {error}")))
}

/// Where a trusted proxy tells the place of a sign-in. The setting alone would do nothing.
pub(super) fn injected_headers(get: Lookup<'_>, trusts_proxy: bool) -> Result<InjectedHeaders, SettingsError> {
    const NAME: &str = "INJECTED_HEADER_MAPPING_JSON";
    let Some(text) = get(NAME) else { return Ok(InjectedHeaders::default()) };
    if !trusts_proxy {
        return Err(SettingsError(format!(
            "{NAME} is set without TRUST_PROXY_HEADER; set both, or anybody could send these headers"
        )));
    }
    text.parse().map_err(|problem| SettingsError(format!("{NAME} {problem}")))
}

/// An absolute http or https URL, which may have a path, without a slash at its end.
pub(super) fn web_url(get: Lookup<'_>, name: &str, example: &str) -> Result<Option<String>, SettingsError> {
    let Some(text) = get(name) else { return Ok(None) };
    let wrong = || SettingsError(format!("{name} is `{text}`; write it as in {example}"));
    let url = url::Url::parse(&text).map_err(|_| wrong())?;
    let has_more = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || has_more {
        return Err(wrong());
    }
    Ok(Some(url.as_str().trim_end_matches('/').to_owned()))
}

/// Beside an embedded database, with its name.
pub(super) fn key_file(get: Lookup<'_>, url: &DbUrl) -> PathBuf {
    url.path().map_or_else(|| data_directory(get).join("loggia.key"), |database| database.with_extension("key"))
}

pub(super) fn secret_key(name: &str, text: &str) -> Result<SecretKey, SettingsError> {
    text.trim().parse().map_err(|wrong| {
        SettingsError(format!("{name} {wrong}; write 32 random bytes, as `openssl rand -base64 32` prints them"))
    })
}

pub(super) fn previous_secret_keys(get: Lookup<'_>) -> Result<Vec<SecretKey>, SettingsError> {
    const NAME: &str = "SECRET_KEY_PREVIOUS";
    let Some(list) = get(NAME) else { return Ok(Vec::new()) };
    let keys = list.split(',').enumerate();
    keys.map(|(index, text)| secret_key(&format!("{NAME} (key {})", index + 1), text)).collect()
}

pub(super) fn database(get: Lookup<'_>) -> Result<db::Options, SettingsError> {
    let statement_timeout = match get("DATABASE_STATEMENT_TIMEOUT").as_deref() {
        Some("DISABLE_TIMEOUT") => None,
        _ => Some(
            parse_milliseconds(get, "DATABASE_STATEMENT_TIMEOUT", 30_000)
                .map_err(|error| SettingsError(format!("{}, or DISABLE_TIMEOUT", error.0)))?,
        ),
    };
    Ok(db::Options {
        // Each connection has a thread.
        pool_size: parse_number(get, "DATABASE_POOL_SIZE", 20, 1..=1000)?,
        connect_timeout: parse_milliseconds(get, "DATABASE_CONNECTION_TIMEOUT", 5000)?,
        statement_timeout,
        ..db::Options::default()
    })
}

/// The endpoint of a server that only this machine can reach.
pub(super) fn localhost(scheme: &str, port: u16) -> String {
    format!("{scheme}://localhost:{port}")
}

pub(crate) fn endpoint(name: &str, text: String) -> Result<String, SettingsError> {
    let wrong =
        |why: &str| SettingsError(format!("{name} is `{text}`, {why}; write it as in https://auth.example.com"));
    let url = url::Url::parse(&text).map_err(|_| wrong("which is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong("which is not an http or https URL"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(wrong("which has more than scheme, host and port"));
    }
    Ok(url.origin().ascii_serialization())
}

/// # Errors
/// They are asked for where no HTTPS is, or authorities are named and nobody is asked.
pub(super) fn client_certificates(
    get: Lookup<'_>,
    has_https: bool,
) -> Result<Option<ClientCertificateSettings>, SettingsError> {
    let authorities = get("CLIENT_CA_PATH").map(PathBuf::from);
    match (parse_bool(get, "CLIENT_CERTIFICATES", false)?, authorities) {
        (true, _) if !has_https => Err(SettingsError(
            "CLIENT_CERTIFICATES is true without HTTPS_CERT_PATH and HTTPS_KEY_PATH; set both, or leave it out".into(),
        )),
        (true, authorities) => Ok(Some(ClientCertificateSettings { authorities })),
        (false, Some(_)) => {
            Err(SettingsError("CLIENT_CA_PATH is set without CLIENT_CERTIFICATES; set it to true".into()))
        }
        (false, None) => Ok(None),
    }
}

//! Settings. Flags take precedence over the environment, the configuration file and the defaults, in this order
//! (inventory F001–F011, F018–F020).

mod asset_storage;
mod injected_headers;
mod specs;
mod values;

use std::collections::BTreeMap;
use std::path::PathBuf;

use db::DbUrl;
use kernel::Secret;
use outbound::AllowList;
use tracing::level_filters::LevelFilter;

use crate::sealing::SecretKey;
use asset_storage::asset_storage;
pub use asset_storage::{AssetStorage, Bucket, Credentials};
pub use injected_headers::InjectedHeaders;
pub use specs::{SETTINGS, SettingSpec};
pub(crate) use values::endpoint;
use values::{
    client_certificates, cores, database, db_url, injected_headers, key_file, localhost, outbound_allow, parse_bool,
    parse_file, parse_number, parse_setting, parse_word, previous_secret_keys, secret_key, web_url,
};

/// The validated settings of a server.
#[derive(Debug, Clone)]
pub struct Settings {
    pub db_url: DbUrl,
    pub db: db::Options,
    /// The key that seals secrets; none means the one in `key_file`.
    pub secret_key: Option<SecretKey>,
    /// Older keys, which only open.
    pub previous_secret_keys: Vec<SecretKey>,
    pub key_file: PathBuf,
    /// The key of the secret vault; none means that no tokens of providers are stored.
    pub secret_vault_kek: Option<SecretKey>,
    /// For whom the status names the tenant.
    pub status_api_key: Option<Secret<String>>,
    pub host: Option<std::net::IpAddr>,
    pub port: u16,
    /// Without a trailing slash.
    pub endpoint: String,
    pub admin_port: u16,
    /// Without a trailing slash.
    pub admin_endpoint: String,
    pub admin_disabled: bool,
    /// Certificate chain and key for HTTPS.
    pub https: Option<(PathBuf, PathBuf)>,
    /// What is asked of clients that connect over HTTPS; none is nothing.
    pub client_certificates: Option<ClientCertificateSettings>,
    pub trust_proxy_header: bool,
    /// What a trusted proxy says of the place of a sign-in.
    pub injected_headers: InjectedHeaders,
    pub case_sensitive_username: bool,
    pub hash: HashSettings,
    pub audit_log: AuditLogSettings,
    /// How long a signing key signs before the next one is made; 0 means that none is made.
    pub signing_key_rotation_days: u32,
    /// Hosts and networks that outbound requests may reach though they are private.
    pub outbound_allow: AllowList,
    /// Where new passwords are looked up, without a trailing slash; none is nowhere.
    pub breached_passwords_url: Option<String>,
    /// Where files of people are kept.
    pub asset_storage: AssetStorage,
    /// Whether messages are kept for a developer where no connector sends them: `ENDPOINT` is on this machine.
    pub development_inbox: bool,
    /// Whether there are applications to try a sign-in with.
    pub demo_apps: bool,
    /// None is text on a terminal, else JSON.
    pub log_format: Option<LogFormat>,
    pub log_level: LevelFilter,
}

/// Certificates of clients (RFC 8705).
#[derive(Debug, Clone)]
pub struct ClientCertificateSettings {
    /// The authorities that vouch for names in them; none trusts registered certificates alone.
    pub authorities: Option<PathBuf>,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    /// One object per line.
    Json,
}

/// No other names: a filter expression with a typing error would silently log nothing.
const LOG_LEVELS: &[(&str, LevelFilter)] = &[
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// How much of the audit log is kept.
#[derive(Debug, Clone, Copy)]
pub struct AuditLogSettings {
    pub max_days: i64,
    /// Over all tenants.
    pub max_entries: i64,
    /// Over all tenants, about.
    pub max_megabytes: i64,
}

/// Parameters of password hashing with Argon2id (RFC 9106).
#[derive(Debug, Clone, Copy)]
pub struct HashSettings {
    /// KiB.
    pub memory: u32,
    pub passes: u32,
    /// Concurrent hashes; each needs `memory`.
    pub threads: usize,
}

/// An invalid setting: one sentence with its name, the problem and the expected value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub String);

/// The sources of values.
#[derive(Debug, Default)]
pub struct SettingSources {
    /// Flags by setting name (`DB_URL`).
    pub flags: BTreeMap<String, String>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// The text of the configuration file (TOML).
    pub file: Option<String>,
}

impl Settings {
    /// Reads and validates all settings.
    ///
    /// # Errors
    /// The first invalid setting.
    pub fn load(sources: &SettingSources) -> Result<Self, SettingsError> {
        let file = sources.file.as_deref().map(parse_file).transpose()?.unwrap_or_default();
        let get = |name: &str| -> Option<String> {
            let value = sources.flags.get(name).or_else(|| sources.environment.get(name)).or_else(|| file.get(name));
            value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
        };
        let https = match (get("HTTPS_CERT_PATH"), get("HTTPS_KEY_PATH")) {
            (Some(certificate), Some(key)) => Some((PathBuf::from(certificate), PathBuf::from(key))),
            (None, None) => None,
            (Some(_), None) => {
                return Err(SettingsError("HTTPS_CERT_PATH is set without HTTPS_KEY_PATH; set both".into()));
            }
            (None, Some(_)) => {
                return Err(SettingsError("HTTPS_KEY_PATH is set without HTTPS_CERT_PATH; set both".into()));
            }
        };
        let scheme = if https.is_some() { "https" } else { "http" };
        let port = parse_number(&get, "PORT", 3001, 1..=65_535)?;
        let admin_port = parse_number(&get, "ADMIN_PORT", 3002, 1..=65_535)?;
        if port == admin_port {
            return Err(SettingsError(format!("PORT and ADMIN_PORT are both {port}; give ADMIN_PORT another number")));
        }
        let admin_endpoint = get("ADMIN_ENDPOINT");
        let trust_proxy_header = parse_bool(&get, "TRUST_PROXY_HEADER", false)?;
        let db_url = db_url(&get)?;
        let main_endpoint = endpoint("ENDPOINT", get("ENDPOINT").unwrap_or_else(|| localhost(scheme, port)))?;
        Ok(Self {
            key_file: key_file(&get, &db_url),
            asset_storage: asset_storage(&get, &db_url)?,
            db_url,
            db: database(&get)?,
            secret_key: get("SECRET_KEY").map(|text| secret_key("SECRET_KEY", &text)).transpose()?,
            previous_secret_keys: previous_secret_keys(&get)?,
            secret_vault_kek: get("SECRET_VAULT_KEK").map(|text| secret_key("SECRET_VAULT_KEK", &text)).transpose()?,
            status_api_key: get("STATUS_API_KEY").filter(|key| !key.is_empty()).map(Secret::new),
            host: parse_setting(&get, "HOST", "an IP address, as in 127.0.0.1")?,
            port,
            development_inbox: crate::connectors::is_local(&main_endpoint),
            endpoint: main_endpoint,
            admin_port,
            admin_disabled: parse_bool(&get, "ADMIN_DISABLE_LOCALHOST", false)? && admin_endpoint.is_none(),
            admin_endpoint: endpoint(
                "ADMIN_ENDPOINT",
                admin_endpoint.unwrap_or_else(|| localhost(scheme, admin_port)),
            )?,
            client_certificates: client_certificates(&get, https.is_some())?,
            https,
            trust_proxy_header,
            injected_headers: injected_headers(&get, trust_proxy_header)?,
            case_sensitive_username: parse_bool(&get, "CASE_SENSITIVE_USERNAME", true)?,
            hash: HashSettings {
                memory: parse_number(&get, "PASSWORD_HASH_MEMORY", 19_456, 8..=4_194_304)?,
                passes: parse_number(&get, "PASSWORD_HASH_PASSES", 2, 1..=1000)?,
                threads: parse_number(&get, "PASSWORD_HASH_THREADS", cores(), 1..=1024)?,
            },
            outbound_allow: outbound_allow(&get)?,
            breached_passwords_url: web_url(&get, "BREACHED_PASSWORDS_URL", "https://api.pwnedpasswords.com")?,
            demo_apps: parse_bool(&get, "DEMO_APPS", true)?,
            log_format: parse_word(&get, "LOG_FORMAT", &[("text", LogFormat::Text), ("json", LogFormat::Json)])?,
            log_level: parse_word(&get, "LOG_LEVEL", LOG_LEVELS)?.unwrap_or(LevelFilter::INFO),
            signing_key_rotation_days: parse_number(&get, "SIGNING_KEY_ROTATION_DAYS", 0, 0..=3650)?,
            audit_log: AuditLogSettings {
                max_days: parse_number(&get, "AUDIT_LOG_MAX_DAYS", 90, 1..=36_500)?,
                max_entries: parse_number(&get, "AUDIT_LOG_MAX_ENTRIES", 1_000_000, 1..=1_000_000_000_000)?,
                max_megabytes: parse_number(&get, "AUDIT_LOG_MAX_MEGABYTES", 4096, 1..=1_000_000_000)?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)], file: Option<&str>) -> Result<Settings, String> {
        let environment = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Settings::load(&SettingSources { environment, file: file.map(str::to_owned), ..SettingSources::default() })
            .map_err(|error| error.0)
    }

    fn one_key_and(other: &str) -> String {
        format!("{}, {other}", "0f".repeat(32))
    }

    #[test]
    fn a_key_is_taken_from_the_setting_and_its_file_stands_beside_the_database() {
        let key = "0f".repeat(32);
        let settings = load(&[("SECRET_KEY", &key), ("SECRET_KEY_PREVIOUS", &one_key_and(&key))], None).unwrap();
        assert_eq!(settings.secret_key, Some(SecretKey::from([15; 32])));
        assert_eq!(settings.previous_secret_keys.len(), 2);
        assert!(!format!("{settings:?}").contains("0f0f") && !format!("{settings:?}").contains("15, 15"));
        for (name, value, file) in [
            ("DB_URL", "sqlite:///srv/auth.db", "/srv/auth.key"),
            ("DATA_DIR", "/srv", "/srv/loggia.key"),
            ("DB_URL", "postgres://db/loggia", "loggia.key"),
        ] {
            assert_eq!(load(&[(name, value)], None).unwrap().key_file, PathBuf::from(file));
        }
    }

    #[test]
    fn nothing_is_required() {
        let settings = load(&[], None).unwrap();
        assert_eq!((settings.port, settings.admin_port), (3001, 3002));
        assert_eq!(settings.endpoint, "http://localhost:3001");
        assert_eq!(settings.db_url.to_string(), "sqlite://loggia.db");
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_endpoint_loses_its_slash() {
        let file = "port = 4001\nendpoint = \"https://auth.example.com/\"";
        let settings = load(&[("PORT", "5001")], Some(file)).unwrap();
        assert_eq!((settings.port, settings.endpoint.as_str()), (5001, "https://auth.example.com"));
    }

    #[test]
    fn fuzz_an_endpoint_on_the_usual_port_is_written_as_browsers_write_it() {
        assert_eq!(load(&[], Some("port = 80")).unwrap().endpoint, "http://localhost");
    }

    #[test]
    fn a_number_out_of_range_is_answered_with_the_name_the_value_and_the_range() {
        for (name, most, others) in [
            ("PORT", "65535", ["99999", "0", "-1", "3001.5", "http"]),
            ("ADMIN_PORT", "65535", ["65536", "0", "+-1", "8 0", "0x50"]),
            ("DATABASE_POOL_SIZE", "1000", ["1001", "0", "-20", "many", "99999999999999999999999"]),
            ("DATABASE_CONNECTION_TIMEOUT", "2147483647", ["2147483648", "0", "-1", "5s", "1e3"]),
            (
                "DATABASE_STATEMENT_TIMEOUT",
                "2147483647, or DISABLE_TIMEOUT",
                ["2147483648", "0", "-1", "none", "1_000"],
            ),
            ("PASSWORD_HASH_PASSES", "1000", ["1001", "0", "-1", "two", "4294967297"]),
            ("PASSWORD_HASH_THREADS", "1024", ["1025", "0", "-1", "all", "1 000"]),
            ("AUDIT_LOG_MAX_DAYS", "36500", ["36501", "0", "-90", "90d", "9223372036854775808"]),
            ("AUDIT_LOG_MAX_ENTRIES", "1000000000000", ["1000000000001", "0", "-1", "1M", "all"]),
            ("AUDIT_LOG_MAX_MEGABYTES", "1000000000", ["1000000001", "0", "-1", "1G", "all"]),
        ] {
            for value in others {
                let wanted = format!("{name} is `{value}`; write a whole number from 1 to {most}");
                assert_eq!(load(&[(name, value)], None).unwrap_err(), wanted);
            }
        }
        assert!(load(&[("PASSWORD_HASH_MEMORY", "7")], None).unwrap_err().ends_with("from 8 to 4194304"));
        let most = [("PORT", "65535"), ("AUDIT_LOG_MAX_DAYS", "36500"), ("DATABASE_STATEMENT_TIMEOUT", "2147483647")];
        assert_eq!(load(&most, None).unwrap().port, 65_535);
        assert_eq!(
            load(&[("DATABASE_STATEMENT_TIMEOUT", "DISABLE_TIMEOUT")], None).unwrap().db.statement_timeout,
            None
        );
    }

    #[test]
    fn each_mistake_is_named_with_what_to_write() {
        const PROXY: (&str, &str) = ("TRUST_PROXY_HEADER", "true");
        const MAPPING: (&str, &str) = ("INJECTED_HEADER_MAPPING_JSON", "{}");
        let mistakes: [(&[(&str, &str)], Option<&str>, &str); 19] = [
            (&[("PORT", "x")], None, "PORT is `x`"),
            (&[("PORT", "3002")], None, "both 3002"),
            (&[("ENDPOINT", "auth.example.com")], None, "ENDPOINT is `auth.example.com`"),
            (&[("ENDPOINT", "https://a.b/path")], None, "more than scheme"),
            (&[("DB_URL", "mysql://x")], None, "sqlite://"),
            (&[("OUTBOUND_ALLOW", "10.0.0.0/33")], None, "OUTBOUND_ALLOW: `10.0.0.0/33`"),
            (&[("BREACHED_PASSWORDS_URL", "api.example")], None, "BREACHED_PASSWORDS_URL is `api.example`"),
            (&[("TRUST_PROXY_HEADER", "maybe")], None, "true or false"),
            (&[MAPPING, ("TRUST_PROXY_HEADER", "0")], None, "MAPPING_JSON is set without TRUST_PROXY_HEADER"),
            (&[PROXY, ("INJECTED_HEADER_MAPPING_JSON", "cf-ipcountry")], None, "is no JSON object; write it as in"),
            (
                &[PROXY, ("INJECTED_HEADER_MAPPING_JSON", r#"{"town": "x-town"}"#)],
                None,
                "has `town`; it may have country, city",
            ),
            (
                &[PROXY, ("INJECTED_HEADER_MAPPING_JSON", r#"{"city": "x town"}"#)],
                None,
                "gives `city` \"x town\", which is no",
            ),
            (&[], Some("prot = 1"), "unknown setting `prot`"),
            (&[("LOG_LEVEL", "warning")], None, "LOG_LEVEL is `warning`; write one of error, warn,"),
            (&[("LOG_LEVEL", "loggia=debug")], None, "LOG_LEVEL is `loggia=debug`"),
            (&[("LOG_FORMAT", "xml")], None, "LOG_FORMAT is `xml`"),
            (&[("SECRET_KEY", "c2hvcnQ=")], None, "SECRET_KEY has 5 bytes instead of 32; write 32 random bytes"),
            (&[("SECRET_KEY", "change me")], None, "SECRET_KEY is neither base64 nor hexadecimal"),
            (&[("SECRET_KEY_PREVIOUS", &one_key_and("abcd"))], None, "SECRET_KEY_PREVIOUS (key 2) has 3 bytes"),
        ];
        for (environment, file, expected) in mistakes {
            let error = load(environment, file).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}

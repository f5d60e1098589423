//! The settings of an SMTP server. Names are those that existing configurations have; a setting that would do nothing is
//! refused.

use std::collections::BTreeMap;
use std::time::Duration;

use api::format::WebUrl;
use api::{BoundedNumber, BoundedText, Issue};
use lettre::message::Mailbox;
use lettre::message::header::HeaderName;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::connectors::settings::{MailTemplate, issue};

/// Milliseconds.
type Timeout = BoundedNumber<1, 600_000>;

/// Checked settings.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SmtpSettings {
    pub host: BoundedText<1, 253>,
    pub port: BoundedNumber<1, 65_535>,
    pub auth: SmtpAuth,
    /// An address, or a name with an address: `Harbour <mail@example.com>`.
    pub from_email: BoundedText<1, 512>,
    pub reply_to: Option<BoundedText<1, 512>>,
    /// Without the one for a message there is a built-in text.
    pub templates: Option<Vec<MailTemplate>>,
    /// TLS from the first byte, mostly on port 465.
    pub secure: Option<bool>,
    /// No TLS, though the server offers it: the credentials go over the network in plain text.
    #[serde(rename = "ignoreTLS")]
    pub ignore_tls: Option<bool>,
    /// No message without TLS, even without credentials.
    #[serde(rename = "requireTLS")]
    pub require_tls: Option<bool>,
    pub tls: Option<TlsOptions>,
    /// The name in the server's certificate, if it is not `host`.
    pub servername: Option<BoundedText<1, 253>>,
    /// How this server introduces itself.
    pub name: Option<BoundedText<1, 253>>,
    pub connection_timeout: Option<Timeout>,
    pub greeting_timeout: Option<Timeout>,
    pub socket_timeout: Option<Timeout>,
    pub custom_headers: Option<BTreeMap<String, String>>,
    /// Nothing of a message is ever read from files or URLs.
    pub disable_file_access: Option<bool>,
    pub disable_url_access: Option<bool>,
    logger: Option<bool>,
    debug: Option<bool>,
}

/// How to authenticate.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SmtpAuth {
    #[serde(rename = "type")]
    pub kind: Option<AuthKind>,
    pub user: BoundedText<1, 512>,
    pub pass: Option<BoundedText<1, 4096>>,
    pub client_id: Option<BoundedText<1, 512>>,
    pub client_secret: Option<BoundedText<1, 4096>>,
    pub refresh_token: Option<BoundedText<1, 8192>>,
    pub access_token: Option<BoundedText<1, 8192>>,
    /// Milliseconds since 1970.
    pub expires: Option<i64>,
    /// The token endpoint.
    pub access_url: Option<WebUrl>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuthKind {
    Login,
    Oauth2,
}

/// What else TLS needs.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TlsOptions {
    /// Further certificate authorities, in PEM.
    pub ca: Option<BoundedText<1, 65_536>>,
    servername: Option<BoundedText<1, 253>>,
    reject_unauthorized: Option<bool>,
}

/// What every message has anyway, or what decides where it goes.
const RESERVED_HEADERS: &[&str] = &[
    "from",
    "sender",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
];

impl SmtpSettings {
    /// Reads and checks settings.
    ///
    /// # Errors
    /// Each place that is wrong.
    pub fn read(value: Value) -> Result<Self, Vec<Issue>> {
        let settings: Self = api::body::read(value)?;
        let mut issues = settings.auth.issues();
        let mut refuse = |path: &[&str], message: &str| issues.extend(issue(path, message));
        for (name, text) in [("fromEmail", Some(&settings.from_email)), ("replyTo", settings.reply_to.as_ref())] {
            if text.is_some_and(|text| text.parse::<Mailbox>().is_err()) {
                refuse(&[name], "Expected an address, or a name with an address in <>.");
            }
        }
        let hosts = [
            ("host", Some(&settings.host)),
            ("name", settings.name.as_ref()),
            ("servername", settings.servername.as_ref()),
        ];
        for (name, host) in hosts {
            if host.is_some_and(|host| !is_host(host)) {
                refuse(&[name], "Expected a host name or an address.");
            }
        }
        for (name, on) in [("logger", settings.logger), ("debug", settings.debug)] {
            if on == Some(true) {
                refuse(&[name], "Conversations are not logged; LOG_LEVEL=debug shows why one failed.");
            }
        }
        if settings.ignore_tls == Some(true) && (settings.require_tls == Some(true) || settings.secure == Some(true)) {
            refuse(&["ignoreTLS"], "It contradicts `requireTLS` and `secure`.");
        }
        settings.check_tls(&mut refuse);
        settings.check_headers(&mut refuse);
        match issues.is_empty() {
            true => Ok(settings),
            false => Err(issues),
        }
    }

    fn check_tls(&self, refuse: &mut impl FnMut(&[&str], &str)) {
        let Some(tls) = &self.tls else { return };
        if tls.reject_unauthorized == Some(false) {
            refuse(
                &["tls", "rejectUnauthorized"],
                "Certificates are always checked; put your certificate authority into `tls.ca`.",
            );
        }
        if tls.servername.as_ref().is_some_and(|name| !is_host(name)) {
            refuse(&["tls", "servername"], "Expected a host name.");
        }
        if tls.ca.is_some() && self.authorities().is_empty() {
            refuse(&["tls", "ca"], "Expected certificates in PEM.");
        }
    }

    fn check_headers(&self, refuse: &mut impl FnMut(&[&str], &str)) {
        for (name, value) in self.custom_headers.iter().flatten() {
            let is_reserved = RESERVED_HEADERS.iter().any(|reserved| name.eq_ignore_ascii_case(reserved));
            let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if is_reserved || !is_name || HeaderName::new_from_ascii(name.clone()).is_err() {
                refuse(&["customHeaders", name], "This header can't be set.");
            }
            if value.len() > 998 || value.chars().any(char::is_control) {
                refuse(&["customHeaders", name], "Expected one line of at most 998 bytes.");
            }
        }
    }

    /// The certificate authorities of the settings.
    pub fn authorities(&self) -> Vec<CertificateDer<'static>> {
        let pem = self.tls.as_ref().and_then(|tls| tls.ca.as_ref());
        let read = pem.map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>());
        read.and_then(Result::ok).unwrap_or_default()
    }

    /// The name that the server's certificate must have.
    pub fn certificate_name(&self) -> &str {
        let nested = self.tls.as_ref().and_then(|tls| tls.servername.as_ref());
        self.servername.as_ref().or(nested).unwrap_or(&self.host)
    }

    /// A time limit of the settings, at most that of the whole conversation.
    pub fn limit(setting: Option<Timeout>) -> Duration {
        let limit = setting.map(|limit| Duration::from_millis(limit.0.unsigned_abs()));
        limit.unwrap_or(crate::connectors::send::DEADLINE).min(crate::connectors::send::DEADLINE)
    }
}

impl SmtpAuth {
    fn issues(&self) -> Vec<Issue> {
        let missing = |name: &str| issue(&["auth", name], "This member is required.");
        match self.kind() {
            AuthKind::Login if self.pass.is_none() => missing("pass"),
            AuthKind::Login => Vec::new(),
            AuthKind::Oauth2 if self.access_token.is_some() && self.refresh_token.is_none() => Vec::new(),
            AuthKind::Oauth2 => {
                let needed = [
                    ("refreshToken", self.refresh_token.is_some()),
                    ("clientId", self.client_id.is_some()),
                    ("clientSecret", self.client_secret.is_some()),
                    ("accessUrl", self.access_url.is_some()),
                ];
                needed.iter().filter(|(_, is_there)| !is_there).flat_map(|(name, _)| missing(name)).collect()
            }
        }
    }

    /// How to authenticate: by password unless it says otherwise.
    pub fn kind(&self) -> AuthKind {
        self.kind.unwrap_or(AuthKind::Login)
    }
}

fn is_host(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok() || url::Host::parse(text).is_ok()
}

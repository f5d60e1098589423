//! Reading one line: everything that can be checked without the database.

use std::collections::{BTreeMap, BTreeSet};

use ::api::users::{Identity, LineFactor, PasswordAlgorithm, UserLine, read_user_line};
use aws_lc_rs::digest::{SHA256, digest};
use axum::http::StatusCode;
use flow::PasswordDigest;
use kernel::ids::UserId;
use kernel::{Secret, Timestamp};

use super::super::api::{GivenPassword, unchecked_user};
use super::super::custom_data::merge_logto_configs;
use super::super::insertion::Record;
use super::super::mfa_factors::backup_codes::{self, StoredCode};
use super::super::mfa_factors::passkeys::NewPasskey;
use super::super::mfa_factors::totp::TotpKey;
use super::super::mfa_factors::{MAX_BACKUP_CODES, NewFactor};
use super::super::store::NewUser;
use super::import::NOT_HASHED;
use super::{LineError, joined};
use crate::errors::ApiError;
use crate::hashing::{MAX_PASSWORD_BYTES, StoredPassword};
use crate::webauthn::Credential;

/// Letters of ids that are made of a line.
const ID_ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A line whose members are well formed.
#[derive(Clone)]
pub struct Line {
    /// From 1.
    pub number: u64,
    /// With the id of the line, if it has one.
    pub(super) user: NewUser,
    /// Whether the line has the member, so that an update replaces the column.
    pub(super) has_profile: bool,
    pub(super) has_custom_data: bool,
    /// A password as plain text, which is hashed before the line is imported ([`Line::set_password`]).
    password: Option<Secret<String>>,
    pub(super) identities: BTreeMap<String, Identity>,
    pub(super) factors: Vec<NewFactor>,
    pub(super) rest: UserLine,
    digest: Option<DigestUse>,
}

/// A line that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub errors: Vec<LineError>,
    /// The digest, if it is among the reasons.
    pub digest: Option<DigestUse>,
}

impl Refusal {
    fn of(errors: Vec<LineError>) -> Self {
        Self { errors, digest: None }
    }
}

/// Whether an imported digest can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestUse {
    /// Its kind in words; none if it is no digest of its algorithm: the user is imported, and no password matches.
    pub kind: Option<&'static str>,
    /// `passwordAlgorithm`.
    pub algorithm: &'static str,
}

impl Line {
    /// Reads a line of a tenant.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(number: u64, text: &[u8], tenant_id: &str) -> Result<Self, Refusal> {
        let value = serde_json::from_slice(text).map_err(|error| {
            // The parser counts lines within the text, which has one.
            let reason = error.to_string();
            let reason = reason.split(" at line 1 column").next().unwrap_or_default();
            Refusal::of(vec![LineError::new(
                number,
                "",
                format!("this is not JSON: {reason} (column {})", error.column()),
            )])
        })?;
        let (mut body, mut rest) = read_user_line(value).map_err(|issues| {
            let of_issue = |issue: ::api::Issue| LineError::new(number, joined(&issue.path), issue.message);
            Refusal::of(issues.into_iter().map(of_issue).collect())
        })?;
        let given = GivenPassword::take(&mut body);
        let (has_profile, has_custom_data) = (body.profile.is_some(), body.custom_data.is_some());
        let mut faults = Faults { line: number, errors: Vec::new() };
        let mut user = unchecked_user(body);
        for (member, error) in super::super::faults_of(&user) {
            faults.api(member, &error);
        }
        let refused_digest;
        (user.password, refused_digest) = faults.digest(&given);
        let identities = rest.identities.take().unwrap_or_default();
        let factors = rest.mfa_verifications.take().unwrap_or_default();
        let factors = faults.factors(factors);
        faults.memberships(&rest);
        faults.id(&rest);
        if !faults.errors.is_empty() {
            return Err(Refusal { errors: faults.errors, digest: refused_digest });
        }
        user.application_id = rest.application_id.take().map(|id| id.0.into());
        if let Some(configs) = &rest.logto_configs {
            merge_logto_configs(&mut user.logto_config, configs);
        }
        let mut line = Self {
            number,
            digest: user.password.clone().map(DigestUse::of),
            user,
            has_profile,
            has_custom_data,
            password: given.text.map(Secret::new),
            identities: identities.into_iter().map(|(target, identity)| (target, identity.into())).collect(),
            factors,
            rest,
        };
        line.user.id = match line.rest.id.take() {
            Some(id) => id,
            // Without anything that names the user, a second run finds it by an id that is made of the line.
            None if line.names_nobody() => id_of_text(tenant_id, text).into(),
            None => Default::default(),
        };
        Ok(line)
    }

    fn names_nobody(&self) -> bool {
        let user = &self.user;
        user.username.is_none()
            && user.primary_email.is_none()
            && user.primary_phone.is_none()
            && self.identities.is_empty()
            && self.rest.sso_identities.as_ref().is_none_or(Vec::is_empty)
    }

    /// The password that must be hashed first.
    pub fn plain_password(&self) -> Option<&Secret<String>> {
        self.password.as_ref()
    }

    /// Whether the plain password was hashed, if there is one.
    pub(super) fn require_hashed(&self) -> Result<(), ApiError> {
        match self.password {
            None => Ok(()),
            Some(_) => Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, NOT_HASHED)),
        }
    }

    /// Puts the digest in the place of the plain password.
    pub fn set_password(&mut self, digest: PasswordDigest) {
        self.password = None;
        self.user.password = Some(digest);
    }

    /// The kind of an imported digest.
    pub fn digest_use(&self) -> Option<DigestUse> {
        self.digest
    }

    /// What the user brings.
    pub(super) fn record(&self, now: Timestamp) -> Record {
        let time = |time: Option<::api::users::LineTime>| time.map(|time| Timestamp(time.0));
        let created_at = time(self.rest.created_at).unwrap_or(now);
        Record {
            created_at,
            updated_at: time(self.rest.updated_at).unwrap_or(created_at),
            last_sign_in_at: time(self.rest.last_sign_in_at),
            password_updated_at: time(self.rest.password_updated_at).unwrap_or(now),
            is_password_expired: self.rest.is_password_expired.unwrap_or_default(),
            is_suspended: self.rest.is_suspended.unwrap_or_default(),
        }
    }
}

impl DigestUse {
    fn of(digest: PasswordDigest) -> Self {
        let stored = StoredPassword::from(digest);
        Self { kind: stored.kind(), algorithm: stored.algorithm.map_or("", |algorithm| algorithm.as_str()) }
    }
}

/// What is wrong with a line.
struct Faults {
    line: u64,
    errors: Vec<LineError>,
}

impl Faults {
    fn add(&mut self, member: impl Into<String>, message: impl AsRef<str>) {
        self.errors.push(LineError::new(self.line, member, message));
    }

    fn api(&mut self, member: &str, error: &ApiError) {
        self.errors.extend(LineError::of_api(self.line, member, error));
    }

    /// The digest, or that it is refused.
    fn digest(&mut self, given: &GivenPassword) -> (Option<PasswordDigest>, Option<DigestUse>) {
        if given.text.as_ref().is_some_and(|text| text.len() > MAX_PASSWORD_BYTES) {
            self.add("password", format!("the password is longer than {MAX_PASSWORD_BYTES} bytes"));
        }
        let of = |algorithm: PasswordAlgorithm| DigestUse { kind: None, algorithm: algorithm.as_str() };
        match given.digest() {
            Ok(digest) => (digest, None),
            Err(error) => {
                self.api("passwordDigest", &error);
                (None, given.algorithm.map(of))
            }
        }
    }

    fn id(&mut self, line: &UserLine) {
        let is_id_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.|:@+=~".contains(&byte);
        let is_id = |id: &UserId| id.bytes().all(is_id_byte) && !matches!(id.as_str(), "." | "..");
        if line.id.as_ref().is_some_and(|id| !is_id(id)) {
            self.add("id", "expected letters, digits and - _ . | : @ + = ~");
        }
    }

    fn memberships(&mut self, line: &UserLine) {
        for (at, membership) in line.organizations.iter().flatten().enumerate() {
            if membership.id.is_none() && membership.name.is_none() {
                self.add(format!("organizations.{at}"), "an organization needs an id or a name");
            }
        }
    }

    /// The factors to bind: one authenticator app and one set of backup codes at most.
    fn factors(&mut self, factors: Vec<LineFactor>) -> Vec<NewFactor> {
        let (mut apps, mut sets) = (0, 0);
        let mut read = Vec::new();
        for (at, factor) in factors.into_iter().enumerate() {
            let member = format!("mfaVerifications.{at}");
            apps += usize::from(matches!(factor, LineFactor::Totp { .. }));
            sets += usize::from(matches!(factor, LineFactor::BackupCode { .. }));
            if apps > 1 || sets > 1 {
                self.add(member, "a user has one authenticator app and one set of backup codes at most");
                return read;
            }
            match factor_of(factor) {
                Ok(factor) => read.push(factor),
                Err(message) => self.add(member, message),
            }
        }
        let credentials: Vec<&String> = read.iter().filter_map(NewFactor::credential_id).collect();
        if credentials.len() != credentials.iter().collect::<BTreeSet<_>>().len() {
            self.add("mfaVerifications", "a passkey is there twice");
        }
        if sets == 1 && read.len() == 1 {
            self.add("mfaVerifications", "backup codes can't be the only factor");
        }
        read
    }
}

fn factor_of(factor: LineFactor) -> Result<NewFactor, &'static str> {
    match factor {
        LineFactor::Totp { secret } => {
            let key = TotpKey::parse(&secret).ok_or("expected a seed of 10 to 64 bytes in base32")?;
            Ok(NewFactor::Totp { key: key.expose().to_owned() })
        }
        LineFactor::BackupCode { codes } => {
            if codes.is_empty()
                || codes.len() > MAX_BACKUP_CODES
                || !codes.iter().all(|code| backup_codes::is_code(&code.code))
            {
                return Err("expected 1 to 100 codes of ten hexadecimal digits in lower case");
            }
            let stored = |code: ::api::users::LineBackupCode| StoredCode {
                code: code.code,
                used_at: code.used_at.map(|at| at.0),
            };
            Ok(NewFactor::StoredCodes(codes.into_iter().map(stored).collect()))
        }
        LineFactor::WebAuthn { credential_id, public_key, counter, rp_id, transports, agent, name } => {
            let credential = Credential {
                credential_id: credential_id.0,
                public_key: public_key.0,
                counter,
                rp_id: rp_id.map(|id| id.0),
                transports: transports.into_iter().map(|transport| transport.0).collect(),
            };
            if !credential.is_well_formed() {
                return Err("expected a credential id and a key of ES256 or RS256 in base64url");
            }
            let passkey = NewPasskey {
                credential,
                agent: agent.map(|agent| agent.0).unwrap_or_default(),
                name: name.map(|name| name.0),
            };
            passkey.into_factor().map_err(|_| "the passkey can't be stored")
        }
    }
}

fn id_of_text(tenant_id: &str, text: &[u8]) -> String {
    let digest = digest(&SHA256, &[tenant_id.as_bytes(), b"\n", text].concat());
    let letter = |byte: &u8| char::from(ID_ALPHABET[usize::from(*byte) % ID_ALPHABET.len()]);
    digest.as_ref().iter().take(12).map(letter).collect()
}

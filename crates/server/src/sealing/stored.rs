//! The sealed values in the database: under which keys they are, and sealing them anew.

use std::collections::BTreeSet;

use db::{Db, DbError, Read, Sql, Tx};

use super::{Place, Sealer, VERSION};

/// The length of a key id: 8 bytes in base64url.
const KEY_ID_LENGTH: usize = 11;
/// How many values are sealed anew in one transaction: short enough to let requests through between two.
const BATCH: usize = 500;

/// A column whose values are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedColumn {
    SigningKey,
    CookieKey,
    ApplicationSecret,
    /// Seeds of authenticator apps, and backup codes.
    MfaFactor,
    /// Settings of connectors, with the credentials of their services.
    Connector,
    /// Settings of enterprise connectors, with their secrets.
    SsoConnector,
    /// Settings of captcha providers, with their secrets.
    CaptchaProvider,
    /// Settings of webhooks, with their keys and headers.
    Hook,
    /// Scripts with their environment variables.
    Script,
    /// Tokens of magic links.
    OneTimeToken,
    /// Codes that were sent and wait for their answer.
    VerificationCode,
    /// A factor that an interaction is about to bind, inside its state. It is gone within the hour and not sealed anew: whoever
    /// is in the middle of it when the key is taken away begins again.
    Interaction,
    /// The tokens of providers. They are sealed by a [`super::Vault`], not under the key of the installation.
    VaultSecret,
}

impl SealedColumn {
    /// The columns that are sealed anew under another key.
    const ALL: [Self; 11] = [
        Self::SigningKey,
        Self::CookieKey,
        Self::ApplicationSecret,
        Self::MfaFactor,
        Self::Connector,
        Self::SsoConnector,
        Self::CaptchaProvider,
        Self::Hook,
        Self::Script,
        Self::OneTimeToken,
        Self::VerificationCode,
    ];

    pub(super) fn table(self) -> &'static str {
        match self {
            Self::SigningKey => "signing_keys",
            Self::CookieKey => "cookie_keys",
            Self::ApplicationSecret => "application_secrets",
            Self::MfaFactor => "user_mfa_factors",
            Self::Connector => "connectors",
            Self::SsoConnector => "sso_connectors",
            Self::CaptchaProvider => "captcha_providers",
            Self::Hook => "hooks",
            Self::Script => "scripts",
            Self::OneTimeToken => "one_time_tokens",
            Self::VerificationCode => "verification_codes",
            Self::Interaction => "interactions",
            Self::VaultSecret => "secrets",
        }
    }

    fn value_column(self) -> &'static str {
        match self {
            Self::SigningKey => "private_key",
            Self::CookieKey | Self::ApplicationSecret => "value",
            Self::MfaFactor => "secret",
            Self::Connector | Self::SsoConnector | Self::CaptchaProvider => "config",
            Self::Hook | Self::Script => "settings",
            Self::OneTimeToken => "token",
            Self::VerificationCode => "code",
            Self::Interaction => "state",
            Self::VaultSecret => "ciphertext",
        }
    }

    fn id_column(self) -> &'static str {
        match self {
            Self::SigningKey
            | Self::CookieKey
            | Self::MfaFactor
            | Self::Connector
            | Self::SsoConnector
            | Self::CaptchaProvider
            | Self::Hook
            | Self::OneTimeToken
            | Self::VaultSecret => "id",
            Self::ApplicationSecret => "application_id",
            Self::Script => "name",
            Self::VerificationCode => "verification_id",
            Self::Interaction => "uid",
        }
    }

    /// What a value begins with: the version and the key id.
    fn beginning(self) -> String {
        format!("substr({}, 1, {})", self.value_column(), VERSION.len() + KEY_ID_LENGTH + 1)
    }

    /// A place in this column.
    pub fn of<'a>(self, tenant_id: &'a str, id: &'a str) -> Place<'a> {
        Place { column: self, tenant_id, id }
    }
}

/// The ids of the keys that the stored values were sealed under. A value that is not sealed gives an empty id.
pub(super) async fn key_ids(db: &Db) -> Result<BTreeSet<String>, DbError> {
    let find = |read: &Read<'_>| {
        let mut found = BTreeSet::new();
        for column in SealedColumn::ALL {
            // From one beginning to the next greater one: an index answers, however many values there are.
            let (beginning, table) = (column.beginning(), column.table());
            let least = |condition: &str| {
                Sql::dynamic(format!("select min({beginning}) from {table} where {beginning} {condition} $1"))
            };
            let (mut last, mut statement, next) = (String::new(), least(">="), least(">"));
            while let (Some(beginning),) = read.query_one::<(Option<String>,)>(&statement, &[last.into()])? {
                let id = beginning.strip_prefix(VERSION).and_then(|rest| rest.strip_suffix('.'));
                found.insert(id.unwrap_or_default().to_owned());
                (last, statement) = (beginning, next.clone());
            }
        }
        Ok(found)
    };
    db.read(find).await
}

/// Seals every value anew that is not sealed under the current key. Returns their number. Servers may run meanwhile; those
/// that do not know the current key can't read the values any more.
///
/// # Errors
/// A value that no known key opens; a failure of the database. What was sealed before stays.
pub async fn reseal(db: &Db, sealer: &Sealer) -> Result<usize, DbError> {
    let mut count = 0;
    for column in SealedColumn::ALL {
        loop {
            let sealer = sealer.clone();
            let sealed = db.write(move |tx| reseal_batch(tx, &sealer, column)).await?;
            count += sealed;
            if sealed < BATCH {
                break;
            }
        }
    }
    Ok(count)
}

fn reseal_batch(tx: &Tx<'_>, sealer: &Sealer, column: SealedColumn) -> Result<usize, DbError> {
    let (table, value, id) = (column.table(), column.value_column(), column.id_column());
    let beginning = column.beginning();
    let outdated = Sql::dynamic(format!(
        "select tenant_id, {id}, {value} from {table} where {beginning} < $1 or {beginning} > $1 limit {BATCH}"
    ));
    // Sealed values are unique, so the old one names its row; one that was deleted or replaced meanwhile is left alone.
    let update =
        Sql::dynamic(format!("update {table} set {value} = $1 where tenant_id = $2 and {id} = $3 and {value} = $4"));
    let rows: Vec<(String, String, String)> = tx.query_all(&outdated, &[sealer.prefix().into()])?;
    for (tenant_id, id, old) in &rows {
        let place = column.of(tenant_id, id);
        let new = sealer.seal(place, &sealer.open(place, old)?)?;
        tx.exec(&update, &[new.into(), tenant_id.as_str().into(), id.as_str().into(), old.as_str().into()])?;
    }
    Ok(rows.len())
}

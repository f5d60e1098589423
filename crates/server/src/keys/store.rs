//! The tables `signing_keys` and `cookie_keys`.

use std::collections::BTreeMap;

use db::{DbError, FromRow, Read, params, sql};
use jose::SigningKey;
use kernel::Timestamp;

use super::timeline::Dated;
use crate::sealing::{SealedColumn, Sealer};
use crate::work::Work;

/// What a signing key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// All tokens of the tenant.
    Tenant,
    /// ID tokens and logout tokens of the applications that ask for its algorithm.
    Application,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Application => "application",
        }
    }
}

fn purpose(name: String) -> Result<Purpose, DbError> {
    let mut known = [Purpose::Tenant, Purpose::Application].into_iter();
    known.find(|one| one.as_str() == name).ok_or_else(|| DbError::Sql(format!("unknown purpose of a key: {name}")))
}

/// The signing keys of a tenant. Those of one series follow each other.
pub(crate) struct SigningKeySeries {
    pub tenant: Vec<SigningKeyRow>,
    /// A series for each algorithm that an application asked for.
    pub applications: BTreeMap<String, Vec<SigningKeyRow>>,
}

/// A key that signs tokens.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct SigningKeyRow {
    pub id: String,
    pub algorithm: String,
    #[row(with = "purpose")]
    pub purpose: Purpose,
    /// Sealed.
    pub private_key: String,
    pub effective_at: Timestamp,
    pub ordinal: i64,
    pub created_at: Timestamp,
}

impl Dated for SigningKeyRow {
    fn effective_at(&self) -> Timestamp {
        self.effective_at
    }

    fn ordinal(&self) -> i64 {
        self.ordinal
    }
}

impl SigningKeyRow {
    /// Opens and parses the key.
    pub fn open(&self, sealer: &Sealer, tenant: &str) -> Result<SigningKey, DbError> {
        let wrong = |why: &dyn std::fmt::Display| {
            DbError::Sql(format!("the signing key {} of tenant {tenant}: {why}", self.id))
        };
        let algorithm = self.algorithm.parse().map_err(|error| wrong(&error))?;
        let pem = sealer.open(SealedColumn::SigningKey.of(tenant, &self.id), &self.private_key)?;
        SigningKey::from_pkcs8_pem_for(&self.id, &pem, algorithm).map_err(|error| wrong(&error))
    }
}

/// A secret that signs cookies.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct CookieKeyRow {
    pub id: String,
    /// Sealed.
    pub value: String,
    pub effective_at: Timestamp,
    pub ordinal: i64,
    pub created_at: Timestamp,
}

impl Dated for CookieKeyRow {
    fn effective_at(&self) -> Timestamp {
        self.effective_at
    }

    fn ordinal(&self) -> i64 {
        self.ordinal
    }
}

impl CookieKeyRow {
    /// Opens the secret.
    pub fn open(&self, sealer: &Sealer, tenant: &str) -> Result<String, DbError> {
        Ok(sealer.open(SealedColumn::CookieKey.of(tenant, &self.id), &self.value)?)
    }
}

pub(crate) fn signing_keys(read: &Read<'_>, tenant: &str) -> Result<SigningKeySeries, DbError> {
    let text = sql!("select ", SigningKeyRow::COLUMNS, " from signing_keys where tenant_id = $1");
    let rows: Vec<SigningKeyRow> = read.query_all(text, params![tenant])?;
    let (tenant, others): (Vec<SigningKeyRow>, Vec<SigningKeyRow>) =
        rows.into_iter().partition(|row| row.purpose == Purpose::Tenant);
    let mut applications: BTreeMap<String, Vec<SigningKeyRow>> = BTreeMap::new();
    for row in others {
        applications.entry(row.algorithm.clone()).or_default().push(row);
    }
    Ok(SigningKeySeries { tenant, applications })
}

pub(crate) fn cookie_keys(read: &Read<'_>, tenant: &str) -> Result<Vec<CookieKeyRow>, DbError> {
    let text = sql!("select ", CookieKeyRow::COLUMNS, " from cookie_keys where tenant_id = $1");
    read.query_all(text, params![tenant])
}

pub(super) fn insert_signing_key(work: &Work<'_>, row: &SigningKeyRow) -> Result<(), DbError> {
    work.exec_one(
        sql!(
            "insert into signing_keys (tenant_id, id, algorithm, purpose, private_key, effective_at, ordinal, \
             created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        params![
            work.tenant_id(),
            &row.id,
            &row.algorithm,
            row.purpose.as_str(),
            &row.private_key,
            row.effective_at,
            row.ordinal,
            row.created_at
        ],
    )
}

pub(super) fn insert_cookie_key(work: &Work<'_>, row: &CookieKeyRow) -> Result<(), DbError> {
    work.exec_one(
        sql!(
            "insert into cookie_keys (tenant_id, id, value, effective_at, ordinal, created_at) \
             values ($1, $2, $3, $4, $5, $6)"
        ),
        params![work.tenant_id(), &row.id, &row.value, row.effective_at, row.ordinal, row.created_at],
    )
}

pub(super) fn delete_signing_key(work: &Work<'_>, id: &str) -> Result<(), DbError> {
    let text = sql!("delete from signing_keys where tenant_id = $1 and id = $2");
    work.exec_one(text, params![work.tenant_id(), id])
}

pub(super) fn delete_cookie_key(work: &Work<'_>, id: &str) -> Result<(), DbError> {
    let text = sql!("delete from cookie_keys where tenant_id = $1 and id = $2");
    work.exec_one(text, params![work.tenant_id(), id])
}

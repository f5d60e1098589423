//! `/api/domains`: custom domains.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::{BoundedText, JsonObject};
use crate::operation::Operation;

const TAG: &str = "Domains";

/// The state of a custom domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DomainStatus {
    PendingVerification,
    PendingSsl,
    Active,
    Error,
}

/// A record that the owner of a domain makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DnsRecord {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub value: String,
}

/// A custom domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Domain {
    pub id: BoundedText<1, 21>,
    pub domain: BoundedText<1, 256>,
    pub status: DomainStatus,
    pub error_message: Option<BoundedText<0, 1024>>,
    pub dns_records: Vec<DnsRecord>,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// A new custom domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreateDomain {
    pub domain: BoundedText<1, 256>,
}

/// Which domains are deleted: those that were not active for so many days.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CleanUpDomains {
    pub stale_days: f64,
}

/// How many domains were looked at and deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CleanedUpDomains {
    pub scanned_count: i64,
    pub deleted_count: i64,
    pub skipped_active_count: i64,
    pub failed_count: i64,
}

/// Texts by the path that they are served at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerificationFiles {
    pub verification_files: JsonObject,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    let files = "/api/domains/{id}/verification-files";
    vec![
        Operation::get("/api/domains", "ListDomains", TAG).returns::<Vec<Domain>>(200),
        Operation::post("/api/domains", "CreateDomain", TAG)
            .body::<CreateDomain>()
            .returns::<Domain>(201)
            .statuses(&[422]),
        Operation::get("/api/domains/{id}", "GetDomain", TAG).returns::<Domain>(200).statuses(&[404]),
        Operation::delete("/api/domains/{id}", "DeleteDomain", TAG).statuses(&[204, 404]),
        Operation::post("/api/domains/cleanup", "CleanupDomains", TAG)
            .body::<CleanUpDomains>()
            .returns::<CleanedUpDomains>(200),
        Operation::get(files, "ListDomainVerificationFiles", TAG).returns::<JsonObject>(200).statuses(&[404]),
        Operation::put(files, "ReplaceDomainVerificationFiles", TAG)
            .body::<VerificationFiles>()
            .returns::<JsonObject>(200)
            .statuses(&[404]),
    ]
}

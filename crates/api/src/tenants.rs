//! `/api/tenants`: the tenants beside `default` and `admin`. Only the tenant `admin` has these routes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::BoundedText;
use crate::operation::Operation;

const TAG: &str = "Tenants";

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    pub id: String,
    pub name: String,
    /// Where it answers: scheme, host and port.
    pub endpoint: String,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// A new tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateTenant {
    /// Lower-case letters, digits and hyphens.
    pub id: BoundedText<1, 21>,
    pub name: Option<BoundedText<1, 128>>,
    /// Where it answers: scheme, host and port, as in `https://acme.auth.example.com`.
    pub endpoint: BoundedText<1, 256>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/api/tenants", "ListTenants", TAG).returns::<Vec<Tenant>>(200).statuses(&[404]),
        Operation::post("/api/tenants", "CreateTenant", TAG)
            .body::<CreateTenant>()
            .returns::<Tenant>(201)
            .statuses(&[404, 422]),
        Operation::delete("/api/tenants/{tenantId}", "DeleteTenant", TAG).statuses(&[204, 404]),
    ]
}

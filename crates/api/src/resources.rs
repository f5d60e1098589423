//! `/api/resources` and the scopes of a resource.

use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::MAX_URL_LENGTH;
use crate::members::{BoundedNumber, BoundedText, Patch};
use crate::operation::Operation;

const TAG: &str = "Resources";

/// The lifetime of an access token in seconds, at most ten years.
pub type Seconds = BoundedNumber<1, 315_360_000>;

/// An API resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    pub tenant_id: String,
    pub id: String,
    pub name: String,
    /// The value of the parameter `resource` and of the claim `aud`.
    pub indicator: String,
    pub is_default: bool,
    /// Seconds.
    pub access_token_ttl: i64,
}

/// A resource, with its scopes on request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceWithScopes {
    #[serde(flatten)]
    pub resource: Resource,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<Scope>>,
}

/// A permission on a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    pub tenant_id: String,
    pub id: String,
    pub resource_id: String,
    pub name: String,
    pub description: Option<String>,
    /// Milliseconds since 1970.
    #[schemars(with = "i64")]
    pub created_at: Timestamp,
}

/// The query of `GET /api/resources`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ListResourcesQuery {
    pub include_scopes: Option<String>,
}

/// A new resource. Any text is a valid indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateResource {
    pub name: BoundedText<1, 1024>,
    pub indicator: BoundedText<1, MAX_URL_LENGTH>,
    /// Seconds; one hour when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_ttl: Option<Seconds>,
}

/// Changes of a resource.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateResource {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<BoundedText<1, 1024>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_ttl: Option<Seconds>,
}

/// Whether a resource is the one of requests that name none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateIsDefault {
    pub is_default: bool,
}

/// A new scope. An empty description is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CreateScope {
    pub name: BoundedText<1, 256>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<BoundedText<0, 4096>>,
}

/// Changes of a scope. An empty description is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateScope {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<BoundedText<1, 256>>,
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description: Patch<BoundedText<0, 4096>>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        list_resources(),
        create_resource(),
        get_resource(),
        update_resource(),
        delete_resource(),
        update_resource_is_default(),
        list_resource_scopes(),
        create_resource_scope(),
        update_resource_scope(),
        delete_resource_scope(),
    ]
}

fn list_resources() -> Operation {
    let list = Operation::get("/api/resources", "ListResources", TAG).query::<ListResourcesQuery>().paged();
    list.returns::<Vec<ResourceWithScopes>>(200)
}

fn create_resource() -> Operation {
    let create = Operation::post("/api/resources", "CreateResource", TAG).body::<CreateResource>();
    create.returns::<ResourceWithScopes>(201).statuses(&[422])
}

fn get_resource() -> Operation {
    Operation::get("/api/resources/{id}", "GetResource", TAG).returns::<Resource>(200).statuses(&[404])
}

fn update_resource() -> Operation {
    Operation::patch("/api/resources/{id}", "UpdateResource", TAG)
        .body::<UpdateResource>()
        .returns::<Resource>(200)
        .statuses(&[404, 422])
}

fn delete_resource() -> Operation {
    Operation::delete("/api/resources/{id}", "DeleteResource", TAG).statuses(&[204, 404])
}

fn update_resource_is_default() -> Operation {
    let update =
        Operation::patch("/api/resources/{id}/is-default", "UpdateResourceIsDefault", TAG).body::<UpdateIsDefault>();
    update.returns::<Resource>(200).statuses(&[404])
}

fn list_resource_scopes() -> Operation {
    Operation::get("/api/resources/{resourceId}/scopes", "ListResourceScopes", TAG)
        .paged()
        .searchable()
        .returns::<Vec<Scope>>(200)
        .statuses(&[404])
}

fn create_resource_scope() -> Operation {
    let create =
        Operation::post("/api/resources/{resourceId}/scopes", "CreateResourceScope", TAG).body::<CreateScope>();
    create.returns::<Scope>(201).statuses(&[404, 422])
}

fn update_resource_scope() -> Operation {
    let update = Operation::patch("/api/resources/{resourceId}/scopes/{scopeId}", "UpdateResourceScope", TAG)
        .body::<UpdateScope>();
    update.returns::<Scope>(200).statuses(&[404, 422])
}

fn delete_resource_scope() -> Operation {
    Operation::delete("/api/resources/{resourceId}/scopes/{scopeId}", "DeleteResourceScope", TAG).statuses(&[204, 404])
}

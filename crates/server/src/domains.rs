//! `/api/domains` (inventory M278–M284). Custom domains are made at a provider that ends TLS for them, and this server has none: there are no
//! domains, and a new one is refused. Where a tenant answers is said when it is made ([`crate::tenants::management`]).

use ::api::ErrorCode;
use ::api::domains::{CleanUpDomains, CleanedUpDomains, CreateDomain, Domain, VerificationFiles};
use axum::Json;
use axum::extract::Path;

use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    let files = "/api/domains/{id}/verification-files";
    Routes::new()
        .get("/api/domains", list_domains)
        .post("/api/domains", create_domain)
        .post("/api/domains/cleanup", clean_up_domains)
        .get("/api/domains/{id}", find_domain)
        .delete("/api/domains/{id}", find_domain)
        .get(files, find_domain)
        .put(files, replace_verification_files)
}

async fn list_domains(_: ManagementCaller) -> Json<Vec<Domain>> {
    Json(Vec::new())
}

async fn create_domain(_: ManagementCaller, RequestBody(_): RequestBody<CreateDomain>) -> ApiError {
    ApiError::bad_request(ErrorCode::DomainNotConfigured)
}

async fn clean_up_domains(_: ManagementCaller, RequestBody(_): RequestBody<CleanUpDomains>) -> Json<CleanedUpDomains> {
    Json(CleanedUpDomains::default())
}

async fn find_domain(_: ManagementCaller, Path(id): Path<String>) -> ApiError {
    ApiError::not_found_by_id("domains", &id)
}

async fn replace_verification_files(
    _: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(_): RequestBody<VerificationFiles>,
) -> ApiError {
    ApiError::not_found_by_id("domains", &id)
}

//! Just-in-time provisioning by enterprise connector: who registers at one joins its organizations (inventory M160–M163, E081).

use ::api::organizations::SsoConnectorIds;
use ::api::sso_connectors::SsoConnector;
use axum::extract::Path;
use axum::response::Response;
use db::{DbError, params, sql};
use kernel::ids::OrganizationId;
use serde_json::json;

use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::OptionalPaging;
use crate::link_table::{LinkTable, Links, link_routes, link_table};
use crate::routes::Routes;
use crate::sso_connectors;
use crate::work::View;

const CONNECTORS: LinkTable = link_table!("organization_jit_sso_connectors", "organization_id" => "sso_connector_id");

pub(super) fn routes() -> Routes {
    let path = "/api/organizations/{id}/jit/sso-connectors";
    Routes::new().get(path, list_connectors).merge(link_routes::<SsoConnectorIds>(path))
}

/// The organizations that who registers at a connector joins.
///
/// # Errors
/// A failure of the database.
pub(super) fn organizations_of(view: &View<'_>, connector_id: &str) -> Result<Vec<OrganizationId>, DbError> {
    let text = sql!(
        "select organization_id from organization_jit_sso_connectors where tenant_id = $1 and sso_connector_id = $2 \
         order by organization_id"
    );
    view.query_all(text, params![view.tenant_id(), connector_id])
}

impl Links for SsoConnectorIds {
    const TABLE: LinkTable = CONNECTORS;
    const MEMBER: &'static str = "ssoConnectorIds";

    fn into_values(self) -> Vec<String> {
        self.sso_connector_ids.0
    }

    fn response(values: &[String]) -> Option<serde_json::Value> {
        Some(json!({"ssoConnectorIds": values}))
    }
}

async fn list_connectors(
    caller: ManagementCaller,
    Path(organization): Path<OrganizationId>,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let read = move |view: &View<'_>| {
        let ids = CONNECTORS.values(view, &[&organization])?;
        let all = sso_connectors::all(view)?;
        Ok::<Vec<SsoConnector>, ApiError>(all.into_iter().filter(|connector| ids.contains(&connector.id)).collect())
    };
    let connectors = caller.read(read).await?;
    Ok(paging.paginate_in_memory(&connectors))
}

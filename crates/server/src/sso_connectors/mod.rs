//! Enterprise connectors: the providers at which the people of certain e-mail domains sign in (inventory M199–M204, H096–H098,
//! H103, H104, D069). Invariants: settings are stored sealed, and only after the provider's issuer has answered; domains are compared
//! in one form for all ways to write them; a connector signs people in once it has settings and a domain (E092).

mod api;
mod connection;
mod domains;
mod model;
mod providers;
mod store;

pub use model::SsoConnector;
pub(crate) use store::load;
pub use store::{existing, find_for_share, get_available};

use crate::errors::ApiError;
use crate::routes::Routes;
use crate::work::View;

/// The routes of this slice.
pub fn routes() -> Routes {
    api::routes()
}

/// The connectors of a tenant as the API shows them, oldest first.
///
/// # Errors
/// A failure of the database.
pub fn all(view: &View<'_>) -> Result<Vec<::api::sso_connectors::SsoConnector>, ApiError> {
    let (_, connectors) = store::list(view, None)?;
    Ok(connectors.iter().map(|connector| connector.to_wire(view.tenant_id())).collect())
}

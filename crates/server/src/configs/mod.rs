//! Keyed configuration of a tenant (inventory M234–M237, M253–M254).

use crate::routing::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new()
}

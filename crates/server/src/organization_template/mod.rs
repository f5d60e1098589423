//! The organization template: roles and scopes that all organizations of a tenant share (inventory M171–M188).

use crate::routing::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new()
}

//! The sign-in experience: how people sign in, register and reset, and what the pages look like (inventory M212–M221).

use crate::routing::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new()
}

//! Prints the OpenAPI document of the Management API, for `cargo xtask gen`: what is generated needs no running server.

use std::io::Write as _;

use server::openapi;
use server::routes::Access;

fn main() -> std::io::Result<()> {
    let document = openapi::document(|route| route.access == Access::Management);
    writeln!(std::io::stdout(), "{document}")
}

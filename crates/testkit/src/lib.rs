//! TestApp: the real router with a frozen clock on both engines. Development only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod app;
mod audit_keys;
mod browser;
mod conformance;
mod database;
pub mod oidc;
mod request;
mod snapshot;
mod template;

pub use app::TestApp;
pub use browser::{Browser, BrowserPage};
pub use database::{fresh_url, options};
pub use db::Engine;
pub use request::{TestRequest, TestResponse};
pub use snapshot::DatabaseSnapshot;

use std::future::Future;

/// Runs a test on a new, migrated and seeded server per engine: always on SQLite, on PostgreSQL if `LOGGIA_TEST_POSTGRES`
/// is set.
pub async fn for_each_engine<F, Fut>(test: F)
where
    F: Fn(TestApp) -> Fut,
    Fut: Future<Output = ()>,
{
    for engine in database::engines() {
        let app = TestApp::start(engine).await;
        test(app.clone()).await;
        app.shutdown().await;
    }
}

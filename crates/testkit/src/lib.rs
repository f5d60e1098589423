//! TestApp: the real router, a frozen clock, seeded randomness, both engines. Development only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod app;
mod browser;
mod database;
pub mod oidc;
mod request;
mod rows;

pub use app::TestApp;
pub use browser::{Browser, BrowserPage};
pub use database::{Engine, fresh_url, options};
pub use request::{TestRequest, TestResponse};
pub use rows::Rows;

use std::future::Future;

/// Runs a test on a fresh, migrated and seeded server per engine: SQLite always, PostgreSQL when
/// `LOGGIA_TEST_POSTGRES` names one.
pub async fn for_each_engine<F, Fut>(test: F)
where
    F: Fn(TestApp) -> Fut,
    Fut: Future<Output = ()>,
{
    for engine in database::engines() {
        let app = TestApp::start(engine).await;
        test(app.clone()).await;
        app.finish().await;
    }
}

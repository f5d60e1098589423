#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, unused_imports)]
mod applications {
    use serde_json::Value;
    use testkit::{TestApp, TestResponse};
    pub async fn call(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
        let request = app.management_request(method, path).await;
        request.json(body).send().await
    }
}
mod account {
    #[path = "../it/account/fixture.rs"]
    pub mod fixture;
}
#[path = "it/account_pages/mod.rs"]
mod account_pages;

//! Custom domains, which need a provider that this server does not have (inventory M278–M284, trace 40-20).

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

async fn call(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    let request = app.management_request(method, &format!("/api/domains{path}")).await;
    if body.is_null() { request.send().await } else { request.json(body).send().await }
}

#[tokio::test]
async fn there_are_no_custom_domains_without_a_provider() {
    for_each_engine(async |app: TestApp| {
        assert_eq!(call(&app, "GET", "", Value::Null).await.expect(200).json(), json!([]));
        let new = json!({"domain": "login.example.com"});
        call(&app, "POST", "", new).await.expect_error(400, "domain.not_configured");
        call(&app, "POST", "", json!({})).await.expect_error(400, "guard.invalid_input");
        assert_eq!(call(&app, "GET", "", Value::Null).await.json(), json!([]));
        let cleaned = call(&app, "POST", "/cleanup", json!({"staleDays": 7})).await.expect(200).json();
        let nothing = json!({"scannedCount": 0, "deletedCount": 0, "skippedActiveCount": 0, "failedCount": 0});
        assert_eq!(cleaned, nothing);
        call(&app, "POST", "/cleanup", json!({})).await.expect_error(400, "guard.invalid_input");
        for (method, path, body) in [
            ("GET", "/none", Value::Null),
            ("DELETE", "/none", Value::Null),
            ("GET", "/none/verification-files", Value::Null),
            ("PUT", "/none/verification-files", json!({"verificationFiles": {"/a.txt": "text"}})),
        ] {
            call(&app, method, path, body).await.expect_error(404, "entity.not_exists_with_id");
        }
    })
    .await;
}

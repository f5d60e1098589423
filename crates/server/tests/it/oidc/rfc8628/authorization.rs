//! Sections 3.1 and 3.2: a device begins.

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::{device, start, start_of};

#[tokio::test]
async fn a_device_gets_its_codes_and_no_interval() {
    for_each_engine(async |app: TestApp| {
        let client = device(&app).await;
        let answer =
            app.token_request_at("/oidc/device/auth", &client, &[("scope", "openid")]).send().await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let body = answer.json();
        let members: Vec<&String> = body.as_object().unwrap().keys().collect();
        let known = ["device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in"];
        assert_eq!(members, known);
        let code = body["user_code"].as_str().unwrap();
        assert_eq!(body["verification_uri"], "http://localhost:3001/device");
        assert_eq!(body["verification_uri_complete"], format!("http://localhost:3001/device?user_code={code}"));
        assert_eq!((body["expires_in"].clone(), body["device_code"].as_str().unwrap().len()), (json!(600), 43));
        let is_letter = |c: char| "BCDFGHJKLMNPQRSTVWXZ".contains(c);
        assert!(code.len() == 9 && code.chars().enumerate().all(|(n, c)| if n == 4 { c == '-' } else { is_letter(c) }));
    })
    .await;
}

#[tokio::test]
async fn refused_requests_say_why() {
    for_each_engine(async |app: TestApp| {
        let (client, spa) = (device(&app).await, app.spa_client().await);
        let refused = |answer: testkit::TestResponse, code: &str, text: &str| {
            let body = answer.expect_error(400, code).json();
            assert_eq!(body["error_description"], text);
        };
        let path = "/oidc/device/auth";
        let other = "urn:ietf:params:oauth:grant-type:device_code is not allowed for this client";
        refused(app.token_request_at(path, &spa, &[]).send().await, "oidc.invalid_request", other);
        let nobody = app.post(path).form(&[("scope", "openid")]).send().await;
        refused(nobody, "oidc.invalid_request", "no client authentication mechanism provided");
        let unknown = app.post(path).form(&[("client_id", "nobody")]).send().await;
        refused(unknown, "oidc.invalid_client", "invalid client nobody");
        let resource = [("resource", "https://unknown.example.com")];
        let answer = app.token_request_at(path, &client, &resource).send().await;
        refused(answer, "oidc.invalid_target", "resource indicator is missing, or unknown");
    })
    .await;
}

#[tokio::test]
async fn the_built_in_device_client_begins_too() {
    for_each_engine(async |app: TestApp| {
        let form = [("client_id", "device-demo-app"), ("scope", "openid")];
        app.post("/oidc/device/auth").form(&form).send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn g3_one_network_begins_a_bounded_number_of_times() {
    for_each_engine(async |app: TestApp| {
        let client = device(&app).await;
        for _ in 0..300 {
            start_of(&app, &client, &[]).await;
        }
        let refused = app.token_request_at("/oidc/device/auth", &client, &[]).send().await;
        refused.expect_error(503, "request.general");
        app.app.clock.advance(std::time::Duration::from_secs(600));
        start_of(&app, &client, &[]).await;
    })
    .await;
}

#[tokio::test]
async fn expired_codes_are_swept() {
    for_each_engine(async |app: TestApp| {
        start(&app).await;
        app.app.clock.advance(std::time::Duration::from_secs(600 + 600 + 1));
        server::jobs::sweep::delete_expired(app.app.clone()).await.unwrap();
        let left: i64 =
            app.app.db.read(|r| r.query_one(db::sql!("select count(*) from device_codes"), &[])).await.unwrap();
        assert_eq!(left, 0);
    })
    .await;
}

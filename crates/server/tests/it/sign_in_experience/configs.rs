use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::get;

async fn send(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    app.management_request(method, path).await.json(body).send().await
}

#[tokio::test]
async fn the_console_keeps_its_notes() {
    for_each_engine(async |app: TestApp| {
        let path = "/api/configs/admin-console";
        let first = json!({"signInExperienceCustomized": false, "organizationCreated": false});
        assert_eq!(get(&app, path).await.expect(200).json(), first);
        let changed = send(&app, "PATCH", path, json!({"signInExperienceCustomized": true})).await.expect(200).json();
        assert_eq!(changed, json!({"signInExperienceCustomized": true, "organizationCreated": false}));
        let changed = send(&app, "PATCH", path, json!({"checkedChargeNotification": {"token": true}})).await.json();
        assert_eq!(changed["checkedChargeNotification"], json!({"token": true}));
        assert_eq!(get(&app, path).await.json(), changed);
        send(&app, "PATCH", path, json!({"organizationCreated": 1})).await.expect_error(400, "guard.invalid_input");
    })
    .await;
}

#[tokio::test]
async fn the_lifetime_of_sessions_is_between_a_second_and_a_year() {
    for_each_engine(async |app: TestApp| {
        let path = "/api/configs/oidc/session";
        assert_eq!(get(&app, path).await.expect(200).json(), json!({"ttl": 1_209_600}));
        assert_eq!(send(&app, "PATCH", path, json!({"ttl": 86400})).await.expect(200).json(), json!({"ttl": 86400}));
        assert_eq!(get(&app, path).await.json(), json!({"ttl": 86400}));
        for bad in [json!(0), json!(31_536_001), json!("x"), json!(1.5)] {
            send(&app, "PATCH", path, json!({"ttl": bad})).await.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}

#[tokio::test]
async fn claims_of_the_id_token_are_chosen_from_a_list() {
    for_each_engine(async |app: TestApp| {
        let path = "/api/configs/id-token";
        let first = json!({"enabledExtendedClaims": ["roles", "organizations", "organization_roles"]});
        assert_eq!(get(&app, path).await.expect(200).json(), first);
        for body in [
            json!({"enabledExtendedClaims": ["roles", "custom_data"]}),
            json!({"enabledExtendedClaims": []}),
            json!({}),
        ] {
            assert_eq!(send(&app, "PUT", path, body.clone()).await.expect(200).json(), body);
            assert_eq!(get(&app, path).await.json(), body);
        }
        let refused = send(&app, "PUT", path, json!({"enabledExtendedClaims": ["foo"]})).await;
        let refused = refused.expect_error(400, "guard.invalid_input").json();
        assert_eq!(refused["data"]["issues"][0]["path"][0], "enabledExtendedClaims");
    })
    .await;
}

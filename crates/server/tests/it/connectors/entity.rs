//! `/api/connectors` and `/api/connector-factories` (inventory M189–M198; trace 40-12).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use crate::applications::{call, delete, get};

fn http_settings() -> Value {
    json!({"endpoint": "https://messages.example.com/send", "authorization": "Bearer very-secret"})
}

fn smtp_settings() -> Value {
    json!({"host": "smtp.example.com", "port": 587, "auth": {"user": "u", "pass": "hidden-word"},
        "fromEmail": "Harbour <no-reply@example.com>", "replyTo": "", "templates": []})
}

async fn make(app: &TestApp, factory: &str, config: Value) -> Value {
    let body = json!({"connectorId": factory, "config": config});
    call(app, "POST", "/api/connectors", body).await.expect(200).json()
}

#[tokio::test]
async fn only_factories_whose_service_works_are_offered() {
    for_each_engine(async |app: TestApp| {
        let list = get(&app, "/api/connector-factories").await.expect(200).json();
        let ids: Vec<_> = list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
        let expected = [
            "apple-universal",
            "azuread-universal",
            "github-universal",
            "google-universal",
            "http-email",
            "http-sms",
            "oauth2",
            "oidc",
            "simple-mail-transfer-protocol",
        ];
        assert_eq!(ids, expected);
        let one = get(&app, "/api/connector-factories/http-sms").await.expect(200).json();
        assert_eq!(one, list[5]);
        let shown = (&one["type"], &one["target"], &one["platform"], &one["isDemo"]);
        assert_eq!(shown, (&json!("Sms"), &json!("http-sms"), &Value::Null, &json!(false)));
        assert_eq!(one["formItems"][0]["key"], "endpoint");
        for unknown in ["nope", "mock-email-service", "wechat-web"] {
            get(&app, &format!("/api/connector-factories/{unknown}")).await.expect_error(404, "entity.not_found");
        }
    })
    .await;
}

#[tokio::test]
async fn a_connector_is_created_read_changed_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let made = make(&app, "http-email", http_settings()).await;
        assert_eq!(made["id"].as_str().unwrap().len(), 12);
        let members = ["connectorId", "syncProfile", "enableTokenStorage", "metadata", "target", "type", "extraInfo"];
        let shown: Vec<_> = members.iter().map(|member| made[member].clone()).collect();
        let expected = json!(["http-email", false, false, {}, "http-email", "Email", {}]);
        assert_eq!((Value::from(shown), &made["config"]), (expected, &http_settings()));
        let path = format!("/api/connectors/{}", made["id"].as_str().unwrap());
        assert_eq!(get(&app, &path).await.expect(200).json(), made);
        assert_eq!(get(&app, "/api/connectors").await.expect(200).json(), json!([made]));
        assert_eq!(get(&app, "/api/connectors?target=http-sms").await.expect(200).json(), json!([]));
        assert_eq!(get(&app, "/api/connectors?target=http-email").await.expect(200).json(), json!([made]));
        let config = json!({"endpoint": "https://other.example.com/send"});
        let changed = call(&app, "PATCH", &path, json!({"config": config})).await.expect(200).json();
        assert_eq!((&changed["config"], &changed["id"]), (&config, &made["id"]));
        let unchanged = json!({"metadata": {}, "syncProfile": false, "enableTokenStorage": false});
        assert_eq!(call(&app, "PATCH", &path, unchanged).await.expect(200).json(), changed);
        assert_eq!(get(&app, &path).await.expect(200).json(), changed);
        delete(&app, &path).await.expect(204);
        for gone in [&path, "/api/connectors/none"] {
            get(&app, gone).await.expect_error(404, "entity.not_found");
            delete(&app, gone).await.expect_error(404, "entity.not_found");
            call(&app, "PATCH", gone, json!({"config": {}})).await.expect_error(404, "entity.not_found");
        }
    })
    .await;
}

#[tokio::test]
async fn a_tenant_has_one_connector_for_e_mail_and_one_for_sms() {
    for_each_engine(async |app: TestApp| {
        make(&app, "http-email", http_settings()).await;
        let sms = make(&app, "http-sms", http_settings()).await;
        let smtp = make(&app, "simple-mail-transfer-protocol", smtp_settings()).await;
        let mut ids: Vec<_> = [&sms, &smtp].map(|one| one["id"].clone()).to_vec();
        let list = get(&app, "/api/connectors").await.expect(200).json();
        let mut listed: Vec<_> = list.as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        ids.sort_by_key(Value::to_string);
        listed.sort_by_key(Value::to_string);
        assert_eq!(listed, ids);
        let own_id = json!({"connectorId": "http-email", "config": http_settings(), "id": "my-mail"});
        assert_eq!(call(&app, "POST", "/api/connectors", own_id.clone()).await.expect(200).json()["id"], "my-mail");
        call(&app, "POST", "/api/connectors", own_id).await.expect(200);
        let taken = json!({"connectorId": "http-email", "config": http_settings(), "id": sms["id"]});
        call(&app, "POST", "/api/connectors", taken).await.expect_error(422, "entity.unique_integrity_violation");
        get(&app, "/api/connectors/my-mail").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn what_no_connector_can_be_is_refused_and_changes_nothing() {
    for_each_engine(async |app: TestApp| {
        let made = make(&app, "http-email", http_settings()).await;
        let path = format!("/api/connectors/{}", made["id"].as_str().unwrap());
        let post = async |body: Value| call(&app, "POST", "/api/connectors", body).await;
        for factory in ["nope", "mock-email-service", "saml"] {
            let code = "connector.not_found_with_connector_id";
            post(json!({"connectorId": factory})).await.expect_error(422, code);
        }
        post(json!({})).await.expect_error(400, "guard.invalid_input");
        let only_social = [
            (
                json!({"metadata": {"target": "other"}}),
                400,
                "connector.cannot_overwrite_metadata_for_non_standard_connector",
            ),
            (json!({"syncProfile": true}), 422, "connector.invalid_type_for_syncing_profile"),
            (json!({"enableTokenStorage": true}), 422, "connector.token_storage_not_supported"),
            (json!({"config": {}}), 400, "connector.invalid_config"),
        ];
        for (patch, status, code) in only_social {
            call(&app, "PATCH", &path, patch.clone()).await.expect_error(status, code);
            let mut new = json!({"connectorId": "http-email", "config": http_settings()});
            new.as_object_mut().unwrap().extend(patch.as_object().unwrap().clone());
            post(new).await.expect_error(status, code);
        }
        assert_eq!(get(&app, "/api/connectors").await.expect(200).json(), json!([made]));
    })
    .await;
}

#[tokio::test]
async fn settings_are_checked_at_each_place() {
    for_each_engine(async |app: TestApp| {
        let faulty = async |factory: &str, config: Value| {
            let body = json!({"connectorId": factory, "config": config});
            let refused = call(&app, "POST", "/api/connectors", body).await;
            let refused = refused.expect_error(400, "connector.invalid_config");
            let issues = refused.json()["data"]["issues"].as_array().unwrap().clone();
            issues.iter().map(|issue| issue["path"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(faulty("http-email", json!({})).await, [json!(["endpoint"])]);
        for endpoint in ["x", "ftp://a.example/", "https://u:p@a.example/"] {
            assert_eq!(faulty("http-email", json!({"endpoint": endpoint})).await, [json!(["endpoint"])]);
        }
        let header = json!({"endpoint": "https://a.example/", "authorization": "a\nb"});
        assert_eq!(faulty("http-sms", header).await, [json!(["authorization"])]);
        let required = ["host", "port", "auth", "fromEmail"].map(|name| json!([name]));
        assert_eq!(faulty("simple-mail-transfer-protocol", json!({})).await, required);
        let changes = [
            (json!({"port": 0}), json!(["port"])),
            (json!({"host": "a b"}), json!(["host"])),
            (json!({"auth": {"user": "u"}}), json!(["auth", "pass"])),
            (json!({"auth": {"type": "oauth2", "user": "u"}}), json!(["auth", "refreshToken"])),
            (json!({"fromEmail": "nobody"}), json!(["fromEmail"])),
            (json!({"logger": true}), json!(["logger"])),
            (json!({"tls": {"rejectUnauthorized": false}}), json!(["tls", "rejectUnauthorized"])),
            (json!({"tls": {"ca": "x"}}), json!(["tls", "ca"])),
            (json!({"ignoreTLS": true, "secure": true}), json!(["ignoreTLS"])),
            (json!({"customHeaders": {"Bcc": "x@y.example"}}), json!(["customHeaders", "Bcc"])),
            (json!({"customHeaders": {"X-A": "a\r\nBcc: x@y.example"}}), json!(["customHeaders", "X-A"])),
            (
                json!({"templates": [{"usageType": "No", "subject": "s", "content": "c"}]}),
                json!(["templates", 0, "usageType"]),
            ),
        ];
        for (change, place) in changes {
            let mut config = smtp_settings();
            config.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            assert_eq!(faulty("simple-mail-transfer-protocol", config).await[0], place, "{change}");
        }
        let mut unknown = smtp_settings();
        unknown["localAddress"] = "10.0.0.1".into();
        faulty("simple-mail-transfer-protocol", unknown).await;
    })
    .await;
}

#[tokio::test]
async fn the_credentials_of_a_service_do_not_stand_in_the_database_in_plain_text() {
    for_each_engine(async |app: TestApp| {
        make(&app, "simple-mail-transfer-protocol", smtp_settings()).await;
        make(&app, "http-sms", http_settings()).await;
        let rows = app.snapshot().await;
        assert!(!rows.contain("hidden-word") && !rows.contain("very-secret"));
    })
    .await;
}

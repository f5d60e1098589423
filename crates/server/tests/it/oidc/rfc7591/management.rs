//! Clients that read, change and delete themselves (RFC 7592).

use serde_json::{Value, json};
use testkit::{TestApp, TestRequest, for_each_engine};

use super::{CALLBACK, client_of, initial_token, register, tokens_with_consent};
use crate::applications::{call, get};

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

/// A request of the client at its own address.
fn own(app: &TestApp, method: &str, registered: &Value, token: &str) -> TestRequest {
    let path = text(registered, "registration_client_uri").strip_prefix("http://localhost:3001").unwrap();
    app.request(method, path).bearer(token)
}

#[tokio::test]
async fn a_client_reads_changes_and_deletes_itself() {
    for_each_engine(async |app: TestApp| {
        let (token, _) = initial_token(&app, json!({})).await;
        let registered = register(&app, &token, json!({"client_name": "Harbour"})).send().await.expect(201).json();
        let first = text(&registered, "registration_access_token");
        let shown = own(&app, "GET", &registered, first).send().await.expect(200).json();
        assert_eq!(shown, registered);

        let changed = json!({
            "client_id": registered["client_id"], "client_secret": registered["client_secret"],
            "client_name": "Port", "redirect_uris": [CALLBACK, "https://app.example.com/other"],
            "scope": "openid email profile phone",
        });
        let changed = own(&app, "PUT", &registered, first).json(changed).send().await.expect(200).json();
        assert_eq!(
            (text(&changed, "client_name"), &changed["redirect_uris"][1]),
            ("Port", &json!("https://app.example.com/other"))
        );
        assert_eq!(changed["scope"], registered["scope"], "an administrator says what it may ask for");
        let second = text(&changed, "registration_access_token");
        own(&app, "GET", &registered, first).send().await.expect_error(401, "oidc.invalid_token");
        own(&app, "GET", &registered, second).send().await.expect(200);

        let user = app.user("ada").await;
        let tokens = tokens_with_consent(&app, &client_of(&registered), &user, "openid email").await;
        own(&app, "DELETE", &registered, second).send().await.expect(204);
        own(&app, "GET", &registered, second).send().await.expect_error(401, "oidc.invalid_token");
        let me = app.get("/oidc/me").bearer(text(&tokens, "access_token")).send().await;
        me.expect_error(401, "oidc.invalid_token");
        let logged = get(&app, "/api/logs?logKey=ClientRegistration.Delete").await.expect(200).json();
        assert_eq!(logged[0]["payload"]["name"], "Port");
    })
    .await;
}

#[tokio::test]
async fn f6_a_client_changes_no_other_one_and_not_everything() {
    for_each_engine(async |app: TestApp| {
        let (token, _) = initial_token(&app, json!({"maxUses": 2})).await;
        let one = register(&app, &token, json!({})).send().await.expect(201).json();
        let other = register(&app, &token, json!({"client_name": "other"})).send().await.expect(201).json();
        let own_token = text(&one, "registration_access_token");
        for method in ["GET", "DELETE"] {
            own(&app, method, &other, own_token).send().await.expect_error(401, "oidc.invalid_token");
            own(&app, method, &one, &token).send().await.expect_error(401, "oidc.invalid_token");
        }
        let body = |extra: Value| {
            let mut body = json!({"client_id": one["client_id"], "redirect_uris": [CALLBACK]});
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            body
        };
        for bad in [
            json!({"client_id": other["client_id"]}),
            json!({"client_id": null}),
            json!({"client_secret": "chosen"}),
            json!({"token_endpoint_auth_method": "none"}),
            json!({"redirect_uris": ["javascript:alert(1)"]}),
        ] {
            own(&app, "PUT", &one, own_token).json(body(bad.clone())).send().await.expect(400);
        }
        own(&app, "PUT", &other, own_token).json(body(json!({}))).send().await.expect_error(401, "oidc.invalid_token");
        own(&app, "GET", &one, own_token).send().await.expect(200);
        // An application of an administrator has no such address.
        let made =
            call(&app, "POST", "/api/applications", json!({"name": "a", "type": "SPA"})).await.expect(200).json();
        let path = format!("/oidc/register/{}", text(&made, "id"));
        app.get(&path).bearer(own_token).send().await.expect_error(401, "oidc.invalid_token");
        app.get(&path).send().await.expect_error(401, "oidc.invalid_token");
    })
    .await;
}

//! `/api/sso-connectors` and `/api/sso-connector-providers` (inventory M160–M163, M199–M204).

use axum::http::Method;
use outbound::FakeResponse;
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use crate::applications::{call, delete, get};

const PATH: &str = "/api/sso-connectors";

/// Lets the issuer of a host say what it is.
pub fn publish(app: &TestApp, host: &str) {
    let metadata = json!({
        "issuer": format!("https://{host}"), "authorization_endpoint": format!("https://{host}/auth"),
        "token_endpoint": format!("https://{host}/token"), "userinfo_endpoint": format!("https://{host}/me"),
        "jwks_uri": format!("https://{host}/jwks"),
    });
    let address = format!("https://{host}/.well-known/openid-configuration");
    app.outbound.respond(Method::GET, &address, FakeResponse::json(&metadata));
}

pub fn settings(host: &str) -> Value {
    json!({"clientId": "me", "clientSecret": "hush", "issuer": format!("https://{host}")})
}

/// Creates a connector with further members.
pub async fn create(app: &TestApp, members: Value) -> Value {
    let mut body = json!({"providerName": "OIDC", "connectorName": "c1"});
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    call(app, "POST", PATH, body).await.expect(200).json()
}

#[tokio::test]
async fn a_connector_is_created_read_changed_and_deleted_as_in_trace_40_13() {
    for_each_engine(async |app: TestApp| {
        publish(&app, "idp.example");
        let made = create(&app, json!({})).await;
        let id = made["id"].as_str().unwrap().to_owned();
        assert_eq!(id.len(), 12);
        assert_eq!(
            made,
            json!({
                "tenantId": "default", "id": id, "providerName": "OIDC", "connectorName": "c1", "config": {},
                "domains": [], "branding": {}, "syncProfile": false, "enableTokenStorage": false,
                "createdAt": made["createdAt"],
            })
        );
        let post = async |body: Value| call(&app, "POST", PATH, body).await;
        let taken = post(json!({"providerName": "OIDC", "connectorName": "c1"})).await;
        taken.expect_error(409, "single_sign_on.duplicate_connector_name");
        let unknown = post(json!({"providerName": "Foo", "connectorName": "x"})).await;
        unknown.expect_error(422, "connector.not_found");

        let path = format!("{PATH}/{id}");
        let config = settings("idp.example");
        let change = json!({
            "domains": ["A.Example", "b\u{fc}cher.example"], "config": config, "syncProfile": true,
            "branding": {"displayName": "Harbour", "logo": "https://idp.example/logo.svg"},
        });
        let changed = call(&app, "PATCH", &path, change).await.expect(200).json();
        let mut shown = config.clone();
        shown["trustUnverifiedEmail"] = json!(false);
        assert_eq!(changed["config"], shown);
        assert_eq!(changed["domains"], json!(["a.example", "xn--bcher-kva.example"]));
        assert_eq!((&changed["name"], &changed["providerType"]), (&json!("OIDC"), &json!("oidc")));
        assert!(changed["providerLogo"].as_str().unwrap().starts_with("data:image/svg+xml;base64,"));
        let mut provider = shown;
        provider.as_object_mut().unwrap().extend(
            json!({
                "authorizationEndpoint": "https://idp.example/auth", "tokenEndpoint": "https://idp.example/token",
                "userinfoEndpoint": "https://idp.example/me", "jwksUri": "https://idp.example/jwks",
                "scope": "openid profile email",
            })
            .as_object()
            .unwrap()
            .clone(),
        );
        assert_eq!(changed["providerConfig"], provider);
        assert_eq!(get(&app, &path).await.expect(200).json(), changed);
        let listed = get(&app, &format!("{PATH}?page=1&page_size=1")).await.expect(200);
        assert_eq!((listed.header("total-number"), listed.json()), ("1", json!([changed])));
        assert_eq!(get(&app, PATH).await.expect(200).json(), json!([changed]));

        delete(&app, &path).await.expect(204);
        for method in ["GET", "DELETE"] {
            let gone = app.management_request(method, &path).await.send().await;
            gone.expect_error(404, "entity.not_exists_with_id");
        }
        call(&app, "PATCH", &path, json!({})).await.expect_error(404, "entity.not_exists_with_id");
    })
    .await;
}

#[tokio::test]
async fn faults_are_told_with_the_codes_of_the_contract() {
    for_each_engine(async |app: TestApp| {
        publish(&app, "idp.example");
        let post = async |members: Value| {
            let mut body = json!({"providerName": "OIDC", "connectorName": "x"});
            body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            call(&app, "POST", PATH, body).await
        };
        for (domains, code, at_fault) in [
            (json!(["GMAIL.com"]), "forbidden_domains", json!(["gmail.com"])),
            (json!(["\u{ff47}mail.com"]), "forbidden_domains", json!(["gmail.com"])),
            (json!(["a.example", "A.example"]), "duplicated_domains", json!(["a.example"])),
            (json!(["localhost", "a.example", "x@y.z"]), "invalid_domain_format", json!(["localhost", "x@y.z"])),
        ] {
            let refused = post(json!({"domains": domains})).await;
            let refused = refused.expect_error(422, &format!("single_sign_on.{code}"));
            assert_eq!(refused.json()["data"], json!({"data": at_fault}), "{domains}");
        }
        for provider in ["SAML", "AzureAD"] {
            let refused = post(json!({"providerName": provider, "enableTokenStorage": true})).await;
            let refused = refused.expect_error(501, "connector.not_implemented");
            assert!(refused.json()["message"].as_str().unwrap().starts_with("SAML is not built yet."));
        }
        post(json!({"branding": {"logo": "javascript:alert(1)"}})).await.expect_error(400, "guard.invalid_input");
        for (change, member) in
            [(json!({"issuer": "x"}), "issuer"), (json!({"clientSecret": ""}), "clientSecret"), (json!({"y": 1}), "y")]
        {
            let mut config = settings("idp.example");
            config.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let refused = post(json!({"config": config})).await;
            let refused = refused.expect_error(400, "connector.invalid_config");
            assert_eq!(refused.json()["data"]["issues"][0]["path"], json!([member]), "{change}");
        }
        let unreachable = post(json!({"config": settings("gone.example")})).await;
        let data = unreachable.expect_error(400, "connector.invalid_config").json()["data"].clone();
        assert_eq!(data["config"], json!({"issuer": "https://gone.example"}));
        assert_eq!(data["ssoErrorCode"], "invalid_config");
        assert_eq!(get(&app, PATH).await.expect(200).json(), json!([]), "nothing was kept");
    })
    .await;
}

#[tokio::test]
async fn d12_another_issuer_needs_the_secret_again() {
    for_each_engine(async |app: TestApp| {
        publish(&app, "idp.example");
        publish(&app, "evil.example");
        let made = create(&app, json!({"config": settings("idp.example")})).await;
        let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
        let config = json!({"clientId": "me", "issuer": "https://evil.example"});
        let refused = call(&app, "PATCH", &path, json!({"config": config})).await;
        refused.expect_error(400, "connector.invalid_config");
        assert_eq!(get(&app, &path).await.expect(200).json()["config"], made["config"]);
    })
    .await;
}

#[tokio::test]
async fn the_providers_are_those_of_the_contract() {
    for_each_engine(async |app: TestApp| {
        let listed = get(&app, "/api/sso-connector-providers").await.expect(200).json();
        let names: Vec<(&str, &str)> = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["providerName"].as_str().unwrap(), one["providerType"].as_str().unwrap()))
            .collect();
        let oidc = ["OIDC", "Okta", "AzureAdOidc", "GoogleWorkspace"].map(|name| (name, "oidc"));
        assert_eq!(names, [oidc.as_slice(), &[("SAML", "saml"), ("AzureAD", "saml")]].concat());
        let request = app.management_request("GET", "/api/sso-connector-providers").await;
        let chinese = request.header("accept-language", "zh-CN").send().await.expect(200).json();
        assert_ne!(chinese[0]["description"], listed[0]["description"]);
    })
    .await;
}

#[tokio::test]
async fn the_public_settings_show_the_connectors_that_can_sign_people_in_and_no_secret() {
    for_each_engine(async |app: TestApp| {
        publish(&app, "idp.example");
        let public = async || {
            let answer = app.request("GET", "/api/.well-known/sign-in-exp").send().await.expect(200).json();
            assert!(!answer.to_string().contains("hush"), "{answer}");
            answer["ssoConnectors"].clone()
        };
        let made = create(&app, json!({"config": settings("idp.example"), "domains": ["corp.example"]})).await;
        create(&app, json!({"connectorName": "no settings", "domains": ["corp.example"]})).await;
        create(&app, json!({"connectorName": "no domain", "config": settings("idp.example")})).await;
        assert_eq!(public().await, json!([]), "single sign-on is switched off");
        call(&app, "PATCH", "/api/sign-in-exp", json!({"singleSignOnEnabled": true})).await.expect(200);
        let shown = public().await;
        assert_eq!(shown.as_array().unwrap().len(), 1, "{shown}");
        assert_eq!((&shown[0]["id"], &shown[0]["connectorName"]), (&made["id"], &json!("c1")));
        let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
        let branding = json!({"displayName": "Harbour", "logo": "https://idp.example/logo.svg"});
        call(&app, "PATCH", &path, json!({"branding": branding})).await.expect(200);
        let shown = public().await;
        assert_eq!(
            shown,
            json!([{
                "id": made["id"], "connectorName": "Harbour", "logo": "https://idp.example/logo.svg",
                "darkLogo": "https://idp.example/logo.svg",
            }])
        );
        delete(&app, &path).await.expect(204);
        assert_eq!(public().await, json!([]));
    })
    .await;
}

#[tokio::test]
async fn connectors_of_just_in_time_membership() {
    for_each_engine(async |app: TestApp| {
        let (one, two) =
            (create(&app, json!({"connectorName": "one"})).await, create(&app, json!({"connectorName": "two"})).await);
        let made = call(&app, "POST", "/api/organizations", json!({"name": "Harbour"})).await.expect(201).json();
        let path = format!("/api/organizations/{}/jit/sso-connectors", made["id"].as_str().unwrap());
        let listed = async || get(&app, &path).await.expect(200).json();
        assert_eq!(listed().await, json!([]));
        let unknown = call(&app, "POST", &path, json!({"ssoConnectorIds": ["none"]})).await;
        unknown.expect_error(422, "entity.relation_foreign_key_not_found");
        let ids = json!({"ssoConnectorIds": [one["id"]]});
        assert_eq!(call(&app, "POST", &path, ids.clone()).await.expect(201).json(), ids);
        assert_eq!(listed().await, json!([one]));
        call(&app, "PUT", &path, json!({"ssoConnectorIds": [two["id"]]})).await.expect(204);
        assert_eq!(listed().await, json!([two]));
        let entry = format!("{path}/{}", two["id"].as_str().unwrap());
        delete(&app, &entry).await.expect(204);
        delete(&app, &entry).await.expect_error(404, "entity.not_found");
        assert_eq!(listed().await, json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_connector_that_this_version_does_not_know_stops_nothing_else() {
    for_each_engine(async |app: TestApp| {
        publish(&app, "idp.example.com");
        let known = create(&app, json!({})).await;
        app.sql("update sso_connectors set provider_name = 'Later'", vec![]).await;
        app.configure("default", |_| Ok::<_, db::DbError>(())).await.unwrap();
        app.get("/oidc/.well-known/openid-configuration").send().await.expect(200);
        let path = format!("/api/sso-connectors/{}", known["id"].as_str().unwrap());
        app.management_request("DELETE", &path).await.send().await.expect(204);
    })
    .await;
}

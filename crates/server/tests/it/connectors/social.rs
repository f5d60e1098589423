//! Social connectors in `/api/connectors` (inventory M189–M194, M213).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use crate::applications::{call, delete, get};
use crate::experience::provider::{Away, Provider};

pub fn oidc_settings(host: &str) -> Value {
    json!({
        "authorizationEndpoint": format!("https://{host}/auth"),
        "tokenEndpoint": format!("https://{host}/token"),
        "clientId": "me",
        "clientSecret": "hush",
        "tokenEndpointAuthMethod": "client_secret_post",
        "clientSecretJwtSigningAlgorithm": "HS256",
        "scope": "profile email",
        "idTokenVerificationConfig": {"jwksUri": format!("https://{host}/jwks"), "issuer": format!("https://{host}")},
    })
}

fn standard(target: &str) -> Value {
    json!({
        "connectorId": "oidc", "config": oidc_settings("idp.example"),
        "metadata": {"target": target, "name": {"en": "Harbour ID", "zh-CN": "海港"}, "logo": "https://idp.example/logo.svg"},
    })
}

#[tokio::test]
async fn a_social_connector_is_created_read_changed_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let mut body = standard("harbour");
        body["syncProfile"] = json!(true);
        let made = call(&app, "POST", "/api/connectors", body).await.expect(200).json();
        assert_eq!(
            (&made["target"], &made["type"], &made["platform"]),
            (&json!("harbour"), &json!("Social"), &json!("Universal"))
        );
        assert_eq!((&made["name"]["en"], &made["syncProfile"]), (&json!("Harbour ID"), &json!(true)));
        assert_eq!((&made["logo"], &made["logoDark"]), (&json!("https://idp.example/logo.svg"), &Value::Null));
        assert_eq!((&made["isStandard"], &made["metadata"]["target"]), (&json!(true), &json!("harbour")));
        let path = format!("/api/connectors/{}", made["id"].as_str().unwrap());
        assert_eq!(get(&app, &path).await.expect(200).json(), made);
        assert_eq!(get(&app, "/api/connectors?target=harbour").await.expect(200).json(), json!([made]));
        assert_eq!(get(&app, "/api/connectors?target=oidc").await.expect(200).json(), json!([]));
        let patch = json!({"metadata": {"target": "harbour", "name": {"en": "Port"}}, "syncProfile": false});
        let changed = call(&app, "PATCH", &path, patch).await.expect(200).json();
        assert_eq!((&changed["name"]["en"], &changed["syncProfile"]), (&json!("Port"), &json!(false)));
        assert_eq!(get(&app, &path).await.expect(200).json(), changed);
        let other_target = json!({"metadata": {"target": "elsewhere"}});
        call(&app, "PATCH", &path, other_target).await.expect_error(400, "connector.can_not_modify_target");
        delete(&app, &path).await.expect(204);
        get(&app, &path).await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn social_connectors_are_told_apart_by_their_target() {
    for_each_engine(async |app: TestApp| {
        let post = async |body: Value| call(&app, "POST", "/api/connectors", body).await;
        let without = json!({"connectorId": "oidc", "config": oidc_settings("idp.example")});
        post(without).await.expect_error(400, "connector.should_specify_target");
        post(standard("a b")).await.expect_error(400, "connector.invalid_metadata");
        post(standard("one")).await.expect(200);
        post(standard("two")).await.expect(200);
        post(standard("one")).await.expect_error(422, "connector.multiple_target_with_same_platform");
        let github = json!({"connectorId": "github-universal", "config": {"clientId": "me", "clientSecret": "hush"}});
        post(github.clone()).await.expect(200);
        post(github.clone()).await.expect_error(422, "connector.multiple_instances_not_supported");
        let mut named = github;
        named["metadata"] = json!({"name": {"en": "Mine"}});
        let code = "connector.cannot_overwrite_metadata_for_non_standard_connector";
        post(named).await.expect_error(400, code);
        let mut script = standard("three");
        script["metadata"]["logo"] = json!("javascript:alert(1)");
        post(script).await.expect_error(400, "connector.invalid_metadata");
        assert_eq!(get(&app, "/api/connectors").await.expect(200).json().as_array().unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn settings_of_social_connectors_are_checked_at_their_place() {
    for_each_engine(async |app: TestApp| {
        for (change, path) in [
            (json!({"tokenEndpoint": "x"}), json!(["tokenEndpoint"])),
            (json!({"tokenEndpoint": "https://u:p@idp.example/token"}), json!(["tokenEndpoint"])),
            (json!({"clientSecret": ""}), json!(["clientSecret"])),
            (
                json!({"idTokenVerificationConfig": {"issuer": "https://idp.example"}}),
                json!(["idTokenVerificationConfig", "jwksUri"]),
            ),
            (json!({"customConfig": {"state": "fixed"}}), json!(["customConfig", "state"])),
            (json!({"unknown": 1}), json!(["unknown"])),
        ] {
            let mut body = standard("harbour");
            body["config"].as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let refused = call(&app, "POST", "/api/connectors", body).await;
            let refused = refused.expect_error(400, "connector.invalid_config");
            assert_eq!(refused.json()["data"]["issues"][0]["path"], path, "{change}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_pages_offer_the_targets_of_the_sign_in_experience_in_its_order() {
    for_each_engine(async |app: TestApp| {
        for target in ["one", "two"] {
            call(&app, "POST", "/api/connectors", standard(target)).await.expect(200);
        }
        let targets = json!({"socialSignInConnectorTargets": ["two", "nope", "one", "two"]});
        let kept = call(&app, "PATCH", "/api/sign-in-exp", targets).await.expect(200).json();
        assert_eq!(kept["socialSignInConnectorTargets"], json!(["two", "one"]));
        let public = app.request("GET", "/api/.well-known/sign-in-exp").send().await.expect(200).json();
        let offered = public["socialConnectors"].as_array().unwrap();
        let shown: Vec<_> = offered.iter().map(|one| one["target"].as_str().unwrap()).collect();
        assert_eq!(shown, ["two", "one"]);
        assert_eq!(offered[0]["name"]["en"], "Harbour ID");
        assert!(!public.to_string().contains("hush"), "{public}");
        let first = get(&app, "/api/connectors?target=two").await.expect(200).json()[0]["id"].clone();
        delete(&app, &format!("/api/connectors/{}", first.as_str().unwrap())).await.expect(204);
        let left = get(&app, "/api/sign-in-exp").await.expect(200).json();
        assert_eq!(left["socialSignInConnectorTargets"], json!(["one"]));
    })
    .await;
}

#[tokio::test]
async fn d12_another_token_endpoint_needs_the_secret_again() {
    for_each_engine(async |app: TestApp| {
        let made = call(&app, "POST", "/api/connectors", standard("harbour")).await.expect(200).json();
        let path = format!("/api/connectors/{}", made["id"].as_str().unwrap());
        for secret in [None, Some(""), Some("   ")] {
            let mut config = oidc_settings("evil.example");
            match secret {
                Some(text) => config["clientSecret"] = json!(text),
                None => drop(config.as_object_mut().unwrap().remove("clientSecret")),
            }
            let refused = call(&app, "PATCH", &path, json!({"config": config})).await;
            let refused = refused.expect_error(400, "connector.invalid_config");
            assert_eq!(refused.json()["data"]["issues"][0]["path"], json!(["clientSecret"]));
        }
        assert_eq!(get(&app, &path).await.expect(200).json(), made);
    })
    .await;
}

#[tokio::test]
async fn a_page_of_the_administrators_own_links_an_account() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({"enableTokenStorage": true})).await;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let path = format!("/api/connectors/{}/authorization-uri", idp.connector_id);
        let asked = json!({"state": "s1", "redirectUri": "https://admin.example/back"});
        let sent = call(&app, "POST", &path, asked.clone()).await.expect(200).json();
        let away = Away::to(sent["redirectTo"].as_str().unwrap(), String::new());
        assert_eq!((away.sent("state"), away.sent("redirect_uri")), ("s1", "https://admin.example/back"));
        assert_eq!(call(&app, "POST", &path, asked).await.expect(200).json(), sent, "nothing is kept");
        let link = async |user: &str, state: &str| {
            let data = json!({"code": "c", "state": state, "redirectUri": "https://admin.example/back"});
            let body = json!({"connectorId": idp.connector_id, "connectorData": data});
            call(&app, "POST", &format!("/api/users/{user}/identities"), body).await
        };
        idp.answer(&idp.claims(&away, "u1"));
        link(&alice, "s2").await.expect_error(401, "connector.social_invalid_id_token");
        let linked = link(&alice, "s1").await.expect(200).json();
        assert_eq!(
            (&linked["harbour"]["userId"], &linked["harbour"]["details"]["email"]),
            (&json!("u1"), &json!("ada@example.com"))
        );
        let sent = app.outbound.received().into_iter().rfind(|request| request.method == http::Method::POST).unwrap();
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&sent.body).into_owned().collect();
        let verifier = &form.iter().find(|(name, _)| name == "code_verifier").unwrap().1;
        assert_eq!(verifier.len(), 43);
        let shown =
            get(&app, &format!("/api/users/{alice}/identities/harbour?includeTokenSecret=true")).await.expect(200);
        assert_eq!(shown.json()["tokenSecret"]["identityId"], "u1");
        link(&bob, "s1").await.expect_error(422, "user.identity_already_in_use");
        let none = json!({"connectorId": idp.connector_id, "connectorData": {"code": "c"}});
        let refused = call(&app, "POST", &format!("/api/users/{bob}/identities"), none).await;
        refused.expect_error(400, "connector.insufficient_request_parameters");
    })
    .await;
}

#[tokio::test]
async fn only_social_connectors_have_an_authorization_uri() {
    for_each_engine(async |app: TestApp| {
        let sms = json!({"connectorId": "http-sms", "config": {"endpoint": "https://sms.example.com/send"}});
        let made = call(&app, "POST", "/api/connectors", sms).await.expect(200).json();
        let post = async |id: &str, body: Value| {
            call(&app, "POST", &format!("/api/connectors/{id}/authorization-uri"), body).await
        };
        let good = json!({"state": "s", "redirectUri": "app://back"});
        post(made["id"].as_str().unwrap(), good.clone()).await.expect_error(400, "connector.unexpected_type");
        post("nope", good).await.expect_error(404, "entity.not_found");
        for wrong in [json!({"state": "", "redirectUri": "app://back"}), json!({"state": "s", "redirectUri": "/back"})]
        {
            post("nope", wrong).await.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}

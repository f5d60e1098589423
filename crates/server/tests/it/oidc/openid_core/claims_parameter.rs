//! The parameter `claims` (section 5.5).

use serde_json::{Map, Value, json};
use testkit::oidc::{BrowserAgent, TestClient, claims, tampered};
use testkit::{TestApp, for_each_engine};
use url::Url;

use crate::oidc::consent::submit_consent;

const MFA: &str = "https://refeds.org/profile/mfa";

async fn client(app: &TestApp) -> TestClient {
    let custom = json!({"claimsParameterEnabled": true, "alwaysIssueRefreshToken": true});
    app.client("Traditional", &["https://app.example.com/callback"], custom).await
}

/// Ada, with a name, a nickname and an e-mail address.
async fn ada(app: &TestApp) -> String {
    let user = app.user("ada").await;
    let text = "update users set name = 'Ada', primary_email = 'ada@example.com', profile = $1 where id = $2";
    app.sql(text, vec![r#"{"nickname":"a"}"#.into(), user.as_str().into()]).await;
    user
}

fn asking(app: &TestApp, client: &TestClient, claims: &Value) -> Vec<(String, String)> {
    tampered(&app.authorization(client, "openid"), &[("prompt", "-"), ("claims", &claims.to_string())])
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn id_token(tokens: &Value) -> Map<String, Value> {
    claims(tokens["id_token"].as_str().unwrap())
}

async fn me(app: &TestApp, tokens: &Value) -> Value {
    app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(200).json()
}

async fn tokens(app: &TestApp, agent: &mut BrowserAgent, client: &TestClient, user: &str, asked: &Value) -> Value {
    let code = agent.sign_in(&asking(app, client, asked), user).await;
    app.exchange(client, &code).send().await.expect(200).json()
}

fn error_of(back: &Url) -> String {
    back.query_pairs().find(|(name, _)| name == "error").map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[tokio::test]
async fn named_claims_come_where_they_were_named_and_no_others() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (client(&app).await, ada(&app).await);
        let userinfo = json!({"name": {"essential": true}, "phone_number": null});
        let asked = json!({"userinfo": userinfo, "id_token": {"email": null, "nickname": null}});
        let first = tokens(&app, &mut app.agent(), &client, &user, &asked).await;
        assert_eq!(first["scope"], "openid");
        let in_id_token = |tokens: &Value| {
            let names = ["email", "nickname", "name", "email_verified", "auth_time", "acr", "amr"];
            let found: Map<_, _> =
                id_token(tokens).into_iter().filter(|(name, _)| names.contains(&name.as_str())).collect();
            Value::Object(found)
        };
        let expected = json!({"email": "ada@example.com", "nickname": "a"});
        assert_eq!(in_id_token(&first), expected);
        assert_eq!(me(&app, &first).await, json!({"sub": user, "name": "Ada"}));
        let refresh = first["refresh_token"].as_str().unwrap();
        let second = app.refresh(&client, refresh, &[]).send().await.expect(200).json();
        assert_eq!(in_id_token(&second), expected);
        assert_eq!(me(&app, &second).await, json!({"sub": user, "name": "Ada"}));
        // The setting counts at each use.
        let path = format!("/api/applications/{}", client.id);
        let off = json!({"customClientMetadata": {"alwaysIssueRefreshToken": true}});
        app.management_request("PATCH", &path).await.json(off).send().await.expect(200);
        assert_eq!(me(&app, &second).await, json!({"sub": user}));
        let refresh = second["refresh_token"].as_str().unwrap();
        let third = app.refresh(&client, refresh, &[]).send().await.expect(200).json();
        assert_eq!(in_id_token(&third), json!({}));
    })
    .await;
}

#[tokio::test]
async fn a_scope_that_was_requested_as_well_brings_all_of_its_claims() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (client(&app).await, ada(&app).await);
        let asked = json!({"userinfo": {"email": null}, "id_token": {"auth_time": {"essential": true}}});
        let request = tampered(&asking(&app, &client, &asked), &[("scope", "openid email")]);
        let code = app.agent().sign_in(&request, &user).await;
        let found = app.exchange(&client, &code).send().await.expect(200).json();
        let expected = json!({"sub": user, "email": "ada@example.com", "email_verified": true});
        assert_eq!(me(&app, &found).await, expected);
        let seen = id_token(&found);
        assert_eq!((&seen["auth_time"], seen.get("acr")), (&json!(app.app.clock.now().seconds()), None));
    })
    .await;
}

#[tokio::test]
async fn without_the_setting_or_openid_nothing_is_read() {
    for_each_engine(async |app: TestApp| {
        let (plain, user) = (app.web_client().await, ada(&app).await);
        for asked in [json!({"userinfo": {"name": null}}), json!(7)] {
            let found = tokens(&app, &mut app.agent(), &plain, &user, &asked).await;
            assert_eq!(me(&app, &found).await, json!({"sub": user}));
        }
        let client = client(&app).await;
        let request = tampered(&asking(&app, &client, &json!(7)), &[("scope", "email")]);
        app.agent().sign_in(&request, &user).await;
        for bad in [json!(7), json!({"userinfo": 7}), json!({"id_token": {"name": "Ada"}})] {
            let back = app.agent().authorize_as(&asking(&app, &client, &bad), &user).await;
            assert_eq!(error_of(&back), "invalid_request", "{bad}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_third_party_asks_the_user_for_the_scope_of_a_single_claim() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (client(&app).await, ada(&app).await);
        app.sql("update applications set is_third_party = true where id = $1", vec![client.id.as_str().into()]).await;
        let enable = async |scope: &str| {
            let text = "insert into application_consent_scopes (tenant_id, application_id, kind, value) \
                        values ('default', $1, 'user-scopes', $2)";
            app.sql(text, vec![client.id.as_str().into(), scope.into()]).await;
        };
        enable("email").await;
        let mut agent = app.agent();
        let asked = json!({"userinfo": {"email": null, "name": null}, "id_token": {"nickname": {"essential": true}}});
        agent.authorize(&asking(&app, &client, &asked)).await.expect(303);
        let to = agent.finish_login(&user).await.expect(303);
        assert!(to.header("location").starts_with("/consent"), "{}", to.header("location"));
        let shown = agent.get("/api/interaction/consent").await.expect(200).json();
        assert_eq!(shown["missingOIDCScope"], json!(["email"]), "profile is not enabled for it");
        let page = agent.get("/consent").await.expect(200).text();
        assert!(page.contains(r#"<section class="grant">"#), "{page}");
        let to = submit_consent(&app, &mut agent, json!({})).await.expect(200).json();
        let back = agent.get(to["redirectTo"].as_str().unwrap()).await.expect(303);
        let back = Url::parse(back.header("location")).unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let found = app.exchange(&client, &code).send().await.expect(200).json();
        assert_eq!(me(&app, &found).await, json!({"sub": user, "email": "ada@example.com"}));
        assert!(!id_token(&found).contains_key("nickname"));
        // What is taken from the application comes no more.
        let text = "delete from application_consent_scopes where application_id = $1";
        app.sql(text, vec![client.id.as_str().into()]).await;
        assert_eq!(me(&app, &found).await, json!({"sub": user}));
        // A scope that is enabled meanwhile is asked for before it counts.
        enable("email").await;
        enable("profile").await;
        let silent = tampered(&asking(&app, &client, &asked), &[("prompt", "none")]);
        let back = agent.authorize(&silent).await.expect(303);
        assert!(back.header("location").contains("error=consent_required"), "{}", back.header("location"));
        assert_eq!(me(&app, &found).await, json!({"sub": user, "email": "ada@example.com"}));
    })
    .await;
}

#[tokio::test]
async fn another_user_than_the_named_one_gets_no_code() {
    for_each_engine(async |app: TestApp| {
        let (client, user, bob) = (client(&app).await, ada(&app).await, app.user("bob").await);
        let mut agent = app.agent();
        let of = |sub: &str| json!({"id_token": {"sub": {"value": sub}}});
        tokens(&app, &mut agent, &client, &user, &of(&user)).await;
        let silent = tampered(&asking(&app, &client, &of(&bob)), &[("prompt", "none")]);
        let back = agent.authorize(&silent).await.expect(303);
        assert!(back.header("location").contains("error=login_required"), "{}", back.header("location"));
        let back = agent.authorize_as(&asking(&app, &client, &of(&bob)), &user).await;
        assert_eq!(error_of(&back), "login_required", "ada signs in again");
        let found = tokens(&app, &mut agent, &client, &bob, &of(&bob)).await;
        assert_eq!(id_token(&found)["sub"], bob);
        let either = json!({"id_token": {"sub": {"values": [user, bob]}}});
        assert_eq!(id_token(&tokens(&app, &mut agent, &client, "nobody signs in", &either).await)["sub"], bob);
    })
    .await;
}

#[tokio::test]
async fn an_essential_acr_passes_no_sign_in_with_less() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (client(&app).await, ada(&app).await);
        let mut agent = app.agent();
        let acr = |essential: bool, value: &str| {
            let asked = json!({"essential": essential, "values": [value]});
            json!({"id_token": {"acr": asked}})
        };
        let voluntary = tokens(&app, &mut agent, &client, &user, &acr(false, MFA)).await;
        let seen = id_token(&voluntary);
        assert_eq!((&seen["acr"], seen.get("amr")), (&json!("https://refeds.org/profile/sfa"), None));
        // It was asked for in the ID token alone, as introspection knows as well.
        let resource = json!({"name": "r", "indicator": "https://api.example.com"});
        app.management_request("POST", "/api/resources").await.json(resource).send().await.expect(201);
        let request = tampered(&asking(&app, &client, &acr(false, MFA)), &[("resource", "https://api.example.com")]);
        let code = app.agent().sign_in(&request, &user).await;
        let found = app.exchange(&client, &code).send().await.expect(200).json();
        let named = [("resource", "https://api.example.com")];
        let found = app.refresh(&client, text(&found["refresh_token"]), &named).send().await.expect(200).json();
        assert!(id_token(&found).contains_key("acr") && !claims(text(&found["access_token"])).contains_key("acr"));
        for (value, to) in [(MFA, "/sign-in"), ("loa9", "https://app.example.com/")] {
            let first = agent.authorize(&asking(&app, &client, &acr(true, value))).await.expect(303);
            assert!(first.header("location").starts_with(to), "{}", first.header("location"));
            let back = agent.authorize_as(&asking(&app, &client, &acr(true, value)), &user).await;
            assert_eq!(error_of(&back), "unmet_authentication_requirements", "{value}");
        }
        let silent = tampered(&asking(&app, &client, &acr(true, MFA)), &[("prompt", "none")]);
        let back = agent.authorize(&silent).await.expect(303);
        assert!(back.header("location").contains("error=login_required"), "{}", back.header("location"));
    })
    .await;
}

#[tokio::test]
async fn pushed_requests_have_it_and_discovery_says_so() {
    for_each_engine(async |app: TestApp| {
        let named = async || app.get("/oidc/.well-known/openid-configuration").send().await.expect(200).json();
        assert_eq!(named().await["claims_parameter_supported"], false);
        let (client, user) = (client(&app).await, ada(&app).await);
        let path = format!("/api/applications/{}", client.id);
        for enabled in [false, true] {
            let body = json!({"customClientMetadata": {"claimsParameterEnabled": enabled}});
            app.management_request("PATCH", &path).await.json(body).send().await.expect(200);
            assert_eq!(named().await["claims_parameter_supported"], enabled);
        }
        let push = async |claims: &str| {
            let request = asking(&app, &client, &Value::Null);
            let request = tampered(&request, &[("client_id", "-"), ("claims", claims)]);
            let fields: Vec<(&str, &str)> =
                request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            app.token_request_at("/oidc/request", &client, &fields).send().await
        };
        let pushed = push(r#"{"id_token":{"name":null}}"#).await.expect(201).json();
        let opening = [("client_id", client.id.as_str()), ("request_uri", pushed["request_uri"].as_str().unwrap())];
        let opening = opening.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let code = app.agent().sign_in(&opening, &user).await;
        let found = app.exchange(&client, &code).send().await.expect(200).json();
        assert_eq!(id_token(&found)["name"], "Ada");
        push("{").await.expect_error(400, "oidc.invalid_request");
    })
    .await;
}

//! `acr_values` and `acr` (sections 2 and 3.1.2.1), and what resource servers read of them (RFC 9470).

use std::time::Duration;

use serde_json::{Map, Value, json};
use testkit::oidc::{BrowserAgent, TestClient, claims, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};
use url::Url;

use crate::experience::factors::{app_code, enrol, policy};
use crate::experience::fixture::{PASSWORD, add_user, id_of};

const SFA: &str = "https://refeds.org/profile/sfa";
const MFA: &str = "https://refeds.org/profile/mfa";
const CALLBACK: &str = "https://app.example.com/callback";
const DISCOVERY: &str = "/oidc/.well-known/openid-configuration";

async fn client(app: &TestApp) -> TestClient {
    let custom = json!({"acrValuesEnabled": true, "alwaysIssueRefreshToken": true});
    app.client("Traditional", &[CALLBACK], custom).await
}

/// A request that asks for `acr` and for no consent.
fn asking(app: &TestApp, client: &TestClient, acr: &str) -> Vec<(String, String)> {
    tampered(&app.authorization(client, "openid"), &[("prompt", "-"), ("acr_values", acr)])
}

/// Alice, whose authenticator app nobody asks for; its seed.
async fn alice_with_app(app: &TestApp) -> String {
    add_user(app, "alice", |_| {}).await;
    policy(app, "UserControlled", &["Totp"]).await;
    let (seed, _) = enrol(app, "alice").await;
    let quiet = r#"{"mfa":{"enabled":true,"skipMfaOnSignIn":true}}"#;
    app.sql("update users set logto_config = $1 where id = 'alice'", vec![quiet.into()]).await;
    app.app.clock.advance(Duration::from_secs(30));
    seed
}

async fn experience(app: &TestApp, agent: &mut BrowserAgent, method: &str, path: &str, body: Value) -> TestResponse {
    agent.send(app.request(method, &format!("/api/experience{path}")).json(body)).await
}

/// Alice says who she is, as the page does.
async fn by_password(app: &TestApp, agent: &mut BrowserAgent) {
    experience(app, agent, "PUT", "", json!({"interactionEvent": "SignIn"})).await.expect(204);
    let typed = json!({"identifier": {"type": "username", "value": "alice"}, "password": PASSWORD});
    let id = id_of(&experience(app, agent, "POST", "/verification/password", typed).await.expect(200));
    experience(app, agent, "POST", "/identification", json!({"verificationId": id})).await.expect(204);
}

async fn submit(app: &TestApp, agent: &mut BrowserAgent) -> TestResponse {
    experience(app, agent, "POST", "/submit", json!({})).await
}

/// Where the browser ends after a submit, without another page in between.
async fn go_back(agent: &mut BrowserAgent, submitted: &TestResponse) -> Url {
    let mut to = submitted.json()["redirectTo"].as_str().unwrap().to_owned();
    for _ in 0..4 {
        if to.starts_with(CALLBACK) {
            break;
        }
        assert!(!to.starts_with("/sign-in"), "{to}");
        to = agent.get(&to).await.header("location").to_owned();
    }
    Url::parse(&to).unwrap()
}

fn param(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

async fn tokens(app: &TestApp, client: &TestClient, back: &Url) -> Value {
    app.exchange(client, &param(back, "code")).send().await.expect(200).json()
}

fn id_token(tokens: &Value) -> Map<String, Value> {
    claims(tokens["id_token"].as_str().unwrap())
}

/// The acr of a client that is signed in already.
async fn silent(app: &TestApp, agent: &mut BrowserAgent, client: &TestClient, acr: &str) -> Result<Value, String> {
    let back = agent.authorize(&tampered(&asking(app, client, acr), &[("prompt", "none")])).await.expect(303);
    let back = Url::parse(back.header("location")).unwrap();
    match param(&back, "error") {
        none if none.is_empty() => Ok(id_token(&tokens(app, client, &back).await)["acr"].clone()),
        error => Err(error),
    }
}

#[tokio::test]
async fn they_are_ignored_unless_the_application_asks_for_them() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let mut agent = app.agent();
        agent.sign_in(&app.authorization(&client, "openid"), &user).await;
        let back = agent.authorize_as(&asking(&app, &client, "phr"), "nobody signs in").await;
        let seen = id_token(&tokens(&app, &client, &back).await);
        assert!(["acr", "amr", "auth_time"].iter().all(|name| !seen.contains_key(*name)), "{seen:?}");
    })
    .await;
}

#[tokio::test]
async fn tokens_say_what_the_sign_in_of_their_grant_reached() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (client(&app).await, app.user("ada").await);
        let resource = json!({"name": "r", "indicator": "https://api.example.com"});
        app.management_request("POST", "/api/resources").await.json(resource).send().await.expect(201);
        let began = app.app.clock.now().seconds();
        let request = tampered(&app.authorization(&client, "openid"), &[("resource", "https://api.example.com")]);
        let code = app.agent().sign_in(&request, &user).await;
        let first = app.exchange(&client, &code).send().await.expect(200).json();
        let seen = id_token(&first);
        assert_eq!((&seen["acr"], &seen["amr"], &seen["auth_time"]), (&json!(SFA), &json!(["pwd"]), &json!(began)));
        let introspected = async |token: &Value| {
            let fields = [("token", token.as_str().unwrap())];
            app.token_request_at("/oidc/token/introspection", &client, &fields).send().await.expect(200).json()
        };
        let known = introspected(&first["access_token"]).await;
        assert_eq!((&known["acr"], &known["auth_time"]), (&json!(SFA), &json!(began)));
        app.app.clock.advance(Duration::from_secs(60));
        let refresh = first["refresh_token"].as_str().unwrap();
        let second = app.refresh(&client, refresh, &[("resource", "https://api.example.com")]).send().await;
        let second = second.expect(200).json();
        let access = claims(second["access_token"].as_str().unwrap());
        assert_eq!((&access["acr"], &access["auth_time"]), (&json!(SFA), &json!(began)));
        assert_eq!(id_token(&second)["acr"], SFA);
        assert_eq!(introspected(&second["refresh_token"]).await.get("acr"), None);
        // The right to know it is asked again each time.
        let off = json!({"customClientMetadata": {"alwaysIssueRefreshToken": true}});
        let path = format!("/api/applications/{}", client.id);
        app.management_request("PATCH", &path).await.json(off).send().await.expect(200);
        assert_eq!(introspected(&first["access_token"]).await.get("acr"), None);
        let refresh = second["refresh_token"].as_str().unwrap();
        let third = app.refresh(&client, refresh, &[]).send().await.expect(200).json();
        assert!(!id_token(&third).contains_key("acr"));
    })
    .await;
}

#[tokio::test]
async fn a_session_without_the_factor_is_stepped_up_by_showing_it() {
    for_each_engine(async |app: TestApp| {
        let (client, seed) = (client(&app).await, alice_with_app(&app).await);
        let mut agent = app.agent();
        agent.authorize(&asking(&app, &client, "")).await.expect(303);
        by_password(&app, &mut agent).await;
        let submitted = submit(&app, &mut agent).await.expect(200);
        let first = tokens(&app, &client, &go_back(&mut agent, &submitted).await).await;
        assert_eq!(id_token(&first)["acr"], SFA, "nobody asked for the app");
        // A client that wants more learns that a page is needed, and no session goes up by asking.
        assert_eq!(silent(&app, &mut agent, &client, MFA).await, Err("login_required".to_owned()));
        assert_eq!(silent(&app, &mut agent, &client, &format!("{MFA} {SFA}")).await, Ok(json!(SFA)));
        let to_page = agent.authorize(&asking(&app, &client, MFA)).await.expect(303);
        assert!(to_page.header("location").starts_with("/sign-in?"), "{}", to_page.header("location"));
        by_password(&app, &mut agent).await;
        submit(&app, &mut agent).await.expect_error(403, "session.mfa.require_mfa_verification");
        let code = json!({"code": app_code(&seed, app.app.clock.now())});
        experience(&app, &mut agent, "POST", "/verification/totp/verify", code).await.expect(200);
        let submitted = submit(&app, &mut agent).await.expect(200);
        let seen = id_token(&tokens(&app, &client, &go_back(&mut agent, &submitted).await).await);
        assert_eq!((&seen["acr"], &seen["amr"]), (&json!(MFA), &json!(["pwd", "otp", "mfa"])));
        assert_eq!(silent(&app, &mut agent, &client, MFA).await, Ok(json!(MFA)), "asked once");
        assert_eq!(silent(&app, &mut agent, &client, "").await, Ok(json!(MFA)));
        assert_eq!(silent(&app, &mut agent, &client, SFA).await, Ok(json!(SFA)), "what the client asked for");
        assert_eq!(silent(&app, &mut agent, &client, "phr").await, Err("login_required".to_owned()));
        // The refresh token of the first grant does not know better than its sign-in.
        let refresh = first["refresh_token"].as_str().unwrap();
        let old = app.refresh(&client, refresh, &[]).send().await.expect(200).json();
        assert_eq!(id_token(&old)["acr"], SFA);
        // And a sign-in with less replaces the one with more.
        agent.authorize(&tampered(&asking(&app, &client, ""), &[("prompt", "login")])).await.expect(303);
        by_password(&app, &mut agent).await;
        let submitted = submit(&app, &mut agent).await.expect(200);
        go_back(&mut agent, &submitted).await;
        assert_eq!(silent(&app, &mut agent, &client, "").await, Ok(json!(SFA)));
    })
    .await;
}

#[tokio::test]
async fn who_cannot_reach_it_signs_in_once_and_the_client_reads_what_was_reached() {
    for_each_engine(async |app: TestApp| {
        let client = client(&app).await;
        add_user(&app, "alice", |_| {}).await;
        let mut agent = app.agent();
        agent.authorize(&asking(&app, &client, "phr")).await.expect(303);
        by_password(&app, &mut agent).await;
        let submitted = submit(&app, &mut agent).await.expect(200);
        let back = go_back(&mut agent, &submitted).await;
        assert_eq!(id_token(&tokens(&app, &client, &back).await)["acr"], SFA);
        assert_eq!(
            silent(&app, &mut agent, &client, "loa9").await,
            Ok(json!(SFA)),
            "no sign-in reaches what is unknown"
        );
    })
    .await;
}

#[tokio::test]
async fn a_pushed_request_asks_for_it_as_well() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (client(&app).await, app.user("ada").await);
        let mut agent = app.agent();
        agent.sign_in(&app.authorization(&client, "openid"), &user).await;
        let request = tampered(&asking(&app, &client, MFA), &[("client_id", "-")]);
        let fields: Vec<(&str, &str)> = request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let pushed = app.token_request_at("/oidc/request", &client, &fields).send().await.expect(201).json();
        let opening = [("client_id", client.id.as_str()), ("request_uri", pushed["request_uri"].as_str().unwrap())];
        let opening = opening.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let to_page = agent.authorize(&opening).await.expect(303);
        assert!(to_page.header("location").starts_with("/sign-in?"), "{}", to_page.header("location"));
    })
    .await;
}

#[tokio::test]
async fn discovery_names_the_values_while_an_application_uses_them() {
    for_each_engine(async |app: TestApp| {
        let named = async || app.get(DISCOVERY).send().await.expect(200).json();
        let before = named().await;
        assert_eq!(before.get("acr_values_supported"), None);
        let send = async |method: &str, path: &str, body: Value| {
            app.management_request(method, path).await.json(body).send().await
        };
        let body = json!({"name": "a", "type": "Traditional", "customClientMetadata": {"acrValuesEnabled": true}});
        let made = send("POST", "/api/applications", body).await.expect(200).json();
        assert_eq!(made["customClientMetadata"]["acrValuesEnabled"], true);
        let during = named().await;
        assert_eq!(during["acr_values_supported"], json!([SFA, MFA, "phr"]));
        assert!(during["claims_supported"].as_array().unwrap().contains(&json!("acr")));
        let path = format!("/api/applications/{}", made["id"].as_str().unwrap());
        send("PATCH", &path, json!({"customClientMetadata": {"acrValuesEnabled": false}})).await.expect(200);
        assert_eq!(named().await, before);
        send("PATCH", &path, json!({"customClientMetadata": {"acrValuesEnabled": true}})).await.expect(200);
        assert_ne!(named().await, before);
        app.management_request("DELETE", &path).await.send().await.expect(204);
        assert_eq!(named().await, before);
    })
    .await;
}

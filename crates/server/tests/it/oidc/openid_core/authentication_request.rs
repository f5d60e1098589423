//! The authentication request (sections 3.1.2.1, 3.1.2.3, 5.2, 5.4 and 5.5).

use std::time::Duration;

use testkit::oidc::{BrowserAgent, TestClient, claims, tampered};
use testkit::{TestApp, for_each_engine};

/// Signs in as far as it is asked for; the claims of the ID token.
async fn id_token(
    app: &TestApp,
    agent: &mut BrowserAgent,
    client: &TestClient,
    user: &str,
    changes: &[(&str, &str)],
) -> serde_json::Map<String, serde_json::Value> {
    let code = agent.sign_in(&tampered(&app.authorization(client, "openid"), changes), user).await;
    let tokens = app.exchange(client, &code).send().await.expect(200).json();
    claims(tokens["id_token"].as_str().unwrap())
}

#[tokio::test]
async fn hints_and_unknown_parameters_hinder_no_sign_in() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        for changes in [
            [("display", "page")],
            [("display", "popup")],
            [("ui_locales", "se")],
            [("claims_locales", "se")],
            [("acr_values", "1 2")],
            [("login_hint", "ada@example.com")],
            [("extra", "foobar")],
            [("claims", r#"{"userinfo":{"name":{"essential":true}}}"#)],
        ] {
            let seen = id_token(&app, &mut app.agent(), &client, &user, &changes).await;
            assert_eq!(seen["sub"], user.as_str(), "{changes:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn scopes_count_in_any_order() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        for scope in ["openid email", "email openid"] {
            let tokens = app.code_flow(&client, &user, scope).await;
            assert_eq!(claims(tokens["id_token"].as_str().unwrap())["sub"], user.as_str(), "{scope}");
            let token = tokens["access_token"].as_str().unwrap();
            let me = app.get("/oidc/me").bearer(token).send().await.expect(200).json();
            assert!(me.get("email").is_some(), "{scope}: {me}");
        }
    })
    .await;
}

#[tokio::test]
async fn auth_time_is_that_of_the_last_sign_in() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let began = app.app.clock.now().seconds();
        let mut agent = app.agent();
        let long = [("prompt", "-"), ("max_age", "10000")];
        assert_eq!(id_token(&app, &mut agent, &client, &user, &long).await["auth_time"], began);
        app.app.clock.advance(Duration::from_secs(5));
        let again = id_token(&app, &mut agent, &client, "nobody signs in", &long).await;
        assert_eq!(again["auth_time"], began, "the session is young enough");
        let short = [("prompt", "-"), ("max_age", "1")];
        assert_eq!(id_token(&app, &mut agent, &client, &user, &short).await["auth_time"], began + 5);
        app.app.clock.advance(Duration::from_secs(5));
        let login = [("prompt", "login"), ("max_age", "10000")];
        assert_eq!(id_token(&app, &mut agent, &client, &user, &login).await["auth_time"], began + 10);
    })
    .await;
}

/// Browsers send `SameSite=Lax` cookies with a link and not with a form of another website.
#[tokio::test]
async fn a_request_by_a_form_of_the_application_finds_whoever_is_signed_in() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let mut agent = app.agent();
        agent.sign_in(&app.authorization(&client, "openid"), &user).await;
        let request = tampered(&app.authorization(&client, "openid"), &[("prompt", "none")]);
        let form: Vec<(&str, &str)> = request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let posted = app.post("/oidc/auth").form(&form).header("origin", "https://app.example.com").send().await;
        let posted = posted.expect(303);
        assert!(posted.header("location").starts_with("/oidc/auth?"), "{}", posted.header("location"));
        let answer = agent.get(posted.header("location")).await.expect(303);
        assert!(answer.header("location").contains("callback?code="), "{}", answer.header("location"));
    })
    .await;
}

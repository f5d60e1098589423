//! The authorization code flow from the first request to the user's claims (traces 10-01 to 10-04, 10-12).

use serde_json::{Value, json};
use testkit::oidc::{claims, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

/// The `Set-Cookie` line of a cookie, empty when absent.
pub fn cookie_line<'a>(response: &'a TestResponse, name: &str) -> &'a str {
    let start = format!("{name}=");
    response.headers("set-cookie").into_iter().find(|line| line.starts_with(&start)).unwrap_or_default()
}

#[tokio::test]
async fn the_first_request_redirects_to_sign_in_with_the_traced_cookies() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let mut agent = app.agent();
        let answer = agent.authorize(&app.authorization(&client, "openid profile")).await.expect(303);
        assert_eq!(answer.header("location"), format!("/sign-in?app_id={}", client.id));
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.text(), format!("Redirecting to /sign-in?app_id={}.", client.id));
        let logto = cookie_line(&answer, "_logto");
        let expected = format!("_logto=%7B%22appId%22%3A%22{}%22%7D; path=/; samesite=lax", client.id);
        assert_eq!(logto, expected);
        let uid = cookie_line(&answer, "_interaction_resume").split([';', '=']).nth(1).unwrap().to_owned();
        assert_eq!(uid.len(), 43);
        let resume = cookie_line(&answer, "_interaction_resume");
        assert!(resume.contains(&format!("path=/oidc/auth/{uid}")) && resume.contains("httponly"), "{resume}");
        assert!(resume.contains("expires=Sun, 22 Nov 2026 13:00:00 GMT"), "{resume}");
        let interaction = cookie_line(&answer, "_interaction");
        assert!(interaction.contains(&uid) && interaction.contains("_legacy") && interaction.contains("; path=/;"));
        for name in ["_logto.sig", "_interaction.sig", "_interaction_resume.sig"] {
            assert!(!cookie_line(&answer, name).is_empty(), "{name}");
        }
        assert_eq!(cookie_line(&answer, "_session"), "");
    })
    .await;
}

#[tokio::test]
async fn the_code_flow_issues_tokens_with_claims() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let request = tampered(&app.authorization(&client, "openid offline_access profile"), &[("nonce", "nonce-1")]);
        let mut agent = app.agent();
        agent.authorize(&request).await.expect(303);
        let resumed = agent.finish_login(&user).await.expect(303);
        assert_eq!(resumed.header("location"), format!("/consent?app_id={}", client.id));
        let session = cookie_line(&resumed, "_session").to_owned();
        assert!(session.contains("expires=Sun, 06 Dec 2026 12:00:00 GMT") && session.contains("httponly"), "{session}");
        let consented = agent.get(resumed.header("location")).await.expect(302);
        assert!(consented.header("location").starts_with("http://localhost:3001/oidc/auth/"));
        let done = agent.get(consented.header("location")).await.expect(303);
        assert!(cookie_line(&done, "_interaction_resume").contains("expires=Thu, 01 Jan 1970 00:00:00 GMT"));
        assert_ne!(cookie_line(&done, "_session"), session, "the handle changes with consent");
        let to = url::Url::parse(done.header("location")).unwrap();
        let pairs: Vec<(String, String)> = to.query_pairs().into_owned().collect();
        let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["code", "state", "iss"]);
        assert_eq!((pairs[1].1.as_str(), pairs[2].1.as_str()), ("state-1", "http://localhost:3001/oidc"));

        let answer = app.exchange(&client, &pairs[0].1).send().await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let tokens = answer.json();
        let names: Vec<&str> = tokens.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]);
        assert_eq!(tokens["scope"], "openid offline_access profile");
        assert_eq!((&tokens["expires_in"], &tokens["token_type"]), (&json!(3600), &json!("Bearer")));
        assert_eq!(tokens["access_token"].as_str().unwrap().len(), 43);
        let id_token = claims(tokens["id_token"].as_str().unwrap());
        let now = app.app.clock.now().seconds();
        let expected = json!({
            "sub": user, "name": null, "preferred_username": "alice", "picture": null, "updated_at": 2,
            "username": "alice", "created_at": 1, "nonce": "nonce-1", "aud": client.id, "exp": now + 3600, "iat": now,
            "iss": "http://localhost:3001/oidc",
        });
        assert_eq!(Value::Object(id_token).to_string(), expected.to_string());
        let me = app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(200).json();
        assert_eq!((&me["sub"], &me["username"], me.get("nonce")), (&json!(user), &json!("alice"), None));
    })
    .await;
}

#[tokio::test]
async fn a_single_page_application_needs_pkce_and_no_secret() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.spa_client().await, app.user("alice").await);
        let tokens = app.code_flow(&client, &user, "openid offline_access profile").await;
        assert_eq!(tokens["scope"], "openid offline_access profile");
        let without =
            tampered(&app.authorization(&client, "openid"), &[("code_challenge", "-"), ("code_challenge_method", "-")]);
        let answer = app.agent().authorize(&without).await.expect(303);
        assert!(
            answer.header("location").contains("error=invalid_request&error_description=Authorization+Server+policy")
        );
    })
    .await;
}

#[tokio::test]
async fn native_applications_consent_every_time_and_may_vary_the_loopback_port() {
    for_each_engine(async |app: TestApp| {
        let uris = ["http://127.0.0.1/callback", "com.example.app://callback"];
        let (client, user) = (app.client("Native", &uris, json!({})).await, app.user("alice").await);
        let mut agent = app.agent();
        let first =
            tampered(&app.authorization(&client, "openid"), &[("redirect_uri", "http://127.0.0.1:53123/callback")]);
        let to = agent.authorize_as(&first, &user).await;
        assert!(to.as_str().starts_with("http://127.0.0.1:53123/callback?code="), "{to}");
        let second = tampered(&first, &[("redirect_uri", "com.example.app://callback"), ("prompt", "-")]);
        let answer = agent.authorize(&second).await.expect(303);
        assert!(answer.header("location").starts_with("/consent"), "{}", answer.header("location"));
        let to = agent.authorize_as(&second, &user).await;
        assert!(to.as_str().starts_with("com.example.app://callback?code="), "{to}");
        let silent = tampered(&second, &[("prompt", "none")]);
        let answer = agent.authorize(&silent).await.expect(303);
        assert!(answer.header("location").contains("error=interaction_required"));
    })
    .await;
}

#[tokio::test]
async fn client_secret_basic_is_accepted() {
    for_each_engine(async |app: TestApp| {
        use base64::Engine as _;
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let code = app.agent().sign_in(&app.authorization(&client, "openid"), &user).await;
        let secret = client.secret.clone().unwrap();
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{secret}", client.id));
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", "https://app.example.com/callback"),
            ("code_verifier", testkit::oidc::VERIFIER),
        ];
        let post = || app.post("/oidc/token").form(&form);
        let wrong = base64::engine::general_purpose::STANDARD.encode(format!("{}:wrong", client.id));
        let refused = post().header("authorization", &format!("Basic {wrong}")).send().await;
        let refused = refused.expect_error(401, "oidc.invalid_client");
        assert_eq!(
            refused.header("www-authenticate"),
            "Basic realm=\"http://localhost:3001/oidc\", error=\"invalid_client\", error_description=\"client authentication failed\""
        );
        let answer = post().header("authorization", &format!("Basic {basic}")).send().await.expect(200).json();
        assert_eq!(answer.get("refresh_token"), None, "without offline_access there is none");
    })
    .await;
}

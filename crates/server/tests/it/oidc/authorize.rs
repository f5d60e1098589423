//! The authorization endpoint (traces 10-05 to 10-10, 10-14).

use serde_json::json;
use testkit::oidc::{TestClient, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixtures::{ITEMS, ORDERS, tenant};

const TWO: [&str; 2] = ["https://app.example.com/callback", "https://app.example.com/cb2"];

async fn authorize(app: &TestApp, client: &TestClient, changes: &[(&str, &str)]) -> TestResponse {
    let request = tampered(&app.authorization(client, "openid offline_access profile"), changes);
    app.agent().authorize(&request).await
}

#[tokio::test]
async fn errors_of_client_or_redirect_uri_are_never_redirected() {
    for_each_engine(async |app: TestApp| {
        let client = app.client("Traditional", &TWO, json!({})).await;
        let machine = app.client("MachineToMachine", &[], json!({})).await;
        let machine_id = machine.id.clone();
        let mismatch = "redirect_uri did not match any of the client's registered redirect_uris";
        for (changes, code, description) in [
            (vec![("client_id", "nobody")], "oidc.invalid_client", "invalid client nobody"),
            (vec![("client_id", "-")], "oidc.invalid_request", "missing required parameter 'client_id'"),
            (vec![("redirect_uri", "-")], "oidc.invalid_request", "missing required parameter 'redirect_uri'"),
            (vec![("redirect_uri", "https://evil.example/cb")], "oidc.invalid_redirect_uri", mismatch),
            (vec![("redirect_uri", "not a uri")], "oidc.invalid_redirect_uri", mismatch),
            (vec![("client_id", machine_id.as_str())], "oidc.invalid_redirect_uri", mismatch),
        ] {
            let answer = authorize(&app, &client, &changes).await.expect_error(400, code);
            assert_eq!((answer.header("cache-control"), answer.header("location")), ("no-store", ""));
            let body = answer.json();
            assert_eq!(body["error_description"], description, "{changes:?}");
            assert_eq!((&body["state"], &body["iss"]), (&json!("state-1"), &json!("http://localhost:3001/oidc")));
            assert!(!body["message"].as_str().unwrap().is_empty());
        }
        let mut twice = app.authorization(&client, "openid");
        twice.push(("client_id".into(), "x".into()));
        let body = app.agent().authorize(&twice).await.expect_error(400, "oidc.invalid_request").json();
        assert_eq!(body["error_description"], "'client_id' parameter must not be provided twice");
        let lost = app.get("/oidc/auth/none").send().await.expect_error(400, "session.not_found").json();
        assert_eq!(lost["error_description"], "authorization request has expired");
    })
    .await;
}

#[tokio::test]
async fn other_errors_are_redirected_to_the_client() {
    for_each_engine(async |app: TestApp| {
        let client = app.client("Traditional", &TWO, json!({})).await;
        let iss = "state=state-1&iss=http%3A%2F%2Flocalhost%3A3001%2Foidc";
        for (changes, sign, answer) in [
            (
                vec![("response_type", "-")],
                '?',
                "error=invalid_request&error_description=missing+required+parameter+%27response_type%27",
            ),
            (
                vec![("response_type", "token")],
                '#',
                "error=unsupported_response_type&error_description=unsupported+response_type+requested",
            ),
            (
                vec![("prompt", "none")],
                '?',
                "error=login_required&error_description=End-User+authentication+is+required",
            ),
            (
                vec![("prompt", "none"), ("response_mode", "fragment")],
                '#',
                "error=login_required&error_description=End-User+authentication+is+required",
            ),
            (
                vec![("request", "x")],
                '?',
                "error=invalid_request_object&error_description=the+request+object+is+not+signed+by+the+client",
            ),
            (
                vec![("resource", "https://unknown.example.com")],
                '?',
                "error=invalid_target&error_description=resource+indicator+is+missing%2C+or+unknown",
            ),
            (
                vec![("id_token_hint", "bad")],
                '?',
                "error=invalid_request&error_description=could+not+validate+id_token_hint",
            ),
        ] {
            let got = authorize(&app, &client, &changes).await.expect(303);
            assert_eq!(got.header("location"), format!("https://app.example.com/callback{sign}{answer}&{iss}"));
        }
        let mut twice = app.authorization(&client, "openid");
        twice.push(("nonce".into(), "a".into()));
        twice.push(("nonce".into(), "b".into()));
        let got = app.agent().authorize(&twice).await.expect(303);
        assert!(got.header("location").contains("%27nonce%27+parameter+must+not+be+provided+twice"));
        let nul = authorize(&app, &client, &[("state", "a\0b")]).await;
        assert_eq!(nul.status.as_u16(), 400);
    })
    .await;
}

#[tokio::test]
async fn a14_oversized_values_are_refused_and_interaction_cookies_stay_small() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        for name in ["state", "login_hint", "nonce", "ui_locales", "organization_id"] {
            let answer = authorize(&app, &client, &[(name, &"x".repeat(60_000))]).await;
            assert_eq!(answer.status.as_u16(), 400, "{name}");
        }
        let long = "é".repeat(1500);
        let mut agent = app.agent();
        for _ in 0..15 {
            let other = app.web_client().await;
            let request = tampered(
                &app.authorization(&other, "openid"),
                &[("ui_locales", &long), ("organization_id", &long), ("login_hint", &long)],
            );
            let answer = agent.authorize(&request).await.expect(303);
            for line in answer.headers("set-cookie") {
                let value = line.split(';').next().unwrap();
                assert!(value.len() < 1024, "{} bytes: {value}", value.len());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn extra_parameters_choose_the_first_screen() {
    for_each_engine(async |app: TestApp| {
        let client = app.spa_client().await;
        let id = client.id.clone();
        for (changes, path) in [
            (vec![("first_screen", "register")], format!("/register?app_id={id}")),
            (vec![("interaction_mode", "bogus"), ("ui_locales", "de")], format!("/sign-in?app_id={id}")),
            (
                vec![("direct_sign_in", "social:mock-social")],
                format!("/direct/social/mock-social?app_id={id}&fallback=sign-in"),
            ),
            (
                vec![("ui_locales", "de"), ("login_hint", "x"), ("organization_id", "o"), ("identifier", "email")],
                format!("/sign-in?app_id={id}&organization_id=o&ui_locales=de&login_hint=x&identifier=email"),
            ),
        ] {
            assert_eq!(authorize(&app, &client, &changes).await.expect(303).header("location"), path);
        }
        let tap = authorize(&app, &client, &[("google_one_tap_credential", "cred")]).await;
        assert_eq!(tap.header("location"), format!("/direct/social/google?app_id={id}&fallback=sign-in"));
        let line = super::code_flow::cookie_line(&tap, "_logto_google_one_tap_credential");
        assert!(line.starts_with("_logto_google_one_tap_credential=cred;") && !line.contains("httponly"), "{line}");
        let both = authorize(&app, &client, &[("organization_id", "nope"), ("ui_locales", "de fr")]).await;
        let line = super::code_flow::cookie_line(&both, "_logto");
        assert!(line.contains("%22organizationId%22%3A%22nope%22%2C%22uiLocales%22%3A%22de%20fr%22"), "{line}");
    })
    .await;
}

#[tokio::test]
async fn a_signed_in_session_skips_the_pages_until_consent_is_missing() {
    for_each_engine(async |app: TestApp| {
        let (client, user, other) = (app.web_client().await, app.user("alice").await, app.user("bob").await);
        let base = app.authorization(&client, "openid offline_access profile");
        let mut agent = app.agent();
        agent.sign_in(&base, &user).await;
        let id_token = app.code_flow(&client, &user, "openid").await["id_token"].as_str().unwrap().to_owned();
        let foreign = app.code_flow(&client, &other, "openid").await["id_token"].as_str().unwrap().to_owned();
        app.app.clock.advance(std::time::Duration::from_secs(5));
        for (changes, expected) in [
            (vec![("prompt", "-")], "https://app.example.com/callback?code="),
            (vec![("prompt", "none")], "https://app.example.com/callback?code="),
            (
                vec![("prompt", "none"), ("scope", "openid email")],
                "https://app.example.com/callback?error=consent_required&error_description=requested+scopes+not+granted",
            ),
            (vec![("prompt", "consent")], "/consent?app_id="),
            (vec![("prompt", "login")], "/sign-in?app_id="),
            (vec![("prompt", "-"), ("max_age", "0")], "/sign-in?app_id="),
            (vec![("prompt", "-"), ("max_age", "3")], "/sign-in?app_id="),
            (vec![("prompt", "-"), ("max_age", "3600")], "https://app.example.com/callback?code="),
            (vec![("prompt", "none"), ("id_token_hint", id_token.as_str())], "https://app.example.com/callback?code="),
            (
                vec![("prompt", "none"), ("id_token_hint", foreign.as_str())],
                "https://app.example.com/callback?error=login_required&error_description=id_token_hint+and+authenticated+subject+do+not+match",
            ),
            (vec![("prompt", "-"), ("id_token_hint", foreign.as_str())], "/sign-in?app_id="),
        ] {
            let answer = agent.authorize(&tampered(&base, &changes)).await.expect(303);
            assert!(answer.header("location").starts_with(expected), "{changes:?} {}", answer.header("location"));
            assert!(!super::code_flow::cookie_line(&answer, "_session").is_empty());
        }
        let second = app.client("Traditional", &["https://second.example.com/callback"], json!({})).await;
        let request = tampered(&app.authorization(&second, "openid"), &[("prompt", "-")]);
        let to = agent.authorize_as(&request, "nobody signs in").await;
        assert!(to.as_str().starts_with("https://second.example.com/callback?code="));
    })
    .await;
}

#[tokio::test]
async fn prompt_login_and_max_age_are_satisfied_once_by_signing_in() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let mut agent = app.agent();
        for changes in [vec![("prompt", "login consent")], vec![("prompt", "login"), ("max_age", "0")]] {
            let request = tampered(&app.authorization(&client, "openid"), &changes);
            let code = agent.sign_in(&request, &user).await;
            let tokens = app.exchange(&client, &code).send().await.expect(200).json();
            let claims = testkit::oidc::claims(tokens["id_token"].as_str().unwrap());
            let asked = changes.iter().any(|(name, _)| *name == "max_age");
            assert_eq!(claims.contains_key("auth_time"), asked);
        }
    })
    .await;
}

#[tokio::test]
async fn response_modes_are_query_fragment_and_form_post() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let base = tampered(&app.authorization(&client, "openid"), &[("prompt", "-")]);
        let mut agent = app.agent();
        agent.sign_in(&base, &user).await;
        let fragment = agent.authorize(&tampered(&base, &[("response_mode", "fragment")])).await.expect(303);
        assert!(fragment.header("location").starts_with("https://app.example.com/callback#code="));
        let stateless = agent.authorize(&tampered(&base, &[("state", "-")])).await.expect(303);
        assert!(!stateless.header("location").contains("state="));
        let evil = "\"></form><script>alert(1)</script>";
        let form =
            agent.authorize(&tampered(&base, &[("response_mode", "form_post"), ("state", evil)])).await.expect(200);
        let html = form.text();
        assert!(html.contains("<form method=\"post\" action=\"https://app.example.com/callback\">"), "{html}");
        assert!(html.contains("<input type=\"hidden\" name=\"code\" value=\""));
        assert!(html.contains("<input type=\"hidden\" name=\"iss\" value=\"http://localhost:3001/oidc\"/>"));
        assert!(html.contains("<button autofocus type=\"submit\">") && !html.contains("<script>alert"));
        assert!(form.header("content-security-policy").contains("script-src 'nonce-"));
        let error = tampered(&base, &[("response_mode", "form_post"), ("prompt", "none")]);
        let error = app.agent().authorize(&error).await.expect(400).text();
        assert!(error.contains("<input type=\"hidden\" name=\"error\" value=\"login_required\"/>"));
    })
    .await;
}

#[tokio::test]
async fn a_posted_authorization_request_equals_a_query() {
    for_each_engine(async |app: TestApp| {
        tenant(&app).await;
        let client = app.web_client().await;
        let form = [
            ("client_id", client.id.as_str()),
            ("redirect_uri", "https://app.example.com/callback"),
            ("response_type", "code"),
            ("scope", "openid"),
            ("resource", ITEMS),
            ("resource", ORDERS),
        ];
        let sign_in = format!("/sign-in?app_id={}", client.id);
        let answer = app.post("/oidc/auth").form(&form).send().await.expect(303);
        assert_eq!(answer.header("location"), sign_in);
        let body = json!({"client_id": client.id, "redirect_uri": "https://app.example.com/callback", "response_type": "code", "scope": "openid", "resource": [ITEMS, ORDERS]});
        assert_eq!(app.post("/oidc/auth").json(body).send().await.expect(303).header("location"), sign_in);
        let comma = format!("{ITEMS},{ORDERS}");
        assert_eq!(authorize(&app, &client, &[("resource", &comma)]).await.expect(303).header("location"), sign_in);
        let bad = app.post("/oidc/auth").form(&[("client_id", "x")]).send().await.expect_error(400, "oidc.invalid_client");
        assert_eq!(bad.json().get("state"), None);
    })
    .await;
}

#[tokio::test]
async fn wildcards_match_one_label_only() {
    for_each_engine(async |app: TestApp| {
        let client =
            app.client("SPA", &["https://*.example.com/cb", "https://app.example.org/path/*"], json!({})).await;
        for (uri, good) in [
            ("https://pr-1.example.com/cb", true),
            ("https://PR-1.EXAMPLE.com/cb", true),
            ("https://app.example.org/path/a/b", true),
            ("https://a.b.example.com/cb", false),
            ("https://*.example.com/cb", false),
            ("https://pr-1.example.com:8443/cb", false),
            ("https://app.example.org/path/../x", false),
        ] {
            let answer = authorize(&app, &client, &[("redirect_uri", uri)]).await;
            assert_eq!(answer.status.as_u16(), if good { 303 } else { 400 }, "{uri}");
        }
    })
    .await;
}

#[tokio::test]
async fn built_in_clients_exist_without_rows() {
    for_each_engine(async |app: TestApp| {
        for (id, uri) in
            [("demo-app", "http://localhost:3001/demo-app"), ("account-center", "http://localhost:3001/account")]
        {
            let client = TestClient { id: id.into(), secret: None, redirect_uri: uri.into() };
            assert_eq!(
                authorize(&app, &client, &[]).await.expect(303).header("location"),
                format!("/sign-in?app_id={id}")
            );
        }
    })
    .await;
}

#[tokio::test]
async fn b24_a_changed_client_applies_to_the_next_request() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        authorize(&app, &client, &[]).await.expect(303);
        let metadata =
            json!({"redirectUris": ["https://new.example.com/cb"], "postLogoutRedirectUris": []}).to_string();
        app.sql(
            "update applications set oidc_client_metadata = $1 where id = $2",
            vec![metadata.into(), client.id.as_str().into()],
        )
        .await;
        authorize(&app, &client, &[]).await.expect_error(400, "oidc.invalid_redirect_uri");
        authorize(&app, &client, &[("redirect_uri", "https://new.example.com/cb")]).await.expect(303);
        app.sql("delete from applications where id = $1", vec![client.id.as_str().into()]).await;
        authorize(&app, &client, &[]).await.expect_error(400, "oidc.invalid_client");
    })
    .await;
}

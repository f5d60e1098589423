//! RP-initiated logout (traces 30-14, 30-15; attack A9).

use testkit::oidc::{BrowserAgent, TestClient, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

const BYE: &str = "https://app.example.com/callback/bye";

pub fn xsrf_token(page: &TestResponse) -> String {
    let html = page.text();
    let rest = html.split("name=\"xsrf\" value=\"").nth(1).unwrap_or_else(|| panic!("no form: {html}"));
    rest.split('"').next().unwrap().to_owned()
}

async fn signed_in(app: &TestApp, scope: &str) -> (TestClient, String, BrowserAgent, serde_json::Value) {
    let (client, user) = (app.web_client().await, app.user("alice").await);
    let mut agent = app.agent();
    let code = agent.sign_in(&app.authorization(&client, scope), &user).await;
    let tokens = app.exchange(&client, &code).send().await.expect(200).json();
    (client, user, agent, tokens)
}

async fn confirm(app: &TestApp, agent: &mut BrowserAgent, fields: &[(&str, &str)]) -> TestResponse {
    agent.send(app.post("/oidc/session/end/confirm").form(fields)).await
}

async fn authorize_silently(app: &TestApp, agent: &mut BrowserAgent, client: &TestClient) -> String {
    let request = tampered(&app.authorization(client, "openid"), &[("prompt", "none")]);
    agent.authorize(&request).await.header("location").to_owned()
}

#[tokio::test]
async fn c26_logging_out_ends_the_session_but_keeps_offline_grants() {
    for_each_engine(async |app: TestApp| {
        let (client, _, mut agent, tokens) = signed_in(&app, "openid offline_access profile").await;
        let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let query =
            format!("/oidc/session/end?id_token_hint={}&post_logout_redirect_uri={BYE}&state=s", token("id_token"));
        let page = agent.get(&query).await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.text().contains("action=\"http://localhost:3001/oidc/session/end/confirm\""), "{}", page.text());
        let bad = confirm(&app, &mut agent, &[("xsrf", "bad"), ("logout", "yes")]).await;
        assert_eq!(bad.expect_error(400, "oidc.invalid_request").json()["error_description"], "xsrf token invalid");
        let gone = confirm(&app, &mut agent, &[("xsrf", &xsrf_token(&page)), ("logout", "yes")]).await.expect(303);
        assert_eq!(gone.header("location"), format!("{BYE}?state=s"));
        assert_eq!(agent.cookie("_session"), "");
        assert!(authorize_silently(&app, &mut agent, &client).await.contains("login_required"));
        app.get("/oidc/me").bearer(&token("access_token")).send().await.expect(200);
        app.refresh(&client, &token("refresh_token"), &[]).send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn c26_logging_out_revokes_tokens_without_offline_access() {
    for_each_engine(async |app: TestApp| {
        let (_, _, mut agent, tokens) = signed_in(&app, "openid").await;
        let page = agent.get("/oidc/session/end").await.expect(200);
        let gone = confirm(&app, &mut agent, &[("xsrf", &xsrf_token(&page)), ("logout", "yes")]).await.expect(303);
        assert_eq!(gone.header("location"), "http://localhost:3001/oidc/session/end/success");
        app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(401);
        let page = agent.get("/oidc/session/end/success").await.expect(200);
        assert!(page.header("content-type").starts_with("text/html"));
    })
    .await;
}

#[tokio::test]
async fn a9_only_registered_targets_are_opened() {
    for_each_engine(async |app: TestApp| {
        let (client, _, mut agent, tokens) = signed_in(&app, "openid").await;
        let other = app.web_client().await;
        let hint = tokens["id_token"].as_str().unwrap();
        for (query, code, text) in [
            (
                format!("post_logout_redirect_uri=https://evil.example&client_id={}", client.id),
                "oidc.invalid_request",
                "post_logout_redirect_uri not registered",
            ),
            (
                format!("post_logout_redirect_uri={BYE}/x&client_id={}", client.id),
                "oidc.invalid_request",
                "post_logout_redirect_uri not registered",
            ),
            (
                format!("post_logout_redirect_uri=javascript:alert(1)&client_id={}", client.id),
                "oidc.invalid_request",
                "post_logout_redirect_uri not registered",
            ),
            ("client_id=nobody".to_owned(), "oidc.invalid_client", "invalid client nobody"),
            ("id_token_hint=bad".to_owned(), "oidc.invalid_request", "could not decode id_token_hint"),
            (
                format!("id_token_hint={hint}&client_id={}", other.id),
                "oidc.invalid_request",
                "client_id does not match the provided id_token_hint",
            ),
        ] {
            let answer = agent.get(&format!("/oidc/session/end?{query}")).await.expect_error(400, code);
            assert_eq!(answer.json()["error_description"], text);
        }
        // Without a client the target does not count.
        let page = agent.get("/oidc/session/end?post_logout_redirect_uri=https://evil.example").await.expect(200);
        let gone = confirm(&app, &mut agent, &[("xsrf", &xsrf_token(&page)), ("logout", "yes")]).await.expect(303);
        assert_eq!(gone.header("location"), "http://localhost:3001/oidc/session/end/success");
    })
    .await;
}

#[tokio::test]
async fn staying_signed_in_still_revokes_the_grant_of_the_client() {
    for_each_engine(async |app: TestApp| {
        let (client, _, mut agent, tokens) = signed_in(&app, "openid offline_access").await;
        let form = [("client_id", client.id.as_str()), ("post_logout_redirect_uri", BYE)];
        let page = agent.send(app.post("/oidc/session/end").form(&form)).await.expect(200);
        let before = agent.cookie("_session").to_owned();
        let stayed = confirm(&app, &mut agent, &[("xsrf", &xsrf_token(&page))]).await.expect(303);
        assert_eq!(stayed.header("location"), BYE);
        assert_ne!(agent.cookie("_session"), before);
        assert!(authorize_silently(&app, &mut agent, &client).await.contains("error=consent_required"));
        app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(401);
        let again = confirm(&app, &mut agent, &[("xsrf", &xsrf_token(&page))]).await;
        again.expect_error(400, "oidc.invalid_request");
    })
    .await;
}

#[tokio::test]
async fn c26_logging_out_ends_the_sign_ins_that_this_browser_did_and_did_not_take_up() {
    for_each_engine(async |app: TestApp| {
        let (client, user, mut agent, _) = signed_in(&app, "openid").await;
        let spa = app.spa_client().await;
        for has_session in [true, false] {
            agent.authorize(&tampered(&app.authorization(&client, "openid"), &[("prompt", "login")])).await.expect(303);
            let to = agent.complete_login(&user).await;
            // A page that was only opened stays open.
            agent.authorize(&tampered(&app.authorization(&spa, "openid"), &[("prompt", "login")])).await.expect(303);
            let page = agent.get("/oidc/session/end").await.expect(200);
            assert_eq!(agent.cookie("_session").is_empty(), !has_session);
            confirm(&app, &mut agent, &[("xsrf", &xsrf_token(&page)), ("logout", "yes")]).await.expect(303);
            let open = agent.get(&format!("/sign-in?app_id={}", spa.id)).await;
            assert!(open.text().contains("name=\"xsrf\""), "{}", open.text());
            agent.get(&to).await.expect_error(400, "session.not_found");
            assert_eq!(agent.cookie("_session"), "");
        }
    })
    .await;
}

#[tokio::test]
async fn logging_out_works_without_a_session() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let mut agent = app.agent();
        let query = format!("/oidc/session/end?client_id={}&post_logout_redirect_uri={BYE}&state=x", client.id);
        let page = agent.get(&query).await.expect(200);
        let gone = confirm(&app, &mut agent, &[("xsrf", &xsrf_token(&page)), ("logout", "yes")]).await.expect(303);
        assert_eq!(gone.header("location"), format!("{BYE}?state=x"));
    })
    .await;
}

#[tokio::test]
async fn a9_the_page_asks_where_the_hint_names_somebody_else_than_the_user_of_the_session() {
    for_each_engine(async |app: TestApp| {
        let (client, _, mut agent, tokens) = signed_in(&app, "openid").await;
        let bob = app.user("bob").await;
        let bobs = app.code_flow(&client, &bob, "openid").await;
        let goes_on_by_itself = |page: TestResponse| page.text().contains("getElementById(\"op.logoutForm\").submit()");
        let page = async |agent: &mut BrowserAgent, query: &str| {
            agent.get(&format!("/oidc/session/end{query}")).await.expect(200)
        };
        let own = format!("?id_token_hint={}", tokens["id_token"].as_str().unwrap());
        let foreign = format!("?id_token_hint={}", bobs["id_token"].as_str().unwrap());
        assert!(goes_on_by_itself(page(&mut agent, "").await), "the SDKs rely on it");
        assert!(goes_on_by_itself(page(&mut agent, &own).await));
        let asked = page(&mut agent, &foreign).await;
        assert!(asked.text().contains("Do you want to sign out?"));
        let secret = xsrf_token(&asked);
        assert!(!goes_on_by_itself(asked));
        assert!(goes_on_by_itself(page(&mut app.agent(), &foreign).await), "there is nobody to ask about");
        let asked = page(&mut agent, &foreign).await;
        assert_ne!(xsrf_token(&asked), secret);
        confirm(&app, &mut agent, &[("xsrf", &xsrf_token(&asked)), ("logout", "yes")]).await.expect(303);
    })
    .await;
}

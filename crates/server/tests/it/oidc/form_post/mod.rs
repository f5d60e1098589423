//! OAuth 2.0 Form Post Response Mode: a form that the browser posts to the client.

use testkit::oidc::tampered;
use testkit::{TestApp, TestResponse, for_each_engine};

/// The value of a hidden field, empty when absent.
fn field(page: &TestResponse, name: &str) -> String {
    let html = page.text();
    let value = html.split(&format!("name=\"{name}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next());
    value.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_code_from_the_form_is_exchanged() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let mut agent = app.agent();
        agent.sign_in(&app.authorization(&client, "openid"), &user).await;
        let changes = [("response_mode", "form_post"), ("prompt", "none")];
        let page = agent.authorize(&tampered(&app.authorization(&client, "openid"), &changes)).await.expect(200);
        assert_eq!((page.header("location"), page.header("cache-control")), ("", "no-store"));
        assert!(page.text().contains("<form method=\"post\" action=\"https://app.example.com/callback\">"));
        assert!(page.text().contains("document.forms[0].submit()"));
        assert_eq!((field(&page, "state").as_str(), field(&page, "error").as_str()), ("state-1", ""));
        assert_eq!(field(&page, "iss"), "http://localhost:3001/oidc");
        app.exchange(&client, &field(&page, "code")).send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn errors_come_by_the_form_too_and_only_to_a_registered_uri() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let base = tampered(&app.authorization(&client, "openid"), &[("response_mode", "form_post")]);
        for (changes, error) in [
            (("prompt", "none"), "login_required"),
            (("response_type", "-"), "invalid_request"),
            (("request", "e30.e30."), "invalid_request_object"),
        ] {
            let page = app.agent().authorize(&tampered(&base, &[changes])).await;
            assert_eq!((field(&page, "error").as_str(), page.header("location")), (error, ""), "{changes:?}");
            assert_eq!(field(&page, "state"), "state-1", "{changes:?}");
        }
        let elsewhere = tampered(&base, &[("redirect_uri", "https://app.example.com/callback?foo=bar")]);
        let refused = app.agent().authorize(&elsewhere).await.expect_error(400, "oidc.invalid_redirect_uri");
        assert!(!refused.text().contains("<form"));
    })
    .await;
}

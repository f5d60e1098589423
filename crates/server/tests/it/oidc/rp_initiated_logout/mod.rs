//! OpenID Connect RP-Initiated Logout 1.0, by what its certification asks of a provider (docs/conformance.md); more in
//! `end_session.rs`.

use testkit::oidc::{BrowserAgent, TestClient, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::end_session::xsrf_token;

const BYE: &str = "https://app.example.com/callback/bye";
const SIGNED_OUT: &str = "http://localhost:3001/oidc/session/end/success";

/// A browser that is signed in at a client, and its ID token.
async fn signed_in(app: &TestApp) -> (TestClient, BrowserAgent, String) {
    let (client, user) = (app.web_client().await, app.user("ada").await);
    let mut agent = app.agent();
    let code = agent.sign_in(&app.authorization(&client, "openid"), &user).await;
    let tokens = app.exchange(&client, &code).send().await.expect(200).json();
    let id_token = tokens["id_token"].as_str().unwrap().to_owned();
    (client, agent, id_token)
}

/// Signs in again without a question, if the browser is still signed in.
async fn silent(app: &TestApp, agent: &mut BrowserAgent, client: &TestClient) -> String {
    let request = tampered(&app.authorization(client, "openid"), &[("prompt", "none")]);
    agent.authorize(&request).await.expect(303).header("location").to_owned()
}

async fn asked(agent: &mut BrowserAgent, query: &[(&str, &str)]) -> TestResponse {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    agent.get(&format!("/oidc/session/end?{query}")).await
}

/// Signs out as the page asks; where the browser goes.
async fn signed_out(app: &TestApp, agent: &mut BrowserAgent, query: &[(&str, &str)]) -> String {
    let page = asked(agent, query).await.expect(200);
    let xsrf = xsrf_token(&page);
    let form = [("xsrf", xsrf.as_str()), ("logout", "yes")];
    let gone = agent.send(app.post("/oidc/session/end/confirm").form(&form)).await.expect(303);
    gone.header("location").to_owned()
}

#[tokio::test]
async fn with_a_hint_the_registered_uri_is_opened_as_it_is_or_with_the_state() {
    for_each_engine(async |app: TestApp| {
        let (client, mut agent, hint) = signed_in(&app).await;
        let query = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
        assert_eq!(signed_out(&app, &mut agent, &query).await, BYE);
        assert!(silent(&app, &mut agent, &client).await.contains("login_required"));
        let query = [query[0], query[1], ("state", "a b&c")];
        assert_eq!(signed_out(&app, &mut agent, &query).await, format!("{BYE}?state=a+b%26c"));
    })
    .await;
}

#[tokio::test]
async fn what_names_no_client_or_no_uri_ends_at_the_page_of_this_server() {
    for_each_engine(async |app: TestApp| {
        let (client, mut agent, hint) = signed_in(&app).await;
        let user = jose::decode_unverified(&hint).unwrap().text("sub").unwrap().to_owned();
        for query in [
            vec![],
            vec![("state", "x")],
            vec![("id_token_hint", hint.as_str()), ("state", "x")],
            vec![("post_logout_redirect_uri", BYE), ("state", "x")],
        ] {
            assert_eq!(signed_out(&app, &mut agent, &query).await, SIGNED_OUT, "{query:?}");
            assert!(silent(&app, &mut agent, &client).await.contains("login_required"), "{query:?}");
            agent.sign_in(&app.authorization(&client, "openid"), &user).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_changed_hint_or_uri_is_refused_and_signs_nobody_out() {
    for_each_engine(async |app: TestApp| {
        let (client, mut agent, hint) = signed_in(&app).await;
        let (signed, signature) = hint.rsplit_once('.').unwrap();
        let first = if signature.starts_with('A') { 'B' } else { 'A' };
        let modified = format!("{signed}.{first}{}", &signature[1..]);
        let with_query = format!("{BYE}?foo=bar");
        for (hint, uri, text) in [
            (modified.as_str(), BYE, "could not decode id_token_hint"),
            ("bad", BYE, "could not decode id_token_hint"),
            (hint.as_str(), with_query.as_str(), "post_logout_redirect_uri not registered"),
            (hint.as_str(), "https://other.example.com/bye", "post_logout_redirect_uri not registered"),
        ] {
            let query = [("id_token_hint", hint), ("post_logout_redirect_uri", uri), ("state", "x")];
            let refused = asked(&mut agent, &query).await.expect_error(400, "oidc.invalid_request");
            assert_eq!(refused.header("location"), "");
            assert_eq!(refused.json()["error_description"], text);
        }
        assert!(silent(&app, &mut agent, &client).await.contains("code="));
    })
    .await;
}

#[tokio::test]
async fn an_expired_hint_still_names_its_client() {
    for_each_engine(async |app: TestApp| {
        let (_, mut agent, hint) = signed_in(&app).await;
        app.app.clock.advance(std::time::Duration::from_secs(2 * 3600));
        let query = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
        assert_eq!(signed_out(&app, &mut agent, &query).await, BYE);
    })
    .await;
}

/// Browsers send `SameSite=Lax` cookies with a link and not with a form of another website.
#[tokio::test]
async fn a_form_of_the_application_signs_out_whoever_is_signed_in() {
    for_each_engine(async |app: TestApp| {
        let (client, mut agent, hint) = signed_in(&app).await;
        let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("state", "x")];
        let post = |fields: &[(&str, &str)]| {
            app.post("/oidc/session/end").form(fields).header("origin", "https://app.example.com")
        };
        let posted = post(&fields).send().await.expect(303);
        let page = agent.get(posted.header("location")).await.expect(200);
        let xsrf = xsrf_token(&page);
        let form = [("xsrf", xsrf.as_str()), ("logout", "yes")];
        let gone = agent.send(app.post("/oidc/session/end/confirm").form(&form)).await.expect(303);
        assert_eq!(gone.header("location"), format!("{BYE}?state=x"));
        assert!(silent(&app, &mut agent, &client).await.contains("login_required"));
        // What is refused is refused as it comes.
        let twice = [fields[0], fields[1], fields[1]];
        post(&twice).send().await.expect_error(400, "oidc.invalid_request");
    })
    .await;
}

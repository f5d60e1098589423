//! Pushed authorization requests (RFC 9126; trace 30-16).

mod pkce;

use std::time::Duration;

use serde_json::json;
use testkit::oidc::{TestClient, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

const PATH: &str = "/oidc/request";

async fn push(app: &TestApp, client: &TestClient, changes: &[(&str, &str)]) -> TestResponse {
    let request = tampered(&app.authorization(client, "openid profile"), changes);
    let fields: Vec<(&str, &str)> = request
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| *name != "client_id")
        .collect();
    app.token_request_at(PATH, client, &fields).send().await
}

async fn pushed(app: &TestApp, client: &TestClient, changes: &[(&str, &str)]) -> String {
    let answer = push(app, client, changes).await.expect(201);
    answer.json()["request_uri"].as_str().unwrap().to_owned()
}

fn opening(client: &TestClient, request_uri: &str) -> Vec<(String, String)> {
    [("client_id", client.id.as_str()), ("request_uri", request_uri)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

#[tokio::test]
async fn a_pushed_request_is_opened_and_answered_as_the_client_asked() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let answer = push(&app, &client, &[("state", "pushed")]).await.expect(201);
        assert_eq!(answer.header("cache-control"), "no-store");
        let body = answer.json();
        let uri = body["request_uri"].as_str().unwrap();
        assert_eq!((&body["expires_in"], uri.len()), (&json!(60), "urn:ietf:params:oauth:request_uri:".len() + 43));
        // What the browser adds does not count.
        let mut params = opening(&client, uri);
        params.extend(
            [("state", "other"), ("scope", "openid email"), ("redirect_uri", "https://evil.example")]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let url = app.agent().authorize_as(&params, &user).await;
        let query = |name: &str| url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
        assert_eq!((url.host_str(), query("state").as_str()), (Some("app.example.com"), "pushed"));
        let tokens = app.exchange(&client, &query("code")).send().await.expect(200).json();
        assert_eq!(tokens["scope"], "openid profile");
    })
    .await;
}

#[tokio::test]
async fn it_may_be_opened_again_for_a_minute_and_no_longer() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let params = opening(&client, &pushed(&app, &client, &[]).await);
        for _ in 0..2 {
            let answer = app.agent().authorize(&params).await.expect(303);
            assert!(answer.header("location").starts_with("/sign-in"));
        }
        app.app.clock.advance(Duration::from_secs(60));
        let late = app.agent().authorize(&params).await.expect(303);
        let to = late.header("location");
        assert!(to.starts_with("https://app.example.com/callback?error=invalid_request_uri"), "{to}");
    })
    .await;
}

#[tokio::test]
async fn another_client_gets_an_error_at_its_own_address_and_nothing_of_the_request() {
    for_each_engine(async |app: TestApp| {
        let (client, spa) = (app.web_client().await, app.spa_client().await);
        let uri = pushed(&app, &client, &[("state", "secret-of-the-other")]).await;
        let answer = app.agent().authorize(&opening(&spa, &uri)).await.expect(303);
        let to = answer.header("location");
        assert!(to.starts_with("https://spa.example.com/callback?error=invalid_request_object"), "{to}");
        assert!(to.contains("request+client_id+must+equal") && !to.contains("secret-of-the-other"), "{to}");
    })
    .await;
}

#[tokio::test]
async fn mistakes_are_told_to_the_client() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let unproved = TestClient { secret: None, ..client.clone() };
        push(&app, &unproved, &[]).await.expect_error(401, "oidc.invalid_client");
        let wrong = TestClient { secret: Some("x".repeat(32)), ..client.clone() };
        push(&app, &wrong, &[]).await.expect_error(401, "oidc.invalid_client");
        let text = |answer: TestResponse| answer.json()["error_description"].as_str().unwrap_or_default().to_owned();
        let evil = push(&app, &client, &[("redirect_uri", "https://evil.example")]).await;
        let evil = text(evil.expect_error(400, "oidc.invalid_request"));
        assert_eq!(evil, "redirect_uri did not match any of the client's registered redirect_uris");
        let missing = push(&app, &client, &[("response_type", "-")]).await;
        assert_eq!(
            text(missing.expect_error(400, "oidc.invalid_request")),
            "missing required parameter 'response_type'"
        );
        push(&app, &client, &[("request_uri", "x")]).await.expect_error(400, "oidc.request_uri_not_supported");
        let machine = app.client("MachineToMachine", &[], json!({})).await;
        push(&app, &machine, &[]).await.expect_error(400, "oidc.invalid_request");
    })
    .await;
}

#[tokio::test]
async fn b24_a_redirect_uri_that_was_taken_away_since_is_not_used() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let params = opening(&client, &pushed(&app, &client, &[]).await);
        let metadata = json!({"redirectUris": ["https://app.example.com/new"], "postLogoutRedirectUris": []});
        app.sql(
            "update applications set oidc_client_metadata = $2 where tenant_id = 'default' and id = $1",
            vec![client.id.as_str().into(), metadata.to_string().into()],
        )
        .await;
        app.agent().authorize(&params).await.expect_error(400, "oidc.invalid_redirect_uri");
    })
    .await;
}

#[tokio::test]
async fn a12_nothing_of_a_pushed_request_is_in_a_cookie() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let told = ["the-pushed-state", "the-pushed-nonce", "custom_data", "callback"];
        let changes = [("state", told[0]), ("nonce", told[1]), ("scope", "openid custom_data")];
        let uri = pushed(&app, &client, &changes).await;
        let mut agent = app.agent();
        agent.authorize(&opening(&client, &uri)).await.expect(303);
        assert!(agent.cookies().count() > 3);
        for (name, value, _) in agent.cookies() {
            let readable = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
            for part in readable.split(['.', '"', ':']) {
                use base64::Engine as _;
                let decoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
                let texts = [part.to_owned(), String::from_utf8_lossy(&decoded).into_owned()];
                for secret in told {
                    assert!(!texts.iter().any(|text| text.contains(secret)), "{name}: {readable}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a14_g1_a_pushed_request_is_bounded_in_bytes_and_in_number() {
    for_each_engine(async |app: TestApp| {
        let (client, spa) = (app.web_client().await, app.spa_client().await);
        let long = "x".repeat(8000);
        let too_long = [("state", long.as_str()), ("nonce", long.as_str()), ("login_hint", long.as_str())];
        push(&app, &client, &too_long).await.expect_error(400, "oidc.invalid_request");
        let huge: Vec<(&str, &str)> = vec![("foo", long.as_str()); 8];
        app.token_request_at(PATH, &client, &huge).send().await.expect(404);
        for _ in 0..600 {
            push(&app, &spa, &[]).await.expect(201);
        }
        push(&app, &spa, &[]).await.expect_error(503, "request.general");
        push(&app, &client, &[]).await.expect(201);
        app.app.clock.advance(Duration::from_secs(61));
        server::jobs::sweep::delete_expired(app.app.clone()).await.unwrap();
        let left: i64 =
            app.app.db.read(|r| r.query_one(db::sql!("select count(*) from pushed_requests"), &[])).await.unwrap();
        assert_eq!(left, 0);
    })
    .await;
}

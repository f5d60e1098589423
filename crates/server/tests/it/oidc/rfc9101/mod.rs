//! Authorization requests that the client signed (RFC 9101).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{Algorithm, SigningKey};
use serde_json::{Value, json};
use testkit::oidc::{CHALLENGE, TestClient};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fapi2::finish;
use super::rfc7523::{ISSUER, asserted_at, assertion_claims, hs256, key, signing_client};
use crate::applications::call;

const CALLBACK: &str = "https://app.example.com/callback";
const TYPE: &str = "oauth-authz-req+jwt";

/// The claims of a good request object, with changes; null removes one.
fn object(app: &TestApp, client: &TestClient, changes: Value) -> Value {
    let now = app.app.clock.now().seconds();
    let mut claims = json!({
        "iss": client.id, "aud": ISSUER, "exp": now + 60, "client_id": client.id, "response_type": "code",
        "redirect_uri": CALLBACK, "scope": "openid profile", "state": "signed", "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    });
    let members = claims.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    claims
}

fn sign(key: &SigningKey, claims: &Value) -> String {
    key.sign(Some(TYPE), claims).unwrap()
}

/// What a browser brings.
fn opening(client: &TestClient, object: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let all = [("client_id", client.id.as_str()), ("request", object)].into_iter().chain(more.iter().copied());
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn error_of(answer: &TestResponse) -> String {
    let url = url::Url::parse(answer.header("location")).unwrap();
    assert_eq!(url.host_str(), Some("app.example.com"), "told to the client");
    url.query_pairs().find(|(name, _)| name == "error").map(|(_, error)| error.into_owned()).unwrap_or_default()
}

async fn open(app: &TestApp, client: &TestClient, object: &str) -> TestResponse {
    app.agent().authorize(&opening(client, object, &[])).await.expect(303)
}

#[tokio::test]
async fn a_signed_request_is_answered_and_nothing_beside_it_counts() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        for algorithm in [Algorithm::ES256, Algorithm::PS256, Algorithm::EdDSA] {
            let key = key(algorithm);
            let client = signing_client(&app, "Traditional", &key).await;
            let signed = sign(&key, &object(&app, &client, json!({})));
            let more = [("state", "other"), ("redirect_uri", "https://evil.example"), ("scope", "openid email")];
            let back = app.agent().authorize_as(&opening(&client, &signed, &more), &user).await;
            let query = |name: &str| back.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
            assert_eq!((back.host_str(), query("state").as_str()), (Some("app.example.com"), "signed"));
            assert!(!query("code").is_empty());
        }
        // With a secret.
        let client = app.web_client().await;
        let secret = client.secret.clone().unwrap();
        let signed =
            hs256("HS256", secret.as_bytes(), &object(&app, &client, json!({"redirect_uri": client.redirect_uri})));
        let back = app.agent().authorize_as(&opening(&client, &signed, &[]), &user).await;
        assert!(back.query_pairs().any(|(name, value)| name == "state" && value == "signed"), "{back}");
    })
    .await;
}

#[tokio::test]
async fn b15_b2_what_the_client_did_not_sign_for_this_is_refused() {
    for_each_engine(async |app: TestApp| {
        let key = key(Algorithm::ES256);
        let client = signing_client(&app, "Traditional", &key).await;
        let good = object(&app, &client, json!({}));
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let foreign = SigningKey::generate(Algorithm::ES256).unwrap().1;
        let signed = sign(&key, &good);
        let (head, signature) = (signed.split('.').next().unwrap(), signed.rsplit('.').next().unwrap());
        let changed = encode(&object(&app, &client, json!({"scope": "openid email"})));
        for (what, object) in [
            ("unsigned", format!("{}.{}.", encode(&json!({"alg": "none"})), encode(&good))),
            ("of another key", sign(&foreign, &good)),
            ("changed", format!("{head}.{changed}.{signature}")),
            ("by the public key as a secret", hs256("HS256", json!(key.public_jwk()).to_string().as_bytes(), &good)),
            // B15: encrypted, and in it bare JSON.
            ("encrypted", format!("{}.a.b.{}.c", encode(&json!({"alg": "dir", "enc": "A128GCM"})), encode(&good))),
            ("bare", good.to_string()),
            ("of another type", key.sign(Some("at+jwt"), &good).unwrap()),
            ("a client assertion", key.sign(Some("JWT"), &assertion_claims(&app, &client)).unwrap()),
            ("for another server", sign(&key, &object(&app, &client, json!({"aud": "https://other.example"})))),
            ("expired", sign(&key, &object(&app, &client, json!({"exp": 1_000})))),
            ("within another", sign(&key, &object(&app, &client, json!({"request": signed})))),
        ] {
            assert_eq!(error_of(&open(&app, &client, &object).await), "invalid_request_object", "{what}");
        }
        // Of another client, and by an address.
        let other = signing_client(&app, "Traditional", &foreign).await;
        assert_eq!(error_of(&open(&app, &other, &signed).await), "invalid_request_object");
        let by_address = [("client_id", client.id.as_str()), ("request_uri", "https://app.example.com/object")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let refused = app.agent().authorize(&by_address).await.expect(303);
        assert_eq!(error_of(&refused), "invalid_request_uri");
        // What is signed is checked as any request.
        let evil = sign(&key, &object(&app, &client, json!({"redirect_uri": "https://evil.example"})));
        app.agent().authorize(&opening(&client, &evil, &[])).await.expect_error(400, "oidc.invalid_redirect_uri");
        // Who has nothing to sign with can't.
        let spa = app.spa_client().await;
        let answer = app.agent().authorize(&opening(&spa, &signed, &[])).await.expect(303);
        assert!(answer.header("location").contains("error=request_not_supported"), "{}", answer.header("location"));
    })
    .await;
}

#[tokio::test]
async fn a_client_can_be_held_to_signed_requests_also_when_it_pushes_them() {
    for_each_engine(async |app: TestApp| {
        let (key, user) = (key(Algorithm::ES256), app.user("ada").await);
        let client = signing_client(&app, "Traditional", &key).await;
        let settings = json!({"customClientMetadata": {
            "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {"keys": [key.public_jwk()]},
            "requireSignedRequestObject": true,
        }});
        call(&app, "PATCH", &format!("/api/applications/{}", client.id), settings).await.expect(200);
        let bare = app.agent().authorize(&app.authorization(&client, "openid")).await.expect(303);
        assert_eq!(error_of(&bare), "invalid_request");
        let assertion = || key.sign(Some("JWT"), &assertion_claims(&app, &client)).unwrap();
        let fields = [("response_type", "code"), ("redirect_uri", CALLBACK), ("scope", "openid")];
        asserted_at(&app, "/oidc/request", &assertion(), &fields)
            .send()
            .await
            .expect_error(400, "oidc.invalid_request");
        let signed = sign(&key, &object(&app, &client, json!({})));
        let pushed = asserted_at(&app, "/oidc/request", &assertion(), &[("request", &signed), ("state", "other")]);
        let pushed = pushed.send().await.expect(201).json();
        let opening = [("client_id", client.id.as_str()), ("request_uri", pushed["request_uri"].as_str().unwrap())]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let back = app.agent().authorize_as(&opening, &user).await;
        assert!(back.query_pairs().any(|(name, value)| name == "state" && value == "signed"), "{back}");
        let bad = asserted_at(&app, "/oidc/request", &assertion(), &[("request", "x.y.z")]).send().await;
        bad.expect_error(400, "oidc.invalid_request_object");
        let spa = json!({"name": "s", "type": "SPA", "customClientMetadata": {"requireSignedRequestObject": true}});
        call(&app, "POST", "/api/applications", spa).await.expect_error(400, "guard.invalid_input");
    })
    .await;
}

#[tokio::test]
async fn b24_a_sign_in_that_began_unsigned_gets_no_code_where_requests_must_be_signed_since() {
    for_each_engine(async |app: TestApp| {
        let (key, user) = (key(Algorithm::ES256), app.user("ada").await);
        let client = signing_client(&app, "Traditional", &key).await;
        let keys = json!({"keys": [key.public_jwk()]});
        let mut settings = json!({"tokenEndpointAuthMethod": "private_key_jwt", "jwks": keys});
        let path = format!("/api/applications/{}", client.id);
        let assertion = || key.sign(Some("JWT"), &assertion_claims(&app, &client)).unwrap();
        let signed = sign(&key, &object(&app, &client, json!({})));
        let fields = [("response_type", "code"), ("redirect_uri", CALLBACK), ("scope", "openid")];
        let mut openings = vec![opening(&client, &signed, &[]), app.authorization(&client, "openid")];
        for fields in [&[("request", signed.as_str())][..], &fields] {
            let pushed = asserted_at(&app, "/oidc/request", &assertion(), fields).send().await.expect(201).json();
            let uri = pushed["request_uri"].as_str().unwrap();
            openings.push(
                [("client_id", client.id.as_str()), ("request_uri", uri)]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .to_vec(),
            );
        }
        let mut begun = Vec::new();
        for opening in &openings {
            let mut agent = app.agent();
            agent.authorize(opening).await.expect(303);
            begun.push(agent);
        }
        settings["requireSignedRequestObject"] = true.into();
        call(&app, "PATCH", &path, json!({"customClientMetadata": settings})).await.expect(200);
        let mut results = Vec::new();
        for mut agent in begun {
            let back = finish(&mut agent, &user).await;
            let error = back.query_pairs().find(|(name, _)| name == "error").map(|(_, error)| error.into_owned());
            results.push(error.unwrap_or_default());
        }
        assert_eq!(results, ["", "invalid_request", "", "invalid_request"]);
    })
    .await;
}

#[tokio::test]
async fn a_request_comes_by_value_or_by_reference() {
    for_each_engine(async |app: TestApp| {
        let key = key(Algorithm::ES256);
        let client = signing_client(&app, "Traditional", &key).await;
        let signed = sign(&key, &object(&app, &client, json!({})));
        let assertion = key.sign(Some("JWT"), &assertion_claims(&app, &client)).unwrap();
        let fields = [("response_type", "code"), ("redirect_uri", CALLBACK), ("scope", "openid")];
        let pushed = asserted_at(&app, "/oidc/request", &assertion, &fields).send().await.expect(201).json();
        let unknown = format!("urn:ietf:params:oauth:request_uri:{}", "A".repeat(43));
        for uri in [pushed["request_uri"].as_str().unwrap(), &unknown] {
            let back = app.agent().authorize(&opening(&client, &signed, &[("request_uri", uri)])).await;
            // Without a redirect URI outside the object the client's only one is meant.
            assert_eq!(error_of(&back.expect(303)), "invalid_request", "{uri}");
            let assertion = key.sign(Some("JWT"), &assertion_claims(&app, &client)).unwrap();
            let both = [("request", signed.as_str()), ("request_uri", uri)];
            let refused = asserted_at(&app, "/oidc/request", &assertion, &both).send().await;
            refused.expect_error(400, "oidc.request_uri_not_supported");
        }
    })
    .await;
}

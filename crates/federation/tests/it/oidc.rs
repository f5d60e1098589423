//! OpenID Connect, and what a provider or a stranger may send in place of a good response.

use federation::FederationError;
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::world::{NOW, World, claims, oidc, provider};

const TOKEN: &str = "https://idp.example/token";
const JWKS: &str = "https://idp.example/jwks";

/// A sign-in whose ID token `change` has changed.
async fn with_claims(change: impl FnOnce(&mut Map<String, Value>)) -> Result<federation::Account, FederationError> {
    let world = World::new();
    world.publish_keys(JWKS);
    world
        .sign_in(&provider("oidc", oidc()), |sent| {
            let mut claims = claims(sent);
            change(claims.as_object_mut().unwrap());
            let id_token = world.sign(&claims);
            world.answer(Method::POST, TOKEN, &json!({"access_token": "at", "id_token": id_token}));
            json!({"code": "c", "state": "st", "iss": "https://idp.example"})
        })
        .await
}

fn is_invalid_id_token(result: &Result<federation::Account, FederationError>) -> bool {
    matches!(result, Err(FederationError::InvalidIdToken(_)))
}

#[tokio::test]
async fn a_good_response_names_the_account() {
    let account = with_claims(|_| ()).await.unwrap();
    assert_eq!(account.user.id, "u1");
    assert_eq!(account.user.email.as_deref(), Some("ada@example.com"));
    assert_eq!(account.user.avatar.as_deref(), Some("https://idp.example/a.png"));
    assert!(account.email_is_verified);
    assert_eq!(account.tokens.unwrap().access_token, "at");
    let info = serde_json::to_value(&account.user).unwrap();
    assert_eq!(info["rawData"]["sub"], "u1");
    assert!(info.get("phone").is_none());
}

#[tokio::test]
async fn the_request_has_pkce_nonce_and_the_scope_openid_and_the_exchange_the_verifier() {
    let world = World::new();
    world.publish_keys(JWKS);
    let mut challenge = Value::Null;
    world
        .sign_in(&provider("oidc", oidc()), |sent| {
            assert_eq!(sent["scope"], "openid profile email");
            assert_eq!(sent["code_challenge_method"], "S256");
            assert_eq!(sent["response_type"], "code");
            assert_eq!(sent["state"], "st");
            challenge = sent["code_challenge"].clone();
            let id_token = world.sign(&claims(sent));
            world.answer(Method::POST, TOKEN, &json!({"access_token": "at", "id_token": id_token}));
            json!({"code": "c"})
        })
        .await
        .unwrap();
    let exchange = &world.server.received()[0];
    let form: std::collections::HashMap<_, _> = url::form_urlencoded::parse(&exchange.body).into_owned().collect();
    let hashed = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, form["code_verifier"].as_bytes());
    use base64::Engine as _;
    assert_eq!(challenge, base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hashed));
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), ("me", "hush"));
}

#[tokio::test]
async fn d1_an_unverified_email_is_left_out_unless_the_administrator_trusts_it() {
    for unverified in [json!(false), json!("true"), json!(1), Value::Null] {
        let account = with_claims(|claims| {
            claims.insert("email_verified".to_owned(), unverified.clone());
        })
        .await
        .unwrap();
        assert_eq!((account.user.email, account.email_is_verified), (None, false), "{unverified}");
    }
    let account = with_claims(|claims| {
        claims.remove("email_verified");
    })
    .await
    .unwrap();
    assert_eq!(account.user.email, None);
    let mut trusting = oidc();
    trusting["trustUnverifiedEmail"] = json!(true);
    let world = World::new();
    world.publish_keys(JWKS);
    let account = world
        .sign_in(&provider("oidc", trusting), |sent| {
            let mut claims = claims(sent);
            claims["email_verified"] = json!(false);
            world.answer(Method::POST, TOKEN, &json!({"access_token": "at", "id_token": world.sign(&claims)}));
            json!({"code": "c"})
        })
        .await
        .unwrap();
    assert_eq!(account.user.email.as_deref(), Some("ada@example.com"));
}

#[tokio::test]
async fn d4_a_missing_or_empty_subject_is_no_account() {
    for subject in [Value::Null, json!(""), json!(0), json!("0"), json!(" "), json!({}), json!([])] {
        let result = with_claims(|claims| {
            claims.insert("sub".to_owned(), subject.clone());
        })
        .await;
        assert!(matches!(result, Err(FederationError::InvalidResponse { .. })), "{subject}: {result:?}");
    }
}

#[tokio::test]
async fn d6_a_token_without_the_nonce_of_the_request_is_refused() {
    for nonce in [None, Some(json!("")), Some(json!("other")), Some(Value::Null)] {
        let result = with_claims(|claims| match nonce {
            Some(nonce) => drop(claims.insert("nonce".to_owned(), nonce)),
            None => drop(claims.remove("nonce")),
        })
        .await;
        assert!(is_invalid_id_token(&result), "{result:?}");
    }
}

#[tokio::test]
async fn d7_issuer_audience_and_times_are_required_and_right() {
    for (claim, values) in [
        ("iss", vec![None, Some(json!("https://idp.example/")), Some(json!("https://other.example"))]),
        ("aud", vec![None, Some(json!("you")), Some(json!([])), Some(json!(["you"])), Some(json!(["me", "you"]))]),
        ("azp", vec![Some(json!("you")), Some(json!(7))]),
        ("exp", vec![None, Some(json!(NOW - 61)), Some(json!("soon"))]),
        ("iat", vec![None, Some(json!(NOW + 61)), Some(json!("now"))]),
        ("nbf", vec![Some(json!(NOW + 61))]),
    ] {
        for value in values {
            let shown = format!("{claim} {value:?}");
            let result = with_claims(|claims| match value {
                Some(value) => drop(claims.insert(claim.to_owned(), value)),
                None => drop(claims.remove(claim)),
            })
            .await;
            assert!(is_invalid_id_token(&result), "{shown}: {result:?}");
        }
    }
    with_claims(|claims| {
        claims.insert("aud".to_owned(), json!(["me", "you"]));
        claims.insert("azp".to_owned(), json!("me"));
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn d7_a_token_signed_with_another_key_is_refused() {
    let (world, other) = (World::new(), World::new());
    world.publish_keys(JWKS);
    let result = world
        .sign_in(&provider("oidc", oidc()), |sent| {
            let id_token = other.sign(&claims(sent));
            world.answer(Method::POST, TOKEN, &json!({"access_token": "at", "id_token": id_token}));
            json!({"code": "c"})
        })
        .await;
    assert!(is_invalid_id_token(&result), "{result:?}");
}

#[tokio::test]
async fn d13_d19_a_response_to_another_request_is_refused_before_the_code_is_used() {
    for (name, value) in
        [("state", "other"), ("iss", "https://evil.example"), ("redirectUri", "https://evil.example/callback")]
    {
        let world = World::new();
        let result = world.sign_in(&provider("oidc", oidc()), |_| json!({"code": "c", name: value})).await;
        assert_eq!(result.unwrap_err(), FederationError::OtherRequest(name));
        assert!(world.server.received().is_empty());
    }
}

#[tokio::test]
async fn refusals_of_the_provider_are_told_apart() {
    let world = World::new();
    let provider = provider("oidc", oidc());
    let refused = world.sign_in(&provider, |_| json!({"error": "access_denied", "error_description": "no"})).await;
    let description = Some("no".to_owned());
    assert_eq!(refused.unwrap_err(), FederationError::Refused { error: "access_denied".to_owned(), description });
    let missing = world.sign_in(&provider, |_| json!({})).await;
    assert_eq!(missing.unwrap_err(), FederationError::MissingParameter("code"));
    world.answer_with(Method::POST, TOKEN, StatusCode::BAD_REQUEST, &json!({"error": "invalid_grant"}));
    let stale = world.sign_in(&provider, |_| json!({"code": "c"})).await;
    assert_eq!(stale.unwrap_err(), FederationError::InvalidCode("invalid_grant".to_owned()));
    world.answer_with(Method::POST, TOKEN, StatusCode::BAD_GATEWAY, &json!({}));
    let broken = world.sign_in(&provider, |_| json!({"code": "c"})).await;
    assert!(matches!(broken, Err(FederationError::InvalidResponse { endpoint: "token endpoint", .. })), "{broken:?}");
}

#[tokio::test]
async fn max_age_of_the_request_is_checked_in_the_response() {
    let mut config = oidc();
    config["authRequestOptionalConfig"] = json!({"maxAge": 60, "prompt": "login", "uiLocales": "en"});
    for (authenticated, good) in [(Some(NOW - 30), true), (Some(NOW - 121), false), (None, false)] {
        let world = World::new();
        world.publish_keys(JWKS);
        let result = world
            .sign_in(&provider("oidc", config.clone()), |sent| {
                assert_eq!((&sent["max_age"], &sent["prompt"]), (&json!("60"), &json!("login")));
                assert_eq!(sent["ui_locales"], "en");
                let mut claims = claims(sent);
                claims["auth_time"] = json!(authenticated);
                world.answer(Method::POST, TOKEN, &json!({"access_token": "at", "id_token": world.sign(&claims)}));
                json!({"code": "c"})
            })
            .await;
        assert_eq!(result.is_ok(), good, "{authenticated:?}: {result:?}");
    }
}

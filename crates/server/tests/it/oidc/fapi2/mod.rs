//! The FAPI 2.0 Security Profile, for an application that has it (`securityProfile`).

use jose::{Algorithm, SigningKey};
use serde_json::{Map, Value, json};
use testkit::oidc::{BrowserAgent, CHALLENGE, TestClient, VERIFIER};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::rfc7523::{ISSUER, asserted_at, assertion_claims, key};
use super::rfc9449::Holder;
use crate::applications::call;

const PAR: &str = "/oidc/request";
const TOKEN: &str = "/oidc/token";
const CALLBACK: &str = "https://app.example.com/callback";

/// A client with the profile, and its keys.
struct Fapi {
    app: TestApp,
    client: TestClient,
    key: SigningKey,
    holder: Holder,
}

impl Fapi {
    async fn new(app: &TestApp, key: SigningKey) -> Self {
        let made = json!({
            "name": "bank", "type": "Traditional",
            "oidcClientMetadata": {"redirectUris": [CALLBACK], "postLogoutRedirectUris": []},
            "customClientMetadata": settings(&[&key], json!({})),
        });
        let made = call(app, "POST", "/api/applications", made).await.expect(200).json();
        let id = made["id"].as_str().unwrap().to_owned();
        let client = TestClient { id, secret: None, redirect_uri: CALLBACK.to_owned() };
        Self { app: app.clone(), client, key, holder: Holder::new() }
    }

    fn assertion(&self) -> String {
        self.key.sign(Some("JWT"), &assertion_claims(&self.app, &self.client)).unwrap()
    }

    /// Pushes a good request with changed parameters; "-" leaves one out.
    async fn push(&self, changes: &[(&str, &str)]) -> TestResponse {
        let mut fields = vec![
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid offline_access"),
            ("prompt", "consent"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            fields.retain(|(known, _)| known != name);
            if *value != "-" {
                fields.push((name, value));
            }
        }
        asserted_at(&self.app, PAR, &self.assertion(), &fields).send().await
    }

    fn opening(&self, pushed: &Value) -> Vec<(String, String)> {
        let uri = pushed["request_uri"].as_str().unwrap();
        vec![("client_id".to_owned(), self.client.id.clone()), ("request_uri".to_owned(), uri.to_owned())]
    }

    fn token_fields(code: &str) -> [(&str, &str); 4] {
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)]
    }
}

/// Signs in on the pages that are open, and agrees; returns where the browser ends up.
pub async fn finish(agent: &mut BrowserAgent, user: &str) -> url::Url {
    let mut answer = agent.finish_login(user).await;
    while answer.header("location").starts_with("/consent") || answer.header("location").contains("/oidc/auth/") {
        let to = answer.header("location").to_owned();
        answer = agent.get(&to).await;
    }
    url::Url::parse(answer.header("location")).unwrap()
}

fn settings(keys: &[&SigningKey], changes: Value) -> Value {
    let keys: Vec<_> = keys.iter().map(|key| key.public_jwk()).collect();
    let mut settings = json!({
        "securityProfile": "fapi2", "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {"keys": keys},
        "idTokenSignedResponseAlg": "ES256",
    });
    let members: &mut Map<String, Value> = settings.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    settings
}

#[tokio::test]
async fn a_client_with_the_profile_signs_people_in() {
    for_each_engine(async |app: TestApp| {
        let fapi = Fapi::new(&app, key(Algorithm::ES256)).await;
        let user = app.user("ada").await;
        let pushed = fapi.push(&[]).await.expect(201).json();
        assert!(pushed["expires_in"].as_i64().unwrap() < 600);
        let back = app.agent().authorize_as(&fapi.opening(&pushed), &user).await;
        let query = |name: &str| back.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
        assert_eq!(query("iss"), ISSUER);
        let code = query("code");
        let exchange = asserted_at(&app, TOKEN, &fapi.assertion(), &Fapi::token_fields(&code));
        let tokens = exchange.header("dpop", &fapi.holder.proof(&app)).send().await.expect(200).json();
        assert_eq!(tokens["token_type"], "DPoP");
        let header = jose::decode_unverified(tokens["id_token"].as_str().unwrap()).unwrap().header;
        assert_eq!(header.alg, Algorithm::ES256);
        let old = tokens["refresh_token"].as_str().unwrap();
        let refresh =
            asserted_at(&app, TOKEN, &fapi.assertion(), &[("grant_type", "refresh_token"), ("refresh_token", old)]);
        let refreshed = refresh.header("dpop", &fapi.holder.proof(&app)).send().await.expect(200).json();
        assert_eq!(refreshed["refresh_token"], *old, "not rotated");
        // RFC 9126 section 4: once its code was given out, it is of no use.
        let again = app.agent().authorize(&fapi.opening(&pushed)).await.expect(303);
        let to = again.header("location");
        assert!(to.contains("error=invalid_request_uri"), "{to}");
    })
    .await;
}

/// Two pages are open before the first code is given out.
#[tokio::test]
async fn a_pushed_request_gives_one_code_and_none_for_a_client_that_must_push_since() {
    for_each_engine(async |app: TestApp| {
        let fapi = Fapi::new(&app, key(Algorithm::ES256)).await;
        let user = app.user("ada").await;
        let pushed = fapi.push(&[]).await.expect(201).json();
        let mut agents = [app.agent(), app.agent()];
        for agent in &mut agents {
            agent.authorize(&fapi.opening(&pushed)).await.expect(303);
        }
        let mut results = Vec::new();
        for agent in &mut agents {
            let back = finish(agent, &user).await;
            let found = back.query_pairs().find(|(name, _)| name == "code" || name == "error").unwrap();
            results.push(if found.0 == "code" { "code".to_owned() } else { found.1.into_owned() });
        }
        assert_eq!(results, ["code", "invalid_request_uri"]);

        let client = app.web_client().await;
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
        let only_pushed = json!({"customClientMetadata": {"requirePushedAuthorizationRequests": true}});
        call(&app, "PATCH", &format!("/api/applications/{}", client.id), only_pushed).await.expect(200);
        let back = finish(&mut agent, &user).await;
        assert!(back.query_pairs().any(|(name, value)| name == "error" && value == "invalid_request"), "{back}");
    })
    .await;
}

#[tokio::test]
async fn what_the_profile_does_not_allow_is_refused() {
    for_each_engine(async |app: TestApp| {
        let fapi = Fapi::new(&app, key(Algorithm::PS256)).await;
        let user = app.user("ada").await;
        // Only pushed.
        let direct = app.agent().authorize(&app.authorization(&fapi.client, "openid")).await.expect(303);
        let to = direct.header("location");
        assert!(to.starts_with(CALLBACK) && to.contains("error=invalid_request"), "{to}");
        // Only with PKCE by S256, and with the address.
        for bad in [
            &[("code_challenge", "-"), ("code_challenge_method", "-")][..],
            &[("code_challenge_method", "plain")],
            &[("redirect_uri", "-")],
        ] {
            let refused = fapi.push(bad).await.expect(400).json();
            assert_eq!(refused["error"], "invalid_request", "{bad:?}");
        }
        // Only bound.
        let pushed = fapi.push(&[]).await.expect(201).json();
        let back = app.agent().authorize_as(&fapi.opening(&pushed), &user).await;
        let code = back.query_pairs().find(|(known, _)| known == "code").unwrap().1.into_owned();
        let bare = asserted_at(&app, TOKEN, &fapi.assertion(), &Fapi::token_fields(&code)).send().await;
        bare.expect_error(400, "oidc.invalid_dpop_proof");
        // Not with RS256: neither proofs nor assertions.
        let now = app.app.clock.now().seconds();
        let claims = json!({"htm": "POST", "htu": "http://localhost:3001/oidc/token", "iat": now, "jti": "j"});
        let proof = key(Algorithm::RS256).prove("dpop+jwt", claims.as_object().unwrap()).unwrap();
        let signed = asserted_at(&app, TOKEN, &fapi.assertion(), &Fapi::token_fields(&code));
        signed.header("dpop", &proof).send().await.expect_error(400, "oidc.invalid_dpop_proof");
        let rs256 = key(Algorithm::RS256);
        let keys = json!({"customClientMetadata": settings(&[&fapi.key, &rs256], json!({}))});
        call(&app, "PATCH", &format!("/api/applications/{}", fapi.client.id), keys).await.expect(200);
        let assertion = rs256.sign(Some("JWT"), &assertion_claims(&app, &fapi.client)).unwrap();
        let refused = asserted_at(&app, TOKEN, &assertion, &Fapi::token_fields(&code)).send().await;
        refused.expect_error(401, "oidc.invalid_client");
        let good = asserted_at(&app, TOKEN, &fapi.assertion(), &Fapi::token_fields(&code));
        good.header("dpop", &fapi.holder.proof(&app)).send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn the_profile_is_stored_as_a_whole_or_not_at_all() {
    for_each_engine(async |app: TestApp| {
        let fapi = Fapi::new(&app, key(Algorithm::ES256)).await;
        let path = format!("/api/applications/{}", fapi.client.id);
        for bad in [
            json!({"tokenEndpointAuthMethod": null, "jwks": null}),
            json!({"tokenEndpointAuthMethod": "client_secret_jwt", "jwks": null}),
            json!({"idTokenSignedResponseAlg": null}),
            json!({"idTokenSignedResponseAlg": "RS256"}),
            json!({"idTokenSignedResponseAlg": "ES384"}),
            json!({"userinfoSignedResponseAlg": "RS256"}),
            json!({"dpopBoundAccessTokens": false}),
            json!({"requirePushedAuthorizationRequests": false}),
            json!({"securityProfile": "fapi1"}),
        ] {
            let body = json!({"customClientMetadata": settings(&[&fapi.key], bad.clone())});
            call(&app, "PATCH", &path, body).await.expect_error(400, "guard.invalid_input");
        }
        for unsafe_uri in ["http://app.example.com/callback", "com.example.app://callback"] {
            let body =
                json!({"oidcClientMetadata": {"redirectUris": [CALLBACK, unsafe_uri], "postLogoutRedirectUris": []}});
            call(&app, "PATCH", &path, body).await.expect_error(400, "guard.invalid_input");
        }
        let machine = json!({"requirePushedAuthorizationRequests": true});
        let machine = json!({"name": "m", "type": "MachineToMachine", "customClientMetadata": machine});
        call(&app, "POST", "/api/applications", machine).await.expect_error(400, "guard.invalid_input");
        let spa = json!({"name": "s", "type": "SPA", "customClientMetadata": settings(&[&fapi.key], json!({}))});
        call(&app, "POST", "/api/applications", spa).await.expect_error(400, "guard.invalid_input");
    })
    .await;
}

#[tokio::test]
async fn pushed_requests_alone_can_be_demanded_of_any_application() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let only_pushed = json!({"customClientMetadata": {"requirePushedAuthorizationRequests": true}});
        call(&app, "PATCH", &format!("/api/applications/{}", client.id), only_pushed).await.expect(200);
        let request = app.authorization(&client, "openid");
        let direct = app.agent().authorize(&request).await.expect(303);
        assert!(direct.header("location").contains("error=invalid_request&"), "{}", direct.header("location"));
        let mut fields: Vec<(&str, &str)> =
            request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.retain(|(name, _)| *name != "client_id");
        let pushed = app.token_request_at(PAR, &client, &fields).send().await.expect(201).json();
        let opening = [("client_id", client.id.as_str()), ("request_uri", pushed["request_uri"].as_str().unwrap())]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let back = app.agent().authorize_as(&opening, &user).await;
        assert!(back.query_pairs().any(|(name, _)| name == "code"), "{back}");
    })
    .await;
}

//! Clients that prove themselves with a JWT (RFC 7523, OpenID Connect Core section 9).

mod jwks_uri;
mod settings;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{Algorithm, SigningKey};
use serde_json::{Value, json};
use testkit::oidc::{CHALLENGE, TestClient, VERIFIER};
use testkit::{TestApp, TestRequest, TestResponse, for_each_engine};

use super::fixtures::{self, ITEMS};

pub const ISSUER: &str = "http://localhost:3001/oidc";
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::generate(algorithm).unwrap().1
}

/// The claims of an assertion that is accepted once.
pub fn assertion_claims(app: &TestApp, client: &TestClient) -> Value {
    let now = app.app.clock.now().seconds();
    let jti = kernel::id::opaque_token(&app.app.rng);
    json!({"iss": client.id, "sub": client.id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": jti})
}

pub fn hs256(alg: &str, secret: &[u8], claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(json!({"alg": alg, "typ": "JWT"}).to_string());
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// A client of `kind` that signs with `key`.
pub async fn signing_client(app: &TestApp, kind: &str, key: &SigningKey) -> TestClient {
    let custom = json!({"tokenEndpointAuthMethod": "private_key_jwt", "jwks": {"keys": [key.public_jwk()]}});
    app.client(kind, &["https://app.example.com/callback"], custom).await
}

/// A request of whoever made the assertion; nothing else says who the client is.
pub fn asserted_at(app: &TestApp, path: &str, assertion: &str, fields: &[(&str, &str)]) -> TestRequest {
    let mut form = vec![("client_assertion_type", TYPE), ("client_assertion", assertion)];
    form.extend_from_slice(fields);
    app.post(path).form(&form)
}

/// Asks for a token of a machine.
pub async fn ask(app: &TestApp, assertion: &str) -> TestResponse {
    let fields = [("grant_type", "client_credentials"), ("resource", ITEMS)];
    asserted_at(app, "/oidc/token", assertion, &fields).send().await
}

fn refused(answer: TestResponse, what: &str) {
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (401, &json!("invalid_client")), "{what}");
}

#[tokio::test]
async fn every_algorithm_for_public_keys_opens_the_token_endpoint() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        for algorithm in Algorithm::ALL {
            let key = key(algorithm);
            let client = signing_client(&app, "MachineToMachine", &key).await;
            let assertion = key.sign(Some("client-authentication+jwt"), &assertion_claims(&app, &client)).unwrap();
            ask(&app, &assertion).await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn a_secret_may_sign_and_then_no_longer_be_shown() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let client = app.client("MachineToMachine", &[], json!({"tokenEndpointAuthMethod": "client_secret_jwt"})).await;
        let secret = client.secret.clone().unwrap();
        let fresh = || assertion_claims(&app, &client);
        ask(&app, &hs256("HS256", secret.as_bytes(), &fresh())).await.expect(200);
        app.secret(&client.id, "second", "another secret of 32 characters.", None).await;
        ask(&app, &hs256("HS256", b"another secret of 32 characters.", &fresh())).await.expect(200);
        let now = app.app.clock.now().millis();
        app.secret(&client.id, "old", "an expired secret of 32 letters.", Some(now)).await;
        refused(ask(&app, &hs256("HS256", b"an expired secret of 32 letters.", &fresh())).await, "expired");
        app.secret(&client.id, "short", "short", None).await;
        refused(ask(&app, &hs256("HS256", b"short", &fresh())).await, "short");
        refused(ask(&app, &hs256("none", secret.as_bytes(), &fresh())).await, "none");
        let plain = [("grant_type", "client_credentials"), ("resource", ITEMS)];
        refused(app.token_request(&client, &plain).send().await, "the secret itself");
        refused(
            app.post("/oidc/token").form(&[("client_id", client.id.as_str()), plain[0], plain[1]]).send().await,
            "nothing",
        );
    })
    .await;
}

#[tokio::test]
async fn an_assertion_opens_every_endpoint_at_which_clients_prove_themselves() {
    for_each_engine(async |app: TestApp| {
        let key = key(Algorithm::ES256);
        let client = signing_client(&app, "Traditional", &key).await;
        let user = app.user("ada").await;
        let fresh = || key.sign(None, &assertion_claims(&app, &client)).unwrap();
        let pushed = [
            ("redirect_uri", client.redirect_uri.as_str()),
            ("response_type", "code"),
            ("scope", "openid offline_access"),
            ("prompt", "consent"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let pushed = asserted_at(&app, "/oidc/request", &fresh(), &pushed).send().await.expect(201).json();
        let opened = [("client_id", client.id.as_str()), ("request_uri", pushed["request_uri"].as_str().unwrap())];
        let opened = opened.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let code = app.agent().sign_in(&opened, &user).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        let tokens = asserted_at(&app, "/oidc/token", &fresh(), &fields).send().await.expect(200).json();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
        let tokens = asserted_at(&app, "/oidc/token", &fresh(), &fields).send().await.expect(200).json();
        let token = [("token", tokens["access_token"].as_str().unwrap())];
        let shown = asserted_at(&app, "/oidc/token/introspection", &fresh(), &token).send().await.expect(200).json();
        assert_eq!(shown["active"], true);
        asserted_at(&app, "/oidc/token/revocation", &fresh(), &token).send().await.expect(200);
        let shown = asserted_at(&app, "/oidc/token/introspection", &fresh(), &token).send().await.expect(200).json();
        assert_eq!(shown["active"], false);
        // The device flow has public clients alone; who is asked first is the client, not its grants.
        let device = asserted_at(&app, "/oidc/device/auth", &fresh(), &[]).send().await;
        assert!(device.text().contains("is not allowed for this client"), "{}", device.text());
    })
    .await;
}

#[tokio::test]
async fn b13_an_assertion_counts_once_on_all_servers_and_after_a_restart() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let key = key(Algorithm::ES256);
        let client = signing_client(&app, "MachineToMachine", &key).await;
        let other = signing_client(&app, "MachineToMachine", &key).await;
        let claims = assertion_claims(&app, &client);
        let assertion = key.sign(None, &claims).unwrap();
        let answers = futures_util::future::join_all((0..20).map(|_| ask(&app, &assertion))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        // Another signature over the same jti, and another server process on the same database.
        refused(ask(&app, &key.sign(Some("JWT"), &claims).unwrap()).await, "same jti");
        let second = TestApp::with(app.engine, app.app.settings.clone()).await;
        refused(ask(&second, &assertion).await, "another node");
        // The ids of one client are not those of another.
        let mut theirs = assertion_claims(&app, &other);
        theirs["jti"] = claims["jti"].clone();
        ask(&app, &key.sign(None, &theirs).unwrap()).await.expect(200);
        // What has expired is forgotten, and not accepted again.
        app.app.clock.advance(std::time::Duration::from_secs(400));
        server::jobs::sweep::delete_expired(app.app.clone()).await.unwrap();
        let rows = app.app.db.read(|r| r.query_one::<i64>(db::sql!("select count(*) from used_jwts"), &[])).await;
        assert_eq!(rows.unwrap(), 0);
        refused(ask(&app, &assertion).await, "expired");
    })
    .await;
}

#[tokio::test]
async fn b13_nothing_is_remembered_of_what_was_not_signed_by_the_client() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let (own, foreign) = (key(Algorithm::ES256), key(Algorithm::ES256));
        let client = signing_client(&app, "MachineToMachine", &own).await;
        let claims = assertion_claims(&app, &client);
        refused(ask(&app, &foreign.sign(None, &claims).unwrap()).await, "a foreign key");
        for (name, value) in [
            ("aud", json!("http://localhost:3001/oidc/token")),
            ("aud", json!([ISSUER])),
            ("iss", json!("other")),
            ("exp", json!(app.app.clock.now().seconds() + 3600)),
            ("exp", Value::Null),
            ("jti", Value::Null),
        ] {
            let mut changed = claims.clone();
            changed[name] = value.clone();
            refused(ask(&app, &own.sign(None, &changed).unwrap()).await, &format!("{name} {value}"));
        }
        ask(&app, &own.sign(None, &claims).unwrap()).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn b14_no_forged_assertion_opens_anything() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let (own, foreign) = (key(Algorithm::ES256), key(Algorithm::ES256));
        let client = signing_client(&app, "MachineToMachine", &own).await;
        let claims = || assertion_claims(&app, &client);
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let public = serde_json::to_string(&own.public_jwk()).unwrap();
        let secret = client.secret.clone().unwrap();
        let signed = own.sign(None, &claims()).unwrap();
        let (head, signature) = signed.rsplit_once('.').unwrap();
        let parts: Vec<&str> = signed.split('.').collect();
        let mut elsewhere = claims();
        elsewhere["sub"] = "admin-console".into();
        let forged = [
            ("hmac with the public key", hs256("HS256", public.as_bytes(), &claims())),
            ("hmac with the secret", hs256("HS256", secret.as_bytes(), &claims())),
            ("none", format!("{}.{}.", encode(&json!({"alg": "none"})), encode(&claims()))),
            ("none with a signature", format!("{}.{}.{signature}", encode(&json!({"alg": "none"})), parts[1])),
            ("no signature", format!("{head}.")),
            ("crit", format!("{}.{}.{signature}", encode(&json!({"alg": "ES256", "crit": ["exp"]})), parts[1])),
            ("the key comes along", {
                let header = json!({"alg": "ES256", "jwk": foreign.public_jwk(), "jku": "https://evil.example"});
                format!("{}.{}.{signature}", encode(&header), parts[1])
            }),
            ("another algorithm", format!("{}.{}.{signature}", encode(&json!({"alg": "ES384"})), parts[1])),
            ("other claims", format!("{}.{}.{signature}", parts[0], encode(&claims()))),
            ("encrypted", format!("{}.a.b.c.d", parts[0])),
            ("kid of another", format!("{}.{}.{signature}", encode(&json!({"alg": "ES256", "kid": "../x"})), parts[1])),
        ];
        for (what, assertion) in forged {
            let answer = ask(&app, &assertion).await;
            assert!(matches!(answer.status.as_u16(), 400 | 401), "{what}: {}", answer.text());
        }
        // A token of the server itself, and one for another client.
        let tokens = app.management_token("default").await;
        assert_ne!(ask(&app, &tokens).await.status, 200);
        assert_ne!(ask(&app, &own.sign(None, &elsewhere).unwrap()).await.status, 200);
        let huge = format!("{head}.{}", "A".repeat(9_000));
        assert_eq!(ask(&app, &huge).await.status, 400, "B16");
        ask(&app, &signed).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn only_one_way_of_proof_and_only_the_registered_one() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let key = key(Algorithm::EdDSA);
        let client = signing_client(&app, "MachineToMachine", &key).await;
        let plain = app.client("MachineToMachine", &[], json!({})).await;
        let secret = client.secret.clone().unwrap();
        let grant = [("grant_type", "client_credentials"), ("resource", ITEMS)];
        refused(app.token_request(&client, &grant).send().await, "a secret instead of a signature");
        let by_secret = hs256("HS256", plain.secret.clone().unwrap().as_bytes(), &assertion_claims(&app, &plain));
        refused(ask(&app, &by_secret).await, "not asked to sign");
        let fresh = || key.sign(None, &assertion_claims(&app, &client)).unwrap();
        for extra in [("client_secret", secret.as_str()), ("client_id", "other"), ("client_assertion_type", "x")] {
            let mut fields = grant.to_vec();
            fields.push(extra);
            asserted_at(&app, "/oidc/token", &fresh(), &fields).send().await.expect(400);
        }
        let mut fields = grant.to_vec();
        fields.push(("client_id", &client.id));
        asserted_at(&app, "/oidc/token", &fresh(), &fields).send().await.expect(200);
        let header =
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{}:{secret}", client.id)));
        asserted_at(&app, "/oidc/token", &fresh(), &grant).header("authorization", &header).send().await.expect(400);
    })
    .await;
}

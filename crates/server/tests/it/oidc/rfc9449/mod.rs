//! Tokens that only the holder of a key can use (DPoP, RFC 9449).

mod authorization;
mod proofs;
mod resources;
mod tokens;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::Jwk;
use serde_json::{Map, Value, json};
use testkit::oidc::TestClient;
use testkit::{TestApp, TestRequest, TestResponse};

const ENDPOINT: &str = "http://localhost:3001";
const TOKEN: &str = "/oidc/token";

/// Somebody with a key.
pub struct Holder(EcdsaKeyPair);

impl Holder {
    pub fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn key(&self) -> Jwk {
        let point = self.0.public_key().as_ref();
        let member = |bytes: &[u8]| Some(URL_SAFE_NO_PAD.encode(bytes));
        Jwk {
            kty: "EC".into(),
            crv: Some("P-256".into()),
            x: member(&point[1..33]),
            y: member(&point[33..]),
            ..Jwk::default()
        }
    }

    pub fn thumbprint(&self) -> String {
        self.key().thumbprint()
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key()})
    }

    /// A proof for a request, with changed claims; null removes one.
    pub fn proof_with(&self, app: &TestApp, method: &str, path: &str, changes: Value) -> String {
        self.sign(&self.header(), &claims(app, method, path, changes))
    }

    /// A proof for the token endpoint.
    pub fn proof(&self, app: &TestApp) -> String {
        self.proof_with(app, "POST", TOKEN, json!({}))
    }

    /// A request with a bound token and the proof for it.
    pub fn present(&self, app: &TestApp, request: TestRequest, method: &str, token: &str) -> TestRequest {
        let proof = self.proof_with(app, method, &request.path(), json!({"ath": kernel::id::token_digest(token)}));
        request.header("authorization", &format!("DPoP {token}")).header("dpop", &proof)
    }
}

fn claims(app: &TestApp, method: &str, path: &str, changes: Value) -> Value {
    let mut claims = json!({
        "jti": kernel::id::opaque_token(&app.app.rng),
        "htm": method,
        "htu": format!("{ENDPOINT}{path}"),
        "iat": app.app.clock.now().seconds(),
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

/// A code of a new sign-in, exchanged with a proof.
async fn bound_tokens(app: &TestApp, client: &TestClient, holder: &Holder, scope: &str) -> Map<String, Value> {
    let user = app.user(&format!("u{}", kernel::id::short_entity_id(&app.app.rng))).await;
    let code = app.agent().sign_in(&app.authorization(client, scope), &user).await;
    let answer = app.exchange(client, &code).header("dpop", &holder.proof(app)).send().await.expect(200).json();
    assert_eq!(answer["token_type"], "DPoP");
    answer.as_object().unwrap().clone()
}

fn text<'a>(tokens: &'a Map<String, Value>, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

#[track_caller]
fn refused(answer: &TestResponse, status: u16, error: &str) {
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (status, &json!(error)), "{}", answer.text());
}

/// How many used-up JWTs are remembered.
async fn remembered(app: &TestApp) -> i64 {
    app.app.db.read(|r| r.query_one::<i64>(db::sql!("select count(*) from used_jwts"), &[])).await.unwrap()
}

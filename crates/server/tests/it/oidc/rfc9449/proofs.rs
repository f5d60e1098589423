//! Which proofs count, and that each counts once.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::{Holder, TOKEN, claims, refused, remembered};
use crate::oidc::fixtures::{self, ITEMS};
use crate::oidc::rfc7523::hs256;

const FIELDS: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("resource", ITEMS)];

#[tokio::test]
async fn b13_a_proof_counts_once_on_all_servers_and_is_forgotten() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let (machine, holder) = (app.client("MachineToMachine", &[], json!({})).await, Holder::new());
        let proof = holder.proof(&app);
        let asks = (0..20).map(|_| app.token_request(&machine, &FIELDS).header("dpop", &proof).send());
        let answers = futures_util::future::join_all(asks).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        let second = TestApp::with(app.engine, app.app.settings.clone()).await;
        let again = second.token_request(&machine, &FIELDS).header("dpop", &proof).send().await;
        refused(&again, 400, "invalid_dpop_proof");
        assert_eq!(remembered(&app).await, 1);
        app.app.clock.advance(Duration::from_secs(62));
        server::jobs::sweep::delete_expired(app.app.clone()).await.unwrap();
        assert_eq!(remembered(&app).await, 0);
        let late = app.token_request(&machine, &FIELDS).header("dpop", &proof).send().await;
        refused(&late, 400, "invalid_dpop_proof");
    })
    .await;
}

#[tokio::test]
async fn strangers_leave_no_rows() {
    for_each_engine(async |app: TestApp| {
        let (spa, holder) = (app.spa_client().await, Holder::new());
        for _ in 0..3 {
            let refresh = app.refresh(&spa, "guessed", &[]).header("dpop", &holder.proof(&app));
            refused(&refresh.send().await, 400, "invalid_grant");
            let proof = holder.proof_with(&app, "GET", "/oidc/me", json!({"ath": kernel::id::token_digest("guessed")}));
            let me = app.get("/oidc/me").header("authorization", "DPoP guessed").header("dpop", &proof);
            refused(&me.send().await, 401, "invalid_token");
        }
        assert_eq!(remembered(&app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn b14_no_forged_proof_counts() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let (machine, holder, other) =
            (app.client("MachineToMachine", &[], json!({})).await, Holder::new(), Holder::new());
        let good = || claims(&app, "POST", TOKEN, json!({}));
        let header = |changes: Value| {
            let mut header = holder.header();
            for (name, value) in changes.as_object().unwrap() {
                header[name] = value.clone();
            }
            holder.sign(&header, &good())
        };
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut private = json!(holder.key());
        private["d"] = json!("AAAA");
        let proof = holder.proof(&app);
        let now = app.app.clock.now().seconds();
        let mut forged = vec![
            header(json!({"typ": "JWT"})),
            header(json!({"typ": null})),
            header(json!({"alg": "none"})),
            header(json!({"alg": "HS256"})),
            header(json!({"alg": "ES384"})),
            header(json!({"crit": ["htu"]})),
            header(json!({"jwk": other.key()})),
            header(json!({"jwk": null})),
            header(json!({"jwk": private})),
            header(json!({"jwk": {"kty": "oct", "k": "AAAA"}})),
            hs256("HS256", json!(holder.key()).to_string().as_bytes(), &good()),
            format!("{}.{}.", encode(&json!({"alg": "none", "typ": "dpop+jwt", "jwk": holder.key()})), encode(&good())),
            proof.rsplit_once('.').unwrap().0.to_owned(),
            format!("{proof}A"),
            format!("{proof}.{proof}"),
            "x".repeat(9_000),
            "x".to_owned(),
        ];
        for changes in [
            json!({"htm": "GET"}),
            json!({"htm": "post"}),
            json!({"htm": null}),
            json!({"htu": "http://localhost:3001/oidc/me"}),
            json!({"htu": "https://localhost:3001/oidc/token"}),
            json!({"htu": "http://evil.example/oidc/token"}),
            json!({"htu": null}),
            json!({"iat": now - 61}),
            json!({"iat": now + 16}),
            json!({"iat": null}),
            json!({"iat": now.to_string()}),
            json!({"iat": 1e300}),
            json!({"jti": null}),
            json!({"jti": "x".repeat(257)}),
        ] {
            forged.push(holder.proof_with(&app, "POST", TOKEN, changes));
        }
        for (number, proof) in forged.iter().enumerate() {
            let answer = app.token_request(&machine, &FIELDS).header("dpop", proof).send().await;
            assert_eq!(answer.json()["error"], "invalid_dpop_proof", "{number} {proof}: {}", answer.text());
        }
        let two = app.token_request(&machine, &FIELDS).header("dpop", &holder.proof(&app));
        refused(&two.header("dpop", &holder.proof(&app)).send().await, 400, "invalid_dpop_proof");
        let raw = app.token_request(&machine, &FIELDS).raw_header("dpop", b"\xff");
        refused(&raw.send().await, 400, "invalid_dpop_proof");
        assert_eq!(remembered(&app).await, 0);
        app.token_request(&machine, &FIELDS).header("dpop", &proof).send().await.expect(200);
    })
    .await;
}

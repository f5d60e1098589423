//! Codes that are bound to a key from the beginning (RFC 9449 section 10).

use serde_json::json;
use testkit::oidc::{TestClient, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::{Holder, refused};

async fn exchange(app: &TestApp, client: &TestClient, code: &str, holder: Option<&Holder>) -> TestResponse {
    let request = app.exchange(client, code);
    match holder {
        Some(holder) => request.header("dpop", &holder.proof(app)).send().await,
        None => request.send().await,
    }
}

#[tokio::test]
async fn a_stolen_code_gives_nothing_without_the_key() {
    for_each_engine(async |app: TestApp| {
        let (spa, user, holder, thief) = (app.spa_client().await, app.user("ada").await, Holder::new(), Holder::new());
        let jkt = holder.thumbprint();
        let params = tampered(&app.authorization(&spa, "openid"), &[("dpop_jkt", jkt.as_str())]);
        let code = app.agent().sign_in(&params, &user).await;
        refused(&exchange(&app, &spa, &code, None).await, 400, "invalid_grant");
        refused(&exchange(&app, &spa, &code, Some(&thief)).await, 400, "invalid_grant");
        exchange(&app, &spa, &code, Some(&holder)).await.expect(200);
        let bad = tampered(&app.authorization(&spa, "openid"), &[("dpop_jkt", "x")]);
        let answer = app.agent().authorize(&bad).await;
        assert!(answer.header("location").contains("error=invalid_request"), "{}", answer.header("location"));
    })
    .await;
}

#[tokio::test]
async fn a_pushed_request_binds_its_code_by_its_proof_or_its_parameter() {
    for_each_engine(async |app: TestApp| {
        let (spa, user, holder, other) = (app.spa_client().await, app.user("ada").await, Holder::new(), Holder::new());
        let jkt = holder.thumbprint();
        let push = async |extra: &[(&str, &str)], proof: Option<String>| {
            let params = tampered(&app.authorization(&spa, "openid"), extra);
            let fields: Vec<_> = params
                .iter()
                .filter(|(name, _)| name != "client_id")
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let request = app.token_request_at("/oidc/request", &spa, &fields);
            match proof {
                Some(proof) => request.header("dpop", &proof).send().await,
                None => request.send().await,
            }
        };
        let proof = |holder: &Holder| Some(holder.proof_with(&app, "POST", "/oidc/request", json!({})));
        let by_parameter = push(&[("dpop_jkt", jkt.as_str())], None).await.expect(201).json();
        let by_proof = push(&[], proof(&holder)).await.expect(201).json();
        for pushed in [by_parameter, by_proof] {
            let opened = [("client_id", spa.id.as_str()), ("request_uri", pushed["request_uri"].as_str().unwrap())];
            let opened = opened.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let code = app.agent().sign_in(&opened, &user).await;
            refused(&exchange(&app, &spa, &code, Some(&other)).await, 400, "invalid_grant");
            exchange(&app, &spa, &code, Some(&holder)).await.expect(200);
        }
        refused(&push(&[("dpop_jkt", jkt.as_str())], proof(&other)).await, 400, "invalid_request");
        let used = proof(&holder);
        push(&[], used.clone()).await.expect(201);
        refused(&push(&[], used).await, 400, "invalid_dpop_proof");
        let wrong = Some(holder.proof(&app));
        refused(&push(&[], wrong).await, 400, "invalid_dpop_proof");
    })
    .await;
}

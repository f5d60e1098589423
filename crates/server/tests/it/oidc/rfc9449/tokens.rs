//! The token endpoint: what is bound to the key of the proof.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::oidc::claims as claims_of;
use testkit::{TestApp, for_each_engine};

use super::{Holder, bound_tokens, refused, text};
use crate::oidc::fixtures::{self, ITEMS};
use crate::oidc::rfc8693::{ACCESS, IMPERSONATION, exchange, exchanger, subject_token};

#[tokio::test]
async fn a_proof_binds_the_tokens_of_a_public_client() {
    for_each_engine(async |app: TestApp| {
        let (spa, holder, thief) = (app.spa_client().await, Holder::new(), Holder::new());
        let tokens = bound_tokens(&app, &spa, &holder, "openid offline_access").await;
        let access = [("token", text(&tokens, "access_token"))];
        let shown = app.token_request_at("/oidc/token/introspection", &spa, &access).send().await.expect(200).json();
        assert_eq!((&shown["token_type"], &shown["cnf"]), (&json!("DPoP"), &json!({"jkt": holder.thumbprint()})));
        // Stolen, the refresh token gives nothing, and its owner keeps it.
        let first = text(&tokens, "refresh_token");
        refused(&app.refresh(&spa, first, &[]).send().await, 400, "invalid_grant");
        let other = app.refresh(&spa, first, &[]).header("dpop", &thief.proof(&app)).send().await;
        refused(&other, 400, "invalid_grant");
        let refresh = async |token: &str, holder: &Holder| {
            app.refresh(&spa, token, &[]).header("dpop", &holder.proof(&app)).send().await
        };
        let second = refresh(first, &holder).await.expect(200).json();
        assert_eq!(second["token_type"], "DPoP");
        let retried = refresh(first, &holder).await.expect(200).json();
        assert_eq!(second["refresh_token"], retried["refresh_token"], "B6: within grace the same child");
        let successor = second["refresh_token"].as_str().unwrap();
        refused(&app.refresh(&spa, successor, &[]).send().await, 400, "invalid_grant");
        refused(&refresh(successor, &thief).await, 400, "invalid_grant");
        // After the grace time a thief without the key can't end the grant; its owner's replay does.
        app.app.clock.advance(Duration::from_secs(10));
        refused(&refresh(first, &thief).await, 400, "invalid_grant");
        let third = refresh(successor, &holder).await.expect(200).json();
        refused(&refresh(first, &holder).await, 400, "invalid_grant");
        refused(&refresh(third["refresh_token"].as_str().unwrap(), &holder).await, 400, "invalid_grant");
    })
    .await;
}

/// An unbound token that two use is stolen: who came first may have bound its successor.
#[tokio::test]
async fn a_token_that_two_with_different_keys_use_ends_with_its_grant() {
    for_each_engine(async |app: TestApp| {
        let (spa, holder, thief) = (app.spa_client().await, Holder::new(), Holder::new());
        let refresh = async |token: &str, holder: Option<&Holder>| {
            let request = app.refresh(&spa, token, &[]);
            match holder {
                Some(holder) => request.header("dpop", &holder.proof(&app)).send().await,
                None => request.send().await,
            }
        };
        let user = app.user("ada").await;
        for (own, other) in [(None, Some(&thief)), (Some(&holder), Some(&thief)), (Some(&holder), None)] {
            let code = app.agent().sign_in(&app.authorization(&spa, "openid offline_access"), &user).await;
            let tokens = app.exchange(&spa, &code).send().await.expect(200).json();
            let first = tokens["refresh_token"].as_str().unwrap();
            let second = refresh(first, own).await.expect(200).json();
            let successor = second["refresh_token"].as_str().unwrap();
            assert_eq!(refresh(first, own).await.expect(200).json()["refresh_token"], successor, "within grace");
            refused(&refresh(first, other).await, 400, "invalid_grant");
            refused(&refresh(successor, own).await, 400, "invalid_grant");
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_that_does_not_rotate_is_bound_to_the_key_of_its_first_proof() {
    for_each_engine(async |app: TestApp| {
        let (holder, thief) = (Holder::new(), Holder::new());
        let native =
            app.client("Native", &["https://app.example.com/callback"], json!({"rotateRefreshToken": false})).await;
        let user = app.user("ada").await;
        let code = app.agent().sign_in(&app.authorization(&native, "openid offline_access"), &user).await;
        let tokens = app.exchange(&native, &code).send().await.expect(200).json();
        let token = tokens["refresh_token"].as_str().unwrap();
        let refresh =
            async |holder: &Holder| app.refresh(&native, token, &[]).header("dpop", &holder.proof(&app)).send().await;
        for _ in 0..2 {
            assert_eq!(refresh(&holder).await.expect(200).json()["refresh_token"], token);
        }
        refused(&refresh(&thief).await, 400, "invalid_grant");
        refused(&app.refresh(&native, token, &[]).send().await, 400, "invalid_grant");
        refresh(&holder).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_client_with_credentials_keeps_its_refresh_token_and_may_change_its_key() {
    for_each_engine(async |app: TestApp| {
        let (web, first, second) = (app.web_client().await, Holder::new(), Holder::new());
        let tokens = bound_tokens(&app, &web, &first, "openid offline_access").await;
        let refresh = app.refresh(&web, text(&tokens, "refresh_token"), &[]).header("dpop", &second.proof(&app));
        let tokens = refresh.send().await.expect(200).json();
        let shown = [("token", tokens["access_token"].as_str().unwrap())];
        let shown = app.token_request_at("/oidc/token/introspection", &web, &shown).send().await.expect(200).json();
        assert_eq!(shown["cnf"]["jkt"], second.thumbprint());
        let plain = app.refresh(&web, tokens["refresh_token"].as_str().unwrap(), &[]).send().await.expect(200).json();
        assert_eq!(plain["token_type"], "Bearer");
    })
    .await;
}

#[tokio::test]
async fn jwt_access_tokens_name_the_key() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let (machine, holder) = (app.client("MachineToMachine", &[], json!({})).await, Holder::new());
        let fields = [("grant_type", "client_credentials"), ("resource", ITEMS)];
        let request = || app.token_request(&machine, &fields);
        let proof = holder.proof(&app);
        let bound = request().header("dpop", &proof).send().await.expect(200).json();
        assert_eq!(bound["token_type"], "DPoP");
        let named = claims_of(bound["access_token"].as_str().unwrap());
        assert_eq!(named["cnf"], json!({"jkt": holder.thumbprint()}));
        refused(&request().header("dpop", &proof).send().await, 400, "invalid_dpop_proof");
        let plain = request().send().await.expect(200).json();
        assert_eq!(plain["token_type"], "Bearer");
        assert!(!claims_of(plain["access_token"].as_str().unwrap()).contains_key("cnf"));
    })
    .await;
}

#[tokio::test]
async fn a_client_that_must_send_proofs_gets_nothing_without() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let custom = json!({"dpopBoundAccessTokens": true});
        let (machine, holder) = (app.client("MachineToMachine", &[], custom).await, Holder::new());
        let fields = [("grant_type", "client_credentials"), ("resource", ITEMS)];
        refused(&app.token_request(&machine, &fields).send().await, 400, "invalid_dpop_proof");
        app.token_request(&machine, &fields).header("dpop", &holder.proof(&app)).send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_needs_nonces_gets_them_with_the_refusal() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let custom = json!({"dpopNonceRequired": true});
        let (machine, holder) = (app.client("MachineToMachine", &[], custom).await, Holder::new());
        let fields = [("grant_type", "client_credentials"), ("resource", ITEMS)];
        let ask = async |nonce: Value| {
            let proof = holder.proof_with(&app, "POST", "/oidc/token", json!({"nonce": nonce}));
            app.token_request(&machine, &fields).header("dpop", &proof).send().await
        };
        let first = ask(Value::Null).await;
        refused(&first, 400, "use_dpop_nonce");
        assert_eq!(first.header("access-control-expose-headers"), "WWW-Authenticate, DPoP-Nonce");
        let nonce = first.header("dpop-nonce").to_owned();
        for forged in ["", "x", &nonce.to_lowercase()] {
            refused(&ask(json!(forged)).await, 400, "use_dpop_nonce");
        }
        // Another process knows it too.
        let second = TestApp::with(app.engine, app.app.settings.clone()).await;
        let proof = holder.proof_with(&app, "POST", "/oidc/token", json!({"nonce": nonce}));
        second.token_request(&machine, &fields).header("dpop", &proof).send().await.expect(200);
        let given = ask(json!(nonce)).await.expect(200);
        assert!(!given.header("dpop-nonce").is_empty(), "the next one");
        app.app.clock.advance(Duration::from_secs(360));
        refused(&ask(json!(nonce)).await, 400, "use_dpop_nonce");
        ask(json!(ask(Value::Null).await.header("dpop-nonce"))).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn token_exchange_binds_and_asks_public_clients_for_the_key() {
    for_each_engine(async |app: TestApp| {
        let (client, user, holder, thief) =
            (exchanger(&app).await, app.user("ada").await, Holder::new(), Holder::new());
        let impersonation = subject_token(&app, &user).await;
        let request = exchange(&app, &client, IMPERSONATION, &impersonation, &[]).header("dpop", &holder.proof(&app));
        let tokens = request.send().await.expect(200).json();
        assert_eq!(tokens["token_type"], "DPoP");
        let subject = tokens["access_token"].as_str().unwrap();
        // A resource server with credentials passes the user on.
        exchange(&app, &client, ACCESS, subject, &[]).send().await.expect(200);
        let public = app.client("SPA", &["https://spa.example.com/cb"], json!({"allowTokenExchange": true})).await;
        let stolen = || exchange(&app, &public, ACCESS, subject, &[]);
        refused(&stolen().send().await, 400, "invalid_grant");
        refused(&stolen().header("dpop", &thief.proof(&app)).send().await, 400, "invalid_grant");
        stolen().header("dpop", &holder.proof(&app)).send().await.expect(200);
        // What a client gets only with a key does not become a token that counts without one.
        let bound = json!({"customClientMetadata": {"dpopBoundAccessTokens": true, "allowTokenExchange": true}});
        let path = format!("/api/applications/{}", client.id);
        app.management_request("PATCH", &path).await.json(bound).send().await.expect(200);
        let other = exchanger(&app).await;
        let unbound = app.code_flow(&other, &user, "openid").await;
        let path = format!("/api/applications/{}", other.id);
        refused(&exchange(&app, &other, ACCESS, subject, &[]).send().await, 400, "invalid_dpop_proof");
        let proved = exchange(&app, &other, ACCESS, subject, &[]).header("dpop", &thief.proof(&app));
        assert_eq!(proved.send().await.expect(200).json()["token_type"], "DPoP");
        // Nor does one from before the setting, whatever key is proven.
        let bound = json!({"customClientMetadata": {"dpopBoundAccessTokens": true, "allowTokenExchange": true}});
        app.management_request("PATCH", &path).await.json(bound).send().await.expect(200);
        let old = text(&unbound, "access_token");
        for exchanger in [&other, &public] {
            let proved = exchange(&app, exchanger, ACCESS, old, &[]).header("dpop", &thief.proof(&app));
            refused(&proved.send().await, 400, "invalid_grant");
        }
    })
    .await;
}

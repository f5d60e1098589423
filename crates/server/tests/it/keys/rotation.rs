//! Rotation by the Management API.

use std::time::Duration;

use serde_json::json;
use testkit::oidc::tampered;
use testkit::{TestApp, for_each_engine};

use super::{COOKIE, PRIVATE, call, ids, jwks, kids, rotate, shape, signer, verified};
use crate::oidc::fixtures::{self, ITEMS};

#[tokio::test]
async fn keys_are_rotated_and_deleted_as_recorded() {
    for_each_engine(async |app: TestApp| {
        let first = call(&app, "GET", PRIVATE, json!({})).await.expect(200).json();
        let now = app.app.clock.now().seconds();
        assert_eq!(first[0]["createdAt"].as_i64(), Some(now));
        assert_eq!(shape(&first), json!([["EC", "Current", false]]));
        let cookies = call(&app, "GET", COOKIE, json!({})).await.expect(200).json();
        assert_eq!(cookies, json!([{"id": cookies[0]["id"], "createdAt": now}]));
        let wrong = call(&app, "GET", "/api/configs/oidc/foo", json!({})).await;
        let wrong = wrong.expect_error(400, "guard.invalid_input").json();
        assert_eq!(wrong["data"]["issues"][0]["path"], json!(["keyType"]));
        call(&app, "DELETE", &format!("{PRIVATE}/{}", ids(&first)[0]), json!({}))
            .await
            .expect_error(422, "oidc.key_required");

        let rotated = rotate(&app, json!({"signingKeyAlgorithm": "RSA"})).await;
        assert_eq!(shape(&rotated), json!([["RSA", "Current", false], ["EC", "Previous", false]]));
        assert_eq!(
            kids(&app).await.into_iter().collect::<std::collections::BTreeSet<_>>(),
            ids(&rotated).into_iter().collect()
        );
        assert!(!rotated.to_string().contains("BEGIN"));
        let delete = async |id: &str| call(&app, "DELETE", &format!("{PRIVATE}/{id}"), json!({})).await;
        delete(&ids(&rotated)[0]).await.expect_error(422, "oidc.only_previous_key_can_be_deleted");
        delete("other").await.expect_error(404, "oidc.key_not_found");
        delete(&ids(&rotated)[1]).await.expect(204);
        assert_eq!(kids(&app).await, ids(&rotated)[..1]);

        let staged = rotate(&app, json!({"signingKeyAlgorithm": "EC", "rotationGracePeriod": 3600})).await;
        assert_eq!(shape(&staged), json!([["EC", "Next", true], ["RSA", "Current", false]]));
        assert_eq!(staged[0]["effectiveAt"], json!((now + 3600) * 1000));
        delete(&ids(&staged)[0]).await.expect_error(422, "oidc.only_previous_key_can_be_deleted");
        call(&app, "POST", &format!("{PRIVATE}/rotate"), json!({"signingKeyAlgorithm": "EC"}))
            .await
            .expect_error(422, "oidc.invalid_request");
        let replaced = rotate(&app, json!({"rotationGracePeriod": 60})).await;
        assert_eq!(shape(&replaced), shape(&staged), "one next key at most");
        assert_ne!(ids(&replaced)[0], ids(&staged)[0]);
        let published = kids(&app).await;
        assert!(published.contains(&ids(&replaced)[0]) && !published.contains(&ids(&staged)[0]));
        for (body, path) in [
            (json!({"signingKeyAlgorithm": "DSA"}), "signingKeyAlgorithm"),
            (json!({"rotationGracePeriod": -1}), "rotationGracePeriod"),
            (json!({"rotationGracePeriod": 31_536_001}), "rotationGracePeriod"),
        ] {
            let refused = call(&app, "POST", &format!("{PRIVATE}/rotate"), body).await;
            let refused = refused.expect_error(400, "guard.invalid_input").json();
            assert_eq!(refused["data"]["issues"][0]["path"], json!([path]));
        }
    })
    .await;
}

#[tokio::test]
async fn a_staged_rsa_key_is_published_before_it_signs_and_the_old_key_still_verifies() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let (client, user) = (app.spa_client().await, app.user("alice").await);
        fixtures::give_role(&app, &user).await;
        let mut agent = app.agent();
        let request = app.authorization(&client, "openid offline_access read:items");
        let code = agent.sign_in(&tampered(&request, &[("resource", ITEMS)]), &user).await;
        let old = app.exchange(&client, &code).send().await.expect(200).json();
        let old_key = verified(&app, &old["id_token"]).await.header.kid.unwrap();
        let supported = async || {
            let document = app.get("/oidc/.well-known/openid-configuration").send().await.expect(200).json();
            document["id_token_signing_alg_values_supported"].clone()
        };
        assert_eq!(supported().await, json!(["ES384"]));

        let staged = rotate(&app, json!({"signingKeyAlgorithm": "RSA", "rotationGracePeriod": 600})).await;
        let new_key = ids(&staged)[0].clone();
        assert_eq!(kids(&app).await, [old_key.clone(), new_key.clone()], "the current one first (O002)");
        assert_eq!(supported().await, json!(["ES384", "RS256"]));
        app.app.clock.advance(Duration::from_millis(599_999));
        assert_eq!(signer(&app).await, old_key);

        app.app.clock.advance(Duration::from_millis(1));
        assert_eq!(supported().await, json!(["RS256"]));
        assert_eq!(kids(&app).await, [new_key.clone(), old_key.clone()]);
        let published = serde_json::to_value(&jwks(&app).await.keys[0]).unwrap();
        assert_eq!(
            (&published["kty"], &published["alg"], &published["e"]),
            (&json!("RSA"), &json!("RS256"), &json!("AQAB"))
        );
        assert_eq!(published["n"].as_str().unwrap().len(), 683, "4096 bits");
        let answer = app.refresh(&client, old["refresh_token"].as_str().unwrap(), &[]).send().await.expect(200).json();
        let id_token = verified(&app, &answer["id_token"]).await;
        assert_eq!((id_token.header.alg.as_str(), id_token.header.kid.as_deref()), ("RS256", Some(new_key.as_str())));
        let resource = [("resource", ITEMS)];
        let refresh_token = answer["refresh_token"].as_str().unwrap();
        let answer = app.refresh(&client, refresh_token, &resource).send().await.expect(200).json();
        let access_token = verified(&app, &answer["access_token"]).await;
        assert_eq!((access_token.header.alg.as_str(), access_token.header.typ.as_deref()), ("RS256", Some("at+jwt")));
        assert_eq!(access_token.text("scope"), Some("read:items"));

        // What the old key signed is accepted: by the key set, and as a hint.
        verified(&app, &old["id_token"]).await;
        let hint = [("prompt", "none"), ("id_token_hint", old["id_token"].as_str().unwrap())];
        let hinted = agent.authorize(&tampered(&app.authorization(&client, "openid"), &hint)).await.expect(303);
        assert!(hinted.header("location").contains("code="), "{}", hinted.header("location"));
        let keys = call(&app, "GET", PRIVATE, json!({})).await.expect(200).json();
        assert_eq!(shape(&keys), json!([["RSA", "Current", false], ["EC", "Previous", false]]));
        call(&app, "DELETE", &format!("{PRIVATE}/{old_key}"), json!({})).await.expect(204);
        let refused = agent.authorize(&tampered(&app.authorization(&client, "openid"), &hint)).await.expect(303);
        assert!(refused.header("location").contains("error="), "{}", refused.header("location"));
    })
    .await;
}

#[tokio::test]
async fn a_deleted_key_brings_no_older_one_back() {
    for_each_engine(async |app: TestApp| {
        let first = signer(&app).await;
        for _ in 0..2 {
            rotate(&app, json!({"rotationGracePeriod": 60})).await;
            app.app.clock.advance(Duration::from_secs(61));
        }
        let keys = call(&app, "GET", PRIVATE, json!({})).await.expect(200).json();
        assert!(!ids(&keys).contains(&first));
        call(&app, "DELETE", &format!("{PRIVATE}/{}", ids(&keys)[1]), json!({})).await.expect(204);
        assert_eq!(kids(&app).await, ids(&keys)[..1]);
        assert_eq!(ids(&call(&app, "GET", PRIVATE, json!({})).await.json()), ids(&keys)[..1]);
    })
    .await;
}

#[tokio::test]
async fn b14_a_management_token_of_an_rsa_key_counts_and_its_forgeries_do_not() {
    for_each_engine(async |app: TestApp| {
        rotate(&app, json!({"signingKeyAlgorithm": "RSA"})).await;
        app.app.clock.advance(Duration::from_secs(1));
        let audience = "https://default.logto.app/api";
        fixtures::tenant(&app).await;
        let good = app.access_token("default", audience, "all").await;
        assert_eq!(verified(&app, &json!(good)).await.header.alg.as_str(), "RS256");
        let keys = app.get("/oidc/jwks").send().await.expect(200).json();
        for (name, forged) in crate::attacks::forgeries::forgeries(&good, &keys) {
            let answer = app.get("/api/users").bearer(&forged).send().await;
            assert_eq!(answer.status, 401, "{name}: {}", answer.text());
        }
    })
    .await;
}

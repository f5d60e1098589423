//! Rotation of refresh tokens (trace 30-04, attack B6).

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use testkit::oidc::tampered;
use testkit::{TestApp, for_each_engine};

#[tokio::test]
async fn b6_a_retry_within_three_seconds_gets_the_same_successor_and_a_later_replay_revokes_the_grant() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.spa_client().await, app.user("alice").await);
        let request = app.authorization(&client, "openid offline_access profile");
        let mut agent = app.agent();
        let code = agent.sign_in(&request, &user).await;
        let first = app.exchange(&client, &code).send().await.expect(200).json();
        let parent = first["refresh_token"].as_str().unwrap().to_owned();
        let one = app.refresh(&client, &parent, &[]).send().await.expect(200).json();
        assert_ne!(one["refresh_token"], parent.as_str());
        app.app.clock.advance(Duration::from_millis(2_900));
        let again = app.refresh(&client, &parent, &[]).send().await.expect(200).json();
        assert_eq!(again["refresh_token"], one["refresh_token"], "a retry must not fork the family");
        assert_ne!(again["access_token"], one["access_token"]);
        let child = one["refresh_token"].as_str().unwrap();
        let grandchild = app.refresh(&client, child, &[]).send().await.expect(200).json();
        app.app.clock.advance(Duration::from_millis(200));
        app.refresh(&client, &parent, &[]).send().await.expect_error(400, "oidc.invalid_grant");
        for token in [child, grandchild["refresh_token"].as_str().unwrap()] {
            app.refresh(&client, token, &[]).send().await.expect_error(400, "oidc.invalid_grant");
        }
        let access = one["access_token"].as_str().unwrap();
        app.get("/oidc/me").bearer(access).send().await.expect_error(401, "oidc.invalid_token");
        // The browser's session survives; the grant does not.
        let silent = agent.authorize(&tampered(&request, &[("prompt", "none")])).await;
        assert!(silent.header("location").contains("error=consent_required"), "{}", silent.header("location"));
    })
    .await;
}

#[tokio::test]
async fn b6_fifty_parallel_refreshes_share_one_successor() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.spa_client().await, app.user("alice").await);
        let tokens = app.code_flow(&client, &user, "openid offline_access").await;
        let parent = tokens["refresh_token"].as_str().unwrap();
        let calls: Vec<_> = (0..50).map(|_| tokio::spawn(app.refresh(&client, parent, &[]).send())).collect();
        let mut successors = BTreeSet::new();
        for call in calls {
            let answer = call.await.unwrap().expect(200).json();
            successors.insert(answer["refresh_token"].as_str().unwrap().to_owned());
        }
        assert_eq!(successors.len(), 1);
        let count = app
            .app
            .db
            .read(|r| r.query_one::<i64>(&db::Sql::dynamic("select count(*) from refresh_tokens".into()), &[]));
        assert_eq!(count.await.unwrap(), 2, "the parent and one child");
    })
    .await;
}

#[tokio::test]
async fn a_confidential_client_rotates_only_near_the_expiry() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let tokens = app.code_flow(&client, &user, "openid offline_access").await;
        let token = tokens["refresh_token"].as_str().unwrap();
        let same = app.refresh(&client, token, &[]).send().await.expect(200).json();
        assert_eq!(same["refresh_token"], token);
        app.app.clock.advance(Duration::from_secs(10 * 86_400));
        let new = app.refresh(&client, token, &[]).send().await.expect(200).json();
        assert_ne!(new["refresh_token"], token);
        // A fresh full lifetime.
        app.app.clock.advance(Duration::from_secs(13 * 86_400));
        let fixed = json!({"rotateRefreshToken": false}).to_string();
        app.sql(
            "update applications set custom_client_metadata = $1 where id = $2",
            vec![fixed.into(), client.id.as_str().into()],
        )
        .await;
        let kept = app.refresh(&client, new["refresh_token"].as_str().unwrap(), &[]).send().await.expect(200).json();
        assert_eq!(kept["refresh_token"], new["refresh_token"]);
    })
    .await;
}

#[tokio::test]
async fn rotation_does_not_extend_the_expiry_for_single_page_applications() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.spa_client().await, app.user("alice").await);
        let tokens = app.code_flow(&client, &user, "openid offline_access").await;
        app.app.clock.advance(Duration::from_secs(13 * 86_400));
        let new = app.refresh(&client, tokens["refresh_token"].as_str().unwrap(), &[]).send().await.expect(200).json();
        app.app.clock.advance(Duration::from_secs(86_400));
        let late = app.refresh(&client, new["refresh_token"].as_str().unwrap(), &[]).send().await;
        late.expect_error(400, "oidc.invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn a_refused_refresh_does_not_use_the_token() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.spa_client().await, app.user("alice").await);
        let tokens = app.code_flow(&client, &user, "openid offline_access").await;
        let token = tokens["refresh_token"].as_str().unwrap();
        app.refresh(&client, token, &[("resource", "https://unknown")]).send().await.expect(400);
        app.refresh(&client, token, &[("scope", "more")]).send().await.expect(400);
        app.app.clock.advance(Duration::from_secs(10));
        app.refresh(&client, token, &[]).send().await.expect(200);
    })
    .await;
}

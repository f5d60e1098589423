//! Entries of the audit log (traces 70-01, 70-04; attack E7).

use serde_json::{Map, Value, json};
use testkit::{TestApp, for_each_engine};

async fn entries(app: &TestApp, key: &str) -> Vec<Map<String, Value>> {
    app.app.flush_audit().await;
    let key = key.to_owned();
    let rows = app.app.db.read(move |r| {
        r.query_all::<String>(
            &db::Sql::dynamic("select payload from logs where key = $1 order by created_at, id".into()),
            db::params![key],
        )
    });
    let rows: Vec<String> = rows.await.unwrap();
    rows.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

#[tokio::test]
async fn token_exchanges_are_logged_without_secrets() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let code = app.agent().sign_in(&app.authorization(&client, "openid offline_access"), &user).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        let good = entries(&app, "ExchangeTokenBy.AuthorizationCode").await.remove(0);
        assert_eq!(
            (&good["result"], &good["userId"], &good["applicationId"]),
            (&json!("Success"), &json!(user), &json!(client.id))
        );
        assert_eq!(
            (&good["scope"], &good["tokenTypes"]),
            (&json!("openid offline_access"), &json!(["AccessToken", "RefreshToken", "IdToken"]))
        );
        assert_eq!(
            (&good["applicationSecret"], &good["params"]["client_secret"]),
            (&json!({"name": "Default secret"}), &json!("******"))
        );
        assert_eq!(
            (&good["ip"], &good["key"]),
            (&json!("::ffff:127.0.0.1"), &json!("ExchangeTokenBy.AuthorizationCode"))
        );
        app.exchange(&client, &code).send().await.expect(400);
        let all = entries(&app, "ExchangeTokenBy.AuthorizationCode").await;
        let bad = all.iter().find(|entry| entry["result"] == "Error").unwrap();
        let error: Value = serde_json::from_str(bad["error"].as_str().unwrap()).unwrap();
        assert_eq!(error["error_detail"], "authorization code already consumed");
        assert_eq!((&bad["userId"], &bad["tokenTypes"]), (&json!(user), &json!([])));
        assert_eq!(entries(&app, "RevokeToken").await.len(), 1);
        app.refresh(&client, tokens["refresh_token"].as_str().unwrap(), &[]).send().await.expect(400);
        let refresh = entries(&app, "ExchangeTokenBy.RefreshToken").await.remove(0);
        let error: Value = serde_json::from_str(refresh["error"].as_str().unwrap()).unwrap();
        assert_eq!(error["error_detail"], "refresh token not found");
        app.post("/oidc/token").send().await.expect(400);
        assert_eq!(entries(&app, "ExchangeTokenBy.Unknown").await.len(), 1);
        let secret = client.secret.unwrap();
        let everything =
            app.app.db.read(|r| r.query_all::<String>(&db::Sql::dynamic("select payload from logs".into()), &[]));
        let text = everything.await.unwrap().join("\n");
        for hidden in [
            code.as_str(),
            secret.as_str(),
            testkit::oidc::VERIFIER,
            tokens["refresh_token"].as_str().unwrap(),
            tokens["access_token"].as_str().unwrap(),
        ] {
            assert!(!text.contains(hidden), "a secret is in the log");
        }
    })
    .await;
}

#[tokio::test]
async fn the_start_and_end_of_interactions_are_logged() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        app.agent().sign_in(&app.authorization(&client, "openid"), &user).await;
        let begun = entries(&app, "Interaction.Create").await;
        let names: Vec<&str> = begun.iter().filter_map(|entry| entry["prompt"]["name"].as_str()).collect();
        assert_eq!(names.len(), 2);
        assert!(names.contains(&"login") && names.contains(&"consent"));
        assert_eq!(begun[0]["params"]["client_id"], client.id);
        let ended = entries(&app, "Interaction.End").await;
        assert_eq!((ended.len(), &ended[0]["applicationId"]), (1, &json!(client.id)));
    })
    .await;
}

#[tokio::test]
async fn e7_only_known_harmless_parameters_are_logged_and_none_is_long() {
    for_each_engine(async |app: TestApp| {
        let (client, long) = (app.spa_client().await, "x".repeat(8000));
        for (name, value) in [
            ("password", "hunter2-hunter2"),
            ("assertion", "eyJ-assertion"),
            ("Client_Secret", "hunter2-hunter2"),
            ("user_code", "hunter2-hunter2"),
            ("junk", &long),
            ("scope", &long),
            ("resource", &long),
            ("login_hint", &long),
        ] {
            let fields = [("grant_type", "password"), ("client_id", client.id.as_str()), (name, value)];
            app.post("/oidc/token").form(&fields).send().await.expect(400);
            let mut request = app.authorization(&client, "openid");
            request.retain(|(known, _)| known != name);
            request.push((name.to_owned(), value.to_owned()));
            app.agent().authorize(&request).await.expect(303);
        }
        app.post("/oidc/token").form(&[("client_id", long.as_str()), ("grant_type", "x")]).send().await.expect(400);
        app.app.flush_audit().await;
        let rows = app.app.db.read(|r| {
            let logged: Vec<String> = r.query_all(&db::Sql::dynamic("select payload from logs".into()), &[])?;
            let waiting: Vec<String> =
                r.query_all(&db::Sql::dynamic("select request from interactions".into()), &[])?;
            Ok::<_, db::DbError>([logged, waiting].concat())
        });
        let rows = rows.await.unwrap();
        assert!(rows.len() > 20);
        for row in rows {
            assert!(row.len() < 4096, "{} bytes: {row}", row.len());
            assert!(!row.contains("hunter2") && !row.contains("eyJ-assertion") && !row.contains("junk"), "{row}");
        }
    })
    .await;
}

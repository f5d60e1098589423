//! Sessions and grants of a user for administrators, and the limit of grants (inventory M054–M058, O071, O110, O111; traces 40-04,
//! 60-05, 70-01).

use serde_json::{Value, json};
use server::events::EventKind;
use server::outbox::deliver_due;
use testkit::oidc::{BrowserAgent, TestClient, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::experience::fixture::{PASSWORD, add_user};
use super::outbox::Recorder;

async fn get(app: &TestApp, path: &str) -> Value {
    app.management_request("GET", path).await.send().await.expect(200).json()
}

async fn delete(app: &TestApp, path: &str) -> TestResponse {
    app.management_request("DELETE", path).await.send().await
}

/// Signs in with the password in a new browser; returns the token response too.
async fn sign_in(app: &TestApp, client: &TestClient, scope: &str) -> (BrowserAgent, Value) {
    let mut agent = app.agent();
    agent.authorize(&app.authorization(client, scope)).await.expect(303);
    let send = async |agent: &mut BrowserAgent, method: &str, path: &str, body: Value| {
        let call = app.request(method, &format!("/api/experience{path}")).header("user-agent", "trace-client/1.0");
        agent.send(call.json(body)).await
    };
    send(&mut agent, "PUT", "", json!({"interactionEvent": "SignIn"})).await.expect(204);
    let identifier = json!({"identifier": {"type": "username", "value": "alice"}, "password": PASSWORD});
    let proof = send(&mut agent, "POST", "/verification/password", identifier).await.expect(200).json();
    send(&mut agent, "POST", "/identification", proof).await.expect(204);
    let mut to = send(&mut agent, "POST", "/submit", json!({})).await.expect(200).json()["redirectTo"]
        .as_str()
        .unwrap()
        .to_owned();
    while !to.starts_with("https://") {
        to = agent.get(&to).await.header("location").to_owned();
    }
    let url = url::Url::parse(&to).unwrap();
    let code = url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let tokens = app.exchange(client, &code).send().await.expect(200).json();
    (agent, tokens)
}

#[tokio::test]
async fn sessions_say_how_and_for_whom_the_user_signed_in() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        let client = app.web_client().await;
        let now = app.app.clock.now();
        let (_, tokens) = sign_in(&app, &client, "openid offline_access profile").await;
        assert!(tokens.get("refresh_token").is_some());
        let listed = get(&app, "/api/users/alice/sessions").await;
        let session = listed["sessions"][0].clone();
        assert_eq!(listed["sessions"].as_array().unwrap().len(), 1);
        let uid = session["payload"]["uid"].as_str().unwrap();
        let grants = get(&app, "/api/users/alice/grants").await;
        let grant_id = grants["grants"][0]["id"].as_str().unwrap();
        let record = &session["lastSubmission"]["verificationRecords"][0];
        let sid = &session["payload"]["authorizations"][&client.id]["sid"];
        let expires = now.plus_seconds(1_209_600);
        assert_eq!(
            session,
            json!({
                "payload": {
                    "exp": expires.seconds(), "iat": now.seconds(), "jti": uid, "uid": uid, "kind": "Session",
                    "loginTs": now.seconds(), "accountId": "alice",
                    "authorizations": {&client.id: {"sid": sid, "grantId": grant_id, "persistsLogout": true}},
                },
                "lastSubmission": {
                    "interactionEvent": "SignIn", "userId": "alice",
                    "verificationRecords": [{
                        "id": record["id"], "type": "Password", "verified": true,
                        "identifier": {"type": "username", "value": "alice"},
                    }],
                    "signInContext": {"ip": "::ffff:127.0.0.1", "userAgent": "trace-client/1.0"},
                },
                "clientId": client.id, "accountId": "alice", "expiresAt": expires.millis(),
            })
        );
        assert_eq!(get(&app, &format!("/api/users/alice/sessions/{uid}")).await, session);
        assert_eq!(
            grants,
            json!({"grants": [{
                "id": grant_id,
                "payload": {
                    "exp": now.seconds() + 15_552_000, "iat": now.seconds(), "jti": grant_id, "kind": "Grant",
                    "clientId": client.id, "accountId": "alice", "openid": {"scope": "openid offline_access profile"},
                },
                "expiresAt": now.plus_seconds(15_552_000).millis(),
                "application": {"id": client.id, "name": "test-Traditional"},
            }]})
        );
        let other = app.user("bob").await;
        for path in [format!("/api/users/{other}/sessions/{uid}"), "/api/users/alice/sessions/none".to_owned()] {
            let found = app.management_request("GET", &path).await.send().await;
            found.expect_error(404, "oidc.session_not_found");
            delete(&app, &path).await.expect_error(404, "oidc.session_not_found");
        }
        for path in [format!("/api/users/{other}/grants/{grant_id}"), "/api/users/alice/grants/none".to_owned()] {
            delete(&app, &path).await.expect_error(404, "oidc.invalid_grant");
        }
    })
    .await;
}

#[tokio::test]
async fn an_ended_session_takes_the_grants_that_are_asked_for() {
    for_each_engine(async |app: TestApp| {
        let (own, third, user) = (app.web_client().await, app.web_client().await, app.user("alice").await);
        for (query, own_stays, third_stays) in [
            ("", true, true),
            ("?revokeGrantsTarget=firstParty", false, true),
            ("?revokeGrantsTarget=all", false, false),
        ] {
            app.sql("update applications set is_third_party = false", vec![]).await;
            let mut agent = app.agent();
            let mut refresh = Vec::new();
            for client in [&own, &third] {
                let code = agent.sign_in(&app.authorization(client, "openid offline_access"), &user).await;
                let tokens = app.exchange(client, &code).send().await.expect(200).json();
                refresh.push(tokens["refresh_token"].as_str().unwrap().to_owned());
            }
            let until_sign_out = app.agent().sign_in(&app.authorization(&own, "openid"), &user).await;
            let bound = app.exchange(&own, &until_sign_out).send().await.expect(200).json();
            let bound = bound["access_token"].as_str().unwrap().to_owned();
            app.get("/oidc/me").bearer(&bound).send().await.expect(200);
            let third_party = "update applications set is_third_party = true where id = $1";
            app.sql(third_party, vec![third.id.as_str().into()]).await;
            let listed = get(&app, &format!("/api/users/{user}/sessions")).await;
            for session in listed["sessions"].as_array().unwrap() {
                let uid = session["payload"]["uid"].as_str().unwrap();
                delete(&app, &format!("/api/users/{user}/sessions/{uid}{query}")).await.expect(204);
            }
            app.get("/oidc/me").bearer(&bound).send().await.expect_error(401, "oidc.invalid_token");
            for (client, token, stays) in [(&own, &refresh[0], own_stays), (&third, &refresh[1], third_stays)] {
                let answer = app.refresh(client, token, &[]).send().await;
                assert_eq!(answer.status.as_u16(), if stays { 200 } else { 400 }, "{query} {}", client.id);
            }
            let silent = tampered(&app.authorization(&own, "openid"), &[("prompt", "none")]);
            let to = agent.authorize(&silent).await.expect(303).header("location").to_owned();
            assert!(to.contains("error=login_required"), "{to}");
            assert_eq!(get(&app, &format!("/api/users/{user}/sessions")).await, json!({"sessions": []}));
        }
        let bad = delete(&app, &format!("/api/users/{user}/sessions/x?revokeGrantsTarget=some")).await;
        assert_eq!(bad.status.as_u16(), 400);
    })
    .await;
}

#[tokio::test]
async fn b10_a_revoked_grant_takes_codes_and_tokens_with_it() {
    for_each_engine(async |app: TestApp| {
        let (client, other, user) = (app.web_client().await, app.web_client().await, app.user("alice").await);
        let mut agent = app.agent();
        let request = app.authorization(&client, "openid offline_access");
        let code = agent.sign_in(&request, &user).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        let unused = agent.sign_in(&request, &user).await;
        let kept = app.code_flow(&other, &user, "openid offline_access").await;
        let list = format!("/api/users/{user}/grants");
        let all = get(&app, &list).await["grants"].as_array().unwrap().clone();
        let grant = all.iter().find(|grant| grant["application"]["id"] == json!(client.id)).unwrap();
        let grant_id = grant["id"].as_str().unwrap();
        delete(&app, &format!("{list}/{grant_id}")).await.expect(204);
        let text = |name: &str| tokens[name].as_str().unwrap();
        app.get("/oidc/me").bearer(text("access_token")).send().await.expect_error(401, "oidc.invalid_token");
        app.refresh(&client, text("refresh_token"), &[]).send().await.expect_error(400, "oidc.invalid_grant");
        app.exchange(&client, &unused).send().await.expect_error(400, "oidc.invalid_grant");
        let seen = app.token_request_at("/oidc/token/introspection", &client, &[("token", text("access_token"))]);
        assert_eq!(seen.send().await.expect(200).json(), json!({"active": false}));
        app.refresh(&other, kept["refresh_token"].as_str().unwrap(), &[]).send().await.expect(200);
        delete(&app, &format!("{list}/{grant_id}")).await.expect_error(404, "oidc.invalid_grant");
        for session in get(&app, &format!("/api/users/{user}/sessions")).await["sessions"].as_array().unwrap() {
            assert!(session["payload"].get("authorizations").is_none_or(|known| known.get(&client.id).is_none()));
        }
    })
    .await;
}

#[tokio::test]
async fn grants_are_listed_by_whose_application_it_is_until_they_expire() {
    for_each_engine(async |app: TestApp| {
        let (own, third, user) = (app.web_client().await, app.web_client().await, app.user("alice").await);
        for client in [&own, &third] {
            app.code_flow(client, &user, "openid").await;
        }
        app.sql("update applications set is_third_party = true where id = $1", vec![third.id.as_str().into()]).await;
        let ids = async |query: &str| {
            let list = get(&app, &format!("/api/users/{user}/grants{query}")).await;
            let list = list["grants"].as_array().unwrap().clone();
            list.iter().map(|grant| grant["payload"]["clientId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ids("").await.len(), 2);
        assert_eq!(ids("?appType=firstParty").await, std::slice::from_ref(&own.id));
        assert_eq!(ids("?appType=thirdParty").await, std::slice::from_ref(&third.id));
        app.app.clock.advance(std::time::Duration::from_secs(180 * 86_400));
        assert!(ids("").await.is_empty());
        let unknown = app.management_request("GET", "/api/users/nobody/grants").await.send().await;
        unknown.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn with_a_new_device_above_the_limit_the_oldest_one_is_signed_out() {
    for_each_engine(async |app: TestApp| {
        const KINDS: &[EventKind] = &[EventKind::GrantLimitExceeded];
        let recorder = Recorder::default();
        app.app.outbox.subscribe("recorder", KINDS, recorder.subscriber(0));
        let custom = json!({"maxAllowedGrants": 2, "allowTokenExchange": true});
        let client = app.client("Traditional", &["https://app.example.com/callback"], custom).await;
        let (user, bob) = (app.user("alice").await, app.user("bob").await);
        let of_bob = app.code_flow(&client, &bob, "openid offline_access").await;
        let mut devices = Vec::new();
        for _ in 0..3 {
            app.app.clock.advance(std::time::Duration::from_secs(1));
            let mut agent = app.agent();
            let code = agent.sign_in(&app.authorization(&client, "openid offline_access"), &user).await;
            let tokens = app.exchange(&client, &code).send().await.expect(200).json();
            devices.push((agent, tokens["refresh_token"].as_str().unwrap().to_owned()));
        }
        let mut statuses = Vec::new();
        for (_, token) in &devices {
            statuses.push(app.refresh(&client, token, &[]).send().await.status.as_u16());
        }
        assert_eq!(statuses, [400, 200, 200]);
        app.refresh(&client, of_bob["refresh_token"].as_str().unwrap(), &[]).send().await.expect(200);
        // Whoever is within the limit may come again.
        let again = devices[1].0.sign_in(&app.authorization(&client, "openid offline_access"), &user).await;
        app.exchange(&client, &again).send().await.expect(200);
        app.refresh(&client, &devices[2].1, &[]).send().await.expect(200);
        while deliver_due(&app.app).await.unwrap() > 0 {}
        let (kind, said) = recorder.payloads().pop().unwrap();
        let ended = said["revokedGrantIds"].clone();
        assert_eq!((kind.as_str(), recorder.payloads().len(), ended.as_array().unwrap().len()), ("Grant.LimitExceeded", 1, 1));
        assert_eq!(
            said,
            json!({
                "ip": "::ffff:127.0.0.1", "userId": user, "applicationId": client.id,
                "application": {"id": client.id, "type": "Traditional", "name": "test-Traditional", "description": null},
                "revokedGrantIds": ended, "maxAllowedGrants": 2, "preRevocationActiveGrantCount": 3,
            })
        );
        let entry = app.app.db.read(|r| {
            r.query_opt::<String>(&db::Sql::dynamic("select payload from logs where key = 'RevokeGrants'".into()), &[])
        });
        let entry: Value = serde_json::from_str(&entry.await.unwrap().unwrap()).unwrap();
        assert_eq!((&entry["userId"], &entry["applicationId"]), (&json!(user), &json!(client.id)));
        assert_eq!(
            (&entry["reason"], &entry["revokeGrantIds"]),
            (&json!("maxAllowedGrants limit reached"), &ended)
        );
    })
    .await;
}

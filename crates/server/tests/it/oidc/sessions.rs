//! Browser sessions (attacks C16, B11).

use serde_json::json;
use server::work::Actor;
use testkit::oidc::tampered;
use testkit::{TestApp, for_each_engine};

#[tokio::test]
async fn c16_the_session_handle_changes_at_sign_in_consent_and_logout() {
    for_each_engine(async |app: TestApp| {
        let (client, user, mallory) = (app.web_client().await, app.user("alice").await, app.user("mallory").await);
        let mut agent = app.agent();
        // A handle planted before sign-in: that of the attacker's own session.
        agent.sign_in(&app.authorization(&client, "openid"), &mallory).await;
        let planted = (agent.cookie("_session").to_owned(), agent.cookie("_session.sig").to_owned());
        assert_eq!(planted.0.len(), 43);
        let as_alice = tampered(&app.authorization(&client, "openid"), &[("prompt", "login consent")]);
        agent.authorize(&as_alice).await.expect(303);
        let consent = agent.finish_login(&user).await.expect(303).header("location").to_owned();
        let signed_in = agent.cookie("_session").to_owned();
        assert_ne!(signed_in, planted.0);
        let resume = agent.get(&consent).await.header("location").to_owned();
        agent.get(&resume).await.expect(303);
        assert_ne!(agent.cookie("_session"), signed_in);
        let silent = tampered(&app.authorization(&client, "openid"), &[("prompt", "none")]);
        let mut thief = app.agent();
        thief.sign_in(&app.authorization(&client, "openid"), &mallory).await;
        thief.forge("_session", &planted.0);
        thief.forge("_session.sig", &planted.1);
        assert!(thief.authorize(&silent).await.header("location").contains("login_required"));
        // Signing out, or staying, ends the handle of before; so does signing in again.
        let mut seen = vec![planted.0, signed_in, agent.cookie("_session").to_owned()];
        let again = tampered(&app.authorization(&client, "openid"), &[("prompt", "login consent")]);
        agent.sign_in(&again, &user).await;
        seen.push(agent.cookie("_session").to_owned());
        for form in [&[][..], &[("logout", "yes")]] {
            let open = (agent.cookie("_session").to_owned(), agent.cookie("_session.sig").to_owned());
            let page = agent.get(&format!("/oidc/session/end?client_id={}", client.id)).await.expect(200);
            let token = crate::attacks::fixtures::xsrf(&page);
            let form = [&[("xsrf", token.as_str())], form].concat();
            agent.send(app.post("/oidc/session/end/confirm").form(&form)).await.expect(303);
            assert_ne!(agent.cookie("_session"), open.0);
            thief.forge("_session", &open.0);
            thief.forge("_session.sig", &open.1);
            assert!(thief.authorize(&silent).await.header("location").contains("login_required"));
            seen.push(agent.cookie("_session").to_owned());
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count, "a handle came back");
    })
    .await;
}

#[tokio::test]
async fn signing_in_as_somebody_else_starts_a_new_session() {
    for_each_engine(async |app: TestApp| {
        let (client, alice, bob) = (app.web_client().await, app.user("alice").await, app.user("bob").await);
        let mut agent = app.agent();
        agent.sign_in(&app.authorization(&client, "openid"), &alice).await;
        let again = tampered(&app.authorization(&client, "openid"), &[("prompt", "login consent")]);
        let code = agent.sign_in(&again, &bob).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        assert_eq!(testkit::oidc::claims(tokens["id_token"].as_str().unwrap())["sub"], bob.as_str());
    })
    .await;
}

#[tokio::test]
async fn b11_a_suspended_or_deleted_user_gets_no_tokens() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let end = [
            "update users set is_suspended = true where tenant_id = 'default' and id = $1",
            "delete from users where tenant_id = 'default' and id = $1",
        ];
        for (n, text) in end.into_iter().enumerate() {
            let user = app.user(&format!("user-{n}")).await;
            let request = app.authorization(&client, "openid offline_access");
            let mut agent = app.agent();
            let code = agent.sign_in(&request, &user).await;
            let tokens = app.code_flow(&client, &user, "openid offline_access").await;
            let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
            app.sql(text, vec![user.as_str().into()]).await;
            app.exchange(&client, &code).send().await.expect_error(400, "oidc.invalid_grant");
            app.refresh(&client, &token("refresh_token"), &[]).send().await.expect_error(400, "oidc.invalid_grant");
            let me =
                app.get("/oidc/me").bearer(&token("access_token")).send().await.expect_error(401, "oidc.invalid_token");
            assert!(
                me.header("www-authenticate")
                    .contains("error=\"invalid_token\", error_description=\"invalid token provided\"")
            );
            let answer = agent.authorize(&request).await.expect(303);
            assert!(answer.header("location").starts_with("/sign-in"), "{}", answer.header("location"));
        }
    })
    .await;
}

#[tokio::test]
async fn revoking_all_of_a_user_ends_tokens_and_sessions() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let tokens = app.code_flow(&client, &user, "openid offline_access").await;
        let id = user.as_str().into();
        let done = server::Tenant::new("default", &app.app)
            .write(&Actor::Server, move |work| server::oidc::subject::revoke_all_of_user(work, &id))
            .await;
        done.unwrap();
        app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(401);
        let refresh = app.refresh(&client, tokens["refresh_token"].as_str().unwrap(), &[]);
        refresh.send().await.expect_error(400, "oidc.invalid_grant");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn b11_requests_racing_a_suspension_yield_nothing_usable() {
    for_each_engine(async |app: TestApp| {
        let client = app.spa_client().await;
        let user = app.user("alice").await;
        let request = app.authorization(&client, "openid offline_access");
        let suspend = async |is_suspended: bool| {
            let call = app.management_request("PATCH", &format!("/api/users/{user}/is-suspended")).await;
            call.json(json!({"isSuspended": is_suspended})).send().await.expect(200);
        };
        for _ in 0..8 {
            // Families of tokens, codes, and browsers that are about to get a session.
            let mut racing = tokio::task::JoinSet::new();
            for _ in 0..4 {
                let tokens = app.code_flow(&client, &user, "openid offline_access").await;
                racing.spawn(app.refresh(&client, tokens["refresh_token"].as_str().unwrap(), &[]).send());
                let code = app.agent().sign_in(&request, &user).await;
                racing.spawn(app.exchange(&client, &code).send());
            }
            let mut browsers = tokio::task::JoinSet::new();
            for _ in 0..4 {
                let (mut agent, request, user) = (app.agent(), request.clone(), user.clone());
                agent.authorize(&request).await.expect(303);
                browsers.spawn(async move {
                    agent.finish_login(&user).await;
                    agent
                });
            }
            suspend(true).await;
            let (answers, browsers) = (racing.join_all().await, browsers.join_all().await);
            suspend(false).await;
            for answer in answers.iter().filter(|answer| answer.status.as_u16() == 200) {
                let tokens = answer.json();
                let refresh = app.refresh(&client, tokens["refresh_token"].as_str().unwrap(), &[]);
                refresh.send().await.expect_error(400, "oidc.invalid_grant");
                let me = app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap());
                me.send().await.expect_error(401, "oidc.invalid_token");
            }
            for mut agent in browsers {
                let silent = agent.authorize(&tampered(&request, &[("prompt", "none")])).await;
                assert!(silent.header("location").contains("login_required"), "{}", silent.header("location"));
            }
        }
    })
    .await;
}

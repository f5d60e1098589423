//! Attacks B10 to B12 and B14: tokens that ended, people who are gone, rights that were taken away, forged hints.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::oidc::{TestClient, claims, tampered};
use testkit::{TestApp, for_each_engine};

use super::fixtures::{PASSWORD, person, third_party_client, xsrf};
use super::forgeries::forgeries;
use crate::oidc::fixtures::{ITEMS, alice};

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_default()
}

async fn is_active(app: &TestApp, client: &TestClient, token: &str) -> bool {
    let answer = app.token_request_at("/oidc/token/introspection", client, &[("token", token)]).send().await;
    answer.expect(200).json()["active"] == true
}

#[tokio::test]
async fn b10_what_expired_is_inactive_at_every_endpoint() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let code = app.agent().sign_in(&app.authorization(&client, "openid offline_access"), &user).await;
        let tokens = Value::Object(app.code_flow(&client, &user, "openid offline_access").await);
        let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
        let me = async || app.get("/oidc/me").bearer(access).send().await.status.as_u16();
        app.app.clock.advance(Duration::from_millis(59_999));
        app.exchange(&client, &code).send().await.expect(200);
        let late = app.agent().sign_in(&app.authorization(&client, "openid"), &user).await;
        app.app.clock.advance(Duration::from_secs(60));
        app.exchange(&client, &late).send().await.expect_error(400, "oidc.invalid_grant");
        app.app.clock.advance(Duration::from_secs(3600 - 120));
        assert_eq!((me().await, is_active(&app, &client, access).await), (200, true));
        app.app.clock.advance(Duration::from_secs(1));
        assert_eq!((me().await, is_active(&app, &client, access).await), (401, false));
        assert!(is_active(&app, &client, refresh).await);
        app.app.clock.advance(Duration::from_secs(14 * 86_400));
        assert!(!is_active(&app, &client, refresh).await);
        app.refresh(&client, refresh, &[]).send().await.expect_error(400, "oidc.invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn b11_who_is_suspended_in_the_middle_gets_no_further() {
    for_each_engine(async |app: TestApp| {
        let client = third_party_client(&app).await;
        let request = app.authorization(&client, "openid offline_access profile");
        for (step, name) in ["sign-in", "resume", "consent", "back", "code", "token"].into_iter().enumerate() {
            person(&app, name).await;
            let mut suspended = false;
            let mut at = async |reached: usize| {
                if reached == step {
                    let path = format!("/api/users/{name}/is-suspended");
                    app.management_request("PATCH", &path)
                        .await
                        .json(json!({"isSuspended": true}))
                        .send()
                        .await
                        .expect(200);
                    suspended = true;
                }
                suspended
            };
            let mut agent = app.agent();
            agent.authorize(&request).await.expect(303);
            let page = agent.get("/sign-in").await.expect(200);
            at(0).await;
            let token = xsrf(&page);
            let form = [("xsrf", token.as_str()), ("identifier", name), ("password", PASSWORD)];
            let mut answer = agent.send(app.post("/sign-in").form(&form)).await;
            if at(1).await && step == 0 {
                answer.expect(401);
                continue;
            }
            answer = agent.get(answer.header("location")).await;
            if at(2).await && step == 1 {
                assert!(answer.header("location").starts_with("/sign-in"), "{}", answer.header("location"));
                continue;
            }
            let page = agent.get(answer.header("location")).await;
            if step == 2 {
                page.expect(400);
                continue;
            }
            let token = xsrf(&page);
            let allow = [("xsrf", token.as_str()), ("decision", "allow")];
            answer = agent.send(app.post("/consent").form(&allow)).await.expect(303);
            at(3).await;
            answer = agent.get(answer.header("location")).await;
            if step == 3 {
                assert!(!answer.header("location").contains("code="), "{}", answer.header("location"));
                continue;
            }
            at(4).await;
            let to = url::Url::parse(answer.header("location")).unwrap();
            let code = to.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
            let exchanged = app.exchange(&client, &code).send().await;
            if step == 4 {
                exchanged.expect_error(400, "oidc.invalid_grant");
                continue;
            }
            let tokens = exchanged.expect(200).json();
            at(5).await;
            assert!(!is_active(&app, &client, text(&tokens, "access_token")).await);
            assert!(!is_active(&app, &client, text(&tokens, "refresh_token")).await);
            app.get("/oidc/me").bearer(text(&tokens, "access_token")).send().await.expect(401);
            app.refresh(&client, text(&tokens, "refresh_token"), &[]).send().await.expect(400);
            let silent = agent.authorize(&tampered(&request, &[("prompt", "none")])).await;
            assert!(silent.header("location").contains("error=login_required"), "{}", silent.header("location"));
        }
    })
    .await;
}

#[tokio::test]
async fn b12_a_silent_sign_in_brings_no_right_back() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        let mut request = app.authorization(&client, "openid offline_access read:items write:items profile");
        request.push(("resource".into(), ITEMS.into()));
        let silent = tampered(&request, &[("prompt", "none"), ("scope", "openid read:items write:items profile")]);
        let mut agent = app.agent();
        agent.sign_in(&request, &user).await;
        let mut granted = async || {
            let code = agent.sign_in(&silent, &user).await;
            let fields = [
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", client.redirect_uri.as_str()),
                ("code_verifier", testkit::oidc::VERIFIER),
                ("resource", ITEMS),
            ];
            let tokens = app.token_request(&client, &fields).send().await.expect(200).json();
            text(&Value::Object(claims(text(&tokens, "access_token"))), "scope").to_owned()
        };
        assert_eq!(granted().await, "read:items write:items");
        app.sql("delete from roles_scopes where scope_id = 's-write'", vec![]).await;
        assert_eq!(granted().await, "read:items");
        app.sql("delete from users_roles where user_id = $1", vec![user.as_str().into()]).await;
        assert_eq!(granted().await, "");
        // The grant itself: without it there is nothing to be silent about.
        app.sql("delete from grants where user_id = $1", vec![user.as_str().into()]).await;
        let answer = agent.authorize(&silent).await;
        assert!(answer.header("location").contains("error=consent_required"), "{}", answer.header("location"));
    })
    .await;
}

#[tokio::test]
async fn b12_an_application_that_may_ask_for_less_gets_less() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (third_party_client(&app).await, app.user("alice").await);
        let request = app.authorization(&client, "openid offline_access profile");
        let mut agent = app.agent();
        agent.authorize(&request).await.expect(303);
        let asked = agent.finish_login(&user).await.expect(303).header("location").to_owned();
        let token = xsrf(&agent.get(&asked).await.expect(200));
        let allowed = agent.send(app.post("/consent").form(&[("xsrf", token.as_str()), ("decision", "allow")])).await;
        agent.get(allowed.header("location")).await.expect(303);
        let silent = tampered(&request, &[("prompt", "none")]);
        assert!(agent.authorize(&silent).await.header("location").contains("code="));
        let path = format!("/api/applications/{}/user-consent-scopes/user-scopes/profile", client.id);
        app.management_request("DELETE", &path).await.send().await.expect(204);
        let answer = agent.authorize(&silent).await;
        assert!(answer.header("location").contains("error=invalid_scope"), "{}", answer.header("location"));
    })
    .await;
}

#[tokio::test]
async fn b14_b17_no_endpoint_that_reads_a_token_believes_a_forged_one() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        let tokens = Value::Object(app.code_flow(&client, &user, "openid offline_access").await);
        let jwks = app.get("/oidc/jwks").send().await.expect(200).json();
        let good = text(&tokens, "id_token");
        let request = app.authorization(&client, "openid");
        let management = app.management_token("default").await;
        let not_hints = [management, text(&tokens, "access_token").into(), text(&tokens, "refresh_token").into()];
        let wrong = not_hints.into_iter().map(|token| ("another kind".to_owned(), token));
        for (name, forged) in forgeries(good, &jwks).into_iter().chain(wrong) {
            let hinted = tampered(&request, &[("id_token_hint", &forged)]);
            let answer = app.agent().authorize(&hinted).await.expect(303);
            let to = answer.header("location");
            assert!(to.contains("could+not+validate+id_token_hint"), "{name}: {to}");
            let query =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("id_token_hint", &forged).finish();
            app.get(&format!("/oidc/session/end?{query}")).send().await.expect_error(400, "oidc.invalid_request");
            if name == "another kind" {
                continue;
            }
            app.get("/oidc/me").bearer(&forged).send().await.expect_error(401, "oidc.invalid_token");
            for path in ["/oidc/token/introspection", "/oidc/token/revocation"] {
                let answer = app.token_request_at(path, &client, &[("token", &forged)]).send().await;
                let refused = answer.status == 400 || answer.text() == r#"{"active":false}"# || answer.body.is_empty();
                assert!(refused, "{path} {name}: {} {}", answer.status, answer.text());
            }
            app.refresh(&client, &forged, &[]).send().await.expect_error(400, "oidc.invalid_grant");
            app.exchange(&client, &forged).send().await.expect_error(400, "oidc.invalid_grant");
        }
        let hinted = tampered(&request, &[("id_token_hint", good)]);
        assert!(
            app.agent().authorize(&hinted).await.header("location").starts_with("/sign-in"),
            "the real one is believed"
        );
    })
    .await;
}

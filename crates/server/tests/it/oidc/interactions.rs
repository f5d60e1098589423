//! Interactions and their cookies (trace 10-12, attacks B22, C15).

use testkit::oidc::tampered;
use testkit::{TestApp, for_each_engine};

use crate::attacks::fixtures::{PASSWORD, person};

#[tokio::test]
async fn two_applications_in_one_browser_keep_their_interactions() {
    for_each_engine(async |app: TestApp| {
        let (first, second) = (app.web_client().await, app.spa_client().await);
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&first, "openid")).await.expect(303);
        let answer = agent.authorize(&app.authorization(&second, "openid")).await.expect(303);
        let line = super::code_flow::cookie_line(&answer, "_interaction").to_owned();
        assert!(line.contains(&first.id) && line.contains(&second.id), "{line}");
        for (header, code) in [
            (Some(first.id.as_str()), "session.not_found"),
            (Some("nobody"), "oidc.invalid_request"),
            (None, "session.not_found"),
        ] {
            let mut request = app.get("/api/interaction/consent");
            if let Some(id) = header {
                request = request.header("logto-app-id", id);
            }
            // Nobody has signed in yet, so there is nothing to consent to.
            let body = agent.send(request).await.expect_error(400, code).json();
            if header == Some("nobody") {
                assert_eq!(body["error_description"], "interaction client_id mismatch");
            }
        }
        let bare = app.get("/api/interaction/consent").send().await.expect_error(400, "session.not_found").json();
        assert_eq!(bare["error"], "invalid_request");
        assert_eq!(bare["error_description"], "interaction session id cookie not found");
    })
    .await;
}

#[tokio::test]
async fn b22_only_the_browser_that_started_an_interaction_can_finish_it() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let mut owner = app.agent();
        owner.authorize(&app.authorization(&client, "openid")).await.expect(303);
        let to = owner.complete_login(&user).await;
        let path = to.strip_prefix("http://localhost:3001").unwrap();
        let mut stranger = app.agent();
        let body = stranger.get(path).await.expect_error(400, "session.not_found").json();
        assert_eq!(body["error_description"], "authorization request has expired");
        // A browser with an interaction of its own has its own cookie only.
        stranger.authorize(&app.authorization(&client, "openid")).await.expect(303);
        stranger.get(path).await.expect_error(400, "session.not_found");
        owner.get(path).await.expect(303);
    })
    .await;
}

/// The cookies of an agent, planted in another.
fn plant(from: &testkit::oidc::BrowserAgent, into: &mut testkit::oidc::BrowserAgent) {
    for (name, value, path) in from.cookies() {
        into.set_cookie(name, value, path);
    }
}

#[tokio::test]
async fn b22_d13_an_interaction_planted_in_another_browser_gains_nothing() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        person(&app, "alice").await;
        let start = || app.request("PUT", "/api/experience").json(serde_json::json!({"interactionEvent": "SignIn"}));
        let proof = || {
            let identifier = serde_json::json!({"type": "username", "value": "alice"});
            let body = serde_json::json!({"identifier": identifier, "password": PASSWORD});
            app.post("/api/experience/verification/password").json(body)
        };
        for attacker_begins in [false, true] {
            let mut attacker = app.agent();
            attacker.authorize(&app.authorization(&client, "openid")).await.expect(303);
            if attacker_begins {
                attacker.send(start()).await.expect(204);
            }
            let mut victim = app.agent();
            plant(&attacker, &mut victim);
            victim.send(start()).await.expect(204);
            let id = victim.send(proof()).await.expect(200).json()["verificationId"].clone();
            let identify =
                || app.post("/api/experience/identification").json(serde_json::json!({"verificationId": id.clone()}));
            // What the victim proved counts for the victim only, before and after the end.
            for request in [identify(), app.post("/api/experience/submit"), app.get("/api/experience/interaction")] {
                attacker.send(request).await.expect_error(404, "session.interaction_not_found");
            }
            victim.send(identify()).await.expect(204);
            attacker.send(app.post("/api/experience/submit")).await.expect_error(404, "session.interaction_not_found");
            let done = victim.send(app.post("/api/experience/submit")).await.expect(200).json();
            let to = done["redirectTo"].as_str().unwrap().to_owned();
            attacker.send(app.post("/api/experience/submit")).await.expect_error(404, "session.interaction_not_found");
            let refused = attacker.get(&to).await.expect(400).json();
            assert_eq!(refused["error_description"], "the sign-in was made in another browser");
            assert!(victim.get(&to).await.expect(303).header("location").starts_with("/consent"));
        }
    })
    .await;
}

#[tokio::test]
async fn b22_consent_is_valid_only_in_the_session_of_the_interaction() {
    for_each_engine(async |app: TestApp| {
        let (client, alice, bob) = (app.web_client().await, app.user("alice").await, app.user("bob").await);
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
        let consent = agent.finish_login(&alice).await.expect(303).header("location").to_owned();
        let resume = agent.get(&consent).await.expect(302).header("location").to_owned();
        // Somebody else signs in before the browser comes back.
        let mut other = app.agent();
        other.sign_in(&app.authorization(&client, "openid"), &bob).await;
        for name in ["_session", "_session.sig"] {
            agent.forge(name, other.cookie(name));
        }
        let body = agent.get(&resume).await.expect_error(400, "oidc.invalid_request").json();
        assert_eq!(body["error_description"], "interaction and browser session do not belong together");
    })
    .await;
}

#[tokio::test]
async fn an_interaction_resumes_once() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
        let to = agent.complete_login(&user).await;
        agent.get(&to).await.expect(303);
        let body = agent.get(&to).await.expect_error(400, "session.not_found").json();
        assert_eq!(body["error_description"], "interaction session not found");
        assert_eq!(body["iss"], "http://localhost:3001/oidc");
    })
    .await;
}

#[tokio::test]
async fn an_interaction_ends_after_an_hour() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
        let to = agent.complete_login(&user).await;
        app.app.clock.advance(std::time::Duration::from_secs(3601));
        agent.get(&to).await.expect_error(400, "session.not_found");
    })
    .await;
}

#[tokio::test]
async fn resuming_without_having_signed_in_leads_back_to_sign_in() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
        let uid = agent.cookie("_interaction_resume").to_owned();
        let answer = agent.get(&format!("/oidc/auth/{uid}")).await.expect(303);
        assert!(answer.header("location").starts_with("/sign-in?app_id="));
    })
    .await;
}

#[tokio::test]
async fn c15_forged_cookies_are_ignored() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let request = app.authorization(&client, "openid");
        let mut agent = app.agent();
        agent.sign_in(&request, &user).await;
        let silent = tampered(&request, &[("prompt", "none")]);
        let good = (agent.cookie("_session").to_owned(), agent.cookie("_session.sig").to_owned());
        assert!(agent.authorize(&silent).await.header("location").contains("code="));
        let mut flipped = good.0.clone().into_bytes();
        flipped[5] = if flipped[5] == b'A' { b'B' } else { b'A' };
        for value in [String::from_utf8(flipped).unwrap(), String::new(), "x".repeat(43)] {
            agent.forge("_session", &value);
            let answer = agent.authorize(&silent).await.expect(303);
            assert!(answer.header("location").contains("login_required"), "{value}");
        }
        // The row holds a digest, so a copied database opens nothing.
        let handle = good.0.clone();
        let stored = app.app.db.read(move |r| {
            r.query_opt::<String>(
                &db::Sql::dynamic("select uid from sessions where handle_digest = $1 or uid = $1".into()),
                db::params![handle],
            )
        });
        assert_eq!(stored.await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn g1_a_network_begins_as_many_sign_ins_as_its_budget_has_bytes() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let request = app.authorization(&client, "openid");
        let budget = &app.app.interaction_budget;
        let network = std::net::IpAddr::from([127, 0, 0, 1]).into();
        while budget.take(network, 1 << 10, app.app.clock.now()) {}
        app.agent().authorize(&request).await.expect_error(503, "request.general");
        app.app.clock.advance(std::time::Duration::from_secs(1));
        let mut begun_agent = app.agent();
        begun_agent.authorize(&request).await.expect(303);
        let begun = app.agent().authorize(&request).await.expect(303);
        assert!(begun.header("location").starts_with("/sign-in"), "{}", begun.header("location"));
        // Whatever is stored counts, as it is stored.
        while budget.take(network, 1 << 10, app.app.clock.now()) {}
        app.app.clock.advance(std::time::Duration::from_millis(125));
        let escaped = "\u{1}".repeat(6_000);
        let long = tampered(&request, &[("state", &escaped)]);
        app.agent().authorize(&long).await.expect_error(503, "request.general");
        app.agent().authorize(&request).await.expect(303);
        // So does what a step adds.
        while budget.take(network, 64, app.app.clock.now()) {}
        let step = || app.request("PUT", "/api/experience").json(serde_json::json!({"interactionEvent": "SignIn"}));
        begun_agent.send(step()).await.expect(503);
        app.app.clock.advance(std::time::Duration::from_secs(1));
        begun_agent.send(step()).await.expect(204);
    })
    .await;
}

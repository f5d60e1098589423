//! Attacks C14, C18 and C21: no request at any step of a sign-in signs in, creates or changes a user before the user is
//! verified.

use serde_json::{Value, json};
use server::routes::Access;
use testkit::oidc::{BrowserAgent, TestClient, tampered};
use testkit::{TestApp, TestRequest, TestResponse, for_each_engine};

use super::fixtures::{PASSWORD, person};

const BASE: &str = "/api/experience";

/// The steps of a sign-in in order; stage n of the test follows the first n steps.
fn step(app: &TestApp, stage: usize, proof: &Value) -> TestRequest {
    let identity = json!({"identifier": {"type": "username", "value": "alice"}, "password": PASSWORD});
    match stage {
        0 => app.request("PUT", BASE).json(json!({"interactionEvent": "SignIn"})),
        1 => app.post(&format!("{BASE}/verification/password")).json(identity),
        2 => app.post(&format!("{BASE}/identification")).json(json!({"verificationId": proof})),
        _ => app.post(&format!("{BASE}/submit")),
    }
}

/// A browser after the first `stage` steps, and the verification id.
async fn at(app: &TestApp, client: &TestClient, stage: usize) -> (BrowserAgent, Value) {
    let mut agent = app.agent();
    agent.authorize(&app.authorization(client, "openid")).await.expect(303);
    let mut proof = json!("none");
    for done in 0..stage {
        let answer = agent.send(step(app, done, &proof)).await;
        assert!(answer.status.is_success(), "step {done}: {}", answer.text());
        if done == 1 {
            proof = answer.json()["verificationId"].clone();
        }
    }
    (agent, proof)
}

/// All bodies for a route of an interaction.
fn bodies(path: &str, proof: &Value) -> Vec<Value> {
    let mut all = vec![json!({}), json!({"verificationId": proof}), json!({"verificationId": "none"}), json!([])];
    match path.strip_prefix(BASE).unwrap_or(path) {
        "" | "/interaction-event" => {
            all.extend(["SignIn", "Register", "ForgotPassword", "x"].map(|event| json!({"interactionEvent": event})));
        }
        "/profile" => all.extend([
            json!({"type": "username", "value": "mallory"}),
            json!({"type": "password", "value": PASSWORD}),
            json!({"type": "email", "verificationId": proof}),
            json!({"type": "phone", "verificationId": proof}),
            json!({"type": "social", "verificationId": proof}),
            json!({"type": "extraProfile", "values": {"name": "Mallory"}}),
        ]),
        "/profile/password" => all.push(json!({"password": "Another!Passw0rd"})),
        "/verification/password" | "/verification/new-password-identity" => {
            for (name, password) in [("alice", "wrong"), ("nobody", PASSWORD), ("", "")] {
                let identifier = json!({"type": "username", "value": name});
                all.push(json!({"identifier": identifier, "password": password}));
            }
        }
        _ => all.push(json!({"organizationIds": ["x"]})),
    }
    all
}

/// Whether the browser's interaction or session is signed in.
async fn is_signed_in(app: &TestApp, agent: &mut BrowserAgent, client: &TestClient) -> bool {
    let uid = agent.cookie("_interaction_resume").to_owned();
    let resumed = agent.get(&format!("/oidc/auth/{uid}")).await;
    let silent = tampered(&app.authorization(client, "openid"), &[("prompt", "none")]);
    let silent = agent.authorize(&silent).await;
    !resumed.header("location").starts_with("/sign-in") || !silent.header("location").contains("error=login_required")
}

#[tokio::test]
async fn c18_c21_c14_no_call_at_any_step_signs_in_or_changes_a_user_before_its_proof() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        let client = app.web_client().await;
        let routes: Vec<_> = server::router::declared()
            .into_iter()
            .filter(|route| route.access == Access::Interaction && route.path.starts_with("/api/"))
            .filter(|route| route.method != "GET")
            .collect();
        // At stage 3 the user is identified, so only submitting is allowed.
        for stage in 0..=3 {
            for route in &routes {
                let (_, proof) = at(&app, &client, 0).await;
                for n in 0..bodies(&route.path, &proof).len() {
                    let (mut agent, proof) = at(&app, &client, stage).await;
                    let body = bodies(&route.path, &proof).swap_remove(n);
                    let before = app.snapshot().await;
                    let answer = agent.send(app.request(route.method.as_str(), &route.path).json(body.clone())).await;
                    let shown =
                        format!("{:?}: after {stage} steps {} {body}: {}", app.engine, route.path, answer.status);
                    if stage == 3 && route.path.ends_with("/submit") {
                        assert_eq!(answer.status, 200, "{shown}");
                        continue;
                    }
                    assert!(!answer.status.is_server_error(), "{shown}");
                    // Only attempt counters and the state of this browser's interaction may change.
                    let changes = before.difference(&app.snapshot().await, &["sentinel_counters", "interactions"]);
                    assert!(changes.is_empty(), "{shown}: {changes:#?}");
                    assert!(!is_signed_in(&app, &mut agent, &client).await, "{shown}");
                }
            }
        }
    })
    .await;
}

fn refused(answer: &TestResponse) -> bool {
    (400..500).contains(&answer.status.as_u16())
}

#[tokio::test]
async fn c14_c18_a_sign_in_that_lacks_its_second_factor_opens_nothing() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        app.bind_totp("alice").await;
        let factors = json!({"mfa": {"factors": ["Totp"], "policy": "UserControlled"}});
        app.management_request("PATCH", "/api/sign-in-exp").await.json(factors).send().await.expect(200);
        let client = app.web_client().await;
        let (mut agent, _) = at(&app, &client, 3).await;
        let before = app.snapshot().await;
        // A declined factor is only recorded: an existing factor is still required.
        for path in ["submit", "profile/mfa/mfa-skipped", "submit", "profile/mfa/mfa-enabled", "submit"] {
            let answer = agent.send(app.post(&format!("{BASE}/{path}"))).await;
            if path == "submit" {
                answer.expect_error(403, "session.mfa.require_mfa_verification");
            }
        }
        for (method, path) in [("POST", "profile"), ("PUT", "profile/password")] {
            let body = json!({"type": "username", "value": "mallory", "password": "Another!Passw0rd"});
            let answer = agent.send(app.request(method, &format!("{BASE}/{path}")).json(body)).await;
            assert!(refused(&answer), "{path}: {}", answer.status);
        }
        agent.get("/api/interaction/consent").await.expect(400);
        assert_eq!(before.difference(&app.snapshot().await, &["interactions"]), Vec::<String>::new());
        assert_eq!(agent.cookie("_session"), "", "there is nothing that could count as a session");
        let handle = agent.cookie("_interaction_resume").to_owned();
        for token in [handle.as_str(), "", "x"] {
            assert!(refused(&app.get("/oidc/me").bearer(token).send().await));
            assert!(refused(&app.get("/api/users").bearer(token).send().await));
        }
        assert!(!is_signed_in(&app, &mut agent, &client).await);
    })
    .await;
}

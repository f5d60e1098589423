//! The built-in proof through the Experience API (E085; trace 20-21).

use db::sql;
use serde_json::json;
use std::time::Duration;
use testkit::{TestApp, for_each_engine};

use super::{ask, solution, start_with};
use crate::experience::fixture::{Browser, PASSWORD, add_user, id_of, settings};

const REQUIRED: &str = "session.captcha_required";
const FAILED: &str = "session.captcha_failed";

async fn is_verified(browser: &Browser) -> bool {
    browser.state().await["captcha"]["verified"].as_bool().unwrap()
}

#[tokio::test]
async fn without_a_proof_nobody_submits_registers_or_gets_a_code_as_in_trace_20_21() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        ask(&app, json!({"type": "ProofOfWork"})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = id_of(&browser.password("alice", PASSWORD).await.expect(200));
        let code = json!({"identifier": {"type": "email", "value": "alice@example.com"}, "interactionEvent": "SignIn"});
        browser.post("/verification/verification-code", code).await.expect_error(422, REQUIRED);
        browser.identify(&id).await.expect(204);
        browser.submit().await.expect_error(422, REQUIRED);
        browser.start("Register").await;
        let id = id_of(&browser.new_identity("cap", PASSWORD).await.expect(200));
        browser.identify(&id).await.expect_error(422, REQUIRED);
        start_with(&browser, "SignIn", "x").await.expect_error(422, FAILED);
        let state = browser.state().await;
        assert_eq!(state["interactionEvent"], "Register", "a wrong proof begins nothing");
    })
    .await;
}

#[tokio::test]
async fn a_solved_challenge_signs_in_and_registers() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        ask(&app, json!({"type": "ProofOfWork"})).await;
        let browser = Browser::open(&app).await;
        start_with(&browser, "SignIn", &solution(&browser).await).await.expect(204);
        assert!(is_verified(&browser).await);
        let id = id_of(&browser.password("alice", PASSWORD).await.expect(200));
        browser.identify(&id).await.expect(204);
        browser.submit().await.expect(200);
        let newcomer = Browser::open(&app).await;
        start_with(&newcomer, "Register", &solution(&newcomer).await).await.expect(204);
        let id = id_of(&newcomer.new_identity("cap", "Xq7!velvet-harbour").await.expect(200));
        newcomer.identify(&id).await.expect(201);
        newcomer.submit().await.expect(200);
        let count = sql!("select count(*) from logs where key = 'Interaction.Create.Captcha'");
        app.app.flush_audit().await;
        let logged: i64 = app.app.db.read(move |r| r.query_one(count, &[])).await.unwrap();
        assert_eq!(logged, 2);
    })
    .await;
}

#[tokio::test]
async fn a_proof_counts_once_and_only_in_the_interaction_that_it_was_made_for() {
    for_each_engine(async |app: TestApp| {
        ask(&app, json!({"type": "ProofOfWork"})).await;
        let (browser, other) = (Browser::open(&app).await, Browser::open(&app).await);
        let proof = solution(&browser).await;
        start_with(&other, "SignIn", &proof).await.expect_error(422, FAILED);
        start_with(&browser, "SignIn", &proof).await.expect(204);
        for again in [proof.clone(), format!("{proof}."), proof.replacen('.', "=.", 1)] {
            start_with(&browser, "SignIn", &again).await.expect_error(422, FAILED);
        }
        browser.start("SignIn").await;
        assert!(!is_verified(&browser).await, "a new beginning needs a new proof");
        let late = solution(&browser).await;
        app.app.clock.advance(Duration::from_secs(3600));
        let fresh = Browser::open(&app).await;
        start_with(&fresh, "SignIn", &late).await.expect_error(422, FAILED);
    })
    .await;
}

#[tokio::test]
async fn a_proof_that_is_shown_many_times_at_once_counts_once() {
    for_each_engine(async |app: TestApp| {
        ask(&app, json!({"type": "ProofOfWork"})).await;
        let browser = Browser::open(&app).await;
        let proof = solution(&browser).await;
        let show = || async { start_with(&browser, "SignIn", &proof).await.status.as_u16() };
        let (a, b, c, d) = tokio::join!(show(), show(), show(), show());
        let mut answers = [a, b, c, d];
        answers.sort_unstable();
        assert_eq!(answers, [204, 422, 422, 422]);
    })
    .await;
}

#[tokio::test]
async fn a_storm_of_wrong_proofs_does_not_reach_the_database() {
    for_each_engine(async |app: TestApp| {
        ask(&app, json!({"type": "ProofOfWork"})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let spent = solution(&browser).await;
        start_with(&browser, "SignIn", &spent).await.expect(204);
        let (challenge, _) = spent.split_once('.').unwrap();
        let unsolved = format!("{challenge}{}", ".0".repeat(16));
        let statements = async |wrong: &str| {
            let before = app.fault_injector().left();
            for _ in 0..100 {
                start_with(&browser, "SignIn", wrong).await.expect_error(422, FAILED);
            }
            app.app.flush_audit().await;
            before - app.fault_injector().left()
        };
        // A refusal is an entry of the audit log and a row for who asks why, written in the background within budgets, and the
        // configuration is looked at every 250 ms.
        for wrong in ["x", unsolved.as_str()] {
            let asked = statements(wrong).await;
            assert!(asked <= 210, "{asked} statements for what is no proof");
        }
        let asked = statements(&spent).await;
        assert!(asked <= 310, "{asked} statements: one reads that it was used up");
    })
    .await;
}

#[tokio::test]
async fn who_waits_needs_no_script_but_cannot_do_so_often() {
    for_each_engine(async |app: TestApp| {
        ask(&app, json!({"type": "ProofOfWork"})).await;
        for nth in 0..12 {
            let browser = Browser::open(&app).await;
            let asked = browser.request("POST", "/api/experience/captcha-challenge").send().await.json();
            let waited = format!("wait.{}", asked["challenge"].as_str().unwrap());
            start_with(&browser, "SignIn", &waited).await.expect_error(422, REQUIRED);
            app.app.clock.advance(Duration::from_secs(20));
            let answer = start_with(&browser, "SignIn", &waited).await;
            match nth {
                0..10 => {
                    answer.expect(204);
                    start_with(&browser, "SignIn", &waited).await.expect_error(422, FAILED);
                }
                _ => {
                    answer.expect_error(422, REQUIRED);
                }
            }
        }
        app.app.clock.advance(Duration::from_secs(600));
        let browser = Browser::open(&app).await;
        let asked = browser.request("POST", "/api/experience/captcha-challenge").send().await.json();
        app.app.clock.advance(Duration::from_secs(20));
        let waited = format!("wait.{}", asked["challenge"].as_str().unwrap());
        start_with(&browser, "SignIn", &waited).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn where_no_captcha_is_asked_for_a_token_says_nothing_and_there_is_no_challenge() {
    for_each_engine(async |app: TestApp| {
        let browser = Browser::open(&app).await;
        start_with(&browser, "SignIn", "x").await.expect(204);
        assert!(!is_verified(&browser).await);
        let path = "/api/experience/captcha-challenge";
        browser.request("POST", path).send().await.expect_error(404, "entity.not_found");
        settings(&app, "default", json!({"captchaPolicy": {"enabled": true}})).await;
        start_with(&browser, "SignIn", "x").await.expect_error(422, FAILED);
    })
    .await;
}

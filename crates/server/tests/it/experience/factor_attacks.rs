//! Attacks on second factors (attacks.md, group C).

use db::{params, sql};
use serde_json::json;
use testkit::{TestApp, TestResponse, for_each_engine};

use super::factors::*;
use super::fixture::*;

async fn failures(app: &TestApp, action: &'static str) -> Vec<i64> {
    let select = sql!("select failures from sentinel_counters where tenant_id = $1 and action = $2");
    app.app.db.read(move |r| r.query_all::<i64>(select, params!["default", action])).await.unwrap()
}

#[tokio::test]
async fn c1_guessing_at_one_factor_locks_that_factor_alone() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["Totp", "BackupCode"]).await;
        let (secret, codes) = enrol(&app, "alice").await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 5, "lockoutDuration": 10}})).await;
        // Beginning again, or in another browser, gives no further guesses.
        for guess in 0..30 {
            let browser = signed_in_by_password(&app, "alice").await;
            let expected = if guess < 4 {
                "session.mfa.invalid_totp_code"
            } else {
                "session.verification_blocked_too_many_attempts"
            };
            verify_app(&browser, "000000").await.expect_error(400, expected);
        }
        assert_eq!(failures(&app, "MfaTotp").await, [5], "no more than five were compared");
        let browser = signed_in_by_password(&app, "alice").await;
        let right = app_code(&secret, app.app.clock.now());
        verify_app(&browser, &right).await.expect_error(400, "session.verification_blocked_too_many_attempts");
        browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        verify_backup(&browser, &codes[0]).await.expect(200);
        browser.submit().await.expect(200);
        // An administrator unlocks the user.
        let unlock = json!({"targetType": "User", "targets": ["alice"]});
        app.management_request("POST", "/api/sentinel-activities/delete").await.json(unlock).send().await.expect(204);
        let browser = signed_in_by_password(&app, "alice").await;
        verify_app(&browser, &right).await.expect(200);
        browser.submit().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn c1_backup_codes_are_not_guessed_either() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["Totp", "BackupCode"]).await;
        let (_, codes) = enrol(&app, "alice").await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 3}})).await;
        let browser = signed_in_by_password(&app, "alice").await;
        for _ in 0..2 {
            verify_backup(&browser, "0123456789").await.expect_error(400, "session.mfa.invalid_backup_code");
        }
        for code in ["0123456789", &codes[0]] {
            let blocked = verify_backup(&browser, code).await;
            blocked.expect_error(400, "session.verification_blocked_too_many_attempts");
        }
    })
    .await;
}

#[tokio::test]
async fn c1_somebody_without_the_password_cannot_lock_a_factor() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["Totp"]).await;
        enrol(&app, "alice").await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("alice", "wrong").await.expect(422);
        for _ in 0..5 {
            verify_app(&browser, "000000").await.expect_error(404, "session.identifier_not_found");
        }
        assert_eq!(failures(&app, "MfaTotp").await, [0], "only the enrolment was counted, and refunded");
    })
    .await;
}

#[tokio::test]
async fn c2_no_time_step_is_used_twice_nor_an_older_one_after_a_newer() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["Totp"]).await;
        let (secret, _) = enrol(&app, "alice").await;
        let now = app.app.clock.now();
        let codes = [-30, 0, 30].map(|seconds| app_code(&secret, now.plus_seconds(seconds)));
        let present = signed_in_by_password(&app, "alice").await;
        verify_app(&present, &codes[1]).await.expect(200);
        // Another browser, the older step, and the same step when the next has begun.
        let other = signed_in_by_password(&app, "alice").await;
        for code in [&codes[1], &codes[0]] {
            verify_app(&other, code).await.expect_error(400, "session.mfa.invalid_totp_code");
        }
        app.app.clock.advance(std::time::Duration::from_secs(30));
        verify_app(&other, &codes[1]).await.expect_error(400, "session.mfa.invalid_totp_code");
        verify_app(&other, &codes[2]).await.expect(200);
        other.submit().await.expect(200);
    })
    .await;
}

/// The statuses of requests that run at the same time.
async fn at_once(requests: Vec<impl Future<Output = TestResponse> + Send + 'static>) -> Vec<u16> {
    let running: Vec<_> = requests.into_iter().map(tokio::spawn).collect();
    let mut statuses = Vec::new();
    for request in running {
        statuses.push(request.await.unwrap().status.as_u16());
    }
    statuses.sort_unstable();
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn c2_the_same_code_in_parallel_is_good_once() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["Totp", "BackupCode"]).await;
        let (secret, codes) = enrol(&app, "alice").await;
        let code = app_code(&secret, app.app.clock.now());
        let mut requests = Vec::new();
        for _ in 0..8 {
            let (browser, code) = (signed_in_by_password(&app, "alice").await, code.clone());
            requests.push(async move { verify_app(&browser, &code).await });
        }
        assert_eq!(at_once(requests).await, [200, 400, 400, 400, 400, 400, 400, 400]);
        let mut requests = Vec::new();
        for _ in 0..8 {
            let (browser, code) = (signed_in_by_password(&app, "alice").await, codes[3].clone());
            requests.push(async move { verify_backup(&browser, &code).await });
        }
        assert_eq!(at_once(requests).await, [200, 400, 400, 400, 400, 400, 400, 400]);
        assert_eq!(failures(&app, "MfaTotp").await, [7], "whoever came too late has guessed");
        assert_eq!(failures(&app, "MfaBackupCode").await, [7]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn different_backup_codes_in_parallel_are_all_good() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["Totp", "BackupCode"]).await;
        let (_, codes) = enrol(&app, "alice").await;
        let mut requests = Vec::new();
        for code in codes.iter().take(3) {
            let (browser, code) = (signed_in_by_password(&app, "alice").await, code.clone());
            requests.push(async move { verify_backup(&browser, &code).await });
        }
        assert_eq!(at_once(requests).await, [200, 200, 200]);
        let browser = signed_in_by_password(&app, "alice").await;
        for code in codes.iter().take(3) {
            verify_backup(&browser, code).await.expect_error(400, "session.mfa.invalid_backup_code");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn c3_parallel_guesses_cannot_outrun_the_counter_of_a_factor() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["Totp"]).await;
        enrol(&app, "alice").await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 5}})).await;
        let mut requests = Vec::new();
        for guess in 0..40 {
            let browser = signed_in_by_password(&app, "alice").await;
            requests.push(async move { verify_app(&browser, &format!("{guess:06}")).await });
        }
        assert_eq!(at_once(requests).await, [400; 40]);
        assert_eq!(failures(&app, "MfaTotp").await, [5]);
    })
    .await;
}

#[tokio::test]
async fn c13_an_enrolment_is_not_skipped_by_beginning_again_or_in_another_tab() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["Totp", "BackupCode"]).await;
        let browser = signed_in_by_password(&app, "alice").await;
        browser.submit().await.expect_error(422, "user.missing_mfa");
        browser.submit().await.expect_error(422, "user.missing_mfa");
        for event in ["Register", "SignIn"] {
            browser.switch(event).await.expect(204);
        }
        browser.submit().await.expect_error(404, "session.identifier_not_found");
        for path in ["/profile/mfa/mfa-enabled", "/profile/mfa/mfa-suggestion-skipped"] {
            let other = signed_in_by_password(&app, "alice").await;
            other.post(path, json!({})).await.expect(204);
            other.submit().await.expect_error(422, "user.missing_mfa");
        }
        // An app that is only begun, and codes that were only shown.
        let half = signed_in_by_password(&app, "alice").await;
        half.post("/verification/totp/secret", json!({})).await.expect(200);
        half.submit().await.expect_error(422, "user.missing_mfa");
        let shown = half.post("/verification/backup-code/generate", json!({})).await.expect(200).json();
        let alone = json!({"type": "BackupCode", "verificationId": shown["verificationId"]});
        half.post("/profile/mfa", alone).await.expect_error(422, "session.mfa.backup_code_can_not_be_alone");
        half.submit().await.expect_error(422, "user.missing_mfa");
        assert_eq!(half.result().await, None);
    })
    .await;
}

#[tokio::test]
async fn c18_a_stolen_password_enrols_no_factor_beside_the_bound_one() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["Totp", "BackupCode"]).await;
        enrol(&app, "alice").await;
        let thief = signed_in_by_password(&app, "alice").await;
        let new = thief.post("/verification/totp/secret", json!({})).await.expect(200).json();
        let code = app_code(new["secret"].as_str().unwrap(), app.app.clock.now());
        let id = &new["verificationId"];
        thief.post("/verification/totp/verify", json!({"code": code, "verificationId": id})).await.expect(200);
        let shown = thief.post("/verification/backup-code/generate", json!({})).await.expect(200).json();
        for body in [
            json!({"type": "Totp", "verificationId": id}),
            json!({"type": "BackupCode", "verificationId": shown["verificationId"]}),
        ] {
            let refused = thief.post("/profile/mfa", body).await;
            refused.expect_error(403, "session.mfa.require_mfa_verification");
        }
        thief.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        // Nor is a code that was only shown a bound one.
        let shown = shown["codes"][0].as_str().unwrap();
        verify_backup(&thief, shown).await.expect_error(400, "session.mfa.invalid_backup_code");
    })
    .await;
}

#[tokio::test]
async fn c20_a_verification_of_one_account_is_none_of_another() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        add_user(&app, "bob", |_| {}).await;
        policy(&app, "Mandatory", &["Totp"]).await;
        enrol(&app, "alice").await;
        let (secret, _) = enrol(&app, "bob").await;
        // Bob shows his factor, and goes on as Alice in the same interaction.
        let browser = signed_in_by_password(&app, "bob").await;
        verify_app(&browser, &app_code(&secret, app.app.clock.now())).await.expect(200);
        for event in ["Register", "SignIn"] {
            browser.switch(event).await.expect(204);
        }
        let id = id_of(&browser.password("alice", PASSWORD).await.expect(200));
        browser.identify(&id).await.expect(204);
        browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        let next = app_code(&secret, app.app.clock.now().plus_seconds(30));
        verify_app(&browser, &next).await.expect_error(400, "session.mfa.invalid_totp_code");
        // A verification that another browser began.
        let other = signed_in_by_password(&app, "alice").await;
        let body = json!({"code": next, "verificationId": id});
        let refused = other.post("/verification/totp/verify", body).await;
        refused.expect_error(404, "session.verification_session_not_found");
    })
    .await;
}

//! Second factors of a sign-in: traces 20-11 to 20-13, step by step.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use kernel::Timestamp;
use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixture::*;

/// The code of an authenticator app, written from RFC 4226 and 6238 and not shared with the server.
pub fn app_code(secret: &str, at: Timestamp) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &BASE32_NOPAD.decode(secret.as_bytes()).unwrap());
    let hash = hmac::sign(&key, &(at.0 / 30_000).to_be_bytes()).as_ref().to_vec();
    let offset = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The factors and the policy of the tenant.
pub async fn policy(app: &TestApp, policy: &str, factors: &[&str]) {
    settings(app, "default", json!({"mfa": {"factors": factors, "policy": policy}})).await;
}

/// Alice with her password, in a fresh browser.
pub async fn signed_in_by_password(app: &TestApp, name: &str) -> Browser {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    let id = id_of(&browser.password(name, PASSWORD).await.expect(200));
    browser.identify(&id).await.expect(204);
    browser
}

pub async fn verify_app(browser: &Browser, code: &str) -> TestResponse {
    browser.post("/verification/totp/verify", json!({"code": code})).await
}

pub async fn verify_backup(browser: &Browser, code: &str) -> TestResponse {
    browser.post("/verification/backup-code/verify", json!({"code": code})).await
}

/// Binds an authenticator app and, where they are asked for, backup codes. Returns the seed and the codes.
pub async fn enrol(app: &TestApp, name: &str) -> (String, Vec<String>) {
    let browser = signed_in_by_password(app, name).await;
    let new = browser.post("/verification/totp/secret", json!({})).await.expect(200).json();
    let (id, secret) = (new["verificationId"].clone(), new["secret"].as_str().unwrap().to_owned());
    let code = app_code(&secret, app.app.clock.now());
    browser.post("/verification/totp/verify", json!({"code": code, "verificationId": id})).await.expect(200);
    browser.post("/profile/mfa", json!({"type": "Totp", "verificationId": id})).await.expect(204);
    let mut codes = Vec::new();
    if browser.submit().await.status != 200 {
        let new = browser.post("/verification/backup-code/generate", json!({})).await.expect(200).json();
        codes = new["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        let body = json!({"type": "BackupCode", "verificationId": new["verificationId"]});
        browser.post("/profile/mfa", body).await.expect(204);
        browser.submit().await.expect(200);
    }
    (secret, codes)
}

async fn factors_of(app: &TestApp, user: &str) -> Vec<Value> {
    let path = format!("/api/users/{user}/mfa-verifications");
    let listed = app.management_request("GET", &path).await.send().await.expect(200).json();
    listed.as_array().unwrap().clone()
}

#[tokio::test]
async fn an_authenticator_app_and_backup_codes_are_bound_as_in_trace_20_11() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["Totp", "BackupCode"]).await;
        let browser = signed_in_by_password(&app, "alice").await;
        let missing = browser.submit().await.expect_error(422, "user.missing_mfa").json();
        assert_eq!(missing["data"], json!({"availableFactors": ["Totp"]}));
        let new = browser.post("/verification/totp/secret", json!({})).await.expect(200).json();
        let (id, secret) = (new["verificationId"].as_str().unwrap(), new["secret"].as_str().unwrap());
        assert_eq!((id.len(), secret.len()), (21, 32));
        assert!(new["secretQrCode"].as_str().unwrap().starts_with("data:image/png;base64,iVBORw0KGgo"));
        let verify = async |code: &str| {
            browser.post("/verification/totp/verify", json!({"code": code, "verificationId": id})).await
        };
        verify("000000").await.expect_error(400, "session.mfa.invalid_totp_code");
        let bind = json!({"type": "Totp", "verificationId": id});
        browser.post("/profile/mfa", bind.clone()).await.expect_error(400, "session.verification_failed");
        let right = app_code(secret, app.app.clock.now());
        assert_eq!(verify(&right).await.expect(200).json(), json!({"verificationId": id}));
        browser.post("/profile/mfa", bind).await.expect(204);
        let state = browser.state().await;
        let record = json!({"id": id, "type": "Totp", "userId": "alice", "verified": true});
        assert_eq!(state["verificationRecords"][1], record);
        assert_eq!(state["mfa"], json!({"mfaEnabled": true, "totp": {"type": "Totp"}}));
        browser.submit().await.expect_error(422, "session.mfa.backup_code_required");
        let shown = browser.post("/verification/backup-code/generate", json!({})).await.expect(200).json();
        let codes = shown["codes"].as_array().unwrap();
        assert_eq!(codes.len(), 10);
        assert!(codes.iter().all(|code| code.as_str().unwrap().len() == 10));
        let bind = json!({"type": "BackupCode", "verificationId": shown["verificationId"]});
        browser.post("/profile/mfa", bind).await.expect(204);
        assert_eq!(factors_of(&app, "alice").await, Vec::<Value>::new(), "nothing is bound before submit");
        browser.submit().await.expect(200);
        let factors = factors_of(&app, "alice").await;
        let shapes: Vec<_> = factors.iter().map(|f| (f["type"].clone(), f["remainCodes"].clone())).collect();
        assert_eq!(shapes, [(json!("Totp"), Value::Null), (json!("BackupCode"), json!(10))]);
        assert!(factors[0]["createdAt"].as_str().unwrap().ends_with('Z'));
        let rows = format!("{:?}", app.snapshot().await);
        assert!(!rows.contains(secret), "the seed is sealed, also in the interaction");
        assert!(codes.iter().all(|code| !rows.contains(code.as_str().unwrap())), "and so are the codes");
    })
    .await;
}

#[tokio::test]
async fn bound_factors_are_verified_as_in_trace_20_12() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["Totp", "BackupCode"]).await;
        let (secret, codes) = enrol(&app, "alice").await;
        let browser = signed_in_by_password(&app, "alice").await;
        let needed = browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification").json();
        assert_eq!(needed["data"], json!({"availableFactors": ["Totp", "BackupCode"], "maskedIdentifiers": {}}));
        verify_app(&browser, "000000").await.expect_error(400, "session.mfa.invalid_totp_code");
        let now = app.app.clock.now();
        let first = id_of(&verify_app(&browser, &app_code(&secret, now)).await.expect(200));
        let next = app_code(&secret, now.plus_seconds(30));
        let second = id_of(&verify_app(&browser, &next).await.expect(200));
        assert_ne!(first, second);
        verify_app(&browser, &next).await.expect_error(400, "session.mfa.invalid_totp_code");
        let records = browser.state().await["verificationRecords"].clone();
        assert_eq!(records[1], json!({"id": second, "type": "Totp", "userId": "alice", "verified": true}));
        assert_eq!(records.as_array().unwrap().len(), 2);
        browser.submit().await.expect(200);

        let browser = signed_in_by_password(&app, "alice").await;
        verify_backup(&browser, "nope").await.expect_error(400, "session.mfa.invalid_backup_code");
        let spelled = format!(" {}-{} ", codes[0][..5].to_uppercase(), &codes[0][5..]);
        let used = id_of(&verify_backup(&browser, &spelled).await.expect(200));
        let again = id_of(&verify_backup(&browser, &codes[0]).await.expect(200));
        assert_eq!(used, again, "E073: the same interaction may repeat it");
        browser.submit().await.expect(200);
        let browser = signed_in_by_password(&app, "alice").await;
        verify_backup(&browser, &codes[0]).await.expect_error(400, "session.mfa.invalid_backup_code");
        browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        let factors = factors_of(&app, "alice").await;
        assert_eq!(factors[1]["remainCodes"], 9);
        assert!(factors.iter().all(|factor| factor["lastUsedAt"].is_string()));
        // A second app can be begun, but not bound.
        verify_backup(&browser, &codes[1]).await.expect(200);
        let new = browser.post("/verification/totp/secret", json!({})).await.expect(200).json();
        let code = app_code(new["secret"].as_str().unwrap(), now);
        let id = &new["verificationId"];
        browser.post("/verification/totp/verify", json!({"code": code, "verificationId": id})).await.expect(200);
        let bind = browser.post("/profile/mfa", json!({"type": "Totp", "verificationId": id})).await;
        bind.expect_error(422, "user.totp_already_in_use");
    })
    .await;
}

#[tokio::test]
async fn settings_decide_whether_a_bound_factor_is_asked_for() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["Totp"]).await;
        let (secret, _) = enrol(&app, "alice").await;
        policy(&app, "Mandatory", &[]).await;
        signed_in_by_password(&app, "alice").await.submit().await.expect(200);
        policy(&app, "NoPrompt", &["Totp"]).await;
        let browser = signed_in_by_password(&app, "alice").await;
        let needed = browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification").json();
        assert_eq!(needed["data"], json!({"availableFactors": ["Totp"], "maskedIdentifiers": {}}));
        verify_app(&browser, &app_code(&secret, app.app.clock.now())).await.expect(200);
        browser.submit().await.expect(200);
        // What a sign-in has proved so far is void when somebody deletes a factor meanwhile: it may have been that one.
        let browser = signed_in_by_password(&app, "alice").await;
        let id = factors_of(&app, "alice").await[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/users/alice/mfa-verifications/{id}");
        app.management_request("DELETE", &path).await.send().await.expect(204);
        browser.submit().await.expect_error(400, "session.not_found");
        signed_in_by_password(&app, "alice").await.submit().await.expect(200);
        app.management_request("DELETE", &path).await.send().await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn optional_factors_are_suggested_skipped_and_enabled_as_in_trace_20_13() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "PromptAtSignInAndSignUp", &["Totp"]).await;
        let browser = signed_in_by_password(&app, "alice").await;
        let suggested = browser.submit().await.expect_error(422, "user.suggest_mfa").json();
        assert_eq!(suggested.get("data"), None);
        browser.post("/profile/mfa/mfa-skipped", json!({})).await.expect(204);
        assert_eq!(browser.state().await["mfa"], json!({"mfaSkipped": true}));
        browser.submit().await.expect(200);
        let configs = app.management_request("GET", "/api/users/alice/logto-configs").await.send().await.json();
        let expected = json!({"mfa": {"skipped": true, "skipMfaOnSignIn": false}, "passkeySignIn": {"skipped": false}});
        assert_eq!(configs, expected);
        signed_in_by_password(&app, "alice").await.submit().await.expect(200);
        let browser = signed_in_by_password(&app, "alice").await;
        browser.post("/profile/mfa/mfa-enabled", json!({})).await.expect(204);
        let missing = browser.submit().await.expect_error(422, "user.missing_mfa").json();
        assert_eq!(missing["data"], json!({"availableFactors": ["Totp"], "skippable": true}));
        policy(&app, "Mandatory", &["Totp"]).await;
        let browser = signed_in_by_password(&app, "alice").await;
        let skip = browser.post("/profile/mfa/mfa-skipped", json!({})).await;
        skip.expect_error(422, "session.mfa.mfa_policy_not_user_controlled");
        browser.submit().await.expect_error(422, "user.missing_mfa");
        browser.post("/profile/mfa/mfa-enabled", json!({})).await.expect(204);
        browser.post("/profile/mfa/mfa-suggestion-skipped", json!({})).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn an_organization_makes_its_members_bind_a_factor() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        let mfa = json!({"factors": ["Totp"], "policy": "NoPrompt", "organizationRequiredMfaPolicy": "Mandatory"});
        settings(&app, "default", json!({"mfa": mfa})).await;
        signed_in_by_password(&app, "alice").await.submit().await.expect(200);
        let new = json!({"name": "Strict", "isMfaRequired": true});
        let organization = app.management_request("POST", "/api/organizations").await.json(new).send().await.json();
        let members = format!("/api/organizations/{}/users", organization["id"].as_str().unwrap());
        app.management_request("POST", &members).await.json(json!({"userIds": ["alice"]})).send().await.expect(201);
        let missing = signed_in_by_password(&app, "alice").await.submit().await;
        let missing = missing.expect_error(422, "user.missing_mfa").json();
        assert_eq!(missing["data"], json!({"availableFactors": ["Totp"]}));
        let (secret, _) = enrol(&app, "alice").await;
        let browser = signed_in_by_password(&app, "alice").await;
        browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        verify_app(&browser, &app_code(&secret, app.app.clock.now())).await.expect(200);
        browser.submit().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_newcomer_binds_a_factor_at_registration_and_is_asked_for_it_then() {
    for_each_engine(async |app: TestApp| {
        policy(&app, "UserControlled", &["Totp"]).await;
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        let id = id_of(&browser.new_identity("newbie", PASSWORD).await.expect(200));
        browser.identify(&id).await.expect(201);
        browser.submit().await.expect_error(422, "user.suggest_mfa");
        let new = browser.post("/verification/totp/secret", json!({})).await.expect(200).json();
        let (id, secret) = (&new["verificationId"], new["secret"].as_str().unwrap());
        let code = app_code(secret, app.app.clock.now());
        browser.post("/verification/totp/verify", json!({"code": code, "verificationId": id})).await.expect(200);
        browser.post("/profile/mfa", json!({"type": "Totp", "verificationId": id})).await.expect(204);
        browser.submit().await.expect(200);
        let browser = signed_in_by_password(&app, "newbie").await;
        browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
    })
    .await;
}

#[tokio::test]
async fn factors_need_an_identified_user_and_a_body() {
    for_each_engine(async |app: TestApp| {
        policy(&app, "Mandatory", &["Totp", "BackupCode"]).await;
        let browser = Browser::open(&app).await;
        let code = json!({"code": "123456"});
        let requests = [
            ("/verification/totp/secret", json!({})),
            ("/verification/totp/verify", code.clone()),
            ("/verification/backup-code/generate", json!({})),
            ("/verification/backup-code/verify", code),
            ("/profile/mfa", json!({"type": "Totp", "verificationId": "x"})),
        ];
        for (path, body) in &requests {
            browser.post(path, body.clone()).await.expect_error(404, "session.interaction_not_found");
        }
        browser.start("SignIn").await;
        for (path, body) in &requests {
            browser.post(path, body.clone()).await.expect_error(404, "session.identifier_not_found");
        }
        for path in ["/verification/totp/verify", "/verification/backup-code/verify"] {
            for body in [json!({}), json!({"code": ""}), json!({"code": 1}), json!({"code": "1".repeat(300)})] {
                browser.post(path, body).await.expect_error(400, "guard.invalid_input");
            }
        }
        let body = json!({"type": "Sms", "verificationId": "x"});
        browser.post("/profile/mfa", body).await.expect_error(400, "guard.invalid_input");
    })
    .await;
}

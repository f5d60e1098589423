//! Audit entries (traces 70-02 and 70-03).

use db::{Json, sql};
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use super::passkeys::{enrol, passkey_sign_in};

async fn entries(app: &TestApp) -> Vec<(String, Value)> {
    app.app.flush_audit().await;
    let select = sql!("select key, payload from logs where tenant_id = 'default'");
    let rows: Vec<(String, Json<Value>)> = app.app.db.read(move |r| r.query_all(select, &[])).await.unwrap();
    rows.into_iter().map(|(key, payload)| (key, payload.0)).collect()
}

#[tokio::test]
async fn g1_steps_of_strangers_are_logged_in_part() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        let browser = Browser::open(&app).await;
        for _ in 0..3_000 {
            browser.start("SignIn").await;
        }
        browser.password("alice", "wrong").await.expect(422);
        let id = id_of(&browser.password("alice", PASSWORD).await);
        browser.identify(&id).await.expect(204);
        browser.submit().await.expect(200);
        let entries = entries(&app).await;
        let failed =
            |(key, payload): &&(String, Value)| key.ends_with("Password.Submit") && payload["result"] == "Error";
        assert_eq!(entries.iter().filter(failed).count(), 1, "a flood hides no wrong password");
        let count = |name: &str| entries.iter().filter(|(key, _)| key == name).count();
        let begun = count("Interaction.SignIn.Create");
        assert!((100..2_500).contains(&begun), "{begun} entries of the flood");
        assert_eq!(count("Interaction.SignIn.Submit"), 1, "who is known is logged all the same");
    })
    .await;
}

#[tokio::test]
async fn every_step_is_logged_with_its_result_and_without_secrets() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("alice", "wrong").await.expect(422);
        let id = id_of(&browser.password("alice", PASSWORD).await);
        browser.identify(&id).await.expect(204);
        browser.submit().await.expect(200);
        let second = Browser::open(&app).await;
        second.start("Register").await;
        second.switch("ForgotPassword").await.expect(400);
        second.new_identity("newbie", "abc").await.expect(422);
        let id = id_of(&second.new_identity("newbie", PASSWORD).await);
        second.identify(&id).await.expect(201);
        second.submit().await.expect(200);

        let entries = entries(&app).await;
        let mut kinds: Vec<String> = entries
            .iter()
            .map(|(key, payload)| format!("{key} {}", payload["result"].as_str().unwrap_or_default()))
            .filter(|kind| kind.starts_with("Interaction."))
            .collect();
        kinds.sort();
        assert_eq!(
            kinds,
            [
                "Interaction.Register.Create Success",
                "Interaction.Register.Identifier.Submit Success",
                "Interaction.Register.Submit Success",
                "Interaction.Register.Update Error",
                "Interaction.Register.Verification.NewPasswordIdentity.Submit Error",
                "Interaction.Register.Verification.NewPasswordIdentity.Submit Success",
                "Interaction.SignIn.Create Success",
                "Interaction.SignIn.Identifier.Submit Success",
                "Interaction.SignIn.Submit Success",
                "Interaction.SignIn.Verification.Password.Submit Error",
                "Interaction.SignIn.Verification.Password.Submit Success",
            ]
        );
        let find = |key: &str, result: &str| {
            let found = entries.iter().find(|(k, p)| k.ends_with(key) && p["result"] == result);
            found.map(|(_, payload)| payload).unwrap()
        };
        let error = find("SignIn.Verification.Password.Submit", "Error");
        assert_eq!(error["error"]["code"], "session.invalid_credentials");
        assert_eq!(error["payload"]["password"], "******");
        assert_eq!(error["payload"]["identifier"]["value"], "alice");
        assert_eq!(error["applicationId"], CLIENT);
        assert_eq!((&error["ip"], &error["userAgent"]), (&"::ffff:127.0.0.1".into(), &"trace-client/1.0".into()));
        let identified = find("SignIn.Identifier.Submit", "Success");
        assert_eq!(identified["userId"], "alice");
        assert_eq!(identified["interaction"]["userId"], "alice");
        let switched = find("Register.Update", "Error");
        assert_eq!(switched["interactionEvent"], "ForgotPassword");
        assert_eq!(switched["error"]["code"], "session.not_supported_for_forgot_password");
        let all = serde_json::to_string(&entries).unwrap();
        assert!(!all.contains(PASSWORD) && !all.contains("$argon2") && !all.contains("\"wrong\""));
    })
    .await;
}

#[tokio::test]
async fn resets_and_registrations_log_what_they_are_changed_to_and_their_passkeys() {
    for_each_engine(async |app: TestApp| {
        passkey_sign_in(&app).await;
        let reset = Browser::open(&app).await;
        reset.start("ForgotPassword").await;
        reset.switch("SignIn").await.expect_error(400, "session.not_supported_for_forgot_password");
        reset.switch("ForgotPassword").await.expect(204);
        let unknown = json!({"type": "WebAuthn", "verificationId": "none"});
        let refused = reset.post("/profile/mfa/passkey", unknown).await;
        assert!((400..500).contains(&refused.status.as_u16()), "{}", refused.text());
        let newcomer = Browser::open(&app).await;
        newcomer.start("Register").await;
        let id = id_of(&newcomer.new_identity("newbie", PASSWORD).await.expect(200));
        newcomer.identify(&id).await.expect(201);
        enrol(&newcomer, "a", "/profile/mfa/passkey").await;
        newcomer.submit().await.expect(200);

        let entries = entries(&app).await;
        let results = |key: &str| {
            let mut results: Vec<&str> =
                entries.iter().filter(|(found, _)| found == key).map(|(_, p)| p["result"].as_str().unwrap()).collect();
            results.sort_unstable();
            results
        };
        assert_eq!(results("Interaction.ForgotPassword.Update"), ["Error", "Success"]);
        assert_eq!(results("Interaction.ForgotPassword.SignInPasskey.Submit"), ["Error"]);
        assert_eq!(results("Interaction.Register.SignInPasskey.Submit"), ["Success"]);
    })
    .await;
}

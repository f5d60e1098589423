//! Second factors are rows: of a kind that cannot be there twice there is one, and secrets are sealed (inventory D082).

use serde_json::json;
use server::ApiError;
use server::users::mfa_factors::{self, NewFactor};
use testkit::{TestApp, for_each_engine};

async fn bind(app: &TestApp, user: &str, factor: &NewFactor) -> Result<String, ApiError> {
    let (user, factor) = (user.to_owned(), factor.clone());
    app.write("default", move |work| mfa_factors::bind(work, &user, &factor)).await
}

#[tokio::test]
async fn a_user_has_one_authenticator_app_one_set_of_codes_and_many_passkeys() {
    for_each_engine(async |app: TestApp| {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let passkey =
            |id: &str| NewFactor::WebAuthn { credential_id: id.into(), data: json!({"publicKey": "p", "counter": 0}) };
        let single = [
            (NewFactor::Totp { key: "JBSWY3DPEHPK3PXP".into() }, "user.totp_already_in_use"),
            (NewFactor::BackupCodes(vec!["0123456789".into()]), "user.backup_code_already_in_use"),
        ];
        for (factor, code) in &single {
            bind(&app, &alice, factor).await.unwrap();
            let second = bind(&app, &alice, factor).await.unwrap_err();
            assert_eq!((second.status().as_u16(), second.code()), (422, *code));
            bind(&app, &bob, factor).await.expect("another user has their own");
        }
        bind(&app, &alice, &passkey("c1")).await.unwrap();
        bind(&app, &alice, &passkey("c2")).await.unwrap();
        bind(&app, &bob, &passkey("c1")).await.expect_err("a credential belongs to one user");
    })
    .await;
}

#[tokio::test]
async fn the_secrets_of_factors_do_not_stand_in_the_database_in_plain_text() {
    for_each_engine(async |app: TestApp| {
        let alice = app.user("alice").await;
        bind(&app, &alice, &NewFactor::Totp { key: "JBSWY3DPEHPK3PXP".into() }).await.unwrap();
        bind(&app, &alice, &NewFactor::BackupCodes(vec!["c0ffee0123".into()])).await.unwrap();
        let rows = format!("{:?}", app.snapshot().await);
        assert!(rows.contains("BackupCode"));
        for secret in ["JBSWY3DPEHPK3PXP", "c0ffee0123"] {
            assert!(!rows.contains(secret), "{secret}");
        }
    })
    .await;
}

//! Second factors are rows: of a kind that cannot be there twice there is one, and secrets are sealed (inventory D082).

use flow::mfa::MfaFactor;
use serde_json::json;
use server::ApiError;
use server::users::mfa_factors::{self, NewFactor};
use server::users::store;
use server::work::View;
use testkit::{TestApp, for_each_engine};

async fn bind(app: &TestApp, user: &str, factor: &NewFactor) -> Result<String, ApiError> {
    let (user, factor) = (user.into(), factor.clone());
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

#[tokio::test]
async fn factors_are_read_in_the_order_of_binding_with_their_last_use() {
    for_each_engine(async |app: TestApp| {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        bind(&app, &alice, &NewFactor::BackupCodes(vec!["c0ffee0123".into()])).await.unwrap();
        app.sql("update user_mfa_factors set created_at = created_at - 1, last_used_at = 7", vec![]).await;
        bind(&app, &alice, &NewFactor::Totp { key: "JBSWY3DPEHPK3PXP".into() }).await.unwrap();
        for (user, expected) in [(alice, vec![(MfaFactor::BackupCode, 7), (MfaFactor::Totp, 0)]), (bob, Vec::new())] {
            let read = move |view: &View<'_>| {
                mfa_factors::of(view, &store::get(view, &user.as_str().into())?).map_err(ApiError::from)
            };
            let found = app.read("default", read).await.unwrap();
            assert_eq!(found.iter().map(|bound| (bound.factor, bound.last_used_at)).collect::<Vec<_>>(), expected);
        }
    })
    .await;
}

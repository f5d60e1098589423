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

#[tokio::test]
async fn an_administrator_lists_binds_and_removes_factors() {
    for_each_engine(async |app: TestApp| {
        let alice = app.user("alice").await;
        let path = format!("/api/users/{alice}/mfa-verifications");
        let send = async |method: &str, path: &str, body: Option<serde_json::Value>| {
            let request = app.management_request(method, path).await;
            match body {
                Some(body) => request.json(body).send().await,
                None => request.send().await,
            }
        };
        let codes = json!({"type": "BackupCode"});
        send("POST", &path, Some(codes.clone())).await.expect_error(422, "session.mfa.backup_code_can_not_be_alone");
        let short = json!({"type": "Totp", "secret": "GEZDGNBV"});
        send("POST", &path, Some(short)).await.expect_error(422, "user.totp_secret_invalid");
        let new = send("POST", &path, Some(json!({"type": "Totp"}))).await.expect(200).json();
        assert_eq!((&new["type"], new["secret"].as_str().unwrap().len()), (&json!("Totp"), 32));
        assert!(new["secretQrCode"].as_str().unwrap().starts_with("data:image/png;base64,"));
        let second = json!({"type": "Totp", "secret": "gezd gnbv gy3t qojq"});
        send("POST", &path, Some(second)).await.expect_error(422, "user.totp_already_in_use");
        for bad in [json!(["nope"]), json!(["C0FFEE0123"]), json!([])] {
            let body = json!({"type": "BackupCode", "codes": bad});
            send("POST", &path, Some(body)).await.expect_error(422, "user.wrong_backup_code_format");
        }
        let body = json!({"type": "BackupCode", "codes": ["c0ffee0123", "c0ffee4567"]});
        assert_eq!(send("POST", &path, Some(body.clone())).await.expect(200).json(), body);
        send("POST", &path, Some(codes)).await.expect_error(422, "user.backup_code_already_in_use");
        send("POST", &path, Some(json!({"type": "WebAuthn"}))).await.expect_error(400, "guard.invalid_input");
        let listed = send("GET", &path, None).await.expect(200).json();
        assert_eq!((&listed[0]["type"], &listed[1]["remainCodes"]), (&json!("Totp"), &json!(2)));
        let id = listed[0]["id"].as_str().unwrap();
        let other = format!("/api/users/{}/mfa-verifications/{id}", app.user("bob").await);
        send("DELETE", &other, None).await.expect_error(404, "entity.not_found");
        send("DELETE", &format!("{path}/{id}"), None).await.expect(204);
        assert_eq!(send("GET", &path, None).await.json().as_array().unwrap().len(), 1);
        send("GET", "/api/users/nobody/mfa-verifications", None).await.expect(404);
    })
    .await;
}

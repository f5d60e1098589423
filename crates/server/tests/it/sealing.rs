//! Secrets at rest: nothing plain in the database, sealed values open only in their row, keys are checked and rotated.

use db::{DbError, Read, Sql};
use serde_json::json;
use server::sealing::{self, SealedColumn, Sealer, SecretKey};
use server::{Settings, serve};
use testkit::{DatabaseSnapshot, TestApp, for_each_engine};

const COLUMNS: [(SealedColumn, &str); 11] = [
    (SealedColumn::SigningKey, "select tenant_id, id, private_key from signing_keys"),
    (SealedColumn::CookieKey, "select tenant_id, id, value from cookie_keys"),
    (SealedColumn::ApplicationSecret, "select tenant_id, application_id, value from application_secrets"),
    (SealedColumn::MfaFactor, "select tenant_id, id, secret from user_mfa_factors where secret is not null"),
    (SealedColumn::VerificationCode, "select tenant_id, verification_id, code from verification_codes"),
    (SealedColumn::Connector, "select tenant_id, id, config from connectors"),
    (SealedColumn::SsoConnector, "select tenant_id, id, config from sso_connectors"),
    (SealedColumn::OneTimeToken, "select tenant_id, id, token from one_time_tokens"),
    (SealedColumn::CaptchaProvider, "select tenant_id, id, config from captcha_providers"),
    (SealedColumn::Script, "select tenant_id, name, settings from scripts"),
    (SealedColumn::Hook, "select tenant_id, id, settings from hooks"),
];

/// A stored secret.
struct Stored {
    column: SealedColumn,
    tenant: String,
    id: String,
    sealed: String,
}

async fn stored(db: &db::Db) -> Vec<Stored> {
    let read = |read: &Read<'_>| {
        let mut all = Vec::new();
        for (column, text) in COLUMNS {
            let rows: Vec<(String, String, String)> = read.query_all(&Sql::dynamic(text.to_owned()), &[])?;
            all.extend(rows.into_iter().map(|(tenant, id, sealed)| Stored { column, tenant, id, sealed }));
        }
        Ok::<_, DbError>(all)
    };
    db.read(read).await.unwrap()
}

/// Every secret in the database, opened.
async fn secrets(db: &db::Db, sealer: &Sealer) -> Vec<String> {
    let open = |row: &Stored| sealer.open(row.column.of(&row.tenant, &row.id), &row.sealed).unwrap();
    let mut all: Vec<String> = stored(db).await.iter().map(open).collect();
    all.sort();
    all
}

/// The settings of another node or a later start, with these keys.
fn with_keys(app: &TestApp, current: u8, previous: &[u8]) -> Settings {
    let key = |byte: u8| SecretKey::from([byte; 32]);
    let mut settings = app.app.settings.clone();
    settings.secret_key = Some(key(current));
    settings.previous_secret_keys = previous.iter().copied().map(key).collect();
    settings
}

async fn start_error(app: &TestApp, settings: &Settings) -> String {
    match serve::open(settings, &app.app.clock, &app.app.rng).await {
        Ok(_) => panic!("it starts"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn no_key_and_no_client_secret_stands_in_the_database_in_plain_text() {
    for_each_engine(async |app: TestApp| {
        let application = json!({"name": "sealed", "type": "MachineToMachine"});
        let made = app.management_request("POST", "/api/applications").await.json(application).send().await.expect(200);
        let path = format!("/api/applications/{}/secrets", made.json()["id"].as_str().unwrap());
        let second =
            app.management_request("POST", &path).await.json(json!({"name": "second"})).send().await.expect(201);
        let second = second.json()["value"].as_str().unwrap().to_owned();
        let renamed = format!("{path}/second");
        let renamed =
            app.management_request("PATCH", &renamed).await.json(json!({"name": "other"})).send().await.expect(200);
        assert_eq!(renamed.json()["value"], json!(second));
        let listed = app.management_request("GET", &path).await.send().await.expect(200).json();
        let shown: Vec<&str> =
            listed.as_array().unwrap().iter().map(|secret| secret["value"].as_str().unwrap()).collect();
        assert!(shown.len() == 2 && shown.contains(&second.as_str()) && shown.iter().all(|secret| secret.len() == 32));

        let secrets = secrets(&app.app.db, &app.app.sealer).await;
        // Two tenants with a signing key and a cookie key each, two machine applications of `admin`, and these two.
        assert_eq!(secrets.len(), 8);
        for secret in shown {
            assert!(secrets.iter().any(|plain| plain == secret));
        }
        let rows = DatabaseSnapshot::of(&app.app.db).await;
        for secret in &secrets {
            let lines = secret.lines().filter(|line| !line.is_empty() && !line.starts_with("-----"));
            for line in lines {
                assert!(!rows.contain(line), "{:?}: a secret stands in the database", app.engine);
            }
        }
        assert!(!rows.contain("PRIVATE KEY"));
    })
    .await;
}

/// Whether a server that starts now can use a tenant's keys and the client with this id, if there is one.
async fn loads(app: &TestApp, tenant: &str, id: &str) -> bool {
    let node = TestApp::with(app.engine, app.app.settings.clone()).await;
    let tenant = server::Tenant::new(if tenant == "admin" { "admin" } else { "default" }, &node.app);
    match tenant.config().await {
        Ok(config) => tenant.client(&config, id).await.is_ok(),
        Err(_) => false,
    }
}

#[tokio::test]
async fn a_sealed_value_moved_to_another_row_or_tenant_opens_nothing() {
    for_each_engine(async |app: TestApp| {
        app.web_client().await;
        app.web_client().await;
        let rows = stored(&app.app.db).await;
        for (column, text) in [
            (SealedColumn::SigningKey, "update signing_keys set private_key = $1 where tenant_id = $2 and id = $3"),
            (SealedColumn::CookieKey, "update cookie_keys set value = $1 where tenant_id = $2 and id = $3"),
            (
                SealedColumn::ApplicationSecret,
                "update application_secrets set value = $1 where tenant_id = $2 and application_id = $3",
            ),
        ] {
            let rows: Vec<&Stored> = rows.iter().filter(|row| row.column == column).collect();
            assert!(rows.len() >= 2);
            for to in &rows {
                let put = async |sealed: &str| {
                    let params = vec![sealed.into(), to.tenant.as_str().into(), to.id.as_str().into()];
                    assert_eq!(app.sql(text, params).await, 1);
                };
                for from in rows.iter().filter(|from| from.sealed != to.sealed) {
                    put(&from.sealed).await;
                    assert!(
                        !loads(&app, &to.tenant, &to.id).await,
                        "{}/{} opened as {}/{}",
                        from.tenant,
                        from.id,
                        to.tenant,
                        to.id
                    );
                }
                put(&to.sealed).await;
                assert!(loads(&app, &to.tenant, &to.id).await);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_node_with_another_key_or_none_is_refused_and_told_about_secret_key() {
    for_each_engine(async |app: TestApp| {
        let before = app.snapshot().await;
        let wrong = start_error(&app, &with_keys(&app, 8, &[])).await;
        assert!(wrong.starts_with("SECRET_KEY is not the key") && !wrong.contains('\n'), "{wrong}");

        let mut without = with_keys(&app, 8, &[]);
        without.secret_key = None;
        without.key_file = std::env::temp_dir().join(format!("loggia-no-key-{:?}-{}", app.engine, std::process::id()));
        let missing = start_error(&app, &without).await;
        assert!(missing.contains("set SECRET_KEY to the key of the other nodes"), "{missing}");
        assert!(!without.key_file.exists(), "a key was made that opens nothing");
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new());

        app.sql("update cookie_keys set value = 'plain'", vec![]).await;
        let plain = start_error(&app, &with_keys(&app, 7, &[])).await;
        assert!(plain.contains("not sealed") && !plain.contains("plain"), "{plain}");
    })
    .await;
}

#[tokio::test]
async fn keys_are_rotated_without_losing_a_secret_and_the_old_one_opens_nothing_then() {
    for_each_engine(async |app: TestApp| {
        let client = app.client("MachineToMachine", &[], json!({})).await;
        for number in 0..600 {
            app.secret(&client.id, &format!("secret {number}"), &format!("value {number}"), None).await;
        }
        let user = app.user("alice").await;
        app.bind_totp(&user).await;
        let before = secrets(&app.app.db, &app.app.sealer).await;
        let rotated = TestApp::with(app.engine, with_keys(&app, 9, &[8, 7])).await;
        // Both keys are in use before and while secrets are sealed anew.
        rotated.secret(&client.id, "new", "value of the new key", None).await;
        let (db, sealer) = (&rotated.app.db, &rotated.app.sealer);
        let needs_old = start_error(&app, &with_keys(&app, 9, &[])).await;
        assert!(needs_old.contains("SECRET_KEY_PREVIOUS"), "{needs_old}");
        assert_eq!(sealing::reseal(db, sealer).await, Ok(before.len()));
        assert_eq!(sealing::reseal(db, sealer).await, Ok(0));

        let mut expected = before;
        expected.push("value of the new key".to_owned());
        expected.sort();
        assert_eq!(secrets(db, sealer).await, expected);
        let later = TestApp::with(app.engine, with_keys(&app, 9, &[])).await;
        later.token_request_at("/oidc/token/revocation", &client, &[("token", "x")]).send().await.expect(200);
        start_error(&app, &with_keys(&app, 7, &[])).await;
    })
    .await;
}

#[tokio::test]
async fn a_node_without_the_new_key_is_unavailable_and_says_which_setting_is_missing() {
    for_each_engine(async |app: TestApp| {
        let rotated = TestApp::with(app.engine, with_keys(&app, 9, &[7])).await;
        let client = rotated.client("MachineToMachine", &[], json!({})).await;
        rotated.secret(&client.id, "new", "value of the new key", None).await;
        let secrets = format!("/api/applications/{}/secrets", client.id);
        app.management_request("GET", &secrets).await.send().await.expect(503);
        let token = app.token_request(&client, &[("grant_type", "client_credentials")]).send().await;
        assert_eq!((token.status.as_u16(), token.json()["error"].clone()), (503, json!("temporarily_unavailable")));
        rotated.management_request("GET", &secrets).await.send().await.expect(200);

        let place = SealedColumn::ApplicationSecret.of("default", &client.id);
        let sealed = rotated.app.sealer.seal(place, "x").unwrap();
        let DbError::Unavailable(cause) = app.app.sealer.open(place, &sealed).unwrap_err().into() else { panic!() };
        assert!(cause.contains("SECRET_KEY") && cause.contains("SECRET_KEY_PREVIOUS"), "{cause}");
    })
    .await;
}

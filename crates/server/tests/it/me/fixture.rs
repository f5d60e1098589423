//! Administrators with tokens for their own accounts.

use serde_json::{Value, json};
use server::interaction::make_administrator;
use server::users::{self, store::NewUser};
use testkit::{TestApp, TestResponse};

use crate::account::fixture::PASSWORD;

pub const AUDIENCE: &str = "https://admin.logto.app/me";

/// An administrator with a token of a sign-in.
#[derive(Clone)]
pub struct Admin {
    pub app: TestApp,
    pub token: String,
}

impl Admin {
    /// The first sign-in of a new administrator with [`PASSWORD`].
    pub async fn new(app: &TestApp, name: &'static str) -> Self {
        let digest = app.app.hasher.hash(PASSWORD).await.unwrap();
        let add = move |work: &server::work::Work<'_>| {
            let user = NewUser {
                id: name.into(),
                username: Some(name.into()),
                password: Some(digest),
                application_id: Some("admin-console".into()),
                ..NewUser::default()
            };
            users::create(work, user)?;
            make_administrator(work, &name.into())
        };
        app.write("admin", add).await.unwrap();
        Self::signed_in(app, name, "grant1").await
    }

    /// Another sign-in of an administrator.
    pub async fn signed_in(app: &TestApp, name: &str, grant: &str) -> Self {
        let insert = "insert into grants (tenant_id, id, user_id, client_id, scope, resources, rejected, created_at, expires_at, \
                      consent_epoch) values ('admin', $1, $2, 'admin-console', 'openid', '{}', '{}', $3, $4, 0)";
        let now = app.app.clock.now();
        let grant = format!("{name}-{grant}");
        let values = vec![
            grant.as_str().into(),
            name.into(),
            now.millis().into(),
            now.plus_seconds(180 * 24 * 3600).millis().into(),
        ];
        app.sql(insert, values).await;
        let token = token(app, json!({"sub": name, "jti": format!("{grant}.x")})).await;
        Self { app: app.clone(), token }
    }

    pub async fn send(&self, method: &str, path: &str, body: Value) -> TestResponse {
        let mut request = self.app.admin_request(method, path).bearer(&self.token);
        if !body.is_null() {
            request = request.json(body);
        }
        request.send().await
    }

    pub async fn get(&self, path: &str) -> TestResponse {
        self.send("GET", path, Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> TestResponse {
        self.send("POST", path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> TestResponse {
        self.send("PATCH", path, body).await
    }
}

/// A token of the tenant `admin` whose claims differ from good ones in `changes`; null leaves one out.
pub async fn token(app: &TestApp, changes: Value) -> String {
    let config = app.app.tenants.get("admin", &app.app).await.unwrap();
    let now = app.app.clock.now().seconds();
    let mut claims = json!({
        "sub": "ada", "client_id": "admin-console", "iat": now, "exp": now + 3600, "scope": "all", "jti": "ada-grant1.x",
        "iss": app.app.tenants.issuer("admin"), "aud": AUDIENCE,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let mut claims = claims.as_object().unwrap().clone();
    claims.retain(|_, value| !value.is_null());
    config.keys.current.sign(Some("at+jwt"), &Value::Object(claims)).unwrap()
}

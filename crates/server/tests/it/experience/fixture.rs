//! A browser inside an interaction, and people with passwords.

use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use db::{Json, params, sql};
use flow::VerificationRecord;
use flow::verification::{Code, Counted, Pending};
use oauth::authorize::AuthorizationRequest;
use serde_json::{Map, Value, json};
use server::oidc::cookies::{CookieAttributes, SetCookies};
use server::oidc::interactions::{self, InteractionCookie, NewInteraction, PendingAuthorization, Prompt};
use server::users::store::{self, NewUser};
use server::work::Actor;
use testkit::{TestApp, TestRequest, TestResponse};

pub const PASSWORD: &str = "Trace-Passw0rd!42";
pub const CLIENT: &str = "trace-trad";

/// A browser with the cookies of one interaction.
#[derive(Clone)]
pub struct Browser {
    pub app: TestApp,
    pub tenant: &'static str,
    pub uid: String,
    cookie: Arc<Mutex<String>>,
}

impl Browser {
    /// Opens an interaction as the authorization endpoint does.
    pub async fn open(app: &TestApp) -> Self {
        Self::open_at(app, "default", Prompt::Login).await
    }

    pub async fn open_at(app: &TestApp, tenant: &'static str, prompt: Prompt) -> Self {
        let request = AuthorizationRequest {
            client_id: CLIENT.into(),
            redirect_uri: "https://app.example.com/callback".into(),
            response_mode: oauth::authorize::response::ResponseMode::Query,
            scope: Default::default(),
            state: None,
            nonce: None,
            prompts: Default::default(),
            max_age: None,
            acr: None,
            claims: None,
            subjects: Vec::new(),
            code_challenge: None,
            dpop_jkt: None,
            resources: Vec::new(),
            pushed_as: None,
            is_signed: false,
            hinted_subject: None,
            params: Map::new(),
        };
        let pending = PendingAuthorization::new(request);
        let new = NewInteraction { prompt, pending, session_uid: None, grant_id: None };
        let site = server::Tenant::new(tenant, &app.app);
        let created = site.write(&Actor::Server, move |work| interactions::create(work, &new));
        let uid = created.await.unwrap();
        let keys = app.app.tenants.get(tenant, &app.app).await.unwrap().keys.cookie_keys.clone();
        let mut map = InteractionCookie::default();
        map.insert(CLIENT, &uid);
        let mut set_cookies = SetCookies::new(&keys, false);
        set_cookies.set_json(
            "_interaction",
            &map.value(),
            &CookieAttributes { path: "/", expires: None, http_only: true },
        );
        set_cookies.set("_interaction_resume", &uid, &CookieAttributes { path: "/", expires: None, http_only: true });
        let mut headers = HeaderMap::new();
        set_cookies.apply(&mut headers);
        let pairs: Vec<&str> =
            headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap().split(';').next().unwrap()).collect();
        Self { app: app.clone(), tenant, uid, cookie: Arc::new(Mutex::new(pairs.join("; "))) }
    }

    /// Another browser, with cookies of this one.
    pub fn with_cookie(other: &Self, cookie: &str) -> Self {
        Self { cookie: Arc::new(Mutex::new(cookie.to_owned())), ..other.clone() }
    }

    /// The line of cookies.
    pub fn cookie(&self) -> String {
        self.cookie.lock().unwrap().clone()
    }

    pub fn request(&self, method: &str, path: &str) -> TestRequest {
        let request = match self.tenant {
            "admin" => self.app.admin_request(method, path),
            _ => self.app.request(method, path),
        };
        request.header("cookie", &self.cookie()).header("logto-app-id", CLIENT).header("user-agent", "trace-client/1.0")
    }

    pub async fn put(&self, path: &str, body: Value) -> TestResponse {
        let response = self.request("PUT", &format!("/api/experience{path}")).json(body).send().await;
        self.keep(&response);
        response
    }

    /// Keeps the cookies of a response.
    pub fn keep(&self, response: &TestResponse) {
        let mut cookie = self.cookie.lock().unwrap();
        for line in response.headers("set-cookie") {
            let pair = line.split(';').next().unwrap();
            let name = pair.split_once('=').unwrap().0;
            let others = cookie.split("; ").filter(|known| known.split_once('=').unwrap().0 != name);
            let joined = others.chain([pair]).collect::<Vec<_>>().join("; ");
            *cookie = joined;
        }
    }

    pub async fn get(&self, path: &str) -> TestResponse {
        self.request("GET", &format!("/api/experience{path}")).send().await
    }

    pub async fn post(&self, path: &str, body: Value) -> TestResponse {
        self.request("POST", &format!("/api/experience{path}")).json(body).send().await
    }

    pub async fn start(&self, event: &str) {
        self.put("", json!({"interactionEvent": event})).await.expect(204);
    }

    pub async fn switch(&self, event: &str) -> TestResponse {
        self.put("/interaction-event", json!({"interactionEvent": event})).await
    }

    /// Verifies username and password.
    pub async fn password(&self, username: &str, password: &str) -> TestResponse {
        let identifier = json!({"type": "username", "value": username});
        self.post("/verification/password", json!({"identifier": identifier, "password": password})).await
    }

    pub async fn new_identity(&self, username: &str, password: &str) -> TestResponse {
        let identifier = json!({"type": "username", "value": username});
        self.post("/verification/new-password-identity", json!({"identifier": identifier, "password": password})).await
    }

    pub async fn identify(&self, verification_id: &str) -> TestResponse {
        self.post("/identification", json!({"verificationId": verification_id})).await
    }

    pub async fn submit(&self) -> TestResponse {
        self.request("POST", "/api/experience/submit").send().await
    }

    /// Goes where submit says; [`add_client`] before.
    pub async fn resume(&self) -> TestResponse {
        self.request("GET", &format!("/oidc/auth/{}", self.uid)).send().await
    }

    pub async fn state(&self) -> Value {
        self.request("GET", "/api/experience/interaction").send().await.expect(200).json()
    }

    /// The result that the interaction ended with.
    pub async fn result(&self) -> Option<Value> {
        let (tenant, uid) = (self.tenant, kernel::id::token_digest(&self.uid));
        let text: Option<String> = self
            .app
            .app
            .db
            .read(move |r| {
                let select = sql!("select result from interactions where tenant_id = $1 and uid = $2");
                r.query_one::<Option<String>>(select, params![tenant, uid])
            })
            .await
            .unwrap();
        text.map(|text| serde_json::from_str(&text).unwrap())
    }

    /// Puts a proof into the interaction that another slice would put there.
    pub async fn put_record(&self, record: VerificationRecord) {
        let (tenant, uid) = (self.tenant, kernel::id::token_digest(&self.uid));
        self.app
            .app
            .db
            .write(move |tx| {
                let select = sql!("select state from interactions where tenant_id = $1 and uid = $2");
                let (Json(mut state),): (Json<flow::State>,) = tx.query_one(select, params![tenant, &uid])?;
                state.verification_records.push(record);
                tx.exec_one(
                    sql!("update interactions set state = $3 where tenant_id = $1 and uid = $2"),
                    params![tenant, &uid, Json(state)],
                )
            })
            .await
            .unwrap();
    }

    /// A proven e-mail code.
    pub async fn put_email_code(&self, id: &str, email: &str) {
        let identifier = flow::Identifier::new(flow::IdentifierType::Email, email);
        let pending = Pending::new(id, Code { template_type: "SignIn".into(), identifier });
        #[expect(clippy::disallowed_methods, reason = "no route compares codes yet")]
        let verified = pending.prove(Counted::before_comparison(true)).unwrap();
        self.put_record(VerificationRecord::EmailVerificationCode(verified.into())).await;
    }
}

/// The verification id of an answer.
pub fn id_of(response: &TestResponse) -> String {
    response.json()["verificationId"].as_str().unwrap().to_owned()
}

/// A user with [`PASSWORD`], changed by `change`.
/// Registers the client of the browsers.
pub async fn add_client(app: &TestApp) {
    let made = app.client("SPA", &["https://app.example.com/callback"], json!({})).await;
    app.sql("update applications set id = $2 where id = $1", vec![made.id.into(), CLIENT.into()]).await;
}

pub async fn add_user(app: &TestApp, id: &str, change: impl FnOnce(&mut NewUser)) {
    let digest = app.app.hasher.hash(PASSWORD).await.unwrap();
    let mut user = NewUser { id: id.into(), username: Some(id.into()), password: Some(digest), ..NewUser::default() };
    change(&mut user);
    app.insert_user(user).await;
}

pub async fn user(app: &TestApp, tenant: &'static str, id: &str) -> store::User {
    let id = id.into();
    app.read(tenant, move |view| store::find(view, &id)).await.unwrap().unwrap()
}

/// Runs a statement with the user's id as `$2` after the tenant.
pub async fn set(app: &TestApp, statement: &'static db::Sql, id: &str) {
    let id = id.to_owned();
    app.app.db.write(move |tx| tx.exec_one(statement, params!["default", id])).await.unwrap();
}

/// Changes settings of the sign-in experience.
pub async fn settings(app: &TestApp, tenant: &'static str, patch: Value) {
    app.configure(tenant, move |tx| {
        let select = sql!("select settings from sign_in_experiences where tenant_id = $1");
        let (Json(mut settings),): (Json<Map<String, Value>>,) = tx.query_one(select, params![tenant])?;
        settings.extend(patch.as_object().cloned().unwrap());
        tx.exec_one(
            sql!("update sign_in_experiences set settings = $2 where tenant_id = $1"),
            params![tenant, Json(settings)],
        )
    })
    .await
    .unwrap();
}

//! The server under test.

use kernel::ids::UserId;
use std::ops::Deref;
use std::sync::Arc;

use kernel::{Clock, Rng, Timestamp};
use outbound::{FakeServer, Outbound};
use serde_json::json;
use server::callers::RequestContext;
use server::oidc::clients::RegisteredClient;
use server::router::Site;
use server::sealing::SecretKey;
use server::settings::{AssetStorage, SettingSources, Settings};
use server::tenants::Section;
use server::users::mfa_factors::{self, NewFactor};
use server::users::store::{self as users, NewUser};
use server::work::{Actor, View, Work};
use server::{App, Tenant, serve};

use crate::database::options;
use crate::request::TestRequest;
use crate::{audit_keys, template};
use db::Engine;

/// The frozen time of every test: 2026-11-22 12:00:00 UTC.
const START: Timestamp = Timestamp(1_795_348_800_000);

/// A complete server without sockets. Cheap to clone.
#[derive(Clone)]
pub struct TestApp(Arc<Inner>);

pub struct Inner {
    pub engine: Engine,
    pub app: App,
    /// Answers the requests of the server to others; no test reaches the network.
    pub outbound: FakeServer,
    main: Site,
    admin: Site,
}

impl Deref for TestApp {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl TestApp {
    pub(crate) async fn start(engine: Engine) -> Self {
        let mut settings = Settings::load(&SettingSources::default()).unwrap();
        settings.db = options();
        settings.secret_key = Some(SecretKey::from([7; 32]));
        settings.secret_vault_kek = Some(SecretKey::from([8; 32]));
        // Most tests are about servers that are in use.
        settings.development_inbox = false;
        // The cheapest parameters that Argon2 allows, because tests hash often.
        settings.hash.memory = 64;
        settings.hash.passes = 1;
        let directory = format!("loggia-test-assets-{}-{}", std::process::id(), kernel::id::entity_id(&Rng::system()));
        settings.asset_storage = AssetStorage::Directory(std::env::temp_dir().join(directory));
        settings.db_url = template::seeded_url(engine, &settings, &Clock::frozen(START)).await;
        Self::with(engine, settings).await
    }

    /// A server with these settings over a database that may exist already: a restart or a second node.
    pub async fn with(engine: Engine, settings: Settings) -> Self {
        let (clock, rng) = (Clock::frozen(START), Rng::system());
        let storage = serve::open(&settings, &clock, &rng).await.unwrap();
        let fake = FakeServer::default();
        let app = App::new(storage, clock, rng, settings, Outbound::with_fake(fake.clone())).unwrap();
        let (main, admin) = (Site::new(&app, "default"), Site::new(&app, "admin"));
        Self(Arc::new(Inner { engine, app, outbound: fake, main, admin }))
    }

    /// # Panics
    /// When deliveries are left: a test that causes some delivers them ([`server::outbox::deliver_due`]).
    pub(crate) async fn shutdown(self) {
        self.app.flush_audit().await;
        let count = self.app.db.read(|r| r.query_one::<i64>(db::sql!("select count(*) from outbox"), &[])).await;
        assert_eq!(count.unwrap_or(0), 0, "the test leaves undelivered events");
        audit_keys::collect(&self.app.db).await;
        if let AssetStorage::Directory(directory) = &self.app.settings.asset_storage {
            let _ = std::fs::remove_dir_all(directory);
        }
        template::finish(&self.app.db).await;
    }

    /// Runs a unit of work over the rows of a tenant (`default` or `admin`).
    pub async fn write<T, E, F>(&self, tenant: &'static str, work: F) -> Result<T, E>
    where
        F: FnOnce(&Work<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<db::DbError> + Send + 'static,
    {
        Tenant::new(tenant, &self.app).write(&Actor::Server, work).await
    }

    /// As [`TestApp::write`], for what the configuration of the tenant is read from.
    pub async fn configure<T, E, F>(&self, tenant: &'static str, work: F) -> Result<T, E>
    where
        F: FnOnce(&Work<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<db::DbError> + Send + 'static,
    {
        let configure = self.write(tenant, move |unit| {
            Section::ALL.into_iter().try_for_each(|section| unit.touch(section))?;
            work(unit)
        });
        configure.await
    }

    /// Runs a unit of work that only reads the rows of a tenant.
    pub async fn read<T, E, F>(&self, tenant: &'static str, work: F) -> Result<T, E>
    where
        F: FnOnce(&View<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<db::DbError> + Send + 'static,
    {
        Tenant::new(tenant, &self.app).read(&Actor::Server, work).await
    }

    /// A client of a tenant, as the server sees it now.
    pub async fn registered(&self, tenant: &'static str, id: &str) -> Option<Arc<RegisteredClient>> {
        let tenant = Tenant::new(tenant, &self.app);
        let config = tenant.config().await.unwrap();
        tenant.client(&config, id).await.unwrap()
    }

    /// Inserts a user of the tenant `default`, without roles.
    pub async fn insert_user(&self, user: NewUser) {
        self.write("default", move |work| users::insert(work, &user)).await.unwrap();
    }

    /// Binds an authenticator app to a user of the tenant `default`.
    pub async fn bind_totp(&self, user: &str) {
        let user = UserId::from(user);
        let factor = NewFactor::Totp { key: "JBSWY3DPEHPK3PXP".into() };
        self.write("default", move |work| mfa_factors::bind(work, &user, &factor)).await.unwrap();
    }

    /// The context of a request of a tenant with these cookies.
    pub async fn request_context(&self, tenant: &'static str, cookies: &str) -> RequestContext {
        let request = axum::http::Request::builder().header("cookie", cookies).body(()).unwrap();
        let (mut parts, ()) = request.into_parts();
        parts.extensions.insert(Tenant::new(tenant, &self.app));
        RequestContext::of(&mut parts).await.unwrap()
    }

    /// A request to the tenant `default` (port 3001).
    pub fn request(&self, method: &str, path: &str) -> TestRequest {
        TestRequest::new(self.main.clone(), method, path, "localhost:3001")
    }

    /// A request to the tenant `admin` (port 3002).
    pub fn admin_request(&self, method: &str, path: &str) -> TestRequest {
        TestRequest::new(self.admin.clone(), method, path, "localhost:3002")
    }

    pub fn get(&self, path: &str) -> TestRequest {
        self.request("GET", path)
    }

    pub fn post(&self, path: &str) -> TestRequest {
        self.request("POST", path)
    }

    /// A request to the Management API of `default` with a token that has scope `all`.
    pub async fn management_request(&self, method: &str, path: &str) -> TestRequest {
        let token = self.management_token("default").await;
        self.request(method, path).bearer(&token)
    }

    /// Makes statements of this server fail.
    pub fn fault_injector(&self) -> &db::FaultInjector {
        self.app.settings.db.fault_injector.as_ref().unwrap()
    }

    /// A request to one of the tenants, at its host.
    pub fn request_at(&self, tenant: &str, method: &str, path: &str) -> TestRequest {
        match tenant {
            "admin" => self.admin_request(method, path),
            "default" => self.request(method, path),
            further => {
                let endpoint = self.app.tenants.endpoint(further);
                let host = endpoint.split("://").nth(1).unwrap_or_else(|| panic!("no tenant {further}"));
                self.request_at_host(host, method, path)
            }
        }
    }

    /// A request to the main port that names a host.
    pub fn request_at_host(&self, host: &str, method: &str, path: &str) -> TestRequest {
        TestRequest::new(self.main.clone(), method, path, host)
    }

    /// Makes a tenant, by the Management API of `admin`.
    pub async fn make_tenant(&self, id: &str) {
        let token = self.management_token("admin").await;
        let body = json!({"id": id, "endpoint": format!("https://{id}.auth.example.com")});
        self.admin_request("POST", "/api/tenants").bearer(&token).json(body).send().await.expect(201);
    }

    /// A management token of a tenant, as its seeded application gets it from the tenant `admin`.
    pub async fn management_token(&self, tenant: &str) -> String {
        let audience = format!("https://{tenant}.logto.app/api");
        self.signed_token("admin", &format!("m-{tenant}"), &audience, "all").await
    }

    /// A JWT access token of a tenant for an audience, for an application that does not exist.
    pub async fn access_token(&self, tenant: &str, audience: &str, scope: &str) -> String {
        self.signed_token(tenant, "test-client", audience, scope).await
    }

    /// A JWT access token of an application, signed with the current key of a tenant.
    pub async fn signed_token(&self, tenant: &str, client: &str, audience: &str, scope: &str) -> String {
        let config = self.app.tenants.get(tenant, &self.app).await.unwrap();
        let now = self.app.clock.now().seconds();
        let claims = json!({
            "jti": "test", "sub": client, "client_id": client, "iat": now, "exp": now + 3600,
            "scope": scope, "iss": self.app.tenants.issuer(tenant), "aud": audience,
        });
        config.keys.current.sign(Some("at+jwt"), &claims).unwrap()
    }
}

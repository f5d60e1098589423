//! The server under test: requests to the real router, over the real tables.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::oidc::{BrowserAgent, TestClient, tampered};
use testkit::{TestApp, TestRequest, TestResponse};

use super::SystemUnderTest;
use super::actors::{self, CLIENTS, ITEMS};
use super::operations::{Caller, Operation, Response};
use crate::oidc::fixtures;

/// The registered clients.
pub struct RegisteredClients(Vec<TestClient>);

impl RegisteredClients {
    /// Registers clients and users in `default`, and the same ones in `admin`.
    pub async fn register(app: &TestApp) -> Self {
        fixtures::tenant(app).await;
        let (mut clients, mut confidential) = (Vec::new(), Vec::new());
        for index in 0..CLIENTS {
            let client = actors::client(index);
            let uris: Vec<&str> = client.oidc.redirect_uris.iter().map(String::as_str).collect();
            let custom = serde_json::to_value(&client.custom).unwrap();
            let made = app.client(client.application_type.name(), &uris, custom).await;
            if made.secret.is_some() {
                app.secret(&made.id, "of the model", actors::SECRET, None).await;
                confidential.push(made.id.clone());
            }
            clients.push(TestClient { secret: None, ..made });
        }
        let copied = "insert into applications (tenant_id, id, name, type, oidc_client_metadata, custom_client_metadata, \
                      created_at) \
                      select 'admin', id, name, type, oidc_client_metadata, custom_client_metadata, created_at \
                      from applications where tenant_id = 'default' and name like 'test-%'";
        app.sql(copied, vec![]).await;
        for id in &confidential {
            app.secret_of("admin", id, "of the model", actors::SECRET, None).await;
        }
        app.app.tenants.invalidate("admin");
        Self(clients)
    }
}

/// One sequence of operations on the server, with its own users and browsers.
pub struct Server<'a> {
    app: &'a TestApp,
    clients: &'a RegisteredClients,
    users: Vec<String>,
    browsers: Vec<BrowserAgent>,
}

impl<'a> Server<'a> {
    pub async fn new(app: &'a TestApp, clients: &'a RegisteredClients) -> Self {
        let (mut users, mut browsers) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let name = kernel::id::short_entity_id(&app.app.rng);
            let user = app.user(&name).await;
            fixtures::give_role(app, &user).await;
            app.sql(
                "insert into users (tenant_id, id, username, username_folded, created_at, updated_at) \
                 values ('admin', $1, $2, $2, 1, 2)",
                vec![user.as_str().into(), name.as_str().into()],
            )
            .await;
            users.push(user);
            browsers.push(app.agent());
        }
        Self { app, clients, users, browsers }
    }

    fn request(&self, home: bool, path: &str) -> TestRequest {
        if home { self.app.post(path) } else { self.app.admin_request("POST", path) }
    }

    async fn call(&self, caller: &Caller, path: &str, fields: &[(&str, Option<&str>)]) -> TestResponse {
        let id = self.clients.0[caller.client].id.as_str();
        let mut form = vec![("client_id", id)];
        form.extend(caller.secret.map(|secret| ("client_secret", secret)));
        form.extend(fields.iter().filter_map(|(name, value)| value.map(|value| (*name, value))));
        self.request(caller.home, path).form(&form).send().await
    }

    async fn authorize(&mut self, user: usize, (client, uri): (usize, &str), more: &[(&str, &str)]) -> Response {
        let request = tampered(&self.app.authorization(&self.clients.0[client], ""), more);
        let request = tampered(&request, &[("redirect_uri", uri)]);
        let to = self.browsers[user].authorize_as(&request, &self.users[user]).await;
        assert!(to.as_str().starts_with(uri), "{to}");
        let value =
            |wanted: &str| to.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
        match value("code") {
            Some(code) => Response::Code(code),
            None => Response::Refused(303, value("error").unwrap_or_default()),
        }
    }

    /// A token response; the claims of a JWT must match it.
    fn tokens(&self, caller: &Caller, response: TestResponse) -> Response {
        if response.status.as_u16() != 200 {
            return refused(&response);
        }
        let body = response.json();
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let (access, scope) = (text("access_token").unwrap(), text("scope").unwrap());
        if access.contains('.') {
            let claims = testkit::oidc::claims(&access);
            let said = ["aud", "scope", "client_id"].map(|name| claims[name].as_str().unwrap_or_default());
            assert_eq!(said, [ITEMS, &scope, &self.clients.0[caller.client].id]);
            assert!(self.users.iter().any(|user| claims["sub"] == user.as_str()));
        }
        Response::Tokens { access, refresh: text("refresh_token"), scope, has_id_token: body.get("id_token").is_some() }
    }
}

fn refused(response: &TestResponse) -> Response {
    let error = response.json()["error"].as_str().unwrap_or_default().to_owned();
    Response::Refused(response.status.as_u16(), error)
}

fn done(response: &TestResponse) -> Response {
    if response.status.as_u16() == 200 { Response::Done } else { refused(response) }
}

impl SystemUnderTest for Server<'_> {
    async fn answer(&mut self, call: Operation) -> Response {
        match call {
            Operation::Authorize { user, client, uri, verifier, scope, resource } => {
                let challenge = verifier.map(actors::challenge);
                let mut more = vec![("scope", scope), ("code_challenge", challenge.as_deref().unwrap_or("-"))];
                more.extend(challenge.is_none().then_some(("code_challenge_method", "-")));
                more.extend(resource.then_some(("resource", ITEMS)));
                self.authorize(user, (client, &uri), &more).await
            }
            Operation::Exchange { caller, code, uri, verifier } => {
                let fields = [
                    ("grant_type", Some("authorization_code")),
                    ("code", Some(code.as_str())),
                    ("redirect_uri", uri.as_deref()),
                    ("code_verifier", verifier.as_deref()),
                ];
                self.tokens(&caller, self.call(&caller, "/oidc/token", &fields).await)
            }
            Operation::Refresh { caller, token, scope, resource } => {
                let fields = [
                    ("grant_type", Some("refresh_token")),
                    ("refresh_token", Some(token.as_str())),
                    ("scope", scope),
                    ("resource", resource),
                ];
                self.tokens(&caller, self.call(&caller, "/oidc/token", &fields).await)
            }
            Operation::Revoke { caller, token } => {
                done(&self.call(&caller, "/oidc/token/revocation", &[("token", Some(&token))]).await)
            }
            Operation::Introspect { caller, token } => {
                let response = self.call(&caller, "/oidc/token/introspection", &[("token", Some(&token))]).await;
                match (response.status.as_u16(), &response) {
                    (200, response) => Response::Active(response.json()["active"] == Value::Bool(true)),
                    (_, response) => refused(response),
                }
            }
            Operation::Userinfo { token, home } => done(&self.request(home, "/oidc/me").bearer(&token).send().await),
            Operation::Suspend { user, suspended } => {
                let path = format!("/api/users/{}/is-suspended", self.users[user]);
                let request = self.app.management_request("PATCH", &path).await;
                done(&request.json(json!({"isSuspended": suspended})).send().await)
            }
            Operation::Wait { milliseconds } => {
                self.app.app.clock.advance(Duration::from_millis(milliseconds.unsigned_abs()));
                Response::Done
            }
        }
    }
}

//! The server under load and the benchmark's data in it.

use std::sync::{Arc, Mutex, PoisonError};

use kernel::{Rng, id};
use serde_json::{Value, json};

use crate::BoxError;
use crate::flows::REDIRECT;
use crate::http::Connection;
use crate::plan::Baseline;
use crate::process::Process;
use crate::server::{self, Application, MANAGEMENT_API, Server, token};

/// Number of users that have a password and sign in.
pub const SIGNING_IN: usize = 64;

/// Who opens the console.
pub const ADMINISTRATOR: &str = "benchadmin";

/// A server with the benchmark's applications and users.
pub struct Target {
    pub authority: String,
    /// The resource indicator of the Management API.
    pub resource: String,
    pub machine: Application,
    pub web: Application,
    pub spa: Application,
    /// The `Authorization` header for the Management API.
    pub bearer: String,
    /// Users are called `{prefix}0`, `{prefix}1`, …; the first [`SIGNING_IN`] sign in.
    pub prefix: String,
    /// The server's process; none for a baseline server.
    pub process: Option<Process>,
}

/// The data created in a baseline server.
#[derive(Default)]
pub struct SeededData {
    users: Arc<Mutex<Vec<String>>>,
    applications: Vec<String>,
}

impl Target {
    /// Creates applications and `users` users in our own server.
    ///
    /// # Errors
    /// The server returned an error.
    pub async fn own(server: &Server, users: usize) -> Result<Self, BoxError> {
        let machine = server.application("m2m", &["--management-api"]).await?;
        let web = server.application("traditional", &["--redirect-uri", REDIRECT]).await?;
        let spa = server.application("spa", &["--redirect-uri", REDIRECT]).await?;
        server.administrator(ADMINISTRATOR).await?;
        let token = token(&server.authority, &machine, MANAGEMENT_API).await?;
        server::users(&server.authority, &token, (users, SIGNING_IN)).await?;
        Ok(Self {
            authority: server.authority.clone(),
            resource: MANAGEMENT_API.to_owned(),
            machine,
            web,
            spa,
            bearer: format!("Bearer {token}"),
            prefix: "bench".to_owned(),
            process: server.process(),
        })
    }

    /// Creates applications and users in a baseline server through its Management API. `made` lists them even after an error.
    ///
    /// # Errors
    /// The server returned an error.
    pub async fn other(other: &Baseline, users: usize, made: &mut SeededData) -> Result<Self, BoxError> {
        let machine = Application { id: other.id.clone(), secret: Some(other.secret.clone()) };
        let token = token(&other.authority, &machine, &other.resource).await?;
        let bearer = format!("Bearer {token}");
        let mut connection = Connection::open(&other.authority).await?;
        let web = application(&mut connection, &bearer, "Traditional", made).await?;
        let spa = application(&mut connection, &bearer, "SPA", made).await?;
        // Every server accepts user names of letters and digits.
        let prefix = format!("bench{}u", id::short_entity_id(&Rng::system()));
        let all = (0..users).map(|n| server::user(&prefix, n, n < SIGNING_IN)).collect();
        server::at_once(&other.authority, &token, all, &made.users).await?;
        let (authority, resource) = (other.authority.clone(), other.resource.clone());
        Ok(Self { authority, resource, machine, web, spa, bearer, prefix, process: None })
    }

    /// The name of the user that a client signs in as.
    pub fn username(&self, client: usize) -> String {
        format!("{}{}", self.prefix, client % SIGNING_IN)
    }
}

impl SeededData {
    /// Deletes all created data.
    ///
    /// # Errors
    /// The last error of the server; all deletions are tried.
    pub async fn remove(self, other: &Baseline) -> Result<(), BoxError> {
        let machine = Application { id: other.id.clone(), secret: Some(other.secret.clone()) };
        let bearer = format!("Bearer {}", token(&other.authority, &machine, &other.resource).await?);
        let users = std::mem::take(&mut *self.users.lock().unwrap_or_else(PoisonError::into_inner));
        let users = users.iter().map(|id| format!("/api/users/{id}"));
        let paths: Vec<String> =
            users.chain(self.applications.iter().map(|id| format!("/api/applications/{id}"))).collect();
        let mut connection = Connection::open(&other.authority).await?;
        let (mut left, mut cause) = (0, String::new());
        for path in &paths {
            let response = connection.send(("DELETE", path), &[("authorization", &bearer)], None).await?;
            if response.status != 204 {
                (left, cause) = (left + 1, format!("DELETE {path}: {} {}", response.status, response.text()));
            }
        }
        eprintln!("removed {} of {} users and applications", paths.len() - left, paths.len());
        if left > 0 { Err(cause.into()) } else { Ok(()) }
    }
}

async fn application(
    connection: &mut Connection,
    bearer: &str,
    kind: &str,
    made: &mut SeededData,
) -> Result<Application, BoxError> {
    let headers = [("authorization", bearer)];
    let body = json!({
        "name": format!("bench {kind}"), "type": kind,
        "oidcClientMetadata": {"redirectUris": [REDIRECT], "postLogoutRedirectUris": []},
    });
    let body = Some(("application/json", body.to_string()));
    let response = connection.send(("POST", "/api/applications"), &headers, body).await?.expect(200)?.json()?;
    let id = response["id"].as_str().ok_or("no id")?.to_owned();
    made.applications.push(id.clone());
    if kind == "SPA" {
        return Ok(Application { id, secret: None });
    }
    let path = format!("/api/applications/{id}/secrets");
    let secrets = connection.send(("GET", &path), &headers, None).await?.expect(200)?.json()?;
    let secret = secrets.as_array().and_then(|all| all.first()).and_then(|one| one["value"].as_str());
    // Older servers return the secret only with the application.
    let secret = secret.or_else(|| response.get("secret").and_then(Value::as_str)).map(str::to_owned);
    Ok(Application { id, secret: Some(secret.ok_or("no secret")?) })
}

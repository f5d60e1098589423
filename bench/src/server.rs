//! Starts the server and prepares it through its CLI and Management API.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::http::Connection;
use crate::process::Process;
use crate::{BoxError, load};

/// A server started for the benchmark.
pub struct Server {
    child: Child,
    pub authority: String,
    binary: PathBuf,
    environment: Vec<(&'static str, String)>,
}

/// An application created for the benchmark.
#[derive(Debug, Clone)]
pub struct Application {
    pub id: String,
    pub secret: Option<String>,
}

impl Application {
    /// The `Authorization` header of a confidential client.
    pub fn basic(&self) -> String {
        let pair = format!("{}:{}", self.id, self.secret.as_deref().unwrap_or_default());
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
    }
}

impl Server {
    /// Starts `binary serve` on `port` and waits until it responds. Returns the server and the duration.
    pub async fn start(at: (&Path, &str, u16), extra: &[(&'static str, &str)]) -> Result<(Self, Duration), BoxError> {
        Self::start_logging(at, extra, Stdio::inherit()).await
    }

    /// Like [`Server::start`], with another destination for the log.
    pub async fn start_logging(
        (binary, db_url, port): (&Path, &str, u16),
        extra: &[(&'static str, &str)],
        log: Stdio,
    ) -> Result<(Self, Duration), BoxError> {
        let environment = vec![
            ("DB_URL", db_url.to_owned()),
            ("HOST", "127.0.0.1".to_owned()),
            ("PORT", port.to_string()),
            ("ADMIN_PORT", (port + 1).to_string()),
            ("ENDPOINT", format!("http://127.0.0.1:{port}")),
            ("LOG_LEVEL", "warn".to_owned()),
            // With PostgreSQL the key would be made in the working directory.
            ("SECRET_KEY", "5e".repeat(32)),
        ];
        let environment: Vec<_> =
            environment.into_iter().chain(extra.iter().map(|(n, v)| (*n, (*v).to_owned()))).collect();
        let mut command = Command::new(binary);
        command.arg("serve").envs(environment.clone()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        let started = Instant::now();
        let mut child = command.spawn()?;
        let authority = format!("127.0.0.1:{port}");
        loop {
            if let Ok(mut connection) = Connection::open(&authority).await
                && let Ok(response) = connection.send(("GET", "/api/status"), &[], None).await
                && response.status == 204
            {
                break;
            }
            if let Some(status) = child.try_wait()? {
                return Err(format!("the server ended while starting: {status}").into());
            }
            if started.elapsed() > Duration::from_secs(30) {
                return Err("the server did not answer within 30 s".into());
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        let ready = started.elapsed();
        Ok((Self { child, authority, binary: binary.to_owned(), environment }, ready))
    }

    /// Stops the server with SIGTERM and waits for it.
    pub async fn stop(mut self) -> Result<(), BoxError> {
        let id = self.child.id().ok_or("the server is gone")?;
        Command::new("kill").arg("-TERM").arg(id.to_string()).status().await?;
        tokio::time::timeout(Duration::from_secs(35), self.child.wait()).await??;
        Ok(())
    }

    /// Kills the server with SIGKILL.
    ///
    /// # Errors
    /// The server has ended already.
    pub async fn kill(mut self) -> Result<(), BoxError> {
        self.child.kill().await?;
        Ok(())
    }

    /// Runs a CLI command and parses its JSON output.
    pub async fn cli(&self, arguments: &[&str], input: &str) -> Result<Value, BoxError> {
        let mut command = Command::new(&self.binary);
        command.args(arguments).envs(self.environment.clone()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            tokio::io::AsyncWriteExt::write_all(&mut stdin, input.as_bytes()).await?;
        }
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            return Err(format!("loggia {arguments:?} failed").into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Creates an application with the CLI.
    pub async fn application(&self, kind: &str, extra: &[&str]) -> Result<Application, BoxError> {
        let name = format!("bench {kind}");
        let mut arguments = vec!["app", "create", "--type", kind, "--name", &name, "--json"];
        arguments.extend(extra);
        let made = self.cli(&arguments, "").await?;
        let id = made["id"].as_str().ok_or("no id")?.to_owned();
        Ok(Application { id, secret: made["secret"].as_str().map(str::to_owned) })
    }

    /// Creates an administrator of the installation, who has the password of the users.
    ///
    /// # Errors
    /// The command failed.
    pub async fn administrator(&self, username: &str) -> Result<(), BoxError> {
        let arguments = ["admin", "create", "--username", username, "--password-stdin", "--json"];
        self.cli(&arguments, PASSWORD).await.map(drop)
    }

    /// The server's process.
    pub fn process(&self) -> Option<Process> {
        self.child.id().map(Process)
    }
}

/// A token for the Management API.
pub async fn management_token(authority: &str, application: &Application) -> Result<String, BoxError> {
    token(authority, application, MANAGEMENT_API).await
}

/// Requests a token of a machine-to-machine application for a resource.
///
/// # Errors
/// The server returned an error.
pub async fn token(authority: &str, application: &Application, resource: &str) -> Result<String, BoxError> {
    let basic = application.basic();
    let headers = [("authorization", basic.as_str())];
    let mut connection = Connection::open(authority).await?;
    let response = connection.send(("POST", "/oidc/token"), &headers, form(&grant(resource))).await?.expect(200)?;
    Ok(response.json()?["access_token"].as_str().ok_or("no token")?.to_owned())
}

/// The body of a client-credentials request.
pub fn grant(resource: &str) -> String {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    let pairs = [("grant_type", "client_credentials"), ("resource", resource), ("scope", "all")];
    body.extend_pairs(pairs).finish()
}

/// A form body.
pub fn form(text: &str) -> Option<(&'static str, String)> {
    Some(("application/x-www-form-urlencoded", text.to_owned()))
}

/// Creates the users `bench0`, `bench1`, … through the Management API; the first `with_password` of them get a password.
pub async fn users(authority: &str, token: &str, (count, with_password): (usize, usize)) -> Result<(), BoxError> {
    let users = (0..count).map(|n| user("bench", n, n < with_password)).collect();
    let ids = Arc::default();
    at_once(authority, token, users, &ids).await
}

/// The body of `POST /api/users` for one user.
pub fn user(prefix: &str, n: usize, with_password: bool) -> Value {
    let mut user = json!({
        "username": format!("{prefix}{n}"), "primaryEmail": format!("{prefix}{n}@example.com"),
        "name": format!("Bench User {n}"),
    });
    if with_password {
        user["password"] = PASSWORD.into();
    }
    user
}

/// Creates users on several connections; `ids` receives the created ones even if a request fails.
///
/// # Errors
/// The first failure.
pub async fn at_once(
    authority: &str,
    token: &str,
    users: Vec<Value>,
    ids: &Arc<Mutex<Vec<String>>>,
) -> Result<(), BoxError> {
    let users = Arc::new(Mutex::new(users.into_iter()));
    let bearer = format!("Bearer {token}");
    let workers = (0..8).map(|_| {
        let (authority, bearer, users, ids) =
            (authority.to_owned(), bearer.clone(), Arc::clone(&users), Arc::clone(ids));
        tokio::spawn(async move {
            let mut connection = Connection::open(&authority).await?;
            loop {
                load::check_interrupted()?;
                let next = users.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(user) = next else { return Ok::<(), BoxError>(()) };
                let body = Some(("application/json", user.to_string()));
                let headers = [("authorization", bearer.as_str())];
                let made = connection.send(("POST", "/api/users"), &headers, body).await?.expect(200)?.json()?;
                let id = made["id"].as_str().ok_or("no id")?.to_owned();
                ids.lock().unwrap_or_else(PoisonError::into_inner).push(id);
            }
        })
    });
    load::join(workers.collect()).await.map(drop)
}

/// The password of the users that have one.
pub const PASSWORD: &str = "Bench-Passw0rd!7";

/// The resource indicator of the Management API of the tenant `default`.
pub const MANAGEMENT_API: &str = "https://default.logto.app/api";

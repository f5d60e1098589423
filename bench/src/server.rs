//! The server under load: started, prepared through its CLI and Management API, watched through /proc.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::Failure;
use crate::http::{Answer, Connection};

/// A server started for the benchmark.
pub struct Server {
    child: Child,
    pub authority: String,
    binary: PathBuf,
    environment: Vec<(&'static str, String)>,
}

/// An application made for the benchmark.
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
    /// Starts `binary serve` on `port` and waits until it answers. Returns the server and the time that took.
    pub async fn start(at: (&Path, &str, u16), extra: &[(&'static str, &str)]) -> Result<(Self, Duration), Failure> {
        Self::start_logging(at, extra, Stdio::inherit()).await
    }

    /// As [`Server::start`], with the log going elsewhere.
    pub async fn start_logging(
        (binary, db_url, port): (&Path, &str, u16),
        extra: &[(&'static str, &str)],
        log: Stdio,
    ) -> Result<(Self, Duration), Failure> {
        let environment = vec![
            ("DB_URL", db_url.to_owned()),
            ("HOST", "127.0.0.1".to_owned()),
            ("PORT", port.to_string()),
            ("ADMIN_PORT", (port + 1).to_string()),
            ("ENDPOINT", format!("http://127.0.0.1:{port}")),
            ("LOG_LEVEL", "warn".to_owned()),
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
                && let Ok(answer) = connection.send(("GET", "/api/status"), &[], None).await
                && answer.status == 204
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

    /// Stops the server as an operator would and waits for it.
    pub async fn stop(mut self) -> Result<(), Failure> {
        let id = self.child.id().ok_or("the server is gone")?;
        Command::new("kill").arg("-TERM").arg(id.to_string()).status().await?;
        tokio::time::timeout(Duration::from_secs(35), self.child.wait()).await??;
        Ok(())
    }

    /// Kills the server without warning.
    ///
    /// # Errors
    /// When it is gone already.
    pub async fn kill(mut self) -> Result<(), Failure> {
        self.child.kill().await?;
        Ok(())
    }

    /// Runs a CLI command beside the server and reads its JSON.
    pub async fn cli(&self, arguments: &[&str], input: &str) -> Result<Value, Failure> {
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

    /// Makes an application by CLI.
    pub async fn application(&self, kind: &str, extra: &[&str]) -> Result<Application, Failure> {
        let name = format!("bench {kind}");
        let mut arguments = vec!["app", "create", "--type", kind, "--name", &name, "--json"];
        arguments.extend(extra);
        let made = self.cli(&arguments, "").await?;
        let id = made["id"].as_str().ok_or("no id")?.to_owned();
        Ok(Application { id, secret: made["secret"].as_str().map(str::to_owned) })
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// CPU seconds used so far.
    pub fn cpu_seconds(&self) -> f64 {
        let path = format!("/proc/{}/stat", self.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let fields: Vec<&str> = text.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let ticks = |n: usize| fields.get(n).and_then(|f| f.parse::<f64>().ok()).unwrap_or_default();
        (ticks(11) + ticks(12)) / 100.0
    }

    /// Resident memory in MB now, and its peak.
    pub fn memory(&self) -> (f64, f64) {
        let path = format!("/proc/{}/status", self.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let field = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or_default() / 1024.0
        };
        (field("VmRSS:"), field("VmHWM:"))
    }
}

/// A token for the Management API.
pub async fn management_token(authority: &str, application: &Application) -> Result<String, Failure> {
    let answer = client_credentials(&mut Connection::open(authority).await?, application).await?.expect(200)?;
    Ok(answer.json()?["access_token"].as_str().ok_or("no token")?.to_owned())
}

/// One client-credentials request for the Management API.
pub async fn client_credentials(connection: &mut Connection, application: &Application) -> Result<Answer, Failure> {
    let body = "grant_type=client_credentials&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all";
    let headers = [("authorization", application.basic())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
    connection.send(("POST", "/oidc/token"), &headers, form(body)).await
}

/// A form body.
pub fn form(text: &str) -> Option<(&'static str, String)> {
    Some(("application/x-www-form-urlencoded", text.to_owned()))
}

/// Makes users `bench0`, `bench1`, … through the Management API; the first `with_password` get one.
pub async fn users(authority: &str, token: &str, (count, with_password): (usize, usize)) -> Result<(), Failure> {
    let bearer = format!("Bearer {token}");
    let workers = (0..8).map(|worker| {
        let (authority, bearer) = (authority.to_owned(), bearer.clone());
        tokio::spawn(async move {
            let mut connection = Connection::open(&authority).await?;
            for n in (worker..count).step_by(8) {
                let mut user = json!({
                    "username": format!("bench{n}"), "primaryEmail": format!("bench{n}@example.com"),
                    "name": format!("Bench User {n}"),
                });
                if n < with_password {
                    user["password"] = PASSWORD.into();
                }
                let body = Some(("application/json", user.to_string()));
                connection.send(("POST", "/api/users"), &[("authorization", &bearer)], body).await?.expect(200)?;
            }
            Ok::<(), Failure>(())
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await??;
    }
    Ok(())
}

/// The password of the users that have one.
pub const PASSWORD: &str = "Bench-Passw0rd!7";

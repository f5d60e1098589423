//! A directory, a database, and the server processes that share it.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};

use loggia_bench::flows::{Browser, REDIRECT};
use loggia_bench::http::{Connection, Response};
use loggia_bench::server::{Application, Server, management_token, users};
use serde_json::{Value, json};
use test_postgres::ReservedPort;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Cheap parameters: these tests are not about hashing.
const CHEAP: [(&str, &str); 2] = [("PASSWORD_HASH_MEMORY", "64"), ("PASSWORD_HASH_PASSES", "1")];

/// A temporary directory and a database.
pub struct Place {
    pub folder: PathBuf,
    pub url: String,
    pub binary: PathBuf,
}

impl Place {
    /// With a SQLite database.
    pub fn sqlite() -> Self {
        let folder = folder();
        Self::at(format!("sqlite://{}", folder.join("loggia.db").display()), folder)
    }

    /// With its own schema on the PostgreSQL server of the test run, if there is one.
    pub fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("LOGGIA_TEST_POSTGRES") else {
            skipped("LOGGIA_TEST_POSTGRES is not set, on PostgreSQL");
            return None;
        };
        let folder = folder();
        let schema = folder.file_name().unwrap().to_string_lossy().into_owned();
        batch(&server, &format!("drop schema if exists {schema} cascade; create schema {schema}"));
        Some(Self::at(format!("{server}?options=-csearch_path%3D{schema}"), folder))
    }

    /// On the test's own PostgreSQL server, with additional options in its URL.
    pub fn on(server: &test_postgres::TestPostgres, options: &str) -> Self {
        Self::at(format!("{}{options}", server.url()), folder())
    }

    fn at(url: String, folder: PathBuf) -> Self {
        Self { folder, url, binary: env!("CARGO_BIN_EXE_loggia").into() }
    }

    /// From now on a server may open `count` files and sockets.
    pub fn limit_open_files(&mut self, count: u32) {
        let text = format!("#!/bin/sh\nexec prlimit --nofile={count}:{count} {} \"$@\"\n", self.binary.display());
        let limited = self.folder.join("limited");
        // Written by a process of its own: a file that this one writes is busy while another test starts its processes.
        let mut shell = std::process::Command::new("sh");
        let shell = shell.args(["-c", r#"printf %s "$1" > "$2" && chmod 755 "$2""#, "sh", &text]).arg(&limited);
        assert!(shell.status().unwrap().success());
        self.binary = limited;
    }

    /// Starts a server.
    pub async fn start(&self, extra: &[(&'static str, &str)]) -> Node {
        let log = self.folder.join(format!("node-{}.log", COUNT.fetch_add(1, Ordering::SeqCst)));
        let extra = [&CHEAP[..], extra].concat();
        let to = Stdio::from(File::create(&log).unwrap());
        let ports = ReservedPort::pair().unwrap();
        let started = Server::start_logging((&self.binary, &self.url, ports[0].number()), &extra, to).await;
        let (server, _) = started.unwrap_or_else(|error| panic!("{error}: {}", std::fs::read_to_string(&log).unwrap()));
        Node { server, log, _ports: ports }
    }

    /// Starts `count` servers with the same public URL.
    pub async fn nodes(&self, count: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        for _ in 0..count {
            nodes.push(self.start(&[("ENDPOINT", "http://auth.example.com")]).await);
        }
        nodes
    }

    /// Reads one number from the database, bypassing the server.
    pub fn count(&self, text: &str) -> i64 {
        match self.url.starts_with("sqlite://") {
            true => self.embedded(text),
            false => on_thread(&self.url, text, |client, text| client.query_one(text, &[]).unwrap().get(0)),
        }
    }

    /// Reads one value from a SQLite database, bypassing the server.
    pub fn embedded<T: rusqlite::types::FromSql>(&self, text: &str) -> T {
        let path = self.url.strip_prefix("sqlite://").unwrap();
        rusqlite::Connection::open(path).unwrap().query_row(text, [], |row| row.get(0)).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Reports a skipped test on standard error, bypassing the test runner's capture. In CI, where every test must run, it fails
/// the test.
pub fn skipped(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}; `cargo xtask test` brings what it can");
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let _ = writeln!(std::io::stderr(), "{test}: NOT TRIED: {why}");
}

fn folder() -> PathBuf {
    let name = format!("loggia_hostile_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    let folder = std::env::temp_dir().join(name);
    // Process ids repeat: a killed run may have left its directory behind.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs SQL statements on PostgreSQL.
pub fn batch(url: &str, text: &str) {
    on_thread(url, text, |client, text| client.batch_execute(text).unwrap());
}

/// The driver blocks on its own runtime, which is not allowed inside another runtime.
fn on_thread<T: Send>(url: &str, text: &str, work: impl FnOnce(&mut postgres::Client, &str) -> T + Send) -> T {
    std::thread::scope(|scope| {
        scope.spawn(|| work(&mut postgres::Client::connect(url, postgres::NoTls).unwrap(), text)).join().unwrap()
    })
}

/// A running server process and its log.
pub struct Node {
    pub server: Server,
    log: PathBuf,
    _ports: [ReservedPort; 2],
}

impl Node {
    pub fn authority(&self) -> &str {
        &self.server.authority
    }

    pub async fn connect(&self) -> Connection {
        Connection::open(self.authority()).await.unwrap()
    }

    /// Sends a request with a bearer token and an optional JSON body on a new connection.
    pub async fn call(&self, target: (&str, &str), bearer: &str, body: Option<Value>) -> Response {
        let body = body.map(|body| ("application/json", body.to_string()));
        self.connect().await.send(target, &[("authorization", bearer)], body).await.unwrap()
    }

    /// Stops the server with SIGTERM and checks that it never panicked.
    pub async fn stop(self) {
        self.server.stop().await.unwrap();
        let log = std::fs::read_to_string(&self.log).unwrap();
        assert!(!log.contains("panicked"), "{log}");
    }
}

/// Two applications and some users.
#[derive(Clone)]
pub struct World {
    pub web: Application,
    pub spa: Application,
    /// The `Authorization` header of the Management API.
    pub bearer: String,
}

impl World {
    /// Creates two applications and the users `bench0`, `bench1`, …, with a password.
    pub async fn make(node: &Node, people: usize) -> Self {
        let machine = node.server.application("m2m", &["--management-api"]).await.unwrap();
        let web = node.server.application("traditional", &["--redirect-uri", REDIRECT]).await.unwrap();
        let spa = node.server.application("spa", &["--redirect-uri", REDIRECT]).await.unwrap();
        let token = management_token(node.authority(), &machine).await.unwrap();
        users(node.authority(), &token, (people, people)).await.unwrap();
        Self { web, spa, bearer: format!("Bearer {token}") }
    }
}

/// The status of one sign-in attempt of `bench1` with a password.
pub async fn attempt(node: &Node, world: &World, password: &str) -> u16 {
    let mut browser = Browser::open(node.authority()).await.unwrap();
    browser.authorize(&world.web).await.unwrap();
    let mut status = 0;
    let identifier = json!({"type": "username", "value": "bench1"});
    for (method, path, body) in [
        ("PUT", "/api/experience", json!({"interactionEvent": "SignIn"})),
        ("POST", "/api/experience/verification/password", json!({"identifier": identifier, "password": password})),
    ] {
        let (cookie, body) = (browser.cookies.header(), Some(("application/json", body.to_string())));
        let response = browser.connection.send((method, path), &[("cookie", &cookie)], body).await.unwrap();
        browser.cookies.keep(&response);
        status = response.status;
    }
    status
}

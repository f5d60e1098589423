//! A temporary directory, database and ports to run the binary with.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use test_postgres::ReservedPort;

static COUNT: AtomicU64 = AtomicU64::new(0);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

pub struct Installation {
    pub folder: PathBuf,
    pub url: String,
    pub port: u16,
    pub admin_port: u16,
    pub engine: Engine,
    _reserved: [ReservedPort; 2],
}

/// Runs a test in a new installation per engine: always on SQLite, on PostgreSQL if `LOGGIA_TEST_POSTGRES` is set.
pub fn on_each_engine(test: impl Fn(&Installation)) {
    test(&Installation::new(Engine::Sqlite));
    match std::env::var_os("LOGGIA_TEST_POSTGRES") {
        Some(_) => test(&Installation::new(Engine::Postgres)),
        None => eprintln!("LOGGIA_TEST_POSTGRES is not set: SQLite only"),
    }
}

impl Installation {
    pub fn new(engine: Engine) -> Self {
        let name = format!("loggia_cli_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let folder = std::env::temp_dir().join(&name);
        // Process ids repeat: a killed run may have left its directory behind.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let url = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.join("loggia.db").display()),
            Engine::Postgres => {
                let server = std::env::var("LOGGIA_TEST_POSTGRES").unwrap();
                postgres_batch(&server, &format!("drop schema if exists {name} cascade; create schema {name}"));
                format!("{server}?options=-csearch_path%3D{name}")
            }
        };
        let reserved = [(); 2].map(|()| ReservedPort::any().unwrap());
        let [port, admin_port] = reserved.each_ref().map(ReservedPort::number);
        Self { folder, url, port, admin_port, engine, _reserved: reserved }
    }

    /// The command with this installation's settings in its environment.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loggia"));
        command
            .args(words)
            .current_dir(&self.folder)
            .env_clear()
            .env("DB_URL", &self.url)
            .env("PORT", self.port.to_string())
            .env("ADMIN_PORT", self.admin_port.to_string())
            .env("PASSWORD_HASH_MEMORY", "64")
            .env("PASSWORD_HASH_PASSES", "1")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs a command with this standard input.
    pub fn run_with(&self, words: &[&str], input: &str) -> Output {
        let mut command = self.command(words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command with invalid flags exits before it reads.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// The JSON output of a command that must succeed.
    pub fn ask(&self, words: &[&str], input: &str) -> Value {
        let output = self.run_with(words, input);
        assert!(output.status.success(), "{words:?}: {}", stderr(&output));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// Starts the server and waits for its ready message.
    pub fn serve(&self) -> Serving {
        self.serve_with(&[])
    }

    /// Starts the server with additional flags.
    pub fn serve_with(&self, flags: &[&str]) -> Serving {
        let (mut stderr, to) = std::io::pipe().unwrap();
        // Read from the start, so that the pipe does not fill up.
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        match self.serve_logging_to(to.into(), flags) {
            Some(mut serving) => {
                serving.log = Some(log);
                serving
            }
            None => panic!("the server did not start: {}", log.join().unwrap()),
        }
    }

    /// Starts the server with its log going to `to`; none when it does not get ready.
    pub fn serve_logging_to(&self, to: Stdio, flags: &[&str]) -> Option<Serving> {
        let mut command = self.command(&[&["serve"], flags].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(to).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        line.contains("ready").then_some(Serving { child, port: self.port, log: None })
    }

    /// Runs SQL on the database, bypassing the program.
    pub fn tamper(&self, text: &str) {
        match self.engine {
            Engine::Sqlite => {
                rusqlite::Connection::open(self.folder.join("loggia.db")).unwrap().execute_batch(text).unwrap();
            }
            Engine::Postgres => postgres_batch(&self.url, text),
        }
    }

    /// The number that a query of the database gives.
    pub fn count(&self, query: &str) -> i64 {
        match self.engine {
            Engine::Sqlite => {
                let database = rusqlite::Connection::open(self.folder.join("loggia.db")).unwrap();
                database.query_row(query, [], |row| row.get(0)).unwrap()
            }
            Engine::Postgres => {
                postgres::Client::connect(&self.url, postgres::NoTls).unwrap().query_one(query, &[]).unwrap().get(0)
            }
        }
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn postgres_batch(url: &str, text: &str) {
    postgres::Client::connect(url, postgres::NoTls).unwrap().batch_execute(text).unwrap();
}

/// A running server, stopped when dropped.
pub struct Serving {
    child: Child,
    pub port: u16,
    log: Option<JoinHandle<String>>,
}

/// An HTTP response.
pub struct HttpResponse {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl HttpResponse {
    /// A header's first value, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl Serving {
    /// Sends a signal and returns the exit code.
    pub fn stop(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server did not stop on {signal}");
    }

    /// Sends a signal, and returns the log.
    pub fn stop_and_read(mut self, signal: &str) -> String {
        let log = self.log.take();
        assert_eq!(self.stop(signal), Some(0));
        log.unwrap().join().unwrap()
    }

    /// Sends a request; returns status and body.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let response = self.call(method, path, headers, body);
        (response.status, response.body)
    }

    /// Sends a request; returns the whole response.
    pub fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> HttpResponse {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "Host") {
            text.push_str(&format!("Host: localhost:{}\r\n", self.port));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{text}\r\n{body}").as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        HttpResponse { status, headers: head.lines().skip(1).filter_map(header).collect(), body: body.to_owned() }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asserts the exit code, and that the error is one sentence that contains all of `words`.
#[track_caller]
pub fn assert_refused(output: &Output, code: i32, words: &[&str]) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    let sentences: Vec<&str> = text.lines().filter(|line| line.starts_with("loggia: ")).collect();
    let [sentence] = sentences.as_slice() else { panic!("not one sentence: {text}") };
    let first = sentence.trim_start_matches("loggia: ").chars().next();
    assert!(
        !first.is_some_and(char::is_lowercase) || sentence.starts_with("loggia: sqlite"),
        "no sentence: {sentence}"
    );
    assert!(sentence.contains("; ") || sentence.contains(". "), "no next step after the cause: {sentence}");
    for word in words {
        assert!(sentence.contains(word), "{word:?} is not in: {sentence}");
    }
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
}

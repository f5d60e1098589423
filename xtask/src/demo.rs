//! `demo`: from a fresh clone to a Flask app with sign-in.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::TaskResult;
use crate::command::{RunningProcess, command, complete, path, target};
use crate::http;
use crate::python::Environment;

const USERNAME: &str = "demo";
const PASSWORD: &str = "loggia-demo-2026";
const RESOURCE: &str = "https://api.demo.example";

/// The ports and application of the demo, stored for the next run.
struct DemoCredentials {
    port: u16,
    admin_port: u16,
    flask_port: u16,
    app: Value,
}

/// Builds and starts the demo and prints the URL to open. Ends when interrupted, or after one sign-in with `check`.
pub fn run(check: bool) -> TaskResult {
    println!("Building the server (the first time takes some minutes) …");
    run_quiet(&["build", "--quiet", "--workspace", "--bin", "loggia"])?;
    let folder = if check { target().join("demo-check") } else { path(".demo") };
    if check {
        let _ = fs::remove_dir_all(&folder);
    }
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    println!("Installing the Python package and Flask …");
    let environment = Environment::at(folder.join("python"))?;
    environment.install(&["-r", "examples/flask/requirements.txt"])?;
    environment.install_ours()?;
    let demo = Demo { folder, binary: target().join("debug/loggia") };
    let made = demo.remembered().map_or_else(|| demo.plan(check), Ok)?;
    let mut server = demo.start_server(&made)?;
    http::wait_for(made.port, "/api/status", || ended(&mut server, "the server"))?;
    let made = demo.fill(made)?;
    let mut flask = demo.start_flask(&made, &environment.python())?;
    http::wait_for(made.flask_port, "/", || ended(&mut flask, "the Flask sample"))?;
    if check {
        return sign_in(&made, &environment.python());
    }
    println!(
        "\n  Open       http://localhost:{}/\n  Sign in    {USERNAME}\n  Password   {PASSWORD}\n\n  The server is on \
         http://localhost:{}, its data in .demo/. Stop with Ctrl-C.\n",
        made.flask_port, made.port
    );
    loop {
        ended(&mut server, "the server")?;
        ended(&mut flask, "the Flask sample")?;
        std::thread::sleep(Duration::from_millis(200));
    }
}

struct Demo {
    folder: PathBuf,
    binary: PathBuf,
}

impl Demo {
    fn remembered(&self) -> Option<DemoCredentials> {
        let text = fs::read_to_string(self.folder.join("demo.json")).ok()?;
        let value: Value = serde_json::from_str(&text).ok()?;
        let port = |name: &str| value[name].as_u64().and_then(|port| u16::try_from(port).ok());
        Some(DemoCredentials {
            port: port("port")?,
            admin_port: port("adminPort")?,
            flask_port: port("flaskPort")?,
            app: value["app"].clone(),
        })
    }

    /// The default ports, or free ones where a default port is in use.
    fn plan(&self, check: bool) -> TaskResult<DemoCredentials> {
        let listen = |usual: u16| {
            let at = |port: u16| TcpListener::bind(("127.0.0.1", port)).map_err(|error| error.to_string());
            if check { at(0) } else { at(usual).or_else(|_| at(0)) }
        };
        // All listeners stay open until all ports are known, so that the ports differ.
        let held = [listen(3001)?, listen(3002)?, listen(5000)?];
        let port =
            |listener: &TcpListener| listener.local_addr().map(|at| at.port()).map_err(|error| error.to_string());
        let [port, admin_port, flask_port] = held.each_ref().map(port);
        // Remove the data of an incomplete first start.
        for file in ["loggia.db", "loggia.db-wal", "loggia.db-shm"] {
            let _ = fs::remove_file(self.folder.join(file));
        }
        Ok(DemoCredentials { port: port?, admin_port: admin_port?, flask_port: flask_port?, app: Value::Null })
    }

    fn loggia(&self, made: &DemoCredentials, arguments: &[&str]) -> Command {
        let mut loggia = command(&self.binary, arguments);
        loggia
            .current_dir(&self.folder)
            .env("DB_URL", format!("sqlite://{}", self.folder.join("loggia.db").display()))
            .env("PORT", made.port.to_string())
            .env("ADMIN_PORT", made.admin_port.to_string())
            .env("ENDPOINT", format!("http://localhost:{}", made.port))
            .env("ADMIN_ENDPOINT", format!("http://localhost:{}", made.admin_port));
        loggia
    }

    fn start_server(&self, made: &DemoCredentials) -> TaskResult<RunningProcess> {
        let log = fs::File::create(self.folder.join("server.log")).map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let child = self.loggia(made, &["serve"]).stdout(log).stderr(errors).spawn();
        child.map(RunningProcess).map_err(|error| format!("cannot start {}: {error}", self.binary.display()))
    }

    /// Runs a CLI command and parses its JSON output.
    fn ask(&self, made: &DemoCredentials, arguments: &[&str], input: &str) -> TaskResult<Value> {
        let mut loggia = self.loggia(made, arguments);
        let mut child = loggia
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", self.binary.display()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that does not read its input may have ended already.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("`loggia {}` ended with {}", arguments.join(" "), output.status));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| format!("`loggia {}`: {error}", arguments.join(" ")))
    }

    /// Creates the user, the application, an organization and an API resource, unless they exist.
    fn fill(&self, mut made: DemoCredentials) -> TaskResult<DemoCredentials> {
        if !made.app.is_null() {
            return Ok(made);
        }
        let create_user =
            ["user", "create", "--username", USERNAME, "--name", "Demo User", "--password-stdin", "--json"];
        let user = self.ask(&made, &create_user, PASSWORD)?;
        let home = format!("http://localhost:{}/", made.flask_port);
        let callback = format!("{home}sign-in-callback");
        let create_app = [
            "app",
            "create",
            "--type",
            "traditional",
            "--name",
            "Flask sample",
            "--redirect-uri",
            &callback,
            "--post-logout-redirect-uri",
            &home,
            "--json",
        ];
        let app = self.ask(&made, &create_app, "")?;
        let manager = ["app", "create", "--type", "m2m", "--name", "Demo set-up", "--management-api", "--json"];
        let manager = self.ask(&made, &manager, "")?;
        let token = management_token(made.port, &manager)?;
        let call = |method: &str, path: &str, body: &Value| http::call(made.port, method, path, &token, body);
        let organization = call("POST", "/api/organizations", &json!({"name": "Demo organization"}))?;
        let members = format!("/api/organizations/{}/users", text(&organization, "id")?);
        call("POST", &members, &json!({"userIds": [text(&user, "id")?]}))?;
        call("POST", "/api/resources", &json!({"name": "Demo API", "indicator": RESOURCE}))?;
        made.app = app;
        let kept = json!({
            "port": made.port, "adminPort": made.admin_port, "flaskPort": made.flask_port, "app": made.app,
        });
        // Written last, so that an interrupted first start is repeated.
        fs::write(self.folder.join("demo.json"), kept.to_string()).map_err(|error| error.to_string())?;
        Ok(made)
    }

    fn start_flask(&self, made: &DemoCredentials, python: &Path) -> TaskResult<RunningProcess> {
        let home = format!("http://localhost:{}/", made.flask_port);
        let log = fs::File::create(self.folder.join("flask.log")).map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let child = command(python, &["app.py"])
            .current_dir(path("examples/flask"))
            .env("PORT", made.flask_port.to_string())
            .env("APP_SECRET_KEY", "only-for-the-demo-on-this-machine")
            .env("LOGTO_ENDPOINT", format!("http://localhost:{}", made.port))
            .env("LOGTO_APP_ID", text(&made.app, "id")?)
            .env("LOGTO_APP_SECRET", text(&made.app, "secret")?)
            .env("LOGTO_REDIRECT_URI", format!("{home}sign-in-callback"))
            .env("LOGTO_POST_LOGOUT_REDIRECT_URI", &home)
            .env("LOGTO_RESOURCE", RESOURCE)
            .stdout(log)
            .stderr(errors)
            .spawn();
        child.map(RunningProcess).map_err(|error| format!("cannot start the Flask sample: {error}"))
    }
}

/// An access token for the Management API.
fn management_token(port: u16, app: &Value) -> TaskResult<String> {
    let form = format!(
        "grant_type=client_credentials&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all&client_id={}&client_secret={}",
        text(app, "id")?,
        text(app, "secret")?
    );
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let (status, body) = http::request(port, "POST", "/oidc/token", &headers, &form)?;
    let response: Value = serde_json::from_str(&body).unwrap_or_default();
    text(&response, "access_token").map_err(|_| format!("no token for the Management API ({status}): {body}"))
}

/// Signs in through the sample without JavaScript.
fn sign_in(made: &DemoCredentials, python: &Path) -> TaskResult {
    let home = format!("http://localhost:{}", made.flask_port);
    complete(&mut command(python, &["e2e/demo_check.py", &home, USERNAME, PASSWORD]))
}

fn text(value: &Value, name: &str) -> TaskResult<String> {
    value[name].as_str().map(str::to_owned).ok_or_else(|| format!("no {name:?} in {value}"))
}

fn ended(running: &mut RunningProcess, what: &str) -> TaskResult {
    match running.0.try_wait() {
        Ok(Some(status)) => Err(format!("{what} ended with {status}; its log is in the demo's folder")),
        _ => Ok(()),
    }
}

fn run_quiet(arguments: &[&str]) -> TaskResult {
    complete(&mut command("cargo", arguments))
}

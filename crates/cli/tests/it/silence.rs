//! Attacks E7 and A11 on the real process: a whole run at log level `trace` writes no secret.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::installation::{Engine, HttpResponse, Installation, Serving, on_each_engine, stderr};

const PASSWORD: &str = "Xq7!velvet-harbour";
const WRONG: &str = "wrong-Pa55word-of-somebody";
const NEW: &str = "Zw3!velvet-harbour";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "https://app.example.com/callback";

/// A browser and all secrets seen so far.
struct Run<'a> {
    serving: &'a Serving,
    cookies: Vec<(String, String)>,
    secrets: BTreeSet<String>,
}

fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl Run<'_> {
    fn keep(&mut self, secret: &str) -> String {
        assert!(secret.len() > 8, "{secret:?} would be found by chance");
        self.secrets.insert(secret.to_owned());
        secret.to_owned()
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> HttpResponse {
        let path = path.strip_prefix(&format!("http://localhost:{}", self.serving.port)).unwrap_or(path).to_owned();
        let line = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        let mut all = vec![("Content-Type", kind), ("Accept", "text/html")];
        all.extend(Some(("Cookie", line.as_str())).filter(|_| !line.is_empty()));
        all.extend_from_slice(headers);
        let response = self.serving.call(method, &path, &all, body);
        for (_, line) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
            // `_logto` is for scripts to read.
            if !name.starts_with("_logto") && value.len() > 8 {
                self.keep(value);
            }
        }
        response
    }

    fn xsrf(&mut self, page: &HttpResponse) -> String {
        let token = page.body.split("name=\"xsrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        self.keep(token.unwrap_or_else(|| panic!("no form: {}", page.body)))
    }

    /// Records the tokens of a token response.
    fn tokens(&mut self, response: &HttpResponse) -> Value {
        let tokens: Value = serde_json::from_str(&response.body).unwrap();
        for name in ["access_token", "refresh_token", "id_token"] {
            if let Some(token) = tokens[name].as_str() {
                self.keep(token);
                // The signature alone makes a JWT worth stealing.
                self.keep(token.rsplit('.').next().unwrap());
            }
        }
        tokens
    }

    /// Signs in after one wrong password, and returns the code.
    fn sign_in(&mut self, client: &str, username: &str) -> String {
        let query = form(&[
            ("client_id", client),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid offline_access profile"),
            ("prompt", "login consent"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let begun = self.send("GET", &format!("/oidc/auth?{query}"), &[], "");
        let page = self.send("GET", begun.header("location"), &[], "");
        let token = self.xsrf(&page);
        for (password, status) in [(WRONG, 422), (PASSWORD, 303)] {
            let body = form(&[("xsrf", &token), ("identifier", username), ("password", password)]);
            let mut response = self.send("POST", "/sign-in", &[], &body);
            assert_eq!(response.status, status, "{}", response.body);
            while response.header("location").starts_with('/')
                || response.header("location").starts_with("http://localhost")
            {
                response = self.send("GET", response.header("location"), &[], "");
            }
            if status == 303 {
                let to = url::Url::parse(response.header("location")).unwrap();
                let code = to.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
                return self.keep(&code);
            }
        }
        unreachable!()
    }

    /// Exchanges, refreshes, introspects, and makes the mistakes that clients make.
    fn use_code(&mut self, client: &Value, code: &str) {
        let (id, secret) = (client["id"].as_str().unwrap(), client["secret"].as_str().unwrap());
        let basic = self.keep(&STANDARD.encode(format!("{id}:{secret}")));
        let exchange = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let wrong = [&exchange[..], &[("client_id", id), ("client_secret", WRONG)]].concat();
        assert_eq!(self.send("POST", "/oidc/token", &[], &form(&wrong)).status, 401);
        let header = format!("Basic {basic}");
        let response = self.send("POST", "/oidc/token", &[("Authorization", &header)], &form(&exchange));
        let tokens = self.tokens(&response);
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let refresh = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &text("refresh_token")),
            ("client_id", id),
            ("client_secret", secret),
        ]
        .map(|(name, value)| (name, value.to_owned()));
        let refresh: Vec<(&str, &str)> = refresh.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let response = self.send("POST", "/oidc/token", &[], &form(&refresh));
        let next = self.tokens(&response);
        let bearer = format!("Bearer {}", next["access_token"].as_str().unwrap());
        assert_eq!(self.send("GET", "/oidc/me", &[("Authorization", &bearer)], "").status, 200);
        for path in ["/oidc/token/introspection", "/oidc/token/revocation"] {
            let fields =
                [("token", text("access_token")), ("client_id", id.to_owned()), ("client_secret", secret.to_owned())];
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            assert_eq!(self.send("POST", path, &[], &form(&fields)).status, 200);
        }
        // Replays, secrets in wrong places, and unparsable input.
        assert_eq!(self.send("POST", "/oidc/token", &[("Authorization", &header)], &form(&exchange)).status, 400);
        let in_query = form(&[
            ("client_secret", secret),
            ("access_token", &text("access_token")),
            ("password", PASSWORD),
            ("code", code),
        ]);
        for path in ["/oidc/token", "/oidc/me", "/oidc/auth", "/sign-in", "/nowhere", "/api/users"] {
            self.send("GET", &format!("{path}?{in_query}"), &[], "");
            self.send(
                "POST",
                &format!("{path}?{in_query}"),
                &[("Authorization", &bearer)],
                &format!("{{\"password\": \"{PASSWORD}\", "),
            );
        }
        self.send("POST", "/oidc/token", &[("Authorization", &format!("Basic {secret}"))], &form(&refresh));
        self.send(
            "POST",
            "/oidc/token",
            &[],
            &format!("grant_type=authorization_code&code={code}%ff%00&client_secret={secret}%zz"),
        );
        let hint = form(&[("id_token_hint", &format!("{}x", text("id_token")))]);
        self.send("GET", &format!("/oidc/session/end?{hint}"), &[], "");
    }

    /// Calls the Management API routes that take or return secrets.
    fn manage(&mut self, machine: &Value) {
        let (id, secret) = (machine["id"].as_str().unwrap(), machine["secret"].as_str().unwrap());
        let fields = [
            ("grant_type", "client_credentials"),
            ("resource", "https://default.logto.app/api"),
            ("scope", "all"),
            ("client_id", id),
            ("client_secret", secret),
        ];
        let response = self.send("POST", "/oidc/token", &[], &form(&fields));
        let tokens = self.tokens(&response);
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let headers = [("Authorization", bearer.as_str())];
        let user = json!({"username": "bob", "password": PASSWORD}).to_string();
        let made: Value = serde_json::from_str(&self.send("POST", "/api/users", &headers, &user).body).unwrap();
        let path = format!("/api/users/{}", made["id"].as_str().unwrap());
        let body = json!({"password": NEW}).to_string();
        assert_eq!(self.send("PATCH", &format!("{path}/password"), &headers, &body).status, 200);
        assert_eq!(self.send("POST", &format!("{path}/password/verify"), &headers, &body).status, 204);
        let wrong = json!({"password": WRONG}).to_string();
        assert_eq!(self.send("POST", &format!("{path}/password/verify"), &headers, &wrong).status, 422);
        self.send("POST", "/api/users", &headers, &json!({"username": "bob", "password": NEW}).to_string());
        self.send("POST", "/api/users", &headers, &json!({"username": 1, "password": {"a": NEW}}).to_string());
        let listed = self.send("GET", "/api/users?includePasswordHash=true", &headers, "");
        for user in serde_json::from_str::<Value>(&listed.body).unwrap().as_array().unwrap() {
            self.keep(user["passwordDigest"].as_str().unwrap());
        }
        let secrets = format!("/api/applications/{id}/secrets");
        let made = self.send("POST", &secrets, &headers, &json!({"name": "second"}).to_string());
        let made: Value = serde_json::from_str(&made.body).unwrap();
        self.keep(made["value"].as_str().unwrap());
        assert_eq!(self.send("GET", &secrets, &headers, "").status, 200);
    }
}

/// The encodings in which a secret could appear in the log.
fn spellings(secret: &str) -> Vec<String> {
    let mut all = vec![
        secret.to_owned(),
        form(&[("", secret)])[1..].to_owned(),
        json!(secret).to_string().trim_matches('"').to_owned(),
    ];
    all.extend([STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret)]);
    all.push(format!("{:?}", secret.as_bytes()).trim_matches(['[', ']']).to_owned());
    all
}

#[test]
fn e7_a11_a_whole_run_logs_no_secret_at_the_most_talkative_level() {
    on_each_engine(|place| {
        let hidden = "hunter2-of-the-database";
        // The test server does not check passwords, so any password works.
        let url = place.url.replace("postgres@", &format!("postgres:{hidden}@"));
        let config = place.folder.join("loggia.toml");
        std::fs::write(&config, format!("db_url = \"{url}\"\n")).unwrap();
        let config = config.to_str().unwrap();
        let serving = place.serve_with(&["--log-format", "json", "--log-level", "trace", "--config", config]);
        let web = ["app", "create", "--type", "traditional", "--name", "Web", "--redirect-uri", CALLBACK, "--json"];
        let web = place.ask(&web, "");
        let machine = place.ask(&["app", "create", "--type", "m2m", "--name", "Ops", "--management-api", "--json"], "");
        place.ask(&["user", "create", "--username", "ada", "--password-stdin", "--json"], PASSWORD);
        let mut run = Run { serving: &serving, cookies: Vec::new(), secrets: BTreeSet::new() };
        for secret in [
            PASSWORD,
            WRONG,
            NEW,
            VERIFIER,
            hidden,
            web["secret"].as_str().unwrap(),
            machine["secret"].as_str().unwrap(),
        ] {
            run.keep(secret);
        }
        let code = run.sign_in(web["id"].as_str().unwrap(), "ada");
        run.use_code(&web, &code);
        run.manage(&machine);
        let secrets = run.secrets;
        let log = serving.stop_and_read("TERM");
        assert!(log.lines().count() > 40 && log.contains("/oidc/token"), "{log}");
        assert!(secrets.len() > 20, "{}", secrets.len());
        for secret in &secrets {
            for spelling in spellings(secret) {
                let line = log.lines().find(|line| line.contains(&spelling));
                assert!(line.is_none(), "{:?}: {secret} is logged as {spelling}: {line:?}", place.engine);
            }
        }
    });
}

#[test]
fn e7_a_database_url_is_never_shown_with_its_password() {
    for url in [
        "postgres://loggia:hunter2-in-the-url@127.0.0.1:1/loggia",
        "postgres://loggia:hunter2-in-the-url@[::1/loggia",
        "postgres://loggia:hunter2-in-the-url@127.0.0.1:99999/loggia",
        "postgres://loggia:hunter2-in-the-url@127.0.0.1:1/loggia?nonsense=1",
        "postgres://loggia:hunter2-in-the-url@127.0.0.1:1/loggia?sslmode=require",
        "postgres://127.0.0.1:1/loggia?password=hunter2-in-the-url&connect_timeout=x",
        "mysql://loggia:hunter2-in-the-url@127.0.0.1/loggia",
        "loggia:hunter2-in-the-url@127.0.0.1",
    ] {
        for words in [&["serve", "--log-level", "trace"][..], &["migrate"], &["doctor"], &["app", "list"]] {
            let mut place = Installation::new(Engine::Sqlite);
            place.url = url.to_owned();
            let output = place.run(words);
            assert_ne!(output.status.code(), Some(0), "{words:?} {url}");
            let shown = format!("{}{}", stderr(&output), String::from_utf8_lossy(&output.stdout));
            assert!(!shown.contains("hunter2"), "{words:?} {url}: {shown}");
        }
    }
}

#[test]
fn e7_nothing_that_is_sent_breaks_a_line_of_the_log() {
    for format in ["json", "text"] {
        let place = Installation::new(Engine::Sqlite);
        let serving = place.serve_with(&["--log-format", format, "--log-level", "trace"]);
        let forged = "x%0d%0a2026-11-24T00:00:00Z%20%20INFO%20forged%1b[31m";
        let plain = "x\u{85}2026 forged \u{1b}[31m\u{2028}";
        for path in [format!("/oidc/{forged}"), format!("/{forged}?{forged}={forged}"), format!("/api/users/{forged}")]
        {
            for method in ["GET", "POST", "FORGED"] {
                let headers =
                    [("User-Agent", plain), ("X-Forwarded-For", plain), ("Referer", plain), ("Cookie", plain)];
                serving.request(method, &path, &headers, &format!("client_id={forged}&grant_type={forged}"));
            }
        }
        let log = serving.stop_and_read("TERM");
        assert!(log.lines().count() > 8, "{log}");
        assert!(!log.contains(|c: char| c.is_control() && c != '\n'), "{log:?}");
        for line in log.lines() {
            let begins = if format == "json" { "{\"timestamp\":\"2" } else { "2" };
            assert!(line.starts_with(begins) && !line.starts_with("2026-11-24T00:00:00Z"), "{line}");
        }
    }
}

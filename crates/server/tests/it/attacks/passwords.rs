//! Attacks C4, C5, C7, C11, C12 and C23: what a guesser of passwords can count on.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::oidc::{BrowserAgent, TestClient};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixtures::{PASSWORD, person, xsrf};

const PASSWORD_ROUTE: &str = "/api/experience/verification/password";

async fn limit(app: &TestApp, most: i64) {
    let policy = json!({"sentinelPolicy": {"maxAttempts": most, "lockoutDuration": 10}});
    app.management_request("PATCH", "/api/sign-in-exp").await.json(policy).send().await.expect(200);
}

/// A browser that has begun to sign in, at a page and at the API alike.
async fn visitor(app: &TestApp, client: &TestClient) -> (BrowserAgent, String) {
    let mut agent = app.agent();
    agent.authorize(&app.authorization(client, "openid")).await.expect(303);
    let token = xsrf(&agent.get("/sign-in").await.expect(200));
    agent.send(app.request("PUT", "/api/experience").json(json!({"interactionEvent": "SignIn"}))).await.expect(204);
    (agent, token)
}

async fn guess(app: &TestApp, agent: &BrowserAgent, name: &str, password: &str) -> TestResponse {
    let body = json!({"identifier": {"type": "username", "value": name}, "password": password});
    agent.add_cookies(app.post(PASSWORD_ROUTE).json(body)).send().await
}

async fn guess_on_page(
    app: &TestApp,
    (agent, token): &(BrowserAgent, String),
    page: &str,
    fields: [&str; 2],
) -> TestResponse {
    let form = [("xsrf", token.as_str()), ("identifier", fields[0]), ("password", fields[1])];
    agent.add_cookies(app.post(page).form(&form)).send().await
}

#[tokio::test]
async fn c4_c5_every_limit_is_exact_and_every_failure_is_seen_by_another_node() {
    for_each_engine(async |app: TestApp| {
        let (client, other) = (app.web_client().await, TestApp::with(app.engine, app.app.settings.clone()).await);
        for most in [1, 2, 3, 9, 10, 11, 25] {
            limit(&app, most).await;
            let name = format!("user{most}");
            person(&app, &name).await;
            let (agent, _) = visitor(&app, &client).await;
            for n in 1..=most {
                let told = guess(&app, &agent, &name, "wrong").await;
                let code = if n < most {
                    "session.invalid_credentials"
                } else {
                    "session.verification_blocked_too_many_attempts"
                };
                assert_eq!(told.json()["code"], code, "{:?}: attempt {n} of {most}", app.engine);
                let count = db::sql!(
                    "select max(failures) from sentinel_counters where tenant_id = 'default' and failures = $1"
                );
                let seen = other.app.db.read(move |r| r.query_one::<Option<i64>>(count, db::params![n])).await;
                assert_eq!(seen, Ok::<_, db::DbError>(Some(n)), "{:?}: a new connection sees {n}", app.engine);
            }
            let right = guess(&app, &agent, &name, PASSWORD).await;
            right.expect_error(400, "session.verification_blocked_too_many_attempts");
        }
    })
    .await;
}

#[tokio::test]
async fn c7_a_lock_holds_on_every_path_that_takes_a_password() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        limit(&app, 2).await;
        let client = app.web_client().await;
        let other = TestApp::with(app.engine, app.app.settings.clone()).await;
        let visit = visitor(&app, &client).await;
        for _ in 0..2 {
            guess(&app, &visit.0, "alice", "wrong").await;
        }
        let before = app.snapshot().await;
        let locked = "session.verification_blocked_too_many_attempts";
        for node in [&app, &other] {
            let mut visit = visitor(node, &client).await;
            guess(node, &visit.0, "alice", PASSWORD).await.expect_error(400, locked);
            for page in ["/sign-in", "/identifier-sign-in"] {
                let told = guess_on_page(node, &visit, page, ["alice", PASSWORD]).await.expect(400);
                assert!(told.text().contains("Too many wrong attempts"), "{page}: {}", told.text());
            }
            for event in ["Register", "ForgotPassword"] {
                let start = node.request("PUT", "/api/experience").json(json!({"interactionEvent": event}));
                visit.0.send(start).await.expect(204);
                let refused = guess(node, &visit.0, "alice", PASSWORD).await;
                assert_eq!(refused.status, 400, "{event}: {}", refused.text());
            }
            let change = node.request("PUT", "/api/experience/profile/password").json(json!({"password": PASSWORD}));
            assert!(visit.0.add_cookies(change).send().await.status.is_client_error());
        }
        assert_eq!(before.difference(&app.snapshot().await, &["interactions"]), Vec::<String>::new());
        for node in [&app, &other] {
            node.app.clock.advance(Duration::from_secs(600));
        }
        let visit = visitor(&app, &client).await;
        guess(&app, &visit.0, "alice", PASSWORD).await.expect(200);
    })
    .await;
}

/// Everything about an answer but what differs between any two.
fn shape(answer: &TestResponse, name: &str) -> (u16, Vec<(String, String)>, String) {
    let chance = ["logto-core-request-id", "content-security-policy", "etag"];
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !chance.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let text = answer.text();
    let nonce = text.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("no nonce");
    (answer.status.as_u16(), headers, text.replace(nonce, "").replace(name, ""))
}

#[tokio::test]
async fn c11_the_pages_and_the_api_do_the_same_work_for_everybody() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        let bare = app.user("blank").await;
        assert!(!bare.is_empty(), "somebody without a password");
        let client = app.web_client().await;
        let visit = visitor(&app, &client).await;
        let mut seen = Vec::new();
        for name in ["alice", "blank", "ghost"] {
            // Now and then a request also looks whether the configuration changed; the fewest statements count.
            let mut fewest = [i64::MAX; 2];
            let mut shapes = Vec::new();
            for _ in 0..4 {
                for (way, fewest) in fewest.iter_mut().enumerate() {
                    app.app.flush_audit().await;
                    app.fault_injector().break_after(1_000);
                    let answer = match way {
                        0 => guess(&app, &visit.0, name, "wrong").await,
                        _ => guess_on_page(&app, &visit, "/sign-in", [name, "wrong"]).await,
                    };
                    app.app.flush_audit().await;
                    *fewest = (*fewest).min(1_000 - app.fault_injector().left());
                    app.fault_injector().repair();
                    shapes.push(shape(&answer, name));
                }
            }
            assert_eq!((shapes[0].0, shapes[1].0), (422, 422));
            seen.push((fewest, shapes));
        }
        assert_eq!(seen[0], seen[1], "{:?}: no password and a wrong one", app.engine);
        assert_eq!(seen[0], seen[2], "{:?}: nobody and somebody", app.engine);
    })
    .await;
}

/// Words that name a secret; comparing one with `==` takes a time that tells how much of it was right.
const SECRETS: [&str; 7] = ["secret", "password", "verifier", "signature", "xsrf", "digest", "handle"];

#[test]
fn c12_no_secret_is_compared_but_in_constant_time() {
    fn sources(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => sources(&path, found),
                false => found.extend(Some(path).filter(|path| path.extension().is_some_and(|kind| kind == "rs"))),
            }
        }
    }
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
    let mut files = Vec::new();
    for name in ["kernel", "jose", "oauth", "flow", "db", "server", "cli", "client"] {
        sources(&crates.join(name).join("src"), &mut files);
    }
    assert!(files.len() > 150);
    let (mut plain, mut constant) = (Vec::new(), 0);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let production = text.split("#[cfg(test)]").next().unwrap();
        constant += production.matches("constant_time_eq(").count();
        for line in production.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let compared = line.split_whitespace().collect::<Vec<_>>();
            let sides = compared.windows(3).filter(|three| matches!(three[1], "==" | "!="));
            for side in sides.flat_map(|three| [three[0], three[2]]) {
                let word = side.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
                let last = word.rsplit('.').next().unwrap();
                if SECRETS.contains(&last) {
                    plain.push(format!("{}: {}", file.display(), line.trim()));
                }
            }
        }
    }
    assert!(plain.is_empty(), "use kernel::id::constant_time_eq: {plain:#?}");
    // Client secrets, PKCE, cookies, the forms of pages and of signing out, old digests, and the client's own state.
    assert!(constant >= 8, "{constant}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn c23_a_flood_of_passwords_leaves_the_token_endpoint_alone() {
    for_each_engine(async |app: TestApp| {
        let mut settings = app.app.settings.clone();
        settings.hash = server::settings::HashSettings { memory: 19_456, passes: 8, threads: 1 };
        let slow = TestApp::with(app.engine, settings).await;
        let (client, user) = (slow.web_client().await, slow.user("alice").await);
        let tokens = Value::Object(slow.code_flow(&client, &user, "openid offline_access").await);
        let mut flood = Vec::new();
        for n in 0..120 {
            let (agent, _) = visitor(&slow, &client).await;
            let node = slow.clone();
            flood.push(tokio::spawn(async move { guess(&node, &agent, &format!("user{n}"), "wrong").await }));
        }
        let waiting = || flood.iter().any(|guess| !guess.is_finished());
        let refresh = tokens["refresh_token"].as_str().unwrap();
        for _ in 0..5 {
            slow.refresh(&client, refresh, &[]).send().await.expect(200);
            slow.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(200);
        }
        assert!(waiting(), "answered only after the flood was over");
        let mut refused = 0;
        for guess in flood {
            let answer = guess.await.unwrap();
            match answer.status.as_u16() {
                422 => {}
                503 => {
                    assert_eq!(answer.header("retry-after"), "1");
                    refused += 1;
                }
                other => panic!("{other}: {}", answer.text()),
            }
        }
        assert!(refused > 0, "the queue took everything");
    })
    .await;
}

#[tokio::test]
async fn c23_a_huge_password_is_refused_on_every_path_before_it_is_hashed() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        let client = app.web_client().await;
        let visit = visitor(&app, &client).await;
        let token = app.management_token("default").await;
        let before = app.snapshot().await;
        for length in [4_097, 100_000, 1 << 20] {
            let huge = "p".repeat(length);
            let refused = |answer: TestResponse, what: &str| {
                assert!(matches!(answer.status.as_u16(), 400 | 413 | 422), "{what} of {length}: {}", answer.status);
            };
            refused(guess(&app, &visit.0, "alice", &huge).await, "the API");
            for page in ["/sign-in", "/register"] {
                refused(guess_on_page(&app, &visit, page, ["alice", &huge]).await, page);
            }
            let manage = async |method: &str, path: &str, body: Value| {
                let answer = app.request(method, path).bearer(&token).json(body).send().await;
                refused(answer, path);
            };
            manage("POST", "/api/users", json!({"username": "huge", "password": huge})).await;
            manage("PATCH", "/api/users/alice/password", json!({"password": huge})).await;
            manage("POST", "/api/users/alice/password/verify", json!({"password": huge})).await;
            manage("POST", "/api/sign-in-exp/default/check-password", json!({"password": huge})).await;
        }
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new());
    })
    .await;
}

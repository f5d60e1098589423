//! Attacks G7 and F7: a process that stops between two statements leaves no partial state. Every request is repeated
//! with one statement more each time until it succeeds. A failed lookup never allows a request either.

use serde_json::json;
use testkit::oidc::BrowserAgent;
use testkit::{DatabaseSnapshot, TestApp, TestRequest, TestResponse, for_each_engine};

use super::fixtures::{PASSWORD, person, third_party_client, xsrf};
use super::requests::{SeededTenant, sample_requests};

/// Attempts are counted in their own transaction before the password is compared (attack C4).
const COUNTERS: &[&str] = &["sentinel_counters"];

/// No request executes more statements.
const MAX_STATEMENTS: u32 = 200;

/// Sends the request of `send` once per statement boundary until it succeeds; until then only the tables in `kept` may
/// change.
async fn fail_at_every_statement<F: Future<Output = TestResponse>>(
    app: &TestApp,
    what: &str,
    kept: &[&str],
    send: impl Fn() -> F,
) -> TestResponse {
    let before = app.snapshot().await;
    for statements in 0..MAX_STATEMENTS {
        app.fault_injector().break_after(statements);
        let answer = send().await;
        let broke = app.fault_injector().repair();
        if !broke {
            return answer;
        }
        assert!(answer.status.is_server_error(), "{what} without its statement {statements}: {}", answer.status);
        let changes = before.difference(&app.snapshot().await, kept);
        assert!(changes.is_empty(), "{:?}: {what}, killed after {statements} statements: {changes:#?}", app.engine);
    }
    panic!("{what} does not end");
}

#[tokio::test]
async fn g7_f7_a_management_call_is_done_whole_or_not_at_all() {
    for_each_engine(async |app: TestApp| {
        let mut place = SeededTenant::new(&app, "default").await;
        for call in sample_requests() {
            let what = format!("{} {}", call.method, call.path);
            let answer = fail_at_every_statement(&app, &what, &[], async || place.send(&call).await).await;
            place.record_success(&call, &answer).await;
        }
    })
    .await;
}

/// Sends one request of a browser and fails it at every statement.
async fn step(agent: &mut BrowserAgent, app: &TestApp, what: &str, request: impl Fn() -> TestRequest) -> TestResponse {
    let sender = &*agent;
    let answer =
        fail_at_every_statement(app, what, COUNTERS, async || sender.add_cookies(request()).send().await).await;
    agent.store_cookies(&answer);
    answer
}

fn path(location: &str) -> String {
    location.strip_prefix("http://localhost:3001").unwrap_or(location).to_owned()
}

/// Follows the redirect of `answer`.
async fn follow(agent: &mut BrowserAgent, app: &TestApp, answer: &TestResponse, status: u16) -> TestResponse {
    let to = path(answer.header("location"));
    let what = format!("GET {}", to.split('?').next().unwrap());
    step(agent, app, &what, || app.get(&to)).await.expect(status)
}

#[tokio::test]
async fn g7_f7_signing_in_refreshing_and_signing_out_are_done_whole_or_not_at_all() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        let client = app.spa_client().await;
        let mut agent = app.agent();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(app.authorization(&client, "openid offline_access"))
            .finish();
        let begun = step(&mut agent, &app, "GET /oidc/auth", || app.get(&format!("/oidc/auth?{query}"))).await;
        let page = agent.get(begun.expect(303).header("location")).await.expect(200);
        let token = xsrf(&page);
        let form = [("xsrf", token.as_str()), ("identifier", "alice"), ("password", PASSWORD)];
        let signed_in = step(&mut agent, &app, "POST /sign-in", || app.post("/sign-in").form(&form)).await.expect(303);
        let resumed = follow(&mut agent, &app, &signed_in, 303).await;
        let consented = follow(&mut agent, &app, &resumed, 302).await;
        let done = follow(&mut agent, &app, &consented, 303).await;
        let to = url::Url::parse(done.header("location")).unwrap();
        let code = to.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();

        let exchange = async || app.exchange(&client, &code).send().await;
        let tokens = fail_at_every_statement(&app, "the exchange of a code", &[], exchange).await.expect(200).json();
        let refresh_token = tokens["refresh_token"].as_str().unwrap();
        let refresh = async || app.refresh(&client, refresh_token, &[]).send().await;
        let tokens = fail_at_every_statement(&app, "a refresh", &[], refresh).await.expect(200).json();
        let fields = [("token", tokens["access_token"].as_str().unwrap()), ("client_id", &client.id)];
        let revoke = async || app.post("/oidc/token/revocation").form(&fields).send().await;
        fail_at_every_statement(&app, "a revocation", &[], revoke).await.expect(200);

        let asked = step(&mut agent, &app, "GET /oidc/session/end", || app.get("/oidc/session/end")).await.expect(200);
        let token = xsrf(&asked);
        let form = [("xsrf", token.as_str()), ("logout", "yes")];
        let gone = step(&mut agent, &app, "the end of a session", || app.post("/oidc/session/end/confirm").form(&form));
        gone.await.expect(303);
    })
    .await;
}

#[tokio::test]
async fn g7_replays_that_end_a_grant_end_it_whole() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        let client = app.spa_client().await;
        let tokens = app.code_flow(&client, "alice", "openid offline_access").await;
        let parent = tokens["refresh_token"].as_str().unwrap();
        app.refresh(&client, parent, &[]).send().await.expect(200);
        app.app.clock.advance(std::time::Duration::from_secs(4));
        let replay = async || app.refresh(&client, parent, &[]).send().await;
        fail_at_every_statement(&app, "the replay of a refresh token", &[], replay).await.expect(400);
        let code = app.agent().sign_in(&app.authorization(&client, "openid offline_access"), "alice").await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        let replay = async || app.exchange(&client, &code).send().await;
        fail_at_every_statement(&app, "the replay of a code", &[], replay).await.expect(400);
        app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn g7_registering_and_consenting_are_done_whole_or_not_at_all() {
    for_each_engine(async |app: TestApp| {
        let client = third_party_client(&app).await;
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid offline_access profile")).await.expect(303);
        let page = agent.get("/register").await.expect(200);
        let token = xsrf(&page);
        let account = [("identifier", "newbie"), ("password", PASSWORD), ("confirm", PASSWORD)];
        let form = [&[("xsrf", token.as_str())], &account[..]].concat();
        let made = step(&mut agent, &app, "POST /register", || app.post("/register").form(&form)).await.expect(303);
        let resumed = follow(&mut agent, &app, &made, 303).await;
        let page = agent.get(resumed.header("location")).await.expect(200);
        let token = xsrf(&page);
        let form = [("xsrf", token.as_str()), ("decision", "allow")];
        let allowed = step(&mut agent, &app, "POST /consent", || app.post("/consent").form(&form)).await.expect(303);
        let done = follow(&mut agent, &app, &allowed, 303).await;
        assert!(done.header("location").contains("code="), "{}", done.header("location"));
    })
    .await;
}

#[tokio::test]
async fn g7_f7_a_step_of_the_experience_api_is_done_whole_or_not_at_all() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
        let base = "/api/experience";
        let identity = json!({"identifier": {"type": "username", "value": "newbie"}, "password": PASSWORD});
        let mut proof = json!(null);
        for (method, tail, body) in [
            ("PUT", "", json!({"interactionEvent": "SignIn"})),
            ("PUT", "/interaction-event", json!({"interactionEvent": "Register"})),
            ("POST", "/verification/new-password-identity", identity.clone()),
            ("POST", "/identification", json!({"verificationId": "of the proof"})),
            ("POST", "/submit", json!({})),
        ] {
            let body = if tail == "/identification" { json!({"verificationId": proof}) } else { body };
            let request = || app.request(method, &format!("{base}{tail}")).json(body.clone());
            let answer = step(&mut agent, &app, &format!("{method} {base}{tail}"), request).await;
            assert!(answer.status.is_success(), "{tail}: {}", answer.text());
            if tail.starts_with("/verification") {
                proof = answer.json()["verificationId"].clone();
            }
        }
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
        let start = app.request("PUT", base).json(json!({"interactionEvent": "SignIn"}));
        agent.send(start).await.expect(204);
        let password = || app.post("/api/experience/verification/password").json(identity.clone());
        let proof = step(&mut agent, &app, "the check of a password", password).await.expect(200).json();
        let body = json!({"verificationId": proof["verificationId"]});
        agent.send(app.post("/api/experience/identification").json(body)).await.expect(204);
        step(&mut agent, &app, "signing in", || app.post("/api/experience/submit").json(json!({}))).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn g7_a_first_start_that_is_killed_anywhere_is_completed_by_the_next() {
    for_each_engine(async |app: TestApp| {
        let mut settings = app.app.settings.clone();
        settings.db_url = testkit::fresh_url(app.engine);
        for statements in 0..MAX_STATEMENTS {
            app.fault_injector().break_after(statements);
            let opened = server::serve::open(&settings, &app.app.clock, &app.app.rng).await;
            if app.fault_injector().repair() {
                assert!(opened.is_err(), "it starts without its statement {statements}");
                continue;
            }
            let seeded = DatabaseSnapshot::of(&opened.unwrap().db).await;
            assert_eq!(seeded.counts(), app.snapshot().await.counts(), "{:?}", app.engine);
            return;
        }
        panic!("the start does not end");
    })
    .await;
}

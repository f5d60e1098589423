//! Attack E4 through the API: scripts that would take the server with them.

use std::time::{Duration, Instant};

use http::Method;
use outbound::FakeResponse;
use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::{CUSTOMIZERS, customize, entries};
use crate::applications::call;
use crate::oidc::fixtures::alice;

async fn attempt(app: &TestApp, body: &str) -> testkit::TestResponse {
    let script = format!("const getCustomJwtClaims = async ({{ api, environmentVariables }}) => {{ {body} }};");
    let body = json!({"tokenType": "client-credentials", "script": script, "token": {}, "context": {}});
    call(app, "POST", &format!("{CUSTOMIZERS}/test"), body).await
}

#[tokio::test]
async fn fetch_goes_through_the_client_of_the_server_and_is_bounded() {
    for_each_engine(async |app: TestApp| {
        let answer = FakeResponse::json(&json!({"tier": "gold"}));
        app.outbound.respond(Method::POST, "https://crm.example.com/tiers", answer);
        let script = "const answer = await fetch('https://crm.example.com/tiers', {
                method: 'POST', headers: { authorization: 'Bearer key' }, body: JSON.stringify({ id: 'u' }) });
            return { ...(await answer.json()), status: answer.status };";
        assert_eq!(attempt(&app, script).await.expect(200).json(), json!({"tier": "gold", "status": 200}));
        let sent = &app.outbound.received()[0];
        assert_eq!(
            (sent.headers["authorization"].to_str().unwrap(), &*sent.body),
            ("Bearer key", &b"{\"id\":\"u\"}"[..])
        );
        app.outbound.respond(
            Method::GET,
            "https://crm.example.com/huge",
            FakeResponse::status(http::StatusCode::OK).body("x".repeat(300_000)),
        );
        for (call, reason) in [
            ("fetch('https://crm.example.com/huge')", "larger than 262144 bytes"),
            ("fetch('https://crm.example.com/tiers', { method: 'TRACE' })", "the method must be"),
            ("fetch('https://crm.example.com/tiers', { headers: { host: 'other' } })", "the header host can't be sent"),
            ("fetch('https://crm.example.com/tiers', { headers: { 'a\\nb': 'c' } })", "can't be sent"),
            ("fetch('https://crm.example.com/tiers', { method: 'POST', body: 'x'.repeat(70000) })", "65536 bytes"),
            ("fetch('file:///etc/passwd')", "must start with http"),
            ("fetch('https://user:pass@crm.example.com/')", "user name or password"),
        ] {
            let refused =
                attempt(&app, &format!("await {call}")).await.expect_error(500, "jwt_customizer.general").json();
            let text = refused["data"]["message"].as_str().unwrap();
            assert!(text.contains(reason), "{call}: {text}");
        }
        assert_eq!(app.outbound.received().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn e4_a_script_that_never_ends_costs_five_seconds_and_no_other_tenant() {
    for_each_engine(async |app: TestApp| {
        let user = alice(&app).await;
        let client = app.web_client().await;
        let tokens = app.code_flow(&client, &user, "openid offline_access read:items").await;
        let began = Instant::now();
        let refused = attempt(&app, "for (;;) {}").await.expect_error(500, "jwt_customizer.general").json();
        assert_eq!(refused["data"]["error"], "Timeout");
        assert!((5.0..6.5).contains(&began.elapsed().as_secs_f64()), "{:?}", began.elapsed());
        let attempts: Vec<_> = (0..4)
            .map(|_| {
                let app = app.clone();
                tokio::spawn(
                    async move { attempt(&app, "for (;;) {}").await.expect_error(500, "jwt_customizer.general") },
                )
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let began = Instant::now();
        app.refresh(&client, tokens["refresh_token"].as_str().unwrap(), &[]).send().await.expect(200);
        assert!(began.elapsed() < Duration::from_secs(2), "no script, no wait: {:?}", began.elapsed());
        for one in attempts {
            one.await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn e4_memory_recursion_and_results_are_bounded() {
    for_each_engine(async |app: TestApp| {
        for (body, status, error) in [
            ("const all = []; for (;;) all.push(new Array(1e5).fill(0))", 500, "OutOfMemory"),
            ("const down = () => down(); return down()", 500, "Error"),
            ("return { text: 'x'.repeat(60000) }", 422, "TypeError"),
        ] {
            let refused = attempt(&app, body).await.expect_error(status, "jwt_customizer.general").json();
            assert_eq!(refused["data"]["error"], error, "{body}");
        }
        attempt(&app, "Object.prototype.polluted = 1; globalThis.left = 1; return {}").await.expect(200);
        let clean = attempt(&app, "return { a: ({}).polluted ?? 0, b: typeof left }").await.expect(200).json();
        assert_eq!(clean, json!({"a": 0, "b": "undefined"}));
    })
    .await;
}

#[tokio::test]
async fn e4_only_administrators_run_or_see_scripts() {
    for_each_engine(async |app: TestApp| {
        customize(&app, "access-token", "const getCustomJwtClaims = () => ({});").await.expect(201);
        for (method, path) in [
            ("GET", CUSTOMIZERS),
            ("POST", "/api/configs/jwt-customizer/test"),
            ("PUT", "/api/configs/jwt-customizer/access-token"),
            ("GET", "/api/configs/actions"),
            ("POST", "/api/configs/actions/test"),
            ("PUT", "/api/configs/actions/action.postSignIn"),
        ] {
            assert_eq!(app.request(method, path).json(json!({})).send().await.status, 401, "{method} {path}");
            let token = app.access_token("default", "https://default.logto.app/api", "read").await;
            let request = app.request(method, path).header("authorization", &format!("Bearer {token}"));
            assert_eq!(request.json(json!({})).send().await.status, 403, "{method} {path}");
        }
        assert!(entries(&app, "JwtCustomizer.AccessToken").await.is_empty());
    })
    .await;
}

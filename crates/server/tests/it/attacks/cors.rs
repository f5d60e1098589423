//! Attack F10: which answers a script of another origin may read.

use serde_json::json;
use server::routes::Access;
use testkit::{TestApp, TestResponse, for_each_engine};

/// Origins that look like the registered one.
const FOREIGN: [&str; 14] = [
    "null",
    "*",
    "https://evil.example",
    "https://spa.example.com.evil.example",
    "https://evilspa.example.com",
    "https://sub.spa.example.com",
    "http://spa.example.com",
    "https://spa.example.com:8443",
    "https://spa.example.com.",
    "https://spa.example.com@evil.example",
    "https://spa.example.com%00.evil.example",
    "https://spa.example.org",
    "file://",
    "https://xn--spa-example-com.evil.example",
];

const OWN: &str = "https://spa.example.com";

/// Documents that everybody may read: they hold nothing secret and need no credentials.
const OPEN: [&str; 4] = [
    "/oidc/.well-known/openid-configuration",
    "/oidc/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/oidc",
    "/oidc/jwks",
];

fn allowed(answer: &TestResponse) -> &str {
    assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    answer.header("access-control-allow-origin")
}

#[tokio::test]
async fn f10_the_clients_endpoints_answer_registered_origins_only() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.spa_client().await, app.user("alice").await);
        let custom = json!({"corsAllowedOrigins": ["https://extra.example.com"]});
        let with_extra = app.client("SPA", &["https://spa.example.com/callback"], custom).await;
        let device = app.client("Native", &["https://spa.example.com/callback"], json!({"isDeviceFlow": true})).await;
        let tokens = app.code_flow(&client, &user, "openid offline_access").await;
        let access = tokens["access_token"].as_str().unwrap();
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let request = app.authorization(&client, "openid");
        let request: Vec<(&str, &str)> = request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let post_request = |origin: &str| app.post("/oidc/request").header("origin", origin).form(&request);
        let ask = |origin: &str| {
            let form = [("client_id", client.id.as_str()), ("token", access)];
            let post = |path: &str| app.post(path).header("origin", origin).form(&form);
            [
                app.refresh(&client, refresh, &[]).header("origin", origin),
                post("/oidc/token/introspection"),
                post_request(origin),
                app.token_request_at("/oidc/device/auth", &device, &[]).header("origin", origin),
                app.get("/oidc/me").bearer(access).header("origin", origin),
                post("/oidc/token/revocation"),
            ]
        };
        for origin in FOREIGN {
            for request in ask(origin) {
                let path = request.path();
                let answer = request.send().await;
                assert_eq!(allowed(&answer), "", "{path} {origin}");
                // Nothing was done either: a refresh token that a stranger's script sends is not used up.
                assert_eq!(answer.status, 400, "{path} {origin}: {}", answer.text());
            }
        }
        for request in ask(OWN) {
            let path = request.path();
            let answer = request.send().await;
            assert!(answer.status.is_success(), "{path}: {}", answer.text());
            assert_eq!(allowed(&answer), OWN, "{path}");
        }
        let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let extra = |origin: &str| app.token_request(&with_extra, &fields).header("origin", origin);
        assert_eq!(allowed(&extra("https://extra.example.com").send().await), "https://extra.example.com");
        assert_eq!(allowed(&extra("https://extra.example.com.evil.example").send().await), "");
    })
    .await;
}

#[tokio::test]
async fn f10_no_other_route_answers_a_foreign_origin() {
    for_each_engine(async |app: TestApp| {
        let token = app.management_token("default").await;
        for route in server::router::declared() {
            let is_for_clients = ["/oidc/token", "/oidc/me", "/oidc/device/auth", "/oidc/request"]
                .iter()
                .any(|prefix| route.path.starts_with(prefix));
            let takes_no_cookies = matches!(route.access, Access::Account(_));
            if OPEN.contains(&route.path.as_str()) || is_for_clients || takes_no_cookies {
                continue;
            }
            let path = route.path.replace(['{', '}', '*'], "");
            for origin in FOREIGN.into_iter().chain([OWN, "http://localhost:3001"]) {
                for method in [route.method.as_str(), "OPTIONS"] {
                    let request = app.request(method, &path).header("origin", origin).bearer(&token);
                    let request = request.header("access-control-request-method", route.method.as_str());
                    assert_eq!(allowed(&request.send().await), "", "{method} {path} from {origin}");
                }
            }
            if path.starts_with("/api/") {
                let console = app.request(route.method.as_str(), &path).header("origin", "http://localhost:3002");
                assert_eq!(allowed(&console.send().await), "http://localhost:3002", "{path}");
            }
        }
    })
    .await;
}

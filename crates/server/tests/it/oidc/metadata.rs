//! Discovery, keys, unknown routes, CORS (traces 00-01 to 00-04).

use serde_json::json;
use testkit::{TestApp, for_each_engine};

#[tokio::test]
async fn discovery_and_its_alias_serve_the_traced_document() {
    for_each_engine(async |app: TestApp| {
        let first =
            app.get("/oidc/.well-known/openid-configuration").header("origin", "https://any.example").send().await;
        let first = first.expect(200);
        // How it differs from the trace is tested beside it.
        assert_eq!(
            first.json(),
            oauth::discovery::document("http://localhost:3001/oidc", &["ES384".to_owned()], Default::default())
        );
        assert_eq!(first.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(first.header("access-control-allow-origin"), "https://any.example");
        assert_eq!(first.header("vary"), "Accept-Encoding, Origin");
        let alias = app.get("/oidc/.well-known/oauth-authorization-server").send().await.expect(200);
        assert_eq!(
            (alias.body, alias.headers["access-control-allow-origin"].to_str().unwrap()),
            (first.body.clone(), "*")
        );
        let again = app.get("/oidc/.well-known/openid-configuration");
        let again = again.header("if-none-match", first.header("etag")).send().await.expect(304);
        assert!(again.body.is_empty());
        assert_eq!(again.header("access-control-allow-origin"), "*");
        app.request("HEAD", "/oidc/.well-known/openid-configuration").send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn keys_are_public_and_differ_by_tenant() {
    for_each_engine(async |app: TestApp| {
        let own = app.get("/oidc/jwks").send().await.expect(200);
        assert_eq!(own.header("content-type"), "application/jwk-set+json; charset=utf-8");
        assert_eq!(own.header("cache-control"), "no-cache, max-age=0, must-revalidate");
        assert_eq!(own.header("access-control-allow-origin"), "*");
        let key = own.json()["keys"][0].as_object().unwrap().clone();
        let mut names: Vec<&str> = key.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        assert_eq!((&key["kty"], &key["alg"], &key["crv"]), (&json!("EC"), &json!("ES384"), &json!("P-384")));
        let other = app.admin_request("GET", "/oidc/jwks").send().await.expect(200);
        assert_ne!(other.json()["keys"][0]["kid"], key["kid"]);
        app.get("/oidc/jwks").header("if-none-match", own.header("etag")).send().await.expect(304);
    })
    .await;
}

/// Plain requests take a fast path before routing; the response must not differ.
#[tokio::test]
async fn the_fast_path_and_the_route_serve_the_same_document() {
    for_each_engine(async |app: TestApp| {
        for path in ["/oidc/jwks", "/oidc/.well-known/openid-configuration"] {
            let plain = app.get(path).header("origin", "https://any.example").send().await.expect(200);
            let queried =
                app.get(&format!("{path}?x=1")).header("origin", "https://any.example").send().await.expect(200);
            let head = app.request("HEAD", path).header("origin", "https://any.example").send().await.expect(200);
            assert_eq!(plain.body, queried.body);
            for mut other in [queried.headers, head.headers] {
                other.insert("logto-core-request-id", plain.headers["logto-core-request-id"].clone());
                for (name, value) in &plain.headers {
                    assert_eq!(other.get(name), Some(value), "{path} {name}");
                }
            }
        }
        app.get("/oidc/jwks?x=%00").send().await.expect(400);
    })
    .await;
}

#[tokio::test]
async fn unknown_routes_and_methods_are_404_with_an_oauth_error() {
    for_each_engine(async |app: TestApp| {
        for (method, path, shown) in [
            ("GET", "/oidc/nothing", "GET on /nothing"),
            ("GET", "/oidc", "GET on /"),
            ("PUT", "/oidc/token", "PUT on /token"),
            ("GET", "/oidc/token", "GET on /token"),
            ("DELETE", "/oidc/me", "DELETE on /me"),
            ("POST", "/oidc/.well-known/openid-configuration", "POST on /.well-known/openid-configuration"),
            ("OPTIONS", "/oidc/auth", "OPTIONS on /auth"),
        ] {
            let answer = app.request(method, path).send().await.expect_error(404, "oidc.invalid_request").json();
            let text = format!("unrecognized route or not allowed method ({shown})");
            assert_eq!(
                (answer["error"].as_str(), answer["error_description"].as_str()),
                (Some("invalid_request"), Some(text.as_str()))
            );
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_that_cannot_be_read_gets_an_oauth_error_below_oidc_and_a_page_in_a_browser() {
    for_each_engine(async |app: TestApp| {
        for path in ["/oidc/auth?state=%00", "/oidc/token/%00", "/oidc/auth/%ff", "/oidc/%ed%a0%80", "/oidc?x=%00"] {
            let answer = app.get(path).send().await.expect_error(400, "oidc.invalid_request").json();
            assert_eq!(answer["error"], "invalid_request", "{path}");
            let description = answer["error_description"].as_str().unwrap();
            assert!(description.starts_with("The "), "{path}: {description}");
            assert_eq!(answer.get("data"), None, "{path}");
            let page = app.get(path).header("sec-fetch-dest", "document").send().await.expect(400);
            assert!(page.header("content-type").starts_with("text/html"), "{path}");
        }
        for path in ["/api/users/%00", "/api/users/%ff", "/oidcx?x=%00"] {
            app.get(path).send().await.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}

#[tokio::test]
async fn preflights_of_client_endpoints_succeed_for_every_origin() {
    for_each_engine(async |app: TestApp| {
        let preflight = |path: &str| {
            app.request("OPTIONS", path)
                .header("origin", "https://spa.example.com")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type,authorization")
        };
        for (path, methods) in [("/oidc/token", "POST"), ("/oidc/me", "GET,POST"), ("/oidc/jwks", "GET")] {
            let answer = preflight(path).send().await.expect(204);
            assert_eq!(answer.header("access-control-allow-origin"), "https://spa.example.com");
            assert_eq!(answer.header("access-control-max-age"), "3600");
            assert_eq!(answer.header("access-control-allow-methods"), methods);
            assert_eq!(answer.header("access-control-allow-headers"), "content-type,authorization");
            assert_eq!(answer.header("access-control-allow-credentials"), "");
        }
        preflight("/oidc/auth").send().await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn f10_responses_are_readable_only_by_registered_origins() {
    for_each_engine(async |app: TestApp| {
        let client = app.spa_client().await;
        let call = |origin: &str, client_id: &str| {
            let form = [("grant_type", "authorization_code"), ("client_id", client_id), ("code", "bad")];
            app.post("/oidc/token").header("origin", origin).form(&form)
        };
        let own = call("https://spa.example.com", &client.id).send().await.expect_error(400, "oidc.invalid_grant");
        assert_eq!(own.header("access-control-allow-origin"), "https://spa.example.com");
        assert_eq!(own.header("access-control-expose-headers"), "WWW-Authenticate");
        for origin in ["https://evil.example", "null", "https://spa.example.com.evil.example"] {
            let foreign = call(origin, &client.id).send().await.expect_error(400, "oidc.invalid_request");
            assert_eq!(foreign.header("access-control-allow-origin"), "", "{origin}");
            let text = format!("origin {origin} not allowed for client: {}", client.id);
            assert_eq!(foreign.json()["error_description"], text);
        }
        let unknown = call("https://spa.example.com", "nobody").send().await.expect_error(400, "oidc.invalid_client");
        assert_eq!(unknown.header("access-control-allow-origin"), "https://spa.example.com");
    })
    .await;
}

//! What the Management API refuses, and how it says so.

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::applications::{call, make};

#[tokio::test]
async fn a_host_is_stored_as_it_is_compared() {
    for_each_engine(async |app: TestApp| {
        let path = format!("/api/applications/{}", make(&app, json!({"name": "w", "type": "Traditional"})).await);
        for host in ["%2a.co.uk", "%2A.example.com", "app.ex%61mple.com", "\u{ff0a}.example.com", "*.\u{ff43}o.uk"] {
            let uri = format!("https://{host}/cb");
            let redirect = json!({"redirectUris": [uri], "postLogoutRedirectUris": []});
            let post_logout = json!({"redirectUris": [], "postLogoutRedirectUris": [uri]});
            for metadata in [redirect, post_logout] {
                let body = json!({"oidcClientMetadata": metadata});
                call(&app, "PATCH", &path, body).await.expect_error(400, "guard.invalid_input");
            }
            let body = json!({"customClientMetadata": {"corsAllowedOrigins": [format!("https://{host}")]}});
            call(&app, "PATCH", &path, body).await.expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_is_said_in_sentences() {
    for_each_engine(async |app: TestApp| {
        let application = make(&app, json!({"name": "w", "type": "Traditional"})).await;
        let user = call(&app, "POST", "/api/users", json!({"username": "ada"})).await.json()["id"].clone();
        let (application, user) = (format!("/api/applications/{application}"), user.as_str().unwrap().to_owned());
        let uris = json!([
            "localhost:5000/cb",
            "https://a.example/#x",
            "https://*.com",
            "javascript:x",
            "x",
            "https://%2a.b.co"
        ]);
        for (method, path, body) in [
            (
                "PATCH",
                application.clone(),
                json!({"oidcClientMetadata": {"redirectUris": uris, "postLogoutRedirectUris": []}}),
            ),
            (
                "PATCH",
                application,
                json!({"customClientMetadata": {"corsAllowedOrigins": ["*", "null", "https://a.b.co/*"]}}),
            ),
            ("POST", "/api/users".to_owned(), json!({"username": "1 x"})),
            ("POST", "/api/users".to_owned(), json!({"primaryEmail": "x", "primaryPhone": "y"})),
            ("POST", "/api/users".to_owned(), json!({"primaryPhone": "99"})),
            ("POST", "/api/users".to_owned(), json!({"name": "a\u{0}"})),
            ("POST", "/api/users".to_owned(), json!([])),
            ("PATCH", format!("/api/users/{user}"), json!({"avatar": "javascript:x"})),
            ("PATCH", format!("/api/users/{user}"), json!({"name": "\u{202e}x"})),
            ("POST", "/api/roles/none/users".to_owned(), json!({"userIds": []})),
            ("POST", "/api/roles".to_owned(), json!({"name": "", "type": "x"})),
            ("GET", "/api/roles?type=x".to_owned(), Value::Null),
            ("GET", "/api/logs?start_time=x".to_owned(), Value::Null),
            ("GET", "/api/applications?types=x".to_owned(), Value::Null),
            ("GET", "/api/users?page=x".to_owned(), Value::Null),
            ("GET", "/api/users?search=%00".to_owned(), Value::Null),
            ("PATCH", "/api/sign-in-exp".to_owned(), json!({"color": 1, "branding": {"logoUrl": "x"}})),
        ] {
            let answer = call(&app, method, &path, body.clone()).await;
            assert!(answer.status.is_client_error(), "{method} {path} {body}: {}", answer.status);
            let answer = answer.json();
            let issues = answer["data"]["issues"].as_array().cloned().unwrap_or_default();
            for said in issues.iter().chain([&answer]).map(|one| one["message"].as_str().unwrap()) {
                let begins_well = !said.starts_with(char::is_lowercase) || said.starts_with("lowercase");
                assert!(begins_well && !said.ends_with(char::is_alphanumeric), "{method} {path}: {said}");
            }
        }
    })
    .await;
}

/// People read them on the consent page and in the console.
#[tokio::test]
async fn descriptions_are_short_and_cannot_turn_the_text_around_them() {
    for_each_engine(async |app: TestApp| {
        let application = make(&app, json!({"name": "w", "type": "SPA"})).await;
        let new = json!({"name": "r", "indicator": "https://r.example"});
        let resource = call(&app, "POST", "/api/resources", new).await.expect(201).json()["id"].clone();
        let scopes = format!("/api/resources/{}/scopes", resource.as_str().unwrap());
        let scope = call(&app, "POST", &scopes, json!({"name": "read"})).await.expect(201).json()["id"].clone();
        for description in ["\u{202e}all".to_owned(), "x".repeat(4097)] {
            for (method, path) in [
                ("POST", "/api/applications".to_owned()),
                ("PATCH", format!("/api/applications/{application}")),
                ("POST", scopes.clone()),
                ("PATCH", format!("{scopes}/{}", scope.as_str().unwrap())),
            ] {
                let body = json!({"name": "n", "type": "SPA", "description": description});
                call(&app, method, &path, body).await.expect_error(400, "guard.invalid_input");
            }
        }
        let body = json!({"description": "x".repeat(4096)});
        call(&app, "PATCH", &format!("/api/applications/{application}"), body).await.expect(200);
    })
    .await;
}

//! Attack A7: an address that a page may link or show is a web address, wherever it is written.

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::calls::Place;

const SCRIPTS: [&str; 14] = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\u{1}javascript:alert(1)",
    "javascript://example.com/%0aalert(1)",
    "javascript&colon;alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    "blob:https://example.com/x",
    "file:///etc/passwd",
    "view-source:https://example.com",
];

/// Every member that holds an address, as a body of its route.
fn bodies(bad: &str) -> Vec<(&'static str, &'static str, Value)> {
    let oidc = |member: &str, value: Value| {
        let mut metadata = json!({"redirectUris": [], "postLogoutRedirectUris": []});
        metadata[member] = value;
        json!({"oidcClientMetadata": metadata})
    };
    let mut all = vec![
        ("PATCH", "/api/applications/{machine}", oidc("redirectUris", json!([bad]))),
        ("PATCH", "/api/applications/{machine}", oidc("postLogoutRedirectUris", json!([bad]))),
        ("PATCH", "/api/applications/{machine}", oidc("backchannelLogoutUri", json!(bad))),
        ("PATCH", "/api/applications/{machine}", oidc("logoUri", json!(bad))),
        ("PATCH", "/api/applications/{machine}", json!({"customClientMetadata": {"corsAllowedOrigins": [bad]}})),
        ("PUT", "/api/applications/{guest}/sign-in-experience", json!({"termsOfUseUrl": bad})),
        ("PUT", "/api/applications/{guest}/sign-in-experience", json!({"privacyPolicyUrl": bad})),
        ("PATCH", "/api/users/{user}", json!({"avatar": bad})),
        ("POST", "/api/users", json!({"username": "new", "avatar": bad})),
    ];
    for member in ["termsOfUseUrl", "privacyPolicyUrl", "supportWebsiteUrl", "unknownSessionRedirectUrl"] {
        all.push(("PATCH", "/api/sign-in-exp", json!({member: bad})));
    }
    for member in ["logoUrl", "darkLogoUrl", "favicon", "darkFavicon"] {
        all.push(("PUT", "/api/applications/{guest}/sign-in-experience", json!({"branding": {member: bad}})));
        all.push(("PATCH", "/api/sign-in-exp", json!({"branding": {member: bad}})));
        all.push(("PATCH", "/api/organizations/{organization}", json!({"branding": {member: bad}})));
        all.push(("POST", "/api/organizations", json!({"name": "new", "branding": {member: bad}})));
    }
    all
}

#[tokio::test]
async fn a7_no_route_stores_an_address_that_runs_a_script() {
    for_each_engine(async |app: TestApp| {
        let place = Place::filled(&app, "default").await;
        let before = app.rows().await;
        for bad in SCRIPTS {
            for (method, path, body) in bodies(bad) {
                let path = place.fill(path);
                let answer = app.request(method, &path).bearer(&place.token).json(body.clone()).send().await;
                assert_eq!(answer.status, 400, "{method} {path} {body}: {}", answer.text());
            }
        }
        assert_eq!(before.difference(&app.rows().await, &[]), Vec::<String>::new());
        for (method, path, body) in bodies("https://example.com/x") {
            // Of the same forms, a web address is stored: nothing else about them is refused. An origin has no path.
            let origin = body.to_string().contains("corsAllowedOrigins");
            let answer = app.request(method, &place.fill(path)).bearer(&place.token).json(body.clone()).send().await;
            let taken = answer.status == 422;
            assert!(answer.status.is_success() || origin || taken, "{method} {path} {body}: {}", answer.text());
        }
    })
    .await;
}

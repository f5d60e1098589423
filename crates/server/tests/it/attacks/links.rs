//! Attack A7: an address that a page may link or show is a web address, wherever it is written.

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::requests::SeededTenant;

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
        let place = SeededTenant::with_all_entities(&app, "default").await;
        let before = app.snapshot().await;
        for bad in SCRIPTS {
            for (method, path, body) in bodies(bad) {
                let path = place.fill(path);
                let answer = app.request(method, &path).bearer(&place.token).json(body.clone()).send().await;
                assert_eq!(answer.status, 400, "{method} {path} {body}: {}", answer.text());
            }
        }
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new());
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

/// Styles that try to leave their element.
const BREAKOUTS: [&str; 10] = [
    "h1{--x:y}</style><script>alert(1)</script>",
    "h1{--x:y}</STYLE\n><img src=x onerror=alert(1)>",
    "h1{--x:y}</style/><svg onload=alert(1)>",
    "h1{--x:y}<</style>style>",
    "h1{--x:y}<!--</style><script>-->",
    "h1{--x:y}<![CDATA[</style>]]><script>",
    "h1{--x:y content:'</style><script>alert(1)</script>'}",
    "h1{--x:y}/*</style><script>*/",
    "h1{--x:y}</\u{c}style><script>alert(1)</script>",
    "h1{--x:y}<\\/style><script>",
];

#[tokio::test]
async fn e10_styles_of_tenant_application_and_organization_stay_in_their_element() {
    for_each_engine(async |app: TestApp| {
        let place = SeededTenant::with_all_entities(&app, "default").await;
        let client = app.web_client().await;
        let request = app.authorization(&client, "openid");
        let id = place.things["organization"].clone();
        let with = testkit::oidc::tampered(&request, &[("organization_id", &id)]);
        for css in BREAKOUTS {
            for (method, path, owner) in [
                ("PATCH", "/api/sign-in-exp".to_owned(), "tenant"),
                ("PUT", format!("/api/applications/{}/sign-in-experience", client.id), "application"),
                ("PATCH", format!("/api/organizations/{id}"), "organization"),
            ] {
                let styled = format!("/* {owner} */{css}");
                let body = json!({"customCss": styled});
                app.request(method, &path).bearer(&place.token).json(body).send().await;
                let mut agent = app.agent();
                agent.authorize(&with).await.expect(303);
                let html = agent.get(&format!("/sign-in?app_id={}", client.id)).await.expect(200).text();
                assert!(html.contains(&format!("/* {owner} */")), "the style of the {owner} is used: {html}");
                let lower = html.to_ascii_lowercase();
                let opened = lower.matches("<style").count();
                assert_eq!(lower.matches("</style").count(), opened, "{owner}: {css:?}: {html}");
                for element in ["<script>alert", "<img", "onerror=", "onload="] {
                    let inside = lower.split("<style").skip(1).filter_map(|rest| rest.split("</style").next());
                    let kept: usize = inside.map(|style| style.matches(element).count()).sum();
                    assert_eq!(lower.matches(element).count(), kept, "{owner}: {element} left the element: {html}");
                }
            }
        }
    })
    .await;
}

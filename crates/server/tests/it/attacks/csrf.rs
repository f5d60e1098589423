//! Attack F11: nothing is done by a link, and no form of another site is taken for one of ours.

use server::routes::Access;
use testkit::oidc::{BrowserAgent, TestClient, tampered};
use testkit::{TestApp, TestRequest, TestResponse, for_each_engine};

use super::fixtures::{PASSWORD, during_sign_in, person, third_party_client, xsrf};
use super::requests::{SeededTenant, exists, sample_requests};

/// The steps of the protocol that a browser makes by following a redirect. They change only what belongs to this very
/// browser: its interaction, its session, and the grant of an application of the tenant itself.
const STEPS: [&str; 4] = ["/oidc/auth", "/oidc/auth/{uid}", "/consent", "/oidc/session/end"];

#[tokio::test]
async fn f11_no_get_changes_anything_but_the_steps_of_the_protocol() {
    for_each_engine(async |app: TestApp| {
        let place = SeededTenant::with_all_entities(&app, "default").await;
        let (agent, client) = during_sign_in(&app).await;
        let before = app.snapshot().await;
        for call in sample_requests().iter().filter(|call| call.method == "GET" && exists(call.path)) {
            place.send(call).await.expect(200);
        }
        let others = server::router::declared().into_iter().filter(|route| route.access != Access::Management);
        for route in others.filter(|route| route.method == "GET" && !STEPS.contains(&route.path.as_str())) {
            let path = route.path.replace("{*rest}", "x").replace("{*target}", "x").replace("{tenant}", "default");
            let query = format!("app_id={}&decision=allow&logout=yes&identifier=alice&password={PASSWORD}", client.id);
            let answer = agent.add_cookies(app.get(&format!("{path}?{query}"))).send().await;
            assert!(!answer.status.is_server_error(), "{path}: {}", answer.status);
            let changes = before.difference(&app.snapshot().await, &[]);
            assert!(changes.is_empty(), "{:?}: GET {path}: {changes:#?}", app.engine);
        }
    })
    .await;
}

/// A browser that stands before the page of each form, with the form's own token.
async fn before_forms(app: &TestApp, client: &TestClient) -> (BrowserAgent, String, BrowserAgent, String) {
    let request = app.authorization(client, "openid offline_access profile");
    let mut visitor = app.agent();
    visitor.authorize(&request).await.expect(303);
    let own = xsrf(&visitor.get("/sign-in").await.expect(200));
    let mut asked = app.agent();
    asked.authorize(&request).await.expect(303);
    let to = asked.finish_login("alice").await.expect(303).header("location").to_owned();
    let consent = xsrf(&asked.get(&to).await.expect(200));
    (visitor, own, asked, consent)
}

#[tokio::test]
async fn f11_every_form_refuses_what_does_not_carry_its_own_token() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        let client = third_party_client(&app).await;
        let (visitor, own, asked, consent) = before_forms(&app, &client).await;
        let (_, foreign, _, foreign_consent) = before_forms(&app, &client).await;
        let before = app.snapshot().await;
        let forms: Vec<String> = server::router::declared()
            .into_iter()
            .filter(|route| route.method == "POST" && route.access == Access::Interaction)
            .map(|route| route.path)
            .filter(|path| !path.starts_with("/api/"))
            .collect();
        assert!(forms.len() >= 6, "{forms:?}");
        for path in &forms {
            let (agent, tokens) = match path.as_str() {
                "/consent" => (&asked, ["", "x", &own, &foreign_consent]),
                _ => (&visitor, ["", "x", &consent, &foreign]),
            };
            for token in tokens {
                let fields = [
                    ("identifier", "alice"),
                    ("username", "alice"),
                    ("password", PASSWORD),
                    ("confirm", PASSWORD),
                    ("decision", "allow"),
                ];
                let with = [&fields[..], &[("xsrf", token)]].concat();
                for form in [&with[..], &fields[..]] {
                    let answer = agent.add_cookies(app.post(path).form(form)).send().await;
                    assert_eq!(answer.status, 400, "{path} with {token:?}: {}", answer.text());
                    let changes = before.difference(&app.snapshot().await, &[]);
                    assert!(changes.is_empty(), "{:?}: {path} with {token:?}: {changes:#?}", app.engine);
                }
            }
        }
        let allow = [("xsrf", consent.as_str()), ("decision", "allow")];
        asked.add_cookies(app.post("/consent").form(&allow)).send().await.expect(303);
        let form = [("xsrf", own.as_str()), ("identifier", "alice"), ("password", PASSWORD)];
        visitor.add_cookies(app.post("/sign-in").form(&form)).send().await.expect(303);
    })
    .await;
}

/// What a browser says of a request that another website made it send.
const FOREIGN: [&[(&str, &str)]; 9] = [
    &[("origin", "https://evil.example")],
    &[("origin", "http://localhost:3001.evil.example")],
    &[("origin", "http://localhost:3002")],
    &[("origin", "https://localhost:3001")],
    &[("origin", "null")],
    &[("origin", "http://localhost:3001"), ("origin", "https://evil.example")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site"), ("origin", "http://localhost:3001")],
    &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
];

/// What a browser says of a request that our own page or nobody made it send. Other clients say nothing.
const OWN: [&[(&str, &str)]; 5] = [
    &[],
    &[("origin", "http://localhost:3001")],
    &[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:3001")],
    &[("sec-fetch-site", "none")],
    &[("sec-fetch-site", "same-origin"), ("origin", "null")],
];

/// The writes that a browser's cookies open.
fn cookie_writes() -> Vec<(String, String)> {
    let writes: Vec<(String, String)> = server::router::declared()
        .into_iter()
        .filter(|route| route.method != "GET")
        .filter(|route| {
            matches!(route.access, Access::Interaction | Access::AccountPage(_))
                || route.path == "/oidc/session/end/confirm"
        })
        .map(|route| (route.method.to_string(), route.path))
        .collect();
    assert!(writes.len() >= 18, "{writes:?}");
    writes
}

#[tokio::test]
async fn f11_no_other_website_makes_a_browser_write() {
    for_each_engine(async |app: TestApp| {
        let (mut agent, _) = during_sign_in(&app).await;
        let own = xsrf(&agent.get("/sign-in").await.expect(200));
        let form = [("xsrf", own.as_str()), ("identifier", "alice"), ("password", PASSWORD)];
        let before = app.snapshot().await;
        for (method, path) in cookie_writes() {
            let request = || match path.starts_with("/api/") {
                true => app.request(&method, &path).json(serde_json::json!({"interactionEvent": "SignIn"})),
                false => app.request(&method, &path).form(&form),
            };
            for headers in FOREIGN {
                let with = |request: TestRequest, (name, value): &(&str, &str)| request.header(name, value);
                let answer = agent.add_cookies(headers.iter().fold(request(), with)).send().await;
                assert_eq!(answer.status, 403, "{method} {path} {headers:?}: {}", answer.text());
                assert_eq!(answer.json()["code"], "session.cross_site_request");
            }
            let changes = before.difference(&app.snapshot().await, &[]);
            assert!(changes.is_empty(), "{:?}: {method} {path}: {changes:#?}", app.engine);
        }
        let page = app.post("/sign-in").form(&form).header("origin", "https://evil.example");
        let page = page.header("sec-fetch-dest", "document").send().await.expect(403);
        assert!(page.text().contains("another website") && page.header("content-type").starts_with("text/html"));
        for headers in OWN {
            let start = app.request("PUT", "/api/experience").json(serde_json::json!({"interactionEvent": "SignIn"}));
            let start = headers.iter().fold(start, |request, (name, value)| request.header(name, value));
            agent.add_cookies(start).send().await.expect(204);
        }
        let request = OWN[2].iter().fold(app.post("/sign-in").form(&form), |r, (name, value)| r.header(name, value));
        agent.add_cookies(request).send().await.expect(303);
    })
    .await;
}

#[tokio::test]
async fn f11_the_apis_of_browsers_take_no_body_that_a_form_can_send() {
    for_each_engine(async |app: TestApp| {
        let (agent, _) = during_sign_in(&app).await;
        let before = app.snapshot().await;
        let apis: Vec<_> = cookie_writes().into_iter().filter(|(_, path)| path.starts_with("/api/")).collect();
        assert!(apis.len() >= 11, "{apis:?}");
        let body = br#"{"interactionEvent":"SignIn"}"#;
        for (method, path) in apis {
            for kind in [
                Some("text/plain"),
                Some("application/x-www-form-urlencoded"),
                Some("multipart/form-data; boundary=x"),
                Some("text/plain; application/json"),
                None,
            ] {
                let request = app.request(&method, &path).header("content-length", &body.len().to_string()).raw(body);
                let request = kind.iter().fold(request, |request, kind| request.header("content-type", kind));
                let answer = agent.add_cookies(request).send().await;
                answer.expect_error(415, "guard.mime_type_not_allowed");
            }
            let changes = before.difference(&app.snapshot().await, &[]);
            assert!(changes.is_empty(), "{:?}: {method} {path}: {changes:#?}", app.engine);
        }
        let start = app.request("PUT", "/api/experience").header("content-type", "application/json; charset=utf-8");
        agent.add_cookies(start.raw(body)).send().await.expect(204);
        let submit = app.post("/api/experience/submit").header("content-type", "text/plain");
        let answer = agent.add_cookies(submit.header("content-length", "0")).send().await;
        assert_ne!(answer.status, 415, "without a body there is nothing to refuse");
    })
    .await;
}

/// Cookies that the pages' scripts may read: they hold no secret (inventory O105).
const READABLE: [&str; 2] = ["_logto", "_logto_google_one_tap_credential"];

fn assert_guarded(answer: &TestResponse, secure: bool) {
    for line in answer.headers("set-cookie") {
        let line = line.to_lowercase();
        let name = line.split('=').next().unwrap().trim_end_matches(".sig");
        assert!(line.contains("; samesite=lax"), "{line}");
        assert_eq!(line.contains("; httponly"), !READABLE.contains(&name), "{line}");
        assert_eq!(line.contains("; secure"), secure, "{line}");
        assert!(!line.contains("domain="), "{line}");
    }
}

#[tokio::test]
async fn f11_cookies_stay_with_their_own_site_and_away_from_scripts() {
    for_each_engine(async |app: TestApp| {
        for (endpoint, secure) in [("http://localhost:3001", false), ("https://auth.example.com", true)] {
            let mut settings = app.app.settings.clone();
            settings.endpoint = endpoint.to_owned();
            let app = TestApp::with(app.engine, settings).await;
            let client = app.web_client().await;
            let user = app.user(if secure { "alice" } else { "bob" }).await;
            let mut agent = app.agent();
            let extra = tampered(&app.authorization(&client, "openid"), &[("google_one_tap_credential", "c")]);
            assert_guarded(&agent.authorize(&extra).await, secure);
            let begun = agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
            assert_guarded(&begun, secure);
            let mut next = agent.finish_login(&user).await.expect(303);
            for _ in 0..3 {
                assert_guarded(&next, secure);
                let to = next.header("location").to_owned();
                let path = to.strip_prefix(endpoint).unwrap_or(&to);
                if !path.starts_with('/') {
                    break;
                }
                next = agent.send(app.get(path)).await;
            }
            assert!(next.header("location").contains("code="), "{} {}", next.status, next.header("location"));
            let asked = agent.get("/oidc/session/end").await.expect(200);
            assert_guarded(&asked, secure);
            let form = [("xsrf", xsrf(&asked)), ("logout", "yes".into())];
            let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let request: TestRequest = app.post("/oidc/session/end/confirm").form(&form);
            assert_guarded(&agent.send(request).await.expect(303), secure);
        }
    })
    .await;
}

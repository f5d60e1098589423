//! Attacks A1 to A5 and A9 over HTTP: where a browser can be sent, and that nothing is said twice.

use serde_json::json;
use testkit::oidc::{TestClient, VERIFIER, tampered};
use testkit::{TestApp, TestRequest, for_each_engine};

use super::fixtures::person;

/// What looks like `https://foo.example.com/cb`, or like one of the other registered places, and is not.
const ELSEWHERE: [&str; 38] = [
    // A1
    "https://fooaexample.com/cb",
    "https://a.foo.example.com/cb",
    "https://foo.example.com.evil.example/cb",
    "https://foo.example.com/cb/",
    "https://foo.example.com/cb/more",
    "https://foo.example.com/cbx",
    "https://foo.example.com/cb?x=1",
    "https://foo.example.com/cb#f",
    "https://foo.example.com./cb",
    "https://foo.example.com:8443/cb",
    "http://foo.example.com/cb",
    "https://foo.example.com/cb/../cb2",
    "https://foo.example.com/cb%2f..%2fx",
    "https://a.b.wild.example.com/cb",
    "https://.wild.example.com/cb",
    "https://x.wild.example.com:8443/cb",
    "http://x.wild.example.com/cb",
    "https://*.wild.example.com/cb",
    "https://evil.example/x.wild.example.com/cb",
    "https://evil.example?.wild.example.com/cb",
    "https://evil.example#.wild.example.com/cb",
    // A2
    "https://foo.example.com@evil.example/cb",
    "https://user@foo.example.com/cb",
    "https://foo.example.com:pass@evil.example/cb",
    "https://foo.example.com\\@evil.example/cb",
    "https://evil.example\\.wild.example.com/cb",
    "https://foo.example.com%2f%2f@evil.example/cb",
    "https://evil.example%2f.wild.example.com/cb",
    "https://f\u{043e}\u{043e}.example.com/cb",
    "//foo.example.com/cb",
    "http://localhost:80@evil.example/cb",
    "http://localhost.evil.example/cb",
    // A3: a web application may not vary the port
    "http://localhost:9999/cb",
    "http://127.0.0.1/cb",
    // A4
    "https://foo.example.com/CB",
    "https://foo.example.com/%63b%00",
    // A7
    "javascript:alert(1)",
    "data:text/html,x",
];

const PLACES: [&str; 3] = ["https://foo.example.com/cb", "https://*.wild.example.com/cb", "http://localhost/cb"];

#[tokio::test]
async fn a1_a2_a3_a4_a7_a9_no_endpoint_sends_a_browser_elsewhere() {
    for_each_engine(async |app: TestApp| {
        let client = app.client("Traditional", &PLACES, json!({})).await;
        let both = json!({"redirectUris": PLACES, "postLogoutRedirectUris": PLACES}).to_string();
        let text = "update applications set oidc_client_metadata = $1 where id = $2";
        app.sql(text, vec![both.into(), client.id.as_str().into()]).await;
        let user = app.user("alice").await;
        for place in ELSEWHERE {
            for more in
                [&[][..], &[("prompt", "none")], &[("response_type", "token")], &[("response_mode", "form_post")]]
            {
                let mut request = tampered(&app.authorization(&client, "openid"), &[("redirect_uri", place)]);
                request = tampered(&request, more);
                let answer = app.agent().authorize(&request).await;
                let seen = (answer.status.as_u16(), answer.header("location"));
                assert_eq!(seen, (400, ""), "{place} {more:?}: {}", answer.text());
                assert!(!answer.text().contains("<form"), "{place}");
            }
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("client_id", client.id.as_str()), ("post_logout_redirect_uri", place)])
                .finish();
            let answer = app.agent().get(&format!("/oidc/session/end?{query}")).await;
            assert_eq!((answer.status.as_u16(), answer.header("location")), (400, ""), "{place}");
            // A code that was sent to a registered place is not exchanged by somebody who names another.
            let good = tampered(&app.authorization(&client, "openid"), &[("redirect_uri", PLACES[0])]);
            let code = app.agent().sign_in(&good, &user).await;
            let moved = TestClient { redirect_uri: place.to_owned(), ..client.clone() };
            app.exchange(&moved, &code).send().await.expect(400);
        }
        for good in [PLACES[0], "https://x.wild.example.com/cb", PLACES[2]] {
            let request = tampered(&app.authorization(&client, "openid"), &[("redirect_uri", good)]);
            app.agent().authorize(&request).await.expect(303);
        }
    })
    .await;
}

#[tokio::test]
async fn a9_no_parameter_of_a_page_leads_away() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        let client = app.web_client().await;
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
        let names = "rd return returnTo return_to redirect redirect_uri redirectTo next url continue callback fallback goto \
                     back app_id organization_id post_logout_redirect_uri state login_hint ui_locales target_link_uri";
        for evil in ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)//evil.example"] {
            let pairs = names.split_whitespace().map(|name| (name, evil));
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            for route in server::router::declared().into_iter().filter(|route| route.method == "GET") {
                let path = route.path.replace("{*rest}", "/evil.example").replace("{*target}", "/evil.example");
                for address in [format!("{path}?{query}"), format!("/{path}?{query}")] {
                    for request in [app.get(&address), agent.add_cookies(app.get(&address))] {
                        let answer = request.header("sec-fetch-dest", "document").send().await;
                        let to = answer.header("location");
                        let stays = to.starts_with("http://localhost:3001/") || (to.starts_with('/') && !to.starts_with("//"));
                        assert!(to.is_empty() || stays && !to.starts_with("/\\"), "{address} leads to {to}");
                        for link in answer.text().split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                            let leaves = ["https://evil", "//evil", "/\\", "javascript:"];
                            assert!(!leaves.iter().any(|start| link.starts_with(start)), "{address} links to {link}");
                        }
                    }
                }
            }
        }
    })
    .await;
}

/// Every parameter that an endpoint reads, once.
fn once(client: &TestClient) -> Vec<(&'static str, &'static str, Vec<(&'static str, String)>)> {
    let secret = || vec![("client_id", client.id.clone()), ("client_secret", client.secret.clone().unwrap())];
    let with = |more: &[(&'static str, &str)]| {
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        secret().into_iter().chain(more).collect::<Vec<_>>()
    };
    let authorization = [
        "response_type",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "ui_locales",
        "login_hint",
        "id_token_hint",
        "response_mode",
        "code_challenge",
        "code_challenge_method",
        "organization_id",
        "first_screen",
        "interaction_mode",
        "direct_sign_in",
        "identifier",
        "one_time_token",
        "google_one_tap_credential",
        "acr_values",
        "claims",
        "request",
        "request_uri",
        "display",
    ];
    let mut asked = vec![("client_id", client.id.clone())];
    asked.extend(authorization.map(|name| {
        let value = match name {
            "redirect_uri" => client.redirect_uri.clone(),
            "response_type" => "code".to_owned(),
            _ => "1".to_owned(),
        };
        (name, value)
    }));
    let logout = ["id_token_hint", "post_logout_redirect_uri", "state", "ui_locales", "logout_hint"];
    let logout =
        || logout.iter().map(|name| (*name, "1".to_owned())).chain([("client_id", client.id.clone())]).collect();
    let code =
        [("grant_type", "authorization_code"), ("code", "1"), ("redirect_uri", "1"), ("code_verifier", VERIFIER)];
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "1"), ("scope", "1"), ("organization_id", "1")];
    let token = [("token", "1"), ("token_type_hint", "access_token")];
    vec![
        ("GET", "/oidc/auth", asked.clone()),
        ("POST", "/oidc/auth", asked),
        ("POST", "/oidc/token", with(&code)),
        ("POST", "/oidc/token", with(&refresh)),
        ("POST", "/oidc/token", with(&[("grant_type", "client_credentials"), ("scope", "1")])),
        ("POST", "/oidc/token/introspection", with(&token)),
        ("POST", "/oidc/token/revocation", with(&token)),
        ("GET", "/oidc/session/end", logout()),
        ("POST", "/oidc/session/end", logout()),
        ("POST", "/oidc/session/end/confirm", vec![("xsrf", "1".into()), ("logout", "1".into())]),
        ("POST", "/oidc/me", vec![("access_token", "1".into())]),
    ]
}

fn send(app: &TestApp, method: &str, path: &str, query: &str, body: &str) -> TestRequest {
    let address = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let request = app.request(method, &address);
    match method {
        "GET" => request,
        _ => request.header("content-type", "application/x-www-form-urlencoded").raw(body.as_bytes()),
    }
}

fn encoded(pairs: &[(&str, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[tokio::test]
async fn a5_every_parameter_of_every_endpoint_must_come_once() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        for (method, path, pairs) in once(&client) {
            for (name, value) in &pairs {
                for second in [value.as_str(), "other"] {
                    let mut twice = pairs.clone();
                    twice.push((name, second.to_owned()));
                    let text = encoded(&twice);
                    let (query, body) = if method == "GET" { (text.as_str(), "") } else { ("", text.as_str()) };
                    let answer = send(&app, method, path, query, body).send().await;
                    let error = match answer.status.as_u16() {
                        303 => answer.header("location").to_owned(),
                        _ => answer.text(),
                    };
                    let shown = format!("{method} {path} with two {name}: {} {error}", answer.status);
                    assert!(error.contains("invalid_request"), "{shown}");
                    assert!(error.contains("must") && error.contains("twice"), "{shown}");
                }
            }
            // Where a body is read, the query says nothing at all: neither a second value nor a missing one.
            if path == "/oidc/me" {
                let query = encoded(&pairs);
                let refused =
                    app.post(&format!("{path}?{query}")).send().await.expect_error(400, "oidc.invalid_request");
                assert!(refused.text().contains("must not be provided via query parameter"));
                let both = app.post(path).bearer("x").form(&[("access_token", "x")]).send().await;
                both.expect_error(400, "oidc.invalid_request");
            } else if method == "POST" {
                let all = encoded(&pairs);
                let said = async |query: &str, body: &str| {
                    let answer = send(&app, method, path, query, body).send().await;
                    let is_page = answer.header("content-type").starts_with("text/html");
                    (answer.status, if is_page { String::new() } else { answer.text() })
                };
                assert_eq!(said(&all, &all).await, said("", &all).await, "{path}");
                assert_eq!(said(&all, "").await, said("", "").await, "{path}");
            }
        }
        let mut resources = app.authorization(&client, "openid");
        resources.extend(["a", "b"].map(|_| ("resource".to_owned(), "https://default.logto.app/api".to_owned())));
        let answer = app.agent().authorize(&resources).await.expect(303);
        assert!(!answer.header("location").contains("error"), "`resource` may repeat: {}", answer.header("location"));
    })
    .await;
}

//! Attack F1: who may call which route, for every route that is declared.

use serde_json::{Map, Value, json};
use server::routes::Access;
use testkit::oidc::{BrowserAgent, TestClient};
use testkit::{Browser, TestApp, TestResponse, for_each_engine};

use super::fixtures::{PASSWORD, person};
use super::forgeries::forgeries;
use super::requests::{SeededTenant, sample_requests};

/// Routes that anybody may call, each reviewed: what keeps it harmless stands beside it.
const PUBLIC: &str = "
    GET  /                                               leads to a page that looks after itself
    GET  /.well-known/oauth-authorization-server/oidc    discovery
    GET  /.well-known/webauthn                           related origins, which browsers must know
    GET  /account                                        a code counts for the browser that began this sign-in
    GET  /account-suspended                              text
    GET  /api/.well-known/account-center                 settings that custom pages need, no secret
    GET  /api/.well-known/endpoints/{tenant}             the public address
    GET  /api/.well-known/experience                     the reviewed settings of F8
    GET  /api/.well-known/experience.openapi.json        the document of the API
    GET  /api/.well-known/management.openapi.json        the document of the API
    GET  /api/.well-known/phrases                        texts of the pages, which everybody reads
    GET  /api/.well-known/sign-in-exp                    the reviewed settings of F8
    GET  /api/.well-known/user.openapi.json              the document of the API
    GET  /api/authn/hasura                               an access token of the resource
    GET  /api/development/messages                       only from this machine, where ENDPOINT is on it: tests of the inbox
    GET  /api/docs                                       the documents of the APIs, for people
    GET  /api/docs/{group}                               the documents of the APIs, for people
    GET  /api/status                                     no content
    GET  /api/swagger.json                               the document of the API
    GET  /console/assets/{name}                          files
    GET  /console/callback                               a code of the tenant admin, and the secret of this very browser
    GET  /console/invitation                             the secret of an invitation's link; nothing is used up
    POST /console/invitation                             the secret of an invitation's link, once; from this site
    POST /console/invitation/accept                      that, and a session with the secret of its form; from this site
    GET  /console/sign-in                                leads to the ordinary sign-in of the tenant admin
    GET  /console/welcome                                text, until there is an administrator
    POST /console/welcome                                the setup code of the server's log; closed once there is an administrator
    GET  /development/inbox                              as /api/development/messages
    GET  /device                                         the secret of the browser that entered the code
    GET  /device/success                                 text
    GET  /favicon.ico                                    a file
    GET  /oidc/.well-known/oauth-authorization-server    discovery
    GET  /oidc/.well-known/openid-configuration          discovery
    GET  /oidc/auth                                      OAuth: client and redirect URI are checked first
    POST /oidc/auth                                      OAuth: client and redirect URI are checked first
    GET  /oidc/auth/{uid}                                the cookie of this very interaction
    GET  /oidc/device                                    gives a browser its secret
    POST /oidc/device                                    the secret of this browser, and a user code; guesses are counted
    POST /oidc/device/auth                               the client's credentials; device codes are counted
    GET  /oidc/device/{uid}                              the cookie of this very interaction
    GET  /oidc/jwks                                      public keys
    GET  /oidc/me                                        an access token
    POST /oidc/me                                        an access token
    POST /oidc/request                                   the client's credentials; requests of public clients are counted
    POST /oidc/register                                  an initial access token; its uses are counted
    GET    /oidc/register/{clientId}                     the registration access token of this client
    PUT    /oidc/register/{clientId}                     the registration access token of this client
    DELETE /oidc/register/{clientId}                     the registration access token of this client
    GET  /oidc/session/end                               asks; the form decides
    POST /oidc/session/end                               asks; the form decides
    POST /oidc/session/end/confirm                       the secret of the form and the session's cookie, or a signed form
    GET  /oidc/session/end/success                       text
    POST /oidc/token                                     the client's credentials and a code or token
    POST /oidc/token/introspection                       the client's credentials
    POST /oidc/token/revocation                          the client's credentials
    GET  /robots.txt                                     a file
    GET  /unknown-session                                text
    GET  /user-assets/{*key}                              pictures of ours, whose addresses were given out; sandboxed (E9)
    POST /account/callback/social/{connector_id}          leads to the same address by GET, which asks for the session
    POST /callback/{connector_id}                         leads to the same address by GET, which asks for the cookie
    GET  /demo-app                                       text; its script is a client like others
    GET  /demo-app/script.js                             a file
    GET  /device-demo-app                                text; its script is a client like others
    GET  /device-demo-app/qr-code                        draws a user code that the caller names
";

#[test]
fn f1_every_public_route_was_reviewed() {
    let words = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let mut reviewed: Vec<String> = PUBLIC.lines().map(words).filter(|line| !line.is_empty()).collect();
    let public = server::router::declared().into_iter().filter(|route| route.access == Access::Public);
    let mut declared: Vec<String> = public.map(|route| format!("{} {}", route.method, route.path)).collect();
    reviewed.sort();
    declared.sort();
    assert_eq!(reviewed, declared);
}

/// What a management token of `default` says.
fn claims(app: &TestApp, changes: Value) -> Map<String, Value> {
    let now = app.app.clock.now().seconds();
    let mut claims = json!({
        "jti": "test", "sub": "test-client", "client_id": "test-client", "iat": now, "exp": now + 3600,
        "scope": "all", "iss": "http://localhost:3001/oidc", "aud": "https://default.logto.app/api",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let mut claims = claims.as_object().unwrap().clone();
    claims.retain(|_, value| !value.is_null());
    claims
}

/// Authorization headers that must not open a management route, with the error they get.
async fn refused_headers(app: &TestApp, place: &SeededTenant) -> Vec<(String, Option<String>, (u16, &'static str))> {
    let unauthorized = (401, "auth.unauthorized");
    let wrong_type = (401, "auth.authorization_token_type_not_supported");
    let mut all = vec![
        ("nothing".to_owned(), None, (401, "auth.authorization_header_missing")),
        ("Basic".to_owned(), Some("Basic eDp5".to_owned()), wrong_type),
        ("another scheme".to_owned(), Some(format!("Token {}", place.token)), wrong_type),
        ("no bound token".to_owned(), Some(format!("DPoP {}", place.token)), (401, "oidc.invalid_token")),
        ("another spelling".to_owned(), Some(format!("bearer {}", place.token)), wrong_type),
        ("no token".to_owned(), Some("Bearer ".to_owned()), unauthorized),
        ("no JWT".to_owned(), Some("Bearer x".to_owned()), unauthorized),
    ];
    let mut bearer =
        |name: &str, token: String, error| all.push((name.to_owned(), Some(format!("Bearer {token}")), error));
    let default = app.app.tenants.get("default", &app.app).await.unwrap();
    let admin = app.app.tenants.get("admin", &app.app).await.unwrap();
    let now = app.app.clock.now().seconds();
    let own = |typ: Option<&str>, changes: Value| default.keys.current.sign(typ, &claims(app, changes)).unwrap();
    for (name, changes, error) in [
        ("a wrong audience", json!({"aud": "https://items.example.com"}), unauthorized),
        ("an audience that begins alike", json!({"aud": "https://default.logto.app/api/"}), unauthorized),
        ("no audience", json!({"aud": null}), unauthorized),
        ("the other tenant's audience", json!({"aud": "https://admin.logto.app/api"}), unauthorized),
        ("no issuer", json!({"iss": null}), unauthorized),
        ("an unknown issuer", json!({"iss": "https://evil.example/oidc"}), unauthorized),
        ("the other tenant's issuer", json!({"iss": "http://localhost:3002/oidc"}), unauthorized),
        ("an end in the past", json!({"exp": now - 16}), unauthorized),
        ("no end", json!({"exp": null}), unauthorized),
        ("an end that is no number", json!({"exp": "9999999999"}), unauthorized),
        ("a start in the future", json!({"nbf": now + 60}), unauthorized),
        ("no subject", json!({"sub": null}), (401, "auth.jwt_sub_missing")),
        ("no scope", json!({"scope": null}), (403, "auth.forbidden")),
        ("another scope", json!({"scope": "read"}), (403, "auth.forbidden")),
        ("a scope that begins alike", json!({"scope": "allx x-all ALL"}), (403, "auth.forbidden")),
        ("a scope that is a list", json!({"scope": ["all"]}), (403, "auth.forbidden")),
        ("an organization", json!({"organization_id": "o"}), (403, "auth.forbidden")),
        ("the key of somebody", json!({"cnf": {"jkt": "x"}}), (401, "oidc.invalid_token")),
        ("the certificate of somebody", json!({"cnf": {"x5t#S256": "x"}}), (401, "oidc.invalid_token")),
        ("a key of another kind", json!({"cnf": {"jwk": {}}}), unauthorized),
        ("an application that does not exist", json!({}), (403, "auth.forbidden")),
        ("a person who does not exist", json!({"client_id": "admin-console"}), (403, "auth.forbidden")),
    ] {
        bearer(name, own(Some("at+jwt"), changes), error);
    }
    // ID tokens and logout tokens carry no `typ`, or another one (attack B17).
    for typ in [None, Some("JWT"), Some("logout+jwt")] {
        bearer(&format!("typ {typ:?}"), own(typ, json!({})), unauthorized);
    }
    bearer("the other tenant's own token", app.management_token("admin").await, unauthorized);
    let stolen = admin.keys.current.sign(Some("at+jwt"), &claims(app, json!({}))).unwrap();
    bearer("the other tenant's signature", stolen, unauthorized);
    let jwks = app.get("/oidc/jwks").send().await.expect(200).json();
    for (name, token) in forgeries(&place.token, &jwks) {
        bearer(&name, token, unauthorized);
    }
    person(app, "alice").await;
    let client = app.web_client().await;
    let tokens = app.code_flow(&client, "alice", "openid offline_access").await;
    for name in ["access_token", "refresh_token", "id_token"] {
        bearer(&format!("a user's {name}"), tokens[name].as_str().unwrap().to_owned(), unauthorized);
    }
    all
}

#[tokio::test]
async fn f1_b14_b17_every_management_route_refuses_every_token_but_the_right_one() {
    for_each_engine(async |app: TestApp| {
        let place = SeededTenant::with_all_entities(&app, "default").await;
        let headers = refused_headers(&app, &place).await;
        let before = app.snapshot().await;
        for call in sample_requests() {
            for (name, header, (status, code)) in &headers {
                let request = place.request(&call);
                let request = match header {
                    Some(header) => request.header("authorization", header),
                    None => request,
                };
                let answer = request.send().await;
                let seen = (answer.status.as_u16(), answer.json()["code"].clone());
                assert_eq!(seen, (*status, json!(code)), "{} {} with {name}", call.method, call.path);
            }
        }
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new());
        let reads = sample_requests().into_iter().find(|call| call.method == "GET").unwrap();
        assert!(place.send(&reads).await.status.is_success(), "the right token opens");
    })
    .await;
}

/// A browser with an interaction of the tenant `admin`.
async fn abroad(app: &TestApp) -> BrowserAgent {
    let token = app.management_token("admin").await;
    let body = json!({
        "name": "s", "type": "SPA",
        "oidcClientMetadata": {"redirectUris": ["https://spa.example.com/callback"], "postLogoutRedirectUris": []},
    });
    let made = app.admin_request("POST", "/api/applications").bearer(&token).json(body).send().await.expect(200);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let client = TestClient { id, secret: None, redirect_uri: "https://spa.example.com/callback".into() };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(app.authorization(&client, "openid"))
        .finish();
    let mut agent = app.agent();
    agent.send(app.admin_request("GET", &format!("/oidc/auth?{query}"))).await.expect(303);
    agent
}

/// Cookies that open no interaction of `default`.
async fn refused_cookies(app: &TestApp, client: &TestClient) -> Vec<(&'static str, String)> {
    let mut agent = app.agent();
    agent.authorize(&app.authorization(client, "openid")).await.expect(303);
    let (own, signature) = (agent.cookie("_interaction"), agent.cookie("_interaction.sig"));
    let mut other = app.agent();
    other.authorize(&app.authorization(client, "openid")).await.expect(303);
    let foreign = other.cookie("_interaction.sig");
    let elsewhere = abroad(app).await;
    let pair = |value: &str, signature: &str| format!("_interaction={value}; _interaction.sig={signature}");
    let resume = (agent.cookie("_interaction_resume"), agent.cookie("_interaction_resume.sig"));
    vec![
        ("nothing", String::new()),
        ("no signature", format!("_interaction={own}")),
        ("an empty signature", pair(own, "")),
        ("another browser's signature", pair(own, foreign)),
        ("another browser's interaction", pair(other.cookie("_interaction"), signature)),
        ("the signature of another cookie", pair(resume.0, resume.1)),
        (
            "the other tenant's interaction",
            pair(elsewhere.cookie("_interaction"), elsewhere.cookie("_interaction.sig")),
        ),
    ]
}

/// Bodies that would do something in an interaction.
pub fn body(path: &str) -> Value {
    match path {
        "/api/experience" => json!({"interactionEvent": "SignIn"}),
        "/api/experience/interaction-event" => json!({"interactionEvent": "Register"}),
        path if path.ends_with("/password") || path.ends_with("-identity") => json!({
            "identifier": {"type": "username", "value": "alice"}, "password": PASSWORD,
        }),
        _ => json!({"type": "username", "value": "alice", "verificationId": "x"}),
    }
}

/// The APIs say that there is no session; pages lead to the page that explains it.
pub fn is_refused(path: &str, answer: &TestResponse) -> bool {
    match path.starts_with("/api/") {
        true => answer.status == 400 && answer.json()["code"] == "session.not_found",
        false => answer.status == 302 && answer.header("location").ends_with("/unknown-session"),
    }
}

#[tokio::test]
async fn f1_b22_every_route_of_an_interaction_refuses_a_browser_without_its_cookie() {
    for_each_engine(async |app: TestApp| {
        person(&app, "alice").await;
        let client = app.web_client().await;
        let cookies = refused_cookies(&app, &client).await;
        let before = app.snapshot().await;
        let routes = server::router::declared().into_iter().filter(|route| route.access == Access::Interaction);
        for route in routes {
            let path = route.path.replace("{*rest}", "deeper");
            for (name, cookie) in &cookies {
                for app_id in ["", client.id.as_str()] {
                    let request = app.request(route.method.as_str(), &format!("{path}?app_id={app_id}"));
                    let request = request.header("cookie", cookie).header("logto-app-id", app_id);
                    let request = match (route.method.as_str(), path.starts_with("/api/")) {
                        ("GET", _) => request,
                        (_, true) => request.json(body(&path)),
                        _ => request.form(&[("identifier", "alice"), ("password", PASSWORD), ("decision", "allow")]),
                    };
                    let answer = request.send().await;
                    let shown = format!("{} {path} with {name}: {} {}", route.method, answer.status, answer.text());
                    assert!(is_refused(&path, &answer), "{shown}");
                }
            }
        }
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new());
        let mut browser = Browser::new(&app);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(app.authorization(&client, "openid"))
            .finish();
        assert_eq!(browser.open(&format!("/oidc/auth?{query}")).await.response.status, 200, "its own cookie opens");
    })
    .await;
}

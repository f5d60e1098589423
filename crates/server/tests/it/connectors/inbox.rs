//! The development inbox.

use serde_json::{Value, json};
use testkit::{Engine, TestApp, TestResponse, fresh_url, options};

use crate::applications::call;
use crate::experience::fixture::{Browser, id_of};

async fn app(endpoint: &str) -> TestApp {
    let environment = [("ENDPOINT", endpoint), ("DB_URL", "sqlite://x.db")];
    let environment = environment.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let sources = server::settings::SettingSources { environment, ..Default::default() };
    let mut settings = server::Settings::load(&sources).unwrap();
    settings.db_url = fresh_url(Engine::Sqlite);
    settings.db = options();
    settings.secret_key = Some(server::sealing::SecretKey::from([7; 32]));
    TestApp::with(Engine::Sqlite, settings).await
}

async fn send(app: &TestApp) -> (Browser, TestResponse) {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    let body = json!({"identifier": {"type": "email", "value": "a@example.com"}, "interactionEvent": "SignIn"});
    let sent = browser.post("/verification/verification-code", body).await;
    (browser, sent)
}

#[tokio::test]
async fn on_a_developers_machine_messages_are_kept_to_be_read() {
    let app = app("http://localhost:3001").await;
    let sent = send(&app).await;
    let id = id_of(&sent.1.expect(200));
    let kept = app.get("/api/development/messages?to=a@example.com").send().await.expect(200).json();
    assert_eq!((&kept[0]["type"], &kept[0]["to"]), (&json!("SignIn"), &json!("a@example.com")));
    let code = kept[0]["payload"]["code"].as_str().unwrap();
    assert!(kept[0]["subject"].as_str().unwrap().contains(code) && kept[0]["text"].as_str().unwrap().contains(code));
    let identifier = json!({"type": "email", "value": "a@example.com"});
    let body = json!({"identifier": identifier, "verificationId": id, "code": code});
    sent.0.post("/verification/verification-code/verify", body).await.expect(200);
    assert_eq!(app.get("/api/development/messages?to=b@example.com").send().await.expect(200).json(), json!([]));
    assert_eq!(app.admin_request("GET", "/api/development/messages").send().await.expect(200).json(), json!([]));
    let page = app.get("/development/inbox").send().await.expect(200).text();
    assert!(page.contains(&format!("{code} is your sign-in code")) && page.contains("a@example.com"), "{page}");
    let method = json!({"identifier": "email", "password": true, "verificationCode": true, "isPasswordPrimary": true});
    call(&app, "PATCH", "/api/sign-in-exp", json!({"signIn": {"methods": [method]}})).await.expect(200);
}

#[tokio::test]
async fn the_inbox_is_never_reachable_from_elsewhere() {
    let local = app("http://localhost:3001").await;
    send(&local).await.1.expect(200);
    let get = || local.get("/api/development/messages");
    get().send().await.expect(200);
    get().host("auth.example.com").send().await.expect_error(404, "entity.not_found");
    get().header("x-forwarded-for", "203.0.113.7").send().await.expect_error(404, "entity.not_found");
    get().header("forwarded", "for=127.0.0.1").send().await.expect_error(404, "entity.not_found");
    local.get("/development/inbox").host("auth.example.com").send().await.expect(404);
    get().peer("203.0.113.7").send().await.expect_error(404, "entity.not_found");
    for endpoint in ["https://auth.example.com", "http://10.0.0.1:3001", "http://localhost.example.com"] {
        let public = app(endpoint).await;
        public.get("/development/inbox").send().await.expect(404);
        public.get("/api/development/messages").send().await.expect_error(404, "entity.not_found");
        let refused: Value = send(&public).await.1.expect_error(501, "connector.not_found").json();
        assert_eq!(refused["data"]["type"], "Email");
    }
}

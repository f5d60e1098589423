//! Webhooks in the console (inventory C032).

use http::{Method, StatusCode};
use outbound::FakeResponse;
use serde_json::{Value, json};
use server::outbox::deliver_due;
use testkit::{TestApp, for_each_engine};

use super::fixture::{administrator, csrf, send};
use crate::applications::{call, get};

const URL: &str = "https://bell.example.com/hook";
const HIDDEN: &str = "authorization: ••••••••";

async fn stored(app: &TestApp, page: &str) -> Value {
    get(app, &page.replace("/console/webhooks", "/api/hooks")).await.expect(200).json()
}

#[tokio::test]
async fn a_webhook_is_made_changed_tried_and_deleted() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        assert!(browser.open("/console/webhooks").await.text().contains("No webhooks yet"));
        let new = "/console/webhooks/new";
        let without = send(&mut browser, &secret, new, &[("name", "Bell"), ("config.url", URL)]).await;
        assert_eq!(without.response.status, 422);
        assert!(without.text().contains("Choose at least one."), "{}", without.text());
        let fields = [
            ("name", "Bell"),
            ("config.url", URL),
            ("events.Role.Created", "true"),
            ("events.User.Created", "true"),
            ("events.Nonsense", "true"),
        ];
        let made = send(&mut browser, &secret, new, &fields).await;
        assert!(made.text().contains("Created."), "{}", made.text());
        let page = made.path().to_owned();
        assert_eq!(stored(&app, &page).await["events"], json!(["User.Created", "Role.Created"]));

        let settings = |url: &'static str, headers: &'static str| {
            [
                ("name", "Bell"),
                ("config.url", url),
                ("config.headers", headers),
                ("config.retries", "0"),
                ("enabled", "true"),
                ("events.Role.Created", "true"),
            ]
        };
        let headers = "authorization: Bearer header-secret\r\nx-extra: e";
        let saved = send(&mut browser, &secret, &page, &settings(URL, headers)).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        let hook = stored(&app, &page).await;
        assert_eq!((&hook["config"]["retries"], &hook["events"]), (&json!(0), &json!(["Role.Created"])));
        let key = hook["signingKey"].as_str().unwrap().to_owned();
        for address in [page.as_str(), "/console/webhooks"] {
            let shown = browser.open(address).await.text();
            assert!(!shown.contains("header-secret") && !shown.contains(&key), "{address}: {shown}");
        }
        assert!(browser.open(&page).await.text().contains(HIDDEN));

        let kept = send(&mut browser, &secret, &page, &settings(URL, HIDDEN)).await;
        assert!(kept.text().contains("Saved."), "{}", kept.text());
        let headers = stored(&app, &page).await["config"]["headers"].clone();
        assert_eq!(headers, json!({"authorization": "Bearer header-secret"}));
        let wrong = send(&mut browser, &secret, &page, &settings(URL, "no colon")).await;
        assert!(wrong.response.status == 422 && wrong.text().contains("one header a line"), "{}", wrong.text());

        for (status, said, answer) in
            [(422, "500", StatusCode::INTERNAL_SERVER_ERROR), (200, "accepted the example", StatusCode::OK)]
        {
            app.outbound.respond(Method::POST, URL, FakeResponse::status(answer));
            let tried = send(&mut browser, &secret, &format!("{page}/test"), &[("event", "Role.Created")]).await;
            assert!(tried.response.status == status && tried.text().contains(said), "{}", tried.text());
        }
        let received = app.outbound.received();
        assert_eq!(received.last().unwrap().headers["authorization"], "Bearer header-secret");
        let shown = send(&mut browser, &secret, &format!("{page}/key"), &[]).await.text();
        assert!(shown.contains(&key), "{shown}");
        let renewed = send(&mut browser, &secret, &format!("{page}/key/renew"), &[]).await.text();
        let other = stored(&app, &page).await["signingKey"].as_str().unwrap().to_owned();
        assert!(other != key && renewed.contains(&other), "{renewed}");

        let off = send(
            &mut browser,
            &secret,
            &page,
            &[("name", "Bell"), ("config.url", URL), ("events.Role.Created", "true")],
        )
        .await;
        assert!(off.text().contains("Off"), "{}", off.text());
        let hook = stored(&app, &page).await;
        assert_eq!((&hook["enabled"], &hook["config"]), (&json!(false), &json!({"url": URL})));
        let gone = send(&mut browser, &secret, &format!("{page}/delete"), &[("confirm", "Bell")]).await;
        assert!(gone.text().contains("Deleted.") && gone.text().contains("No webhooks yet"), "{}", gone.text());
    })
    .await;
}

#[tokio::test]
async fn d12_a_hidden_header_goes_to_no_other_receiver() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        let config = json!({"url": URL, "headers": {"authorization": "Bearer header-secret"}});
        let new = json!({"name": "Bell", "events": ["Role.Created"], "config": config});
        let made = call(&app, "POST", "/api/hooks", new).await.expect(201).json();
        let page = format!("/console/webhooks/{}", made["id"].as_str().unwrap());
        let settings = |url: &'static str| {
            [("name", "Bell"), ("config.url", url), ("config.headers", HIDDEN), ("events.Role.Created", "true")]
        };
        let others = [
            "https://evil.example/hook",
            "http://bell.example.com/hook",
            "https://bell.example.com:444/hook",
            "https://bell.example.com/other",
        ];
        for url in others {
            let moved = send(&mut browser, &secret, &page, &settings(url)).await;
            assert!(moved.response.status == 422 && moved.text().contains("again"), "{url}: {}", moved.text());
            assert!(!moved.text().contains("header-secret"));
            assert_eq!(stored(&app, &page).await["config"], made["config"]);
        }
        let kept = send(&mut browser, &secret, &page, &settings(URL)).await;
        assert!(kept.text().contains("Saved."), "{}", kept.text());
        assert_eq!(stored(&app, &page).await["config"]["headers"]["authorization"], "Bearer header-secret");
    })
    .await;
}

#[tokio::test]
async fn recent_requests_are_found_by_event_result_and_time() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let failing = FakeResponse::status(StatusCode::INTERNAL_SERVER_ERROR).body("not today");
        app.outbound.respond(Method::POST, URL, failing);
        let new = |name: &str| json!({"name": name, "events": ["Role.Created"], "config": {"url": URL, "retries": 0}});
        let mut pages = Vec::new();
        for name in ["Bell", "Other"] {
            let made = call(&app, "POST", "/api/hooks", new(name)).await.expect(201).json();
            pages.push(format!("/console/webhooks/{}", made["id"].as_str().unwrap()));
        }
        call(&app, "POST", "/api/roles", json!({"name": "rider", "description": "d"})).await.expect(200);
        while deliver_due(&app.app).await.unwrap() > 0 {}
        app.app.flush_audit().await;
        let list = browser.open("/console/webhooks").await.text();
        assert!(list.contains("0% of 1"), "{list}");

        let requests = format!("{}/requests", pages[0]);
        let row = format!("{requests}/");
        for (query, is_found) in [
            ("", true),
            ("?event=Role.Created&result=Error&hours=1", true),
            ("?event=Nonsense&result=Nonsense&hours=Nonsense", true),
            ("?result=Success", false),
            ("?event=Role.Deleted", false),
        ] {
            let shown = browser.open(&format!("{requests}{query}")).await;
            assert_eq!(shown.response.status, 200, "{query}");
            assert_eq!(shown.text().contains(&row), is_found, "{query}: {}", shown.text());
            assert_eq!(shown.text().contains("No requests"), !is_found, "{query}");
        }
        app.app.clock.advance(std::time::Duration::from_secs(2 * 3600));
        assert!(!browser.open(&format!("{requests}?hours=1")).await.text().contains(&row));
        let shown = browser.open(&format!("{requests}?hours=168")).await.text();
        let id = shown.split(&row).nth(1).unwrap().split('"').next().unwrap().to_owned();
        let one = browser.open(&format!("{requests}/{id}")).await.text();
        for text in ["Failed", "the receiver answered 500", "not today", "rider", "Role.Created"] {
            assert!(one.contains(text), "{text}: {one}");
        }
        // An entry is one of its own webhook, and of no other kind.
        assert_eq!(browser.open(&format!("{}/requests/{id}", pages[1])).await.response.status, 404);
        let audit = get(&app, "/api/logs?logKey=Administration").await.expect(200).json();
        let audit = audit[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(browser.open(&format!("{requests}/{audit}")).await.response.status, 404);
    })
    .await;
}

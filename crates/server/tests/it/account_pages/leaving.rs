//! What is stored about a person, and the end of their account.

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::call;

async fn configure(app: &TestApp, patch: Value) {
    call(app, "PATCH", "/api/configs/account", patch).await.expect(200);
}

#[tokio::test]
async fn a_person_downloads_what_is_stored_about_them() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        configure(&app, json!({"dataDownloadEnabled": true})).await;
        let mut alice = signed_in(&app, "alice").await;
        assert!(alice.open("/account/security").await.text().contains("href=\"/account/data\""));
        let page = alice.open("/account/data").await;
        assert_eq!(page.path(), "/account/verified-action");
        let page = alice.submit(&page, &[("password", PASSWORD)]).await;
        assert_eq!(page.path(), "/account/data");
        let file = alice.submit(&page, &[]).await.response.expect(200);
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"account-data.json\"");
        assert_eq!(file.header("cache-control"), "no-store");
        assert_eq!(file.json()["account"]["username"], "alice");
        configure(&app, json!({"dataDownloadEnabled": false})).await;
        assert!(!alice.open("/account/security").await.text().contains("/account/data"));
        for method in ["GET", "POST"] {
            let xsrf = page.value("xsrf");
            let form = [("xsrf", xsrf.as_str())];
            let answer = alice.send(method, "/account/data", (method == "POST").then_some(&form[..])).await;
            assert_eq!(answer.status, 404, "{method}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_person_has_their_account_deleted_and_changes_their_mind() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut alice = proven(&app, "alice").await;
        assert_eq!(alice.open("/account/deletion").await.response.status, 404, "off by default");
        assert!(!alice.open("/account/security").await.text().contains("/account/deletion"));
        configure(&app, json!({"deletionEnabled": true, "deletionGraceDays": 7})).await;
        let planned = async || app.sql("update account_deletions set user_id = user_id", vec![]).await;
        let page = alice.open("/account/deletion").await;
        assert!(page.text().contains("7 days"), "{}", page.text());
        let page = alice.submit(&page, &[]).await;
        let due = app.app.clock.now().plus_seconds(7 * 86_400).iso8601();
        let date = due.split('T').next().unwrap();
        assert!(page.path() == "/account/security" && page.text().contains(date), "{}", page.text());
        assert_eq!(planned().await, 1);
        let page = post(&mut alice, "/account/deletion/cancel", &[]).await;
        assert!(page.path() == "/account/security" && !page.text().contains(date), "{}", page.text());
        assert_eq!(planned().await, 0);
        for days in [0, 1] {
            configure(&app, json!({"deletionGraceDays": days})).await;
            let page = alice.open("/account/deletion").await.text();
            assert!(page.contains(if days == 0 { "within ten minutes" } else { "a day" }), "{page}");
        }
    })
    .await;
}

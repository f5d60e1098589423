//! Times in the address of a page: of the audit log, and the day of the dashboard.

use std::time::Duration;

use testkit::{TestApp, for_each_engine};

use super::fixture::{administrator, csrf, send};

const LOGS: &str = "/console/logs?logKey=Administration";

#[tokio::test]
async fn the_audit_log_is_searched_by_time() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let secret = csrf(&mut browser).await;
        send(&mut browser, &secret, "/console/users/new", &[("username", "ada")]).await;
        app.app.clock.advance(Duration::from_secs(2 * 3600));
        send(&mut browser, &secret, "/console/users/new", &[("username", "bea")]).await;
        let at = |hours: i64| app.app.clock.now().plus_seconds(hours * 3600).iso8601()[..16].to_owned();
        let (before, between, after) = (at(-3), at(-1), at(1));
        let far = ["2001-01-01".to_owned(), "2001-01-01T00:00:00".to_owned()];
        for (query, found) in [
            (String::new(), 2),
            ("&from=&to=".to_owned(), 2),
            (format!("&from={between}"), 1),
            (format!("&to={between}"), 1),
            (format!("&from={before}&to={after}"), 2),
            // The whole of its last minute.
            (format!("&from={between}&to={}", at(0)), 1),
            (format!("&from={after}"), 0),
            (format!("&from={}", far[0]), 2),
            (format!("&to={}", far[1]), 0),
        ] {
            let page = browser.open(&format!("{LOGS}{query}")).await;
            assert_eq!(page.response.status, 200, "{query}");
            assert_eq!(page.text().matches("Administration.Users.Created").count(), found, "{query}: {}", page.text());
            let file = format!("/console/export/logs?format=json&logKey=Administration{query}");
            let file = browser.open(&file).await.response.json();
            assert_eq!(file.as_array().unwrap().len(), found, "{query}: {file}");
        }
        let page = browser.open(&format!("{LOGS}&from={between}&to=2099-12-31")).await.text();
        for shown in [
            format!("name=\"from\" type=\"datetime-local\" value=\"{between}\""),
            "name=\"to\" type=\"datetime-local\" value=\"2099-12-31T23:59\"".to_owned(),
        ] {
            assert!(page.contains(&shown), "{shown}: {page}");
        }
        for (query, said) in [
            ("from=yesterday", "“yesterday” is not a time."),
            ("to=2026-13-01", "“2026-13-01” is not a time."),
            ("from=2026-11-29&to=2026-11-28", "The end, 2026-11-28, is before the beginning."),
            ("from=%3Cb%3E", "“&lt;b&gt;” is not a time."),
        ] {
            let wrong = browser.open(&format!("{LOGS}&{query}")).await;
            let text = wrong.text();
            assert_eq!(wrong.response.status, 422, "{query}: {text}");
            assert!(text.contains(said) && text.contains("aria-invalid"), "{query}: {text}");
            assert!(!text.contains("Administration.Users.Created"), "{query}: {text}");
            let file = browser.open(&format!("/console/export/logs?{query}")).await;
            assert_eq!(file.response.status, 400, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_dashboard_shows_the_month_before_a_day() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let today = app.app.clock.now().iso8601()[..10].to_owned();
        let page = browser.open("/console").await.text();
        assert!(page.contains(&format!("name=\"date\" type=\"date\" value=\"{today}\"")), "{page}");
        assert!(page.contains(&format!("<th scope=\"row\">{today}</th>")), "{page}");
        let page = browser.open("/console?date=2024-03-01").await.text();
        assert!(page.contains("Active on 2024-03-01") && page.contains("value=\"2024-03-01\""), "{page}");
        for (day, is_shown) in
            [("2024-01-31", false), ("2024-02-01", true), ("2024-03-01", true), ("2024-03-02", false)]
        {
            assert_eq!(page.contains(&format!("<th scope=\"row\">{day}</th>")), is_shown, "{day}: {page}");
        }
        let wrong = browser.open("/console?date=2024-02-30").await;
        assert_eq!(wrong.response.status, 422);
        assert!(wrong.text().contains("“2024-02-30” is not a day."), "{}", wrong.text());
        assert!(wrong.text().contains("Active today"), "{}", wrong.text());
    })
    .await;
}

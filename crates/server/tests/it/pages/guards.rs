//! Visits without an interaction (inventory O055, traces 00-06 and 00-07).

use testkit::for_each_engine;

use super::fixture::settings;

const GUARDED: [&str; 7] = [
    "/sign-in",
    "/sign-in/password",
    "/consent",
    "/register",
    "/single-sign-on",
    "/social/register/x",
    "/forgot-password?app_id=none",
];

#[tokio::test]
async fn guarded_pages_lead_to_the_unknown_session_page() {
    for_each_engine(async |app| {
        for path in GUARDED {
            let answer = app.get(path).header("accept", "text/html").send().await.expect(302);
            assert_eq!(answer.header("location"), "http://localhost:3001/unknown-session", "{path}");
            assert_eq!(answer.text(), "Redirecting to http://localhost:3001/unknown-session.");
        }
        let posted = app.post("/sign-in").send().await.expect(302);
        assert_eq!(posted.header("location"), "http://localhost:3001/unknown-session");
        let admin = app.admin_request("GET", "/sign-in").send().await.expect(302);
        assert_eq!(admin.header("location"), "http://localhost:3002/unknown-session");
        assert_eq!(app.admin_request("GET", "/").send().await.expect(302).header("location"), "/console");
    })
    .await;
}

#[tokio::test]
async fn the_tenant_can_send_lost_visitors_elsewhere_but_not_into_a_script() {
    for_each_engine(async |app| {
        for (url, expected) in [
            ("https://app.example.com/start", "https://app.example.com/start"),
            ("javascript:alert(1)", "http://localhost:3001/unknown-session"),
        ] {
            settings(&app, serde_json::json!({"unknownSessionRedirectUrl": url})).await;
            let answer = app.get("/sign-in").send().await.expect(302);
            assert_eq!(answer.header("location"), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_preview_shows_the_page_in_the_tenants_look_but_its_form_does_nothing() {
    for_each_engine(async |app| {
        let page = app.get("/sign-in?preview=true").header("accept-language", "zh").send().await.expect(200);
        assert_eq!(page.header("content-language"), "zh-CN");
        assert!(page.text().contains("用户名"), "{}", page.text());
        let form = [("xsrf", ""), ("identifier", "ada"), ("password", "x")];
        app.post("/sign-in?preview=true").form(&form).send().await.expect(302);
    })
    .await;
}

//! The first administrator: whoever knows the setup code, once.

use testkit::{Browser, TestApp, for_each_engine};

use super::fixture::PASSWORD;

#[tokio::test]
async fn whoever_has_the_setup_code_becomes_the_first_administrator() {
    for_each_engine(async |app: TestApp| {
        let mut browser = Browser::at(&app, "admin");
        let page = browser.open("/").await;
        assert_eq!(page.path(), "/console/welcome");
        let wrong = browser.submit(&page, &[("code", "AAAAA-AAAAA-AAAAA-AAAAA")]).await;
        assert_eq!(wrong.response.status, 422);
        assert!(wrong.text().contains("aria-invalid"), "{}", wrong.text());
        let code = server::console::setup_code(&app.app).await.unwrap();
        assert!(!wrong.text().contains(&code));
        let page = browser.submit(&page, &[("code", &code.to_lowercase().replace('-', " "))]).await;
        assert_eq!(page.path(), "/register", "{}", page.text());
        let home =
            browser.submit(&page, &[("identifier", "root"), ("password", PASSWORD), ("confirm", PASSWORD)]).await;
        assert_eq!((home.path(), home.response.status.as_u16()), ("/console", 200), "{}", home.text());
        assert!(home.text().contains("/console/applications/new"), "it says what to do first");

        let mut late = Browser::at(&app, "admin");
        assert_eq!(late.open("/console/welcome").await.path(), "/sign-in");
        let refused = late.submit_to("/console/welcome", &[("code", &code)]).await;
        assert_eq!(refused.path(), "/sign-in");
        assert!(late.cookie("_setup").is_empty());
    })
    .await;
}

#[tokio::test]
async fn nobody_registers_at_the_console_without_the_code() {
    for_each_engine(async |app: TestApp| {
        let mut browser = Browser::at(&app, "admin");
        // By the sign-in of another application: the page of the code can be passed by.
        let query = "client_id=admin-console&redirect_uri=http%3A%2F%2Flocalhost%3A3002%2Fconsole%2Fcallback\
                     &response_type=code&scope=openid&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
                     &code_challenge_method=S256&state=s";
        let page = browser.open(&format!("/oidc/auth?{query}")).await;
        assert_eq!(page.path(), "/register", "{}", page.text());
        for cookie in ["", "1", "99999999999999"] {
            browser.set_cookie("_setup", cookie);
            browser.set_cookie("_setup.sig", "A");
            let refused = browser
                .submit(&page, &[("identifier", "mallory"), ("password", PASSWORD), ("confirm", PASSWORD)])
                .await;
            assert_eq!(refused.response.status, 403, "{}", refused.text());
            assert!(refused.text().contains("setup code"), "{}", refused.text());
        }
        let none: i64 = app
            .read("admin", |view| view.query_one(db::sql!("select count(*) from users where tenant_id = 'admin'"), &[]))
            .await
            .unwrap();
        assert_eq!(none, 0);
    })
    .await;
}

#[tokio::test]
async fn the_code_is_the_same_in_all_processes_and_counts_for_an_hour() {
    for_each_engine(async |app: TestApp| {
        let code = server::console::setup_code(&app.app).await.unwrap();
        let other = TestApp::with(app.engine, app.app.settings.clone()).await;
        assert_eq!(server::console::setup_code(&other.app).await.unwrap(), code);
        let mut browser = Browser::at(&app, "admin");
        let page = browser.open("/console/welcome").await;
        assert_eq!(browser.submit(&page, &[("code", &code)]).await.path(), "/register");
        app.app.clock.advance(std::time::Duration::from_secs(3601));
        let page = browser.open("/console").await;
        assert_eq!(page.path(), "/console/welcome");
    })
    .await;
}

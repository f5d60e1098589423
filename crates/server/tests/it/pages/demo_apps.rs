//! The applications to try a sign-in with. What their script does is tested in a browser (e2e/test_demo_apps.py).

use testkit::{TestApp, for_each_engine};

const PATHS: [&str; 4] =
    ["/demo-app", "/device-demo-app", "/demo-app/script.js", "/device-demo-app/qr-code?user_code=BCDF-GHJK"];

#[tokio::test]
async fn a083_a084_the_pages_call_this_server_alone_and_run_one_script_of_it() {
    for_each_engine(async |app| {
        for path in ["/demo-app", "/device-demo-app"] {
            let page = app.get(path).send().await.expect(200);
            let policy = page.header("content-security-policy");
            assert!(policy.contains("; connect-src 'self'") && policy.contains("form-action 'none'"), "{policy}");
            let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
            let script = format!("<script nonce=\"{nonce}\" src=\"/demo-app/script.js\"></script>");
            assert!(page.text().contains(&script) && page.text().matches("<script").count() == 1);
            assert!(page.text().contains(&format!("data-address=\"http://localhost:3001{path}\"")));
        }
        let script = app.get("/demo-app/script.js").send().await.expect(200);
        assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
        let sign_in = app.get("/sign-in?preview=1").send().await.expect(200);
        assert!(!sign_in.header("content-security-policy").contains("connect-src"), "other pages call nothing");
        let answered = app.get("/demo-app?code=c0de&state=s&app_id=demo-app").send().await.expect(200);
        assert!(!answered.text().contains("c0de"), "the code stands in no link");
    })
    .await;
}

#[tokio::test]
async fn a_qr_code_leads_to_the_page_of_the_device_flow_and_nowhere_else() {
    for_each_engine(async |app| {
        let image = app.get("/device-demo-app/qr-code?user_code=bcdfghjk").send().await.expect(200);
        assert_eq!(image.header("content-type"), "image/svg+xml");
        let expected =
            server::users::mfa_factors::qr_code::QrCode::of("http://localhost:3001/device?user_code=BCDF-GHJK");
        assert!(image.text().contains(&expected.unwrap().svg_path()));
        for wrong in ["", "?user_code=", "?user_code=https://evil.example", "?user_code=AAAA-AAAA"] {
            app.get(&format!("/device-demo-app/qr-code{wrong}")).send().await.expect(404);
        }
    })
    .await;
}

#[tokio::test]
async fn the_tenant_of_the_console_has_no_demos_and_a_setting_takes_them_away() {
    for_each_engine(async |app| {
        for path in PATHS {
            app.get(path).send().await.expect(200);
            app.admin_request("GET", path).send().await.expect(404);
        }
        let mut settings = app.app.settings.clone();
        settings.demo_apps = false;
        let without = TestApp::with(app.engine, settings).await;
        for path in PATHS {
            without.get(path).send().await.expect(404);
        }
        assert!(!without.get("/").send().await.expect(200).text().contains("/demo-app"));
        for (client, uri) in [("demo-app", "demo-app"), ("account-center", "account")] {
            let query = format!("client_id={client}&redirect_uri=http://localhost:3001/{uri}&response_type=code");
            let answer = without.get(&format!("/oidc/auth?{query}&scope=openid")).send().await;
            let is_unknown = answer.text().contains("invalid_client");
            assert_eq!(is_unknown, client == "demo-app", "{client}: {}", answer.text());
        }
        let management = without.management_request("GET", "/api/applications/device-demo-app").await;
        management.send().await.expect(404);
    })
    .await;
}

//! Signing in, and what ends it.

use db::sql;
use serde_json::json;
use testkit::{Browser, TestApp, for_each_engine};

use super::fixture::{administrator, colleague, csrf, send, signed_in};

#[tokio::test]
async fn a_sign_in_leads_back_to_the_page_that_was_asked_for() {
    for_each_engine(async |app: TestApp| {
        colleague(&app, "root", &["default:admin"]).await;
        let mut browser = Browser::at(&app, "admin");
        let page = browser.open("/console/users?q=ada").await;
        assert_eq!(page.path(), "/sign-in");
        let page = browser.submit(&page, &[("identifier", "root"), ("password", super::fixture::PASSWORD)]).await;
        assert_eq!(page.url, "/console/users?q=ada", "{}", page.text());
        let cookie = page.response.header("set-cookie").to_owned();
        assert_eq!(cookie, "", "a page sets no cookie");
        let session = browser.send("GET", "/console/sign-in", None).await;
        let line =
            session.headers("set-cookie").into_iter().find(|line| line.starts_with("_console_browser=")).unwrap();
        assert!(line.contains("httponly") && line.contains("samesite=lax") && line.contains("path=/console"), "{line}");
        assert!(!line.to_lowercase().contains("domain"), "{line}");
    })
    .await;
}

#[tokio::test]
async fn an_answer_counts_only_in_the_browser_that_asked_and_once() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let begun = browser.send("GET", "/console/sign-in", None).await.expect(303);
        let to = begun.header("location").to_owned();
        let answer = browser.send("GET", &to, None).await.expect(303).header("location").to_owned();
        assert!(answer.contains("/console/callback?") && answer.contains("code="), "{answer}");
        let mut other = Browser::at(&app, "admin");
        assert_eq!(other.open(&answer).await.response.status, 400);
        other.send("GET", "/console/sign-in", None).await.expect(303);
        assert_eq!(other.open(&answer).await.response.status, 400);
        let forged = answer.replace("state=", "state=x");
        assert_eq!(browser.open(&forged).await.response.status, 400);
        let elsewhere = format!("{}&iss=https%3A%2F%2Fevil.example", answer.split("&iss=").next().unwrap());
        assert_eq!(browser.open(&elsewhere).await.response.status, 400);
        assert_eq!(browser.send("GET", &answer, None).await.status, 303);
        assert_eq!(browser.send("GET", &answer, None).await.status, 400, "a code is used once");
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_with_the_sign_in_the_role_the_account_and_the_day() {
    for_each_engine(async |app: TestApp| {
        let mut root = administrator(&app).await;
        let secret = csrf(&mut root).await;
        // Signing out ends it in every tab, also with a copied cookie.
        let mut copy = Browser::at(&app, "admin");
        let kept: Vec<(String, String)> =
            root.cookies().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        kept.iter().for_each(|(name, value)| copy.set_cookie(name, value));
        assert_eq!(copy.open("/console/users").await.response.status, 200);
        assert_eq!(send(&mut root, &secret, "/console/sign-out", &[]).await.path(), "/sign-in");
        assert_eq!(copy.open("/console/users").await.path(), "/sign-in");

        colleague(&app, "edsger", &["default:admin"]).await;
        let mut edsger = signed_in(&app, "edsger").await;
        let revoked = sql!("delete from grants where tenant_id = 'admin' and user_id = 'edsger'");
        app.write("admin", |work| work.exec(revoked, &[])).await.unwrap();
        let answer = edsger.send("GET", "/console/users", None).await;
        assert_eq!(answer.status, 303, "its grant was revoked: the sign-in is asked again");

        colleague(&app, "ada", &["default:admin"]).await;
        let mut ada = signed_in(&app, "ada").await;
        let gone = sql!("delete from users_roles where tenant_id = 'admin' and user_id = 'ada'");
        app.configure("admin", |work| work.exec(gone, &[])).await.unwrap();
        let refused = ada.open("/console/users").await;
        assert_eq!(refused.response.status, 403);
        assert!(refused.text().contains("no role"), "{}", refused.text());

        colleague(&app, "grace", &["default:admin"]).await;
        let mut grace = signed_in(&app, "grace").await;
        let token = app.management_token("admin").await;
        let suspend = app.admin_request("PATCH", "/api/users/grace/is-suspended").bearer(&token);
        suspend.json(json!({"isSuspended": true})).send().await.expect(200);
        assert_eq!(grace.open("/console/users").await.path(), "/sign-in");

        colleague(&app, "joan", &["default:admin"]).await;
        let mut joan = signed_in(&app, "joan").await;
        app.app.clock.advance(std::time::Duration::from_secs(12 * 3600 + 1));
        assert_eq!(joan.open("/console/users").await.path(), "/sign-in", "the password is asked for again");
    })
    .await;
}

#[tokio::test]
async fn a_cookie_that_was_changed_opens_nothing() {
    for_each_engine(async |app: TestApp| {
        let mut browser = administrator(&app).await;
        let (value, signature) = (browser.cookie("_console").to_owned(), browser.cookie("_console.sig").to_owned());
        for (value, signature) in [
            (value.replace("root", "ruth"), signature.clone()),
            (value.clone(), String::new()),
            (value.clone(), signature.to_lowercase()),
            (browser.cookie("_session").to_owned(), browser.cookie("_session.sig").to_owned()),
        ] {
            let mut other = Browser::at(&app, "admin");
            other.set_cookie("_console", &value);
            other.set_cookie("_console.sig", &signature);
            assert_eq!(other.open("/console/users").await.path(), "/sign-in");
        }
        assert_eq!(browser.open("/console/users").await.response.status, 200);
    })
    .await;
}

//! Trusted devices on the hosted pages and through the API (inventory E005, E038, E077, M059, M060, D072), and attacks on them.

use std::time::Duration;

use db::{params, sql};
use serde_json::{Value, json};
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::fixture::{PASSWORD, application, at_sign_in, is_back_with_code, join, settings, user};
use crate::experience::factors::app_code;

const COOKIE: &str = "logto-trusted-device-";
const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Two users with an authenticator app each, and devices that are trusted for two days.
pub async fn prepared(app: &TestApp) -> (String, String) {
    let (ada, bob) = (user(app, "ada").await, user(app, "bob").await);
    for id in [&ada, &bob] {
        bind_app(app, id).await;
    }
    settings(
        app,
        json!({
            "mfa": {"factors": ["Totp", "BackupCode"], "policy": "Mandatory"},
            "trustedDevice": {"enabled": true, "durationDays": 2},
        }),
    )
    .await;
    (ada, bob)
}

async fn bind_app(app: &TestApp, user: &str) {
    for body in [json!({"type": "Totp", "secret": KEY}), json!({"type": "BackupCode"})] {
        let path = format!("/api/users/{user}/mfa-verifications");
        app.management_request("POST", &path).await.json(body).send().await.expect(200);
    }
}

async fn after_password(app: &TestApp, browser: &mut Browser, name: &str) -> BrowserPage {
    let page = at_sign_in(app, browser).await;
    browser.submit(&page, &[("identifier", name), ("password", PASSWORD)]).await
}

/// A code that nobody used yet.
fn code(app: &TestApp) -> String {
    app.app.clock.advance(Duration::from_secs(30));
    app_code(KEY, app.app.clock.now())
}

/// Signs in with the app and has the device trusted.
pub async fn trusting(app: &TestApp, name: &str) -> Browser {
    let mut browser = Browser::new(app);
    let page = after_password(app, &mut browser, name).await;
    assert!(page.text().contains("name=\"trust\""), "{}", page.text());
    let back = browser.submit(&page, &[("code", &code(app)), ("trust", "yes")]).await;
    assert!(is_back_with_code(&back), "{}", back.url);
    browser
}

/// Signs in again in the same browser, whose session is over. Returns whether a factor is asked for.
async fn is_asked(app: &TestApp, browser: &mut Browser, name: &str) -> bool {
    browser.forget_all_but(COOKIE);
    let page = after_password(app, browser, name).await;
    let is_asked = page.path() == "/mfa-verification/Totp";
    assert!(is_asked || is_back_with_code(&page), "{} {}", page.url, page.text());
    is_asked
}

fn trust_of(browser: &Browser) -> (String, String) {
    let (name, value) = browser.cookies().find(|(name, _)| name.contains(COOKIE)).unwrap();
    (name.to_owned(), value.to_owned())
}

pub async fn devices(app: &TestApp, user: &str) -> Vec<Value> {
    let path = format!("/api/users/{user}/trusted-devices");
    let listed = app.management_request("GET", &path).await.send().await.expect(200);
    let devices = listed.json().as_array().unwrap().clone();
    assert_eq!(listed.header("total-number"), devices.len().to_string());
    devices
}

async fn patch(app: &TestApp, method: &str, path: &str, body: Value) {
    let sent = app.management_request(method, path).await.json(body).send().await;
    assert!(sent.status.is_success(), "{path}: {} {}", sent.status, sent.text());
}

#[tokio::test]
async fn a_device_is_trusted_for_its_time_and_no_longer() {
    for_each_engine(async |app: TestApp| {
        let (ada, _) = prepared(&app).await;
        let mut browser = Browser::new(&app).reading("zh-CN");
        let page = after_password(&app, &mut browser, "ada").await;
        assert!(page.text().contains("信任此设备，2 天内不再询问"));
        let back = browser.submit(&page, &[("code", &code(&app))]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        assert!(browser.cookies().all(|(name, _)| !name.contains(COOKIE)), "nobody asked for it");
        assert_eq!(devices(&app, &ada).await, Vec::<Value>::new());

        let mut browser = trusting(&app, "ada").await;
        let (name, value) = trust_of(&browser);
        assert!(!format!("{name}{value}").contains(&ada), "the cookie tells no id of the user");
        let secret = value.split_once('.').unwrap().1.to_owned();
        assert!(!format!("{:?}", app.snapshot().await).contains(&secret), "only a digest is stored");
        let listed = devices(&app, &ada).await;
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0]["id"].as_str().unwrap(), value.split_once('.').unwrap().0);
        assert_eq!(listed[0]["expiresAt"].as_i64().unwrap() - listed[0]["createdAt"].as_i64().unwrap(), 2 * 86_400_000);
        assert_eq!(listed[0].as_object().unwrap().len(), 9, "{listed:?}");
        assert!(!is_asked(&app, &mut browser, "ada").await);
        app.app.clock.advance(DAY * 2 - Duration::from_secs(60));
        assert!(!is_asked(&app, &mut browser, "ada").await);
        app.app.clock.advance(Duration::from_secs(61));
        assert!(is_asked(&app, &mut browser, "ada").await);
        assert_eq!(devices(&app, &ada).await, Vec::<Value>::new());
    })
    .await;
}

#[tokio::test]
async fn a_backup_code_trusts_no_device() {
    for_each_engine(async |app: TestApp| {
        prepared(&app).await;
        let mut browser = Browser::new(&app);
        after_password(&app, &mut browser, "ada").await;
        let page = browser.open("/mfa-verification/BackupCode").await;
        assert!(!page.text().contains("name=\"trust\""));
        let select = sql!("select count(*) from trusted_devices");
        browser.submit(&page, &[("code", "0123456789"), ("trust", "yes")]).await;
        assert_eq!(app.app.db.read(move |r| r.query_one::<i64>(select, &[])).await.unwrap(), 0);
    })
    .await;
}

/// The secret of another user's device, a guessed or cut one, and one with a foreign id prove nothing.
#[tokio::test]
async fn c_trust_is_bound_to_its_user_and_its_secret() {
    for_each_engine(async |app: TestApp| {
        prepared(&app).await;
        let (of_ada, of_bob) = (trusting(&app, "ada").await, trusting(&app, "bob").await);
        let ((name, value), (other_name, other_value)) = (trust_of(&of_ada), trust_of(&of_bob));
        assert_ne!(name, other_name);
        let (id, secret) = value.split_once('.').unwrap();
        let (other_id, other_secret) = other_value.split_once('.').unwrap();
        let mut last = secret.to_owned();
        let swapped = if last.pop() == Some('A') { 'B' } else { 'A' };
        for forged in [
            other_value.clone(),
            format!("{id}.{other_secret}"),
            format!("{other_id}.{secret}"),
            format!("{id}.{last}{swapped}"),
            format!("{id}."),
            format!(".{secret}"),
            id.to_owned(),
            format!("{value}.{secret}"),
            format!("' or '1'='1.{secret}"),
        ] {
            let mut browser = Browser::new(&app);
            browser.set_cookie(&name, &forged);
            assert!(is_asked(&app, &mut browser, "ada").await, "{forged}");
        }
        let mut thief = Browser::new(&app);
        thief.set_cookie(&other_name, &value);
        assert!(is_asked(&app, &mut thief, "bob").await, "a device of ada is none of bob");
    })
    .await;
}

#[tokio::test]
async fn c_trust_ends_with_what_it_rests_on() {
    for_each_engine(async |app: TestApp| {
        let (ada, _) = prepared(&app).await;
        let own = |rest: &str| format!("/api/users/{ada}{rest}");
        let mut browser = trusting(&app, "ada").await;
        // The administrator deletes it.
        let id = devices(&app, &ada).await[0]["id"].as_str().unwrap().to_owned();
        let path = own(&format!("/trusted-devices/{id}"));
        app.management_request("DELETE", &path).await.send().await.expect(204);
        app.management_request("DELETE", &path).await.send().await.expect(404);
        assert!(is_asked(&app, &mut browser, "ada").await);

        let mut browser = trusting(&app, "ada").await;
        patch(&app, "PATCH", &own("/is-suspended"), json!({"isSuspended": true})).await;
        patch(&app, "PATCH", &own("/is-suspended"), json!({"isSuspended": false})).await;
        assert!(is_asked(&app, &mut browser, "ada").await, "suspended once");

        let mut browser = trusting(&app, "ada").await;
        patch(&app, "PATCH", &own("/password"), json!({"password": PASSWORD})).await;
        assert!(is_asked(&app, &mut browser, "ada").await, "the password was set");

        let mut browser = trusting(&app, "ada").await;
        patch(&app, "PATCH", &own(""), json!({"primaryEmail": "ada@example.com"})).await;
        assert!(is_asked(&app, &mut browser, "ada").await, "codes would go elsewhere");

        let mut browser = trusting(&app, "ada").await;
        let factors = app.management_request("GET", &own("/mfa-verifications")).await.send().await.expect(200).json();
        for factor in factors.as_array().unwrap() {
            let path = own(&format!("/mfa-verifications/{}", factor["id"].as_str().unwrap()));
            app.management_request("DELETE", &path).await.send().await.expect(204);
        }
        bind_app(&app, &ada).await;
        assert!(is_asked(&app, &mut browser, "ada").await, "the factors are others");
        assert_eq!(devices(&app, &ada).await, Vec::<Value>::new());

        // The tenant and the organizations have a say at any time.
        let mut browser = trusting(&app, "ada").await;
        let trusted = |settings: Value| json!({"trustedDevice": settings});
        settings(&app, trusted(json!({"enabled": false, "durationDays": 2}))).await;
        assert!(is_asked(&app, &mut browser, "ada").await, "switched off");
        settings(&app, trusted(json!({"enabled": true, "durationDays": 1}))).await;
        assert!(!is_asked(&app, &mut browser, "ada").await);
        app.app.clock.advance(DAY);
        assert!(is_asked(&app, &mut browser, "ada").await, "shorter than it was");

        let mut browser = trusting(&app, "ada").await;
        let new = json!({"name": "Strict", "isTrustedDeviceAllowed": false});
        let made = app.management_request("POST", "/api/organizations").await.json(new).send().await.expect(201).json();
        assert_eq!(made["isTrustedDeviceAllowed"], false);
        let organization = made["id"].as_str().unwrap();
        join(&app, organization, &ada).await;
        assert!(is_asked(&app, &mut browser, "ada").await, "an organization forbids it");
        let path = format!("/api/organizations/{organization}");
        patch(&app, "PATCH", &path, json!({"isTrustedDeviceAllowed": true})).await;
        assert!(!is_asked(&app, &mut browser, "ada").await);
    })
    .await;
}

/// Rights are asked for again when the session is given out, not only when the sign-in was submitted.
#[tokio::test]
async fn c_a_device_that_lost_its_trust_after_submit_gets_no_session() {
    for_each_engine(async |app: TestApp| {
        let (ada, _) = prepared(&app).await;
        let mut browser = trusting(&app, "ada").await;
        browser.forget_all_but(COOKIE);
        let page = at_sign_in(&app, &mut browser).await;
        let xsrf = page.value("xsrf");
        let form = [("xsrf", xsrf.as_str()), ("identifier", "ada"), ("password", PASSWORD)];
        let submitted = browser.send("POST", "/sign-in", Some(&form)).await;
        let resume = submitted.header("location").to_owned();
        assert!(resume.contains("/oidc/auth/"), "{resume}");
        let id = devices(&app, &ada).await[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/users/{ada}/trusted-devices/{id}");
        app.management_request("DELETE", &path).await.send().await.expect(204);
        let refused = browser.send("GET", &resume, None).await;
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert_eq!(browser.cookie("_session"), "");
        let sessions = app.management_request("GET", &format!("/api/users/{ada}/sessions")).await.send().await.json();
        let later = sessions["sessions"].as_array().unwrap().len();
        assert_eq!(later, 1, "only the one in which the device became trusted");
        // The same where the cookie is gone: whoever resumes is the device, or nobody.
        let mut browser = trusting(&app, "ada").await;
        browser.forget_all_but(COOKIE);
        let page = at_sign_in(&app, &mut browser).await;
        let xsrf = page.value("xsrf");
        let form = [("xsrf", xsrf.as_str()), ("identifier", "ada"), ("password", PASSWORD)];
        let submitted = browser.send("POST", "/sign-in", Some(&form)).await;
        let (name, _) = trust_of(&browser);
        browser.set_cookie(&name, "gone");
        assert_eq!(browser.send("GET", submitted.header("location"), None).await.status, 400);
    })
    .await;
}

#[tokio::test]
async fn c_a_device_is_not_trusted_where_the_account_was_changed_after_submit() {
    for_each_engine(async |app: TestApp| {
        let (ada, _) = prepared(&app).await;
        for is_other in [false, true] {
            let mut browser = Browser::new(&app);
            let page = after_password(&app, &mut browser, "ada").await;
            let (xsrf, code) = (page.value("xsrf"), code(&app));
            let form = [("xsrf", xsrf.as_str()), ("code", code.as_str()), ("trust", "yes")];
            let submitted = browser.send("POST", page.path(), Some(&form)).await;
            let resume = submitted.header("location").to_owned();
            assert!(resume.contains("/oidc/auth/"), "{resume}");
            if is_other {
                // As another sign-in of the user adds it.
                app.sql("update users set primary_email = 'new@example.com' where id = $1", vec![ada.as_str().into()])
                    .await;
            }
            browser.send("GET", &resume, None).await.expect(303);
            assert_eq!(browser.cookies().any(|(name, _)| name.contains(COOKIE)), !is_other);
            assert_eq!(devices(&app, &ada).await.len(), usize::from(!is_other));
        }
    })
    .await;
}

#[tokio::test]
async fn c_a_user_has_twenty_trusted_devices_at_most() {
    for_each_engine(async |app: TestApp| {
        let (ada, _) = prepared(&app).await;
        let first = trust_of(&trusting(&app, "ada").await).1;
        let fill = "insert into trusted_devices (tenant_id, id, user_id, secret_hash, protection_digest, created_at, \
             last_used_at, expires_at) select tenant_id, $1, user_id, secret_hash, protection_digest, created_at, \
             last_used_at + $2, expires_at from trusted_devices where id = $3";
        let source = first.split_once('.').unwrap().0.to_owned();
        for number in 1..20_i64 {
            app.sql(fill, params![format!("device-{number}"), number, &source].to_vec()).await;
        }
        assert_eq!(devices(&app, &ada).await.len(), 20);
        let browser = trusting(&app, "ada").await;
        let listed = devices(&app, &ada).await;
        assert_eq!(listed.len(), 20);
        let has = |id: &str| listed.iter().any(|device| device["id"] == id);
        assert!(has(trust_of(&browser).1.split_once('.').unwrap().0) && !has(&source), "the least recently used went");
        // A page that was opened before devices were not trusted any more.
        let mut browser = browser;
        settings(&app, json!({"trustedDevice": {"enabled": false}})).await;
        browser.forget_all_but(COOKIE);
        let page = after_password(&app, &mut browser, "ada").await;
        assert!(!page.text().contains("name=\"trust\""), "nothing is offered that would be refused");
        let back = browser.submit(&page, &[("code", &code(&app)), ("trust", "yes")]).await;
        assert!(is_back_with_code(&back), "a wish that can't be granted stops nobody: {}", back.url);
        settings(&app, json!({"trustedDevice": {"enabled": true, "durationDays": 2}})).await;
        assert_eq!(devices(&app, &ada).await.len(), 20);
    })
    .await;
}

#[tokio::test]
async fn the_api_trusts_the_device_and_says_whether_it_can() {
    for_each_engine(async |app: TestApp| {
        let (ada, _) = prepared(&app).await;
        let client = application(&app, "API", false).await;
        let mut agent = app.agent();
        let query = super::fixture::authorization(&client, &[]);
        agent.get(&query).await;
        let call = async |agent: &mut testkit::oidc::BrowserAgent, method: &str, path: &str, body: Value| {
            let request = app.request(method, &format!("/api/experience{path}"));
            let request = if method == "GET" { request } else { request.json(body) };
            agent.send(request).await
        };
        call(&mut agent, "PUT", "", json!({"interactionEvent": "SignIn"})).await.expect(204);
        let trust = "/profile/mfa/trusted-device";
        call(&mut agent, "POST", trust, json!({})).await.expect_error(404, "session.identifier_not_found");
        let identifier = json!({"type": "username", "value": "ada"});
        let proof = json!({"identifier": identifier, "password": PASSWORD});
        let proven = call(&mut agent, "POST", "/verification/password", proof).await.expect(200).json();
        call(&mut agent, "POST", "/identification", proven).await.expect(204);
        let state = call(&mut agent, "GET", "/interaction", Value::Null).await.expect(200).json();
        assert_eq!(state["trustedDevice"], json!({"isAvailable": true, "durationDays": 2}));
        call(&mut agent, "POST", trust, json!({})).await.expect_error(403, "session.mfa.require_mfa_verification");
        call(&mut agent, "POST", "/verification/totp/verify", json!({"code": code(&app)})).await.expect(200);
        call(&mut agent, "POST", trust, json!({})).await.expect(204);
        let done = call(&mut agent, "POST", "/submit", json!({})).await.expect(200).json();
        assert_eq!(devices(&app, &ada).await, Vec::<Value>::new(), "it is trusted with the session, not before");
        agent.get(done["redirectTo"].as_str().unwrap()).await;
        assert_eq!(devices(&app, &ada).await.len(), 1);
        let logged: Vec<String> = app
            .app
            .db
            .read(|r| r.query_all(sql!("select key from logs where key like 'TrustedDevice.%'"), &[]))
            .await
            .unwrap();
        assert_eq!(logged, ["TrustedDevice.Created"]);
        patch(&app, "PATCH", "/api/sign-in-exp", json!({"trustedDevice": {"enabled": true, "durationDays": 365}}))
            .await;
        for days in [0, 366] {
            let body = json!({"trustedDevice": {"enabled": true, "durationDays": days}});
            let sent = app.management_request("PATCH", "/api/sign-in-exp").await.json(body).send().await;
            assert_eq!(sent.status, 400, "{days}");
        }
    })
    .await;
}

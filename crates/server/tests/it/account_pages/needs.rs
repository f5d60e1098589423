//! Attack F1 for the account pages: every page and form that is declared × everything that must not open it.

use serde_json::{Map, Value, json};
use server::callers::{AccountNeeds, Field, Proof};
use server::routes::{Access, RouteInfo};
use testkit::{Browser, TestApp, TestResponse, for_each_engine};

use super::fixture::*;
use crate::applications::call;

/// The fields of each form: it would do something if it got through. A new form needs a line here.
fn fields(path: &str) -> Vec<(&'static str, &'static str)> {
    match path {
        "/account/profile" => vec![("profile.name", "New")],
        "/account/email" => vec![("identifier", "new@example.com")],
        "/account/phone" => vec![("identifier", "+4915112345678")],
        "/account/email/code" | "/account/phone/code" => vec![("code", "123456"), ("choice", "resend")],
        "/account/email/remove" | "/account/phone/remove" | "/account/sessions/end-others" => vec![],
        "/account/username" => vec![("identifier", "alice_2")],
        "/account/password" => vec![("password", "Brand-New1!x"), ("confirm", "Brand-New1!x")],
        "/account/sessions/end" | "/account/sessions/revoke" | "/account/trusted-devices/remove" => {
            vec![("id", "none")]
        }
        "/account/verified-action" => vec![("password", PASSWORD)],
        "/account/authenticator-app" | "/account/authenticator-app/replace" => {
            vec![("offer", "a.b"), ("code", "123456")]
        }
        "/account/backup-codes/generate" | "/account/backup-codes/regenerate" => vec![("offer", "a.b")],
        "/account/passkey/add" => vec![("offer", "a.b"), ("credential", "{}"), ("name", "key")],
        "/account/passkey/name" => vec![("name", "key")],
        "/account/passkey/manage/remove" => vec![("id", "none")],
        "/account/authenticator-app/remove"
        | "/account/backup-codes/manage/remove"
        | "/account/social/{connectorId}"
        | "/account/social/{connectorId}/change"
        | "/account/social/{connectorId}/remove"
        | "/account/data"
        | "/account/deletion"
        | "/account/deletion/cancel" => vec![],
        _ => panic!("{path} has no form here"),
    }
}

/// A page, or a form.
struct Case {
    route: RouteInfo,
    needs: &'static AccountNeeds,
}

impl Case {
    fn is_form(&self) -> bool {
        self.route.method == "POST"
    }

    /// The address, with an id in its place.
    fn path(&self) -> String {
        self.route.path.replace("{connectorId}", "none").replace("{connector_id}", "none")
    }

    fn shown(&self) -> String {
        format!("{} {}", self.route.method, self.route.path)
    }

    /// Sends it from this browser, a form with this token.
    async fn send(&self, browser: &mut Browser, token: Option<&str>) -> TestResponse {
        let form = self.is_form().then(|| {
            let token = token.map(|token| ("xsrf", token));
            token.into_iter().chain(fields(&self.route.path)).collect::<Vec<_>>()
        });
        browser.send(self.route.method.as_str(), &self.path(), form.as_deref()).await
    }
}

fn cases() -> Vec<Case> {
    let pages = server::router::declared().into_iter().filter_map(|route| match route.access {
        Access::AccountPage(needs) => Some(Case { route, needs }),
        _ => None,
    });
    let all: Vec<Case> = pages.collect();
    assert!(all.len() >= 60, "{}", all.len());
    assert!(all.iter().filter(|case| case.is_form()).count() >= 28);
    all
}

/// Sends every case and expects the same answer; nothing must have changed.
async fn answer_all(
    app: &TestApp,
    browser: &mut Browser,
    token: Option<&str>,
    cases: &[&Case],
    what: &str,
    is_right: impl Fn(&TestResponse) -> bool,
) {
    let before = app.snapshot().await;
    for case in cases {
        let answer = case.send(browser, token).await;
        let (status, to) = (answer.status, answer.header("location").to_owned());
        assert!(is_right(&answer), "{} with {what}: {status} {to}\n{}", case.shown(), answer.text());
    }
    assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new(), "{what}");
}

fn leads_to_sign_in(answer: &TestResponse) -> bool {
    answer.status == 303
        && answer.header("location").starts_with("http://localhost:3001/oidc/auth?client_id=account-center&")
}

fn leads_to_proof(answer: &TestResponse) -> bool {
    answer.status == 303 && answer.header("location").starts_with("/account/verified-action?next=%2Faccount%2F")
}

#[tokio::test]
async fn f1_c15_every_page_and_form_needs_the_token_in_the_browser_of_its_session() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut alice = proven(&app, "alice").await;
        let bob = signed_in(&app, "bob").await;
        let token = form_token(&mut alice).await;
        let cases = cases();
        let all: Vec<&Case> = cases.iter().collect();
        let with = |names: &[(&str, &Browser)]| {
            let mut browser = Browser::new(&app);
            for (name, owner) in names {
                for part in [(*name).to_owned(), format!("{name}.sig")] {
                    browser.set_cookie(&part, owner.cookie(&part));
                }
            }
            browser
        };
        for (what, mut browser) in [
            ("no cookie", Browser::new(&app)),
            ("the session alone", with(&[("_session", &alice)])),
            ("the token alone", with(&[("_account", &alice), ("_account_proof", &alice)])),
            ("the token in another session", with(&[("_account", &alice), ("_session", &bob)])),
        ] {
            answer_all(&app, &mut browser, Some(&token), &all, what, leads_to_sign_in).await;
        }
        let mut unsigned = alice.clone();
        unsigned.set_cookie("_account.sig", "x");
        unsigned.forget_all_but("_session");
        unsigned.set_cookie("_account", alice.cookie("_account"));
        unsigned.set_cookie("_account.sig", "x");
        answer_all(&app, &mut unsigned, Some(&token), &all, "a forged signature", leads_to_sign_in).await;
        for case in &all {
            let admin = app.admin_request(case.route.method.as_str(), &case.path()).send().await;
            assert!(
                [303, 404].contains(&admin.status.as_u16()),
                "{} on the other tenant: {}",
                case.shown(),
                admin.status
            );
        }
        app.sql("update users set is_suspended = true where id = 'alice'", vec![]).await;
        answer_all(&app, &mut alice, Some(&token), &all, "a suspended account", leads_to_sign_in).await;
    })
    .await;
}

#[tokio::test]
async fn f11_every_form_needs_its_own_token_and_its_own_site() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let (mut alice, mut bob) = (proven(&app, "alice").await, proven(&app, "bob").await);
        let (own, foreign) = (form_token(&mut alice).await, form_token(&mut bob).await);
        let all = cases();
        let forms: Vec<&Case> = all.iter().filter(|case| case.is_form()).collect();
        let longer = format!("{own}x");
        for token in [None, Some(""), Some("x"), Some(foreign.as_str()), Some(longer.as_str())] {
            let is_refused = |answer: &TestResponse| answer.status == 400 && answer.text().contains("out of date");
            answer_all(&app, &mut alice, token, &forms, &format!("the token {token:?}"), is_refused).await;
        }
        let cookies: Vec<String> = alice.cookies().map(|(name, value)| format!("{name}={value}")).collect();
        let before = app.snapshot().await;
        for form in forms {
            for headers in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")] {
                let sent: Vec<_> = [("xsrf", own.as_str())].into_iter().chain(fields(&form.route.path)).collect();
                let request = app.post(&form.path()).header("cookie", &cookies.join("; ")).form(&sent);
                request.header(headers.0, headers.1).send().await.expect_error(403, "session.cross_site_request");
            }
        }
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn f1_every_page_and_form_asks_whether_the_operator_opened_its_field() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        add_connectors(&app).await;
        let mut alice = proven(&app, "alice").await;
        let token = form_token(&mut alice).await;
        let cases = cases();
        let is_hidden = |answer: &TestResponse| answer.status == 404;
        for (field, name) in Field::ALL {
            let controls = |control: &str| {
                let all = Field::ALL.iter().map(|(_, known)| ((*known).to_owned(), json!("Edit")));
                let mut all: Map<String, Value> = all.collect();
                all.insert(name.to_owned(), control.into());
                Value::Object(all)
            };
            let of_field = |case: &&Case| case.needs.whole.field == Some(field);
            let all: Vec<&Case> = cases.iter().filter(of_field).collect();
            let changing: Vec<&Case> = cases.iter().filter(of_field).filter(|case| case.needs.changes).collect();
            open(&app, controls("Off")).await;
            answer_all(&app, &mut alice, Some(&token), &all, &format!("{name} off"), is_hidden).await;
            open(&app, controls("ReadOnly")).await;
            answer_all(&app, &mut alice, Some(&token), &changing, &format!("{name} read-only"), is_hidden).await;
            for case in all.iter().filter(|case| !case.needs.changes) {
                let answer = case.send(&mut alice, None).await;
                // A page of what the account has not leads to the overview.
                let is_shown = answer.status == 200 || answer.header("location") == "/account/security";
                assert!(is_shown, "{} with {name} read-only: {}", case.shown(), answer.status);
            }
        }
        call(&app, "PATCH", "/api/account-center", json!({"enabled": false})).await.expect(200);
        let all: Vec<&Case> = cases.iter().collect();
        answer_all(&app, &mut alice, Some(&token), &all, "the centre off", is_hidden).await;
        let mut stranger = Browser::new(&app);
        answer_all(&app, &mut stranger, None, &all, "the centre off, signed out", is_hidden).await;
        app.get("/account").send().await.expect_error(404, "account_center.not_enabled");
    })
    .await;
}

#[tokio::test]
async fn c20_every_page_and_form_that_needs_a_proof_refuses_none_and_one_of_somebody_else() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let (mut alice, bob) = (signed_in(&app, "alice").await, proven(&app, "bob").await);
        let token = form_token(&mut alice).await;
        let cases = cases();
        let asking: Vec<&Case> = cases.iter().filter(|case| case.needs.whole.proof != Proof::None).collect();
        assert!(asking.len() >= 48, "{}", asking.len());
        answer_all(&app, &mut alice, Some(&token), &asking, "no proof", leads_to_proof).await;
        for part in ["_account_proof", "_account_proof.sig"] {
            alice.set_cookie(part, bob.cookie(part));
        }
        answer_all(&app, &mut alice, Some(&token), &asking, "somebody else's proof", leads_to_proof).await;
        let mut alice = proven(&app, "alice").await;
        let token = form_token(&mut alice).await;
        alice.open("/account/sessions").await.response.expect(200);
        app.app.clock.advance(std::time::Duration::from_secs(601));
        answer_all(&app, &mut alice, Some(&token), &asking, "a stale proof", leads_to_proof).await;
    })
    .await;
}

/// A page asks for what the account API asks for.
#[test]
fn f1_a_page_needs_what_the_same_operation_of_the_account_api_needs() {
    let declared = server::router::declared();
    let needs = |wanted: &str| {
        let found = declared.iter().find(|route| format!("{} {}", route.method, route.path) == wanted);
        match found.map(|route| route.access) {
            Some(Access::Account(needs) | Access::AccountPage(needs)) => *needs,
            other => panic!("{wanted}: {other:?}"),
        }
    };
    for (page, api) in [
        ("POST /account/email/code", "POST /api/my-account/primary-email"),
        ("POST /account/email/remove", "DELETE /api/my-account/primary-email"),
        ("POST /account/phone/code", "POST /api/my-account/primary-phone"),
        ("POST /account/phone/remove", "DELETE /api/my-account/primary-phone"),
        ("POST /account/password", "POST /api/my-account/password"),
        ("GET /account/sessions", "GET /api/my-account/sessions"),
        ("GET /account/sessions", "GET /api/my-account/grants"),
        ("POST /account/sessions/end", "DELETE /api/my-account/sessions/{sessionId}"),
        ("POST /account/sessions/end-others", "DELETE /api/my-account/sessions/{sessionId}"),
        ("POST /account/sessions/revoke", "DELETE /api/my-account/grants/{grantId}"),
        ("GET /account/trusted-devices", "GET /api/my-account/trusted-devices"),
        ("POST /account/trusted-devices/remove", "DELETE /api/my-account/trusted-devices/{trustedDeviceId}"),
        ("GET /account/security", "GET /api/my-account"),
        ("POST /account/authenticator-app", "PUT /api/my-account/mfa-verifications/totp"),
        ("POST /account/authenticator-app/replace", "PUT /api/my-account/mfa-verifications/totp"),
        ("POST /account/authenticator-app/remove", "PUT /api/my-account/mfa-verifications/totp"),
        ("POST /account/backup-codes/generate", "PUT /api/my-account/mfa-verifications/totp"),
        ("GET /account/backup-codes/manage", "GET /api/my-account/mfa-verifications/backup-codes"),
        ("POST /account/backup-codes/manage/remove", "PUT /api/my-account/mfa-verifications/totp"),
        ("POST /account/passkey/add", "PATCH /api/my-account/mfa-verifications/{verificationId}/name"),
        ("POST /account/passkey/name", "PATCH /api/my-account/mfa-verifications/{verificationId}/name"),
        ("POST /account/passkey/manage/remove", "PATCH /api/my-account/mfa-verifications/{verificationId}/name"),
        ("POST /account/social/{connectorId}", "POST /api/my-account/identities"),
        ("POST /account/social/{connectorId}/change", "PUT /api/my-account/identities"),
        ("POST /account/social/{connectorId}/remove", "DELETE /api/my-account/identities/{target}"),
        ("GET /account/callback/social/{connector_id}", "POST /api/my-account/identities"),
        ("POST /account/data", "GET /api/my-account/data"),
        ("POST /account/deletion", "POST /api/my-account/deletion"),
        ("POST /account/deletion/cancel", "DELETE /api/my-account/deletion"),
    ] {
        assert_eq!(needs(page), needs(api), "{page}");
    }
    let (username, account) = (needs("POST /account/username"), needs("PATCH /api/my-account"));
    let member = account.members.iter().find(|part| part.name == "username").unwrap();
    assert_eq!((username.whole.field, username.whole.proof), (member.field, member.proof));
    assert_eq!(username.whole.scope, account.whole.scope);
}

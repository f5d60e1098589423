//! Administrators: their roles, invitations by link, and the owner who stays.

use db::sql;
use serde_json::{Value, json};
use testkit::{Browser, BrowserPage, TestApp, TestResponse, for_each_engine};

use super::fixture::{PASSWORD, colleague, csrf, send, signed_in};

const PATH: &str = "/console/administrators";
const INVITATION: &str = "/console/invitation";

/// A signed-in owner, and the secret of their forms.
pub async fn owner(app: &TestApp) -> (Browser, String) {
    colleague(app, "olive", &["default:owner"]).await;
    let mut olive = signed_in(app, "olive").await;
    let secret = csrf(&mut olive).await;
    (olive, secret)
}

/// The link that a page shows this once.
pub fn link(page: &BrowserPage) -> String {
    let text = page.text();
    let found = text.split("data-copy=\"").nth(1).unwrap_or_else(|| panic!("no link: {text}"));
    found.split('"').next().unwrap().to_owned()
}

pub fn token_of(link: &str) -> String {
    link.split("token=").nth(1).unwrap().to_owned()
}

pub async fn invite(browser: &mut Browser, csrf: &str, role: &str) -> String {
    let page = send(browser, csrf, PATH, &[("email", "crew@example.com"), ("role", role)]).await;
    assert_eq!(page.response.status, 200, "{}", page.text());
    link(&page)
}

pub async fn register(browser: &mut Browser, link: &str, username: &str) -> BrowserPage {
    let form = [
        ("token", token_of(link)),
        ("name", "Crew".to_owned()),
        ("username", username.to_owned()),
        ("password", PASSWORD.to_owned()),
        ("confirm", PASSWORD.to_owned()),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.submit_to(INVITATION, &form).await
}

/// A request to the Management API of the tenant `admin`.
pub async fn admin(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    let token = app.management_token("admin").await;
    let request = app.admin_request(method, path).bearer(&token);
    match body {
        Value::Null => request.send().await,
        body => request.json(body).send().await,
    }
}

async fn role_of(app: &TestApp, user: &str) -> Value {
    let path = format!("/api/administrators/{user}");
    let answer = admin(app, "GET", &path, Value::Null).await;
    if answer.status == 404 { Value::Null } else { answer.expect(200).json()["role"].clone() }
}

#[tokio::test]
async fn an_invitation_makes_an_administrator_once() {
    for_each_engine(async |app: TestApp| {
        let (mut olive, secret) = owner(&app).await;
        let wrong = send(&mut olive, &secret, PATH, &[("email", "crew"), ("role", "auditor")]).await;
        assert!(wrong.response.status == 422 && wrong.text().contains("aria-invalid"), "{}", wrong.text());
        let link = invite(&mut olive, &secret, "auditor").await;
        assert!(link.starts_with("http://localhost:3002/console/invitation?token="), "{link}");
        let token = token_of(&link);
        let list = olive.open(PATH).await.text();
        assert!(list.contains("crew@example.com") && list.contains("Pending") && !list.contains(&token), "{list}");
        let digests: Vec<String> = app
            .read("admin", |view| view.query_all(sql!("select token_digest from administrator_invitations"), &[]))
            .await
            .unwrap();
        assert!(digests.len() == 1 && digests[0] != token, "the link itself is stored nowhere");
        let logs =
            admin(&app, "GET", "/api/logs?logKey=Administration&page_size=100", Value::Null).await.expect(200).text();
        assert!(logs.contains("Administration.AdministratorInvitations.Created") && !logs.contains(&token), "{logs}");

        let mut crew = Browser::at(&app, "admin");
        let page = crew.open(&link).await;
        assert_eq!(page.response.status, 200, "{}", page.text());
        assert!(page.text().contains("Auditor") && page.text().contains("crew@example.com"), "{}", page.text());
        for (name, value) in [("confirm", "another"), ("username", "1crew"), ("password", "short")] {
            let mut form =
                vec![("token", token.as_str()), ("username", "crew"), ("password", PASSWORD), ("confirm", PASSWORD)];
            form.retain(|(field, _)| *field != name && !(name == "password" && *field == "confirm"));
            form.push((name, value));
            if name == "password" {
                form.push(("confirm", value));
            }
            let refused = crew.submit_to(INVITATION, &form).await;
            assert_eq!(refused.response.status, 422, "{name}: {}", refused.text());
            assert!(refused.text().contains("aria-invalid"), "{name}: {}", refused.text());
        }
        let page = register(&mut crew, &link, "crew").await;
        assert_eq!(page.path(), "/sign-in", "{}", page.text());
        assert!(page.text().contains("value=\"crew\""), "{}", page.text());
        let home = crew.submit(&page, &[("identifier", "crew"), ("password", PASSWORD)]).await;
        assert_eq!((home.path(), home.response.status.as_u16()), ("/console", 200), "{}", home.text());
        assert_eq!(crew.open("/console/users").await.response.status, 200);
        assert_eq!(crew.open("/console/users/new").await.response.status, 403);
        assert_eq!(crew.open(PATH).await.response.status, 403);

        let mut late = Browser::at(&app, "admin");
        assert_eq!(late.open(&link).await.response.status, 404);
        assert_eq!(register(&mut late, &link, "late").await.response.status, 404);
        let people = admin(&app, "GET", "/api/administrators", Value::Null).await.expect(200).json();
        let mut shown: Vec<[&Value; 3]> = people
            .as_array()
            .unwrap()
            .iter()
            .map(|one| ["username", "role", "primaryEmail"].map(|member| &one[member]))
            .collect();
        shown.sort_by_key(|one| one[0].to_string());
        let crew = [&json!("crew"), &json!("auditor"), &json!("crew@example.com")];
        assert_eq!(shown, [crew, [&json!("olive"), &json!("owner"), &Value::Null]]);
        let logs =
            admin(&app, "GET", "/api/logs?logKey=Administration&page_size=100", Value::Null).await.expect(200).text();
        assert!(logs.contains("Administration.AdministratorInvitations.Accepted") && !logs.contains(&token), "{logs}");
    })
    .await;
}

#[tokio::test]
async fn a_link_counts_only_in_time_while_its_maker_is_an_owner_and_until_it_is_revoked() {
    for_each_engine(async |app: TestApp| {
        let (mut olive, secret) = owner(&app).await;
        colleague(&app, "otto", &["default:owner"]).await;
        let mut otto = signed_in(&app, "otto").await;
        let otto_secret = csrf(&mut otto).await;
        let revoked = invite(&mut olive, &secret, "support").await;
        let page = olive.open(PATH).await;
        let id = page.value("id");
        let done = send(&mut olive, &secret, &format!("{PATH}/invitations/remove"), &[("id", &id)]).await;
        assert!(done.text().contains("Removed."), "{}", done.text());
        let of_otto = invite(&mut otto, &otto_secret, "owner").await;
        let expired = invite(&mut olive, &secret, "admin").await;
        let mut stranger = Browser::at(&app, "admin");
        let token = token_of(&expired);
        for link in [&revoked, &expired.replace(&token, &token.to_lowercase()), &"/console/invitation".to_owned()] {
            assert_eq!(stranger.open(link).await.response.status, 404, "{link}");
            let link = if link.contains("token=") { link.clone() } else { format!("{link}?token=") };
            assert_eq!(register(&mut stranger, &link, "mallory").await.response.status, 404);
        }
        assert_eq!(stranger.open(&of_otto).await.response.status, 200);
        let suspend = json!({"isSuspended": true});
        admin(&app, "PATCH", "/api/users/otto/is-suspended", suspend).await.expect(200);
        assert_eq!(stranger.open(&of_otto).await.response.status, 404, "who made it is suspended");
        admin(&app, "PATCH", "/api/users/otto/is-suspended", json!({"isSuspended": false})).await.expect(200);
        admin(&app, "PATCH", "/api/administrators/otto", json!({"role": "admin"})).await.expect(200);
        assert_eq!(register(&mut stranger, &of_otto, "mallory").await.response.status, 404, "or no owner any more");
        assert_eq!(stranger.open(&expired).await.response.status, 200);
        app.app.clock.advance(std::time::Duration::from_secs(7 * 24 * 3600 + 1));
        assert_eq!(register(&mut stranger, &expired, "mallory").await.response.status, 404);
        let made: i64 = app
            .read("admin", |view| view.query_one(sql!("select count(*) from users where tenant_id = 'admin'"), &[]))
            .await
            .unwrap();
        assert_eq!(made, 2);
        let default = app.request("GET", &format!("/console/invitation?token={token}")).send().await;
        assert_eq!(default.status, 404);
    })
    .await;
}

#[tokio::test]
async fn one_of_two_who_use_a_link_at_the_same_time_gets_the_role() {
    for_each_engine(async |app: TestApp| {
        let (mut olive, secret) = owner(&app).await;
        let link = invite(&mut olive, &secret, "admin").await;
        let (mut one, mut two) = (Browser::at(&app, "admin"), Browser::at(&app, "admin"));
        let (first, second) = tokio::join!(register(&mut one, &link, "first"), register(&mut two, &link, "second"));
        let mut paths = [first.path(), second.path()];
        paths.sort_unstable();
        // The other finds the link used, or the address of its account taken.
        assert_eq!(paths, [INVITATION, "/sign-in"]);
        let people = admin(&app, "GET", "/api/administrators", Value::Null).await.expect(200).json();
        assert_eq!(people.as_array().unwrap().len(), 2, "{people}");
        let made: i64 = app
            .read("admin", |view| view.query_one(sql!("select count(*) from users where tenant_id = 'admin'"), &[]))
            .await
            .unwrap();
        assert_eq!(made, 2, "no account is left of the other");
    })
    .await;
}

#[tokio::test]
async fn whoever_is_signed_in_takes_the_role_with_that_account() {
    for_each_engine(async |app: TestApp| {
        let (mut olive, secret) = owner(&app).await;
        colleague(&app, "nina", &["user"]).await;
        let link = invite(&mut olive, &secret, "support").await;
        let token = token_of(&link);
        let mut nina = Browser::at(&app, "admin");
        let page = nina.open(&link).await.text();
        let href = page.split("href=\"/console/sign-in?").nth(1).unwrap().split('"').next().unwrap();
        let page = nina.open(&format!("/console/sign-in?{}", href.replace("&amp;", "&"))).await;
        let page = nina.submit(&page, &[("identifier", "nina"), ("password", PASSWORD)]).await;
        assert_eq!(page.path(), INVITATION, "{}", page.text());
        assert!(page.text().contains("Take the role as nina?"), "{}", page.text());
        let proof = page.value("proof");
        let accept = format!("{INVITATION}/accept");
        for wrong in ["", "x", secret.as_str()] {
            let refused = nina.submit_to(&accept, &[("token", &token), ("proof", wrong)]).await;
            assert_eq!(refused.response.status, 403, "{wrong}");
        }
        assert_eq!(role_of(&app, "nina").await, Value::Null);
        // Who has a role gets no other by a link, and the link stays.
        let own = olive.open(&link).await.value("proof");
        let refused = olive.submit_to(&accept, &[("token", &token), ("proof", &own)]).await;
        assert!(refused.response.status == 422 && refused.text().contains("already"), "{}", refused.text());
        assert_eq!(role_of(&app, "olive").await, "owner");
        let home = nina.submit_to(&accept, &[("token", &token), ("proof", &proof)]).await;
        assert_eq!((home.path(), home.response.status.as_u16()), ("/console", 200), "{}", home.text());
        assert_eq!(role_of(&app, "nina").await, "support");
        let again = nina.submit_to(&accept, &[("token", &token), ("proof", &proof)]).await;
        assert_eq!(again.response.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_role_is_changed_and_taken_away_and_counts_at_once() {
    for_each_engine(async |app: TestApp| {
        let (mut olive, secret) = owner(&app).await;
        colleague(&app, "ada", &["default:admin"]).await;
        let mut ada = signed_in(&app, "ada").await;
        assert_eq!(ada.open("/console/roles/new").await.response.status, 200);
        let page = format!("{PATH}/ada");
        assert!(olive.open(&page).await.text().contains("Change the role"));
        let saved = send(&mut olive, &secret, &page, &[("role", "auditor")]).await;
        assert!(saved.text().contains("Saved."), "{}", saved.text());
        assert_eq!(ada.open("/console/roles/new").await.response.status, 403);
        assert_eq!(ada.open("/console/roles").await.response.status, 200);
        let held = admin(&app, "GET", "/api/users/ada/roles", Value::Null).await.expect(200).json();
        let names: Vec<&str> = held.as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect();
        assert!(names.contains(&"default:auditor") && !names.contains(&"default:admin"), "{names:?}");
        let member = admin(&app, "GET", "/api/users/ada/organizations", Value::Null).await.expect(200).json();
        assert_eq!(member, json!([]), "no rights are left in the organization of administrators");

        let kept = send(&mut olive, &secret, &format!("{page}/delete"), &[("confirm", "x")]).await;
        assert_eq!(kept.response.status, 422);
        let gone = send(&mut olive, &secret, &format!("{page}/delete"), &[("confirm", "ada")]).await;
        assert!(gone.text().contains("Removed."), "{}", gone.text());
        assert_eq!(ada.open("/console/roles").await.path(), "/sign-in", "the sessions end");
        assert_eq!(olive.open(&page).await.response.status, 404);
        admin(&app, "GET", "/api/users/ada", Value::Null).await.expect(200);
        // Nobody else may do this, whatever the tenant `default` lets them do.
        app.management_request("GET", "/api/administrators").await.send().await.expect(404);
        let logs =
            admin(&app, "GET", "/api/logs?logKey=Administration&page_size=100", Value::Null).await.expect(200).text();
        for key in ["Administration.Administrators.Updated", "Administration.Administrators.Deleted"] {
            assert!(logs.contains(key), "{key}: {logs}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_last_owner_is_neither_removed_nor_demoted_by_any_way() {
    for_each_engine(async |app: TestApp| {
        let (mut olive, secret) = owner(&app).await;
        colleague(&app, "otto", &["default:owner"]).await;
        let demotion = json!({"role": "auditor"});
        // Both at the same time: one goes, one stays.
        let (first, second) = tokio::join!(
            admin(&app, "PATCH", "/api/administrators/olive", demotion.clone()),
            admin(&app, "PATCH", "/api/administrators/otto", demotion.clone())
        );
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422], "{} {}", first.text(), second.text());
        admin(&app, "PATCH", "/api/administrators/olive", json!({"role": "owner"})).await.expect(200);
        admin(&app, "PATCH", "/api/administrators/otto", demotion.clone()).await.expect(200);
        let before = app.snapshot().await;
        for (method, path, body) in [
            ("PATCH", "/api/administrators/olive", demotion),
            ("DELETE", "/api/administrators/olive", Value::Null),
            ("DELETE", "/api/users/olive", Value::Null),
            ("PATCH", "/api/users/olive/is-suspended", json!({"isSuspended": true})),
            ("PUT", "/api/users/olive/roles", json!({"roleIds": []})),
            ("DELETE", "/api/users/olive/roles/owner-default", Value::Null),
            ("DELETE", "/api/roles/owner-default/users/olive", Value::Null),
            ("DELETE", "/api/roles/owner-default/scopes/admin-management-api-all", Value::Null),
            ("DELETE", "/api/roles/owner-default", Value::Null),
        ] {
            let refused = admin(&app, method, path, body).await;
            let shown = format!("{method} {path}: {} {}", refused.status, refused.text());
            assert_eq!(
                (refused.status.as_u16(), &refused.json()["code"]),
                (422, &json!("entity.db_constraint_violated")),
                "{shown}"
            );
        }
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new());
        let page = format!("{PATH}/olive");
        let refused = send(&mut olive, &secret, &page, &[("role", "admin")]).await;
        assert!(
            refused.response.status == 422 && refused.text().contains("There must be an owner"),
            "{}",
            refused.text()
        );
        let refused = send(&mut olive, &secret, &format!("{page}/delete"), &[("confirm", "olive")]).await;
        assert!(
            refused.response.status == 422 && refused.text().contains("There must be an owner"),
            "{}",
            refused.text()
        );
    })
    .await;
}

#[tokio::test]
async fn the_link_is_mailed_where_mails_are_taken() {
    for_each_engine(async |app: TestApp| {
        let settings = server::Settings { development_inbox: true, ..app.app.settings.clone() };
        let app = TestApp::with(app.engine, settings).await;
        let (mut olive, secret) = owner(&app).await;
        let page = send(&mut olive, &secret, PATH, &[("email", "crew@example.com"), ("role", "owner")]).await;
        assert!(page.text().contains("It was mailed."), "{}", page.text());
        let kept = app.admin_request("GET", "/api/development/messages?to=crew@example.com").send().await.expect(200);
        let kept = kept.json();
        let text = kept[0]["text"].as_str().unwrap();
        assert!(text.contains(&link(&page)) && text.contains("olive") && text.contains("Loggia"), "{text}");
        let bounded = json!({"email": "crew@example.com", "role": "auditor", "expiresIn": 31 * 24 * 3600});
        admin(&app, "POST", "/api/administrator-invitations", bounded).await.expect_error(400, "guard.invalid_input");
    })
    .await;
}

#[tokio::test]
async fn who_works_at_the_console_changes_the_own_password() {
    for_each_engine(async |app: TestApp| {
        colleague(&app, "sue", &["default:support"]).await;
        let mut sue = signed_in(&app, "sue").await;
        let home = sue.open("/console").await.text();
        assert!(home.contains("href=\"/account\""), "{home}");
        assert_eq!(sue.open("/account").await.path(), "/account/security", "the sign-in counts there too");
        let form = [("password", "Brand-New1!x"), ("confirm", "Brand-New1!x")];
        let page = sue.open("/account/password").await;
        assert_eq!(page.path(), "/account/verified-action", "{}", page.text());
        let page = sue.submit(&page, &[("password", PASSWORD)]).await;
        assert_eq!(page.path(), "/account/password", "{}", page.text());
        let page = sue.submit(&page, &form).await;
        assert_eq!(page.path(), "/account/password/success", "{}", page.text());
        let mut again = Browser::at(&app, "admin");
        let page = again.open("/console").await;
        let page = again.submit(&page, &[("identifier", "sue"), ("password", "Brand-New1!x")]).await;
        assert_eq!(page.path(), "/console", "{}", page.text());
        admin(&app, "PATCH", "/api/account-center", json!({"enabled": false})).await.expect(200);
        let home = again.open("/console").await.text();
        assert!(!home.contains("href=\"/account\""), "{home}");
        assert_eq!(again.open("/account").await.response.status, 404);
    })
    .await;
}

//! Owners and invitations: what a change of people or roles may not do, and what a link leaves behind.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{params, sql};
use kernel::ids::UserId;
use serde_json::{Value, json};
use server::users::planned_deletions;
use testkit::{Browser, TestApp, for_each_engine};

use super::administrators::{admin, invite, owner, register, token_of};
use super::fixture::{PASSWORD, colleague};

const INVITATION: &str = "/console/invitation";

#[tokio::test]
async fn the_first_administrator_may_come_by_an_invitation() {
    for_each_engine(async |app: TestApp| {
        let new = json!({"email": "crew@example.com", "role": "owner"});
        let made = admin(&app, "POST", "/api/administrator-invitations", new).await.expect(201).json();
        let mut crew = Browser::at(&app, "admin");
        let page = register(&mut crew, made["link"].as_str().unwrap(), "crew").await;
        assert_eq!(page.path(), "/sign-in", "{}", page.text());
        let home = crew.submit(&page, &[("identifier", "crew"), ("password", PASSWORD)]).await;
        assert_eq!((home.path(), home.response.status.as_u16()), ("/console", 200), "{}", home.text());
        let experience = admin(&app, "GET", "/api/sign-in-exp", Value::Null).await.expect(200).json();
        assert_eq!(experience["signInMode"], "SignIn", "nobody else registers");
    })
    .await;
}

/// Whether a text, or what one of its parts decodes to, has the secret.
fn has(text: &str, secret: &str) -> bool {
    let is_of_base64 = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut parts = text.split(|c| !is_of_base64(c));
    text.contains(secret)
        || parts.any(|part| {
            let decoded = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
            String::from_utf8_lossy(&decoded).contains(secret)
        })
}

#[tokio::test]
async fn the_secret_of_a_link_stays_in_its_browser() {
    for_each_engine(async |app: TestApp| {
        let (mut olive, secret) = owner(&app).await;
        colleague(&app, "nina", &["user"]).await;
        let link = invite(&mut olive, &secret, "support").await;
        let token = token_of(&link);
        assert!(has(&URL_SAFE_NO_PAD.encode(format!("a {token}")), &token));
        let mut nina = Browser::at(&app, "admin");
        let page = nina.open(&link).await.text();
        let href = page.split("href=\"/console/sign-in?").nth(1).unwrap().split('"').next().unwrap();
        assert!(href.contains("prompt=login") && !href.contains(&token), "{href}");
        let page = nina.open(&format!("/console/sign-in?{}", href.replace("&amp;", "&"))).await;
        assert_eq!(page.path(), "/sign-in", "{}", page.text());
        for text in [
            sql!("select cast(request as text) from interactions where tenant_id = 'admin'"),
            sql!("select cast(payload as text) from logs where tenant_id = 'admin'"),
        ] {
            let rows: Vec<String> = app.read("admin", move |view| view.query_all(text, &[])).await.unwrap();
            assert!(!rows.is_empty());
            for row in rows {
                assert!(!has(&row, &token), "{row}");
            }
        }
        let page = nina.submit(&page, &[("identifier", "nina"), ("password", PASSWORD)]).await;
        assert!(page.path() == INVITATION && page.text().contains("Take the role as nina?"), "{}", page.text());
        // Another language, and another account, keep the link.
        assert_eq!(nina.open(&format!("{INVITATION}?ui_locales=zh-CN")).await.response.status, 200);
        let page = nina.open(INVITATION).await.text();
        assert!(page.contains("prompt=login"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn the_roles_of_the_console_keep_their_names() {
    for_each_engine(async |app: TestApp| {
        for role in ["owner-default", "auditor-default"] {
            let path = format!("/api/roles/{role}");
            let refused = admin(&app, "PATCH", &path, json!({"name": "boss"})).await;
            refused.expect_error(422, "entity.invalid_input");
            admin(&app, "PATCH", &path, json!({"description": "Of the console."})).await.expect(200);
        }
        let own = json!({"name": "mate", "description": "-", "type": "User"});
        let own = admin(&app, "POST", "/api/roles", own).await.expect(200).json();
        let path = format!("/api/roles/{}", own["id"].as_str().unwrap());
        admin(&app, "PATCH", &path, json!({"name": "boss"})).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn the_last_owner_is_not_deleted_on_a_day_that_was_planned() {
    for_each_engine(async |app: TestApp| {
        owner(&app).await;
        colleague(&app, "otto", &["default:owner"]).await;
        admin(&app, "PATCH", "/api/account-center", json!({"enabled": true})).await.expect(200);
        admin(&app, "PATCH", "/api/configs/account", json!({"deletionEnabled": true})).await.expect(200);
        let now = app.app.clock.now();
        let plan = app.configure("admin", move |work| {
            for id in ["olive", "otto"] {
                let text = sql!(
                    "insert into account_deletions (tenant_id, user_id, requested_at, due_at) values ('admin', $1, $2, $2)"
                );
                work.exec_one(text, params![&UserId::from(id), now])?;
            }
            Ok::<_, server::ApiError>(())
        });
        plan.await.unwrap();
        assert_eq!(planned_deletions::run(app.app.clone()).await.unwrap(), 1, "one goes, the other stays");
        assert_eq!(planned_deletions::run(app.app.clone()).await.unwrap(), 0);
        let people = admin(&app, "GET", "/api/administrators", Value::Null).await.expect(200).json();
        assert_eq!(people.as_array().unwrap().len(), 1, "{people}");
    })
    .await;
}

#[tokio::test]
async fn invitations_go_with_the_person_who_made_or_accepted_them() {
    for_each_engine(async |app: TestApp| {
        let (mut olive, secret) = owner(&app).await;
        let link = invite(&mut olive, &secret, "owner").await;
        let mut crew = Browser::at(&app, "admin");
        register(&mut crew, &link, "crew").await;
        invite(&mut olive, &secret, "support").await;
        let count = async || {
            let listed = admin(&app, "GET", "/api/administrator-invitations", Value::Null).await.expect(200).json();
            listed.as_array().unwrap().len()
        };
        assert_eq!(count().await, 2);
        let listed = admin(&app, "GET", "/api/administrators", Value::Null).await.expect(200).json();
        let crew = listed.as_array().unwrap().iter().find(|one| one["username"] == "crew").unwrap();
        colleague(&app, "otto", &["default:owner"]).await;
        let path = format!("/api/users/{}", crew["id"].as_str().unwrap());
        admin(&app, "DELETE", &path, Value::Null).await.expect(204);
        assert_eq!(count().await, 1);
        admin(&app, "DELETE", "/api/users/olive", Value::Null).await.expect(204);
        assert_eq!(count().await, 0);
    })
    .await;
}

//! Registering (traces 20-04, 20-05, 20-08, 20-24; D121).

use db::{params, sql};
use serde_json::json;
use server::oidc::interactions::Prompt;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;

async fn texts(app: &TestApp, statement: &'static db::Sql, tenant: &'static str, id: &str) -> Vec<String> {
    let id = id.to_owned();
    app.app.db.read(move |r| r.query_all::<String>(statement, params![tenant, id])).await.unwrap()
}

#[tokio::test]
async fn a_username_and_a_password_make_an_account_at_identification() {
    for_each_engine(async |app: TestApp| {
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        let id = id_of(&browser.new_identity("newbie", PASSWORD).await.expect(200));
        let state = browser.state().await;
        let record =
            json!({"id": id, "type": "NewPasswordIdentity", "identifier": {"type": "username", "value": "newbie"}});
        assert_eq!(state["verificationRecords"], json!([record]));
        let created = browser.identify(&id).await.expect(201);
        assert_eq!((created.text().as_str(), created.header("content-type")), ("Created", "text/plain; charset=utf-8"));
        let state = browser.state().await;
        let user_id = state["userId"].as_str().unwrap().to_owned();
        assert_eq!((user_id.len(), &state["profile"]), (12, &json!({})));
        let made = user(&app, "default", &user_id).await;
        assert_eq!(made.username.as_deref(), Some("newbie"));
        assert_eq!(made.last_sign_in_at, None);
        assert_eq!(json!(made.logto_config), json!({"mfa": {"enabled": false}}));
        browser.submit().await.expect(200);
        assert_eq!(browser.result().await, Some(json!({"login": {"accountId": user_id}})));
        assert!(user(&app, "default", &user_id).await.last_sign_in_at.is_some());

        let second = Browser::open(&app).await;
        second.start("Register").await;
        second.new_identity("newbie", PASSWORD).await.expect_error(422, "user.username_already_in_use");
        second.new_identity("1abc", PASSWORD).await.expect_error(400, "guard.invalid_input");
        let email = json!({"identifier": {"type": "email", "value": "x@example.com"}, "password": PASSWORD});
        let refused = second.post("/verification/new-password-identity", email).await.expect(400).json();
        assert_eq!(refused["data"]["issues"][0]["code"], "invalid_literal");
        assert_eq!(refused["data"]["issues"][1]["validation"], "regex");
        second.start("SignIn").await;
        second.new_identity("other", PASSWORD).await.expect(200);
        let body = json!({"identifier": {"type": "username", "value": "newbie"}, "password": PASSWORD});
        let id = id_of(&second.post("/verification/password", body).await.expect(200));
        second.identify(&id).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn a_registration_is_completed_step_by_step_as_in_trace_20_08() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |user| user.primary_email = Some("alice@example.com".into())).await;
        let sign_up = json!({
            "identifiers": ["email"], "password": true, "verify": true,
            "secondaryIdentifiers": [{"identifier": "username"}]
        });
        let method = json!({
            "identifier": "email", "password": true, "verificationCode": true, "isPasswordPrimary": true
        });
        settings(&app, "default", json!({"signUp": sign_up, "signIn": {"methods": [method]}})).await;
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        browser.put_email_code("code1", "reg@example.com").await;
        let missing = browser.identify("code1").await.expect_error(422, "user.missing_profile").json();
        assert_eq!(missing["data"], json!({"missingProfile": ["username", "password"]}));
        browser.submit().await.expect_error(404, "session.identifier_not_found");
        let profile = async |body| browser.post("/profile", body).await;
        let taken = profile(json!({"type": "username", "value": "alice"})).await;
        taken.expect_error(422, "user.username_already_in_use");
        profile(json!({"type": "username", "value": "reg"})).await.expect(204);
        let shown = browser.state().await["profile"].clone();
        assert_eq!(shown, json!({"username": "reg", "primaryEmail": "reg@example.com"}));
        let weak = profile(json!({"type": "password", "value": "123"})).await.expect_error(422, "password.rejected");
        assert_eq!(
            weak.json()["data"],
            json!([
                {"code": "password_rejected.too_short", "interpolation": {"min": 8}},
                {"code": "password_rejected.restricted.sequence"}
            ])
        );
        profile(json!({"type": "password", "value": PASSWORD})).await.expect(204);
        assert_eq!(browser.state().await["profile"], shown, "the digest is not shown");
        browser.identify("code1").await.expect(201);
        browser.submit().await.expect(200);

        let second = Browser::open(&app).await;
        second.start("Register").await;
        second.put_email_code("code2", "ALICE@example.com").await;
        second.identify("code2").await.expect_error(422, "user.email_already_in_use");
        second.switch("SignIn").await.expect(204);
        second.identify("code2").await.expect(204);
        second.submit().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn newcomers_get_the_default_roles_and_the_organizations_of_their_domain() {
    for_each_engine(async |app: TestApp| {
        let now = app.app.clock.now();
        app.app
            .db
            .write(move |tx| {
                for (id, kind, is_default) in
                    [("r1", "User", true), ("r2", "User", false), ("r3", "MachineToMachine", true)]
                {
                    tx.exec(
                        sql!(
                            "insert into roles (tenant_id, id, name, description, type, is_default, created_at) \
                             values ('default', $1, $1, '', $2, $3, $4)"
                        ),
                        params![id, kind, is_default, now],
                    )?;
                }
                for org in ["o1", "o2"] {
                    tx.exec(
                        sql!(
                            "insert into organizations (tenant_id, id, name, created_at) values ('default', $1, $1, $2)"
                        ),
                        params![org, now],
                    )?;
                }
                tx.exec(
                    sql!(
                        "insert into organization_roles (tenant_id, id, name, type, created_at) \
                         values ('default', 'or1', 'org-member', 'User', $1)"
                    ),
                    params![now],
                )?;
                tx.exec(sql!("insert into organization_jit_roles values ('default', 'o1', 'or1')"), params![])?;
                tx.exec(
                    sql!("insert into organization_jit_email_domains values ('default', 'o1', 'jit.example')"),
                    params![],
                )
            })
            .await
            .unwrap();
        let sign_up = json!({"identifiers": ["email"], "password": false, "verify": true});
        settings(&app, "default", json!({"signUp": sign_up})).await;
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        browser.put_email_code("c", "x@JIT.example").await;
        browser.identify("c").await.expect(201);
        let id = browser.state().await["userId"].as_str().unwrap().to_owned();
        let roles = sql!("select role_id from users_roles where tenant_id = $1 and user_id = $2");
        assert_eq!(texts(&app, roles, "default", &id).await, ["r1"]);
        let organizations = sql!(
            "select organization_id || '/' || organization_role_id from organization_role_users \
             where tenant_id = $1 and user_id = $2"
        );
        assert_eq!(texts(&app, organizations, "default", &id).await, ["o1/or1"]);
    })
    .await;
}

#[tokio::test]
async fn f9_the_first_to_register_on_the_admin_port_is_the_administrator_and_the_last() {
    for_each_engine(async |app: TestApp| {
        let stranger = Browser::open_at(&app, "admin", Prompt::Login).await;
        stranger.start("Register").await;
        let id = id_of(&stranger.new_identity("stranger", PASSWORD).await.expect(200));
        stranger.identify(&id).await.expect_error(403, "auth.forbidden");
        let browsers = [
            Browser::open_at(&app, "admin", Prompt::Login).await,
            Browser::open_at(&app, "admin", Prompt::Login).await,
        ];
        let code = server::console::setup_code(&app.app).await.unwrap();
        for browser in &browsers {
            let entered = app.admin_request("POST", "/console/welcome").form(&[("code", &code)]).send().await;
            browser.keep(&entered.expect(303));
        }
        let mut attempts = Vec::new();
        for (browser, name) in browsers.iter().zip(["root", "rival"]) {
            browser.start("Register").await;
            let id = id_of(&browser.new_identity(name, PASSWORD).await.expect(200));
            let browser = browser.clone();
            attempts.push(tokio::spawn(async move { browser.identify(&id).await.status.as_u16() }));
        }
        let mut statuses = Vec::new();
        for attempt in attempts {
            statuses.push(attempt.await.unwrap());
        }
        let winner = statuses.iter().position(|status| *status == 201).expect("somebody registers");
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 403]);
        let browser = &browsers[winner];
        let id = browser.state().await["userId"].as_str().unwrap().to_owned();
        browser.submit().await.expect(200);
        let roles = sql!(
            "select r.name from users_roles u join roles r on r.tenant_id = u.tenant_id and r.id = u.role_id \
             where u.tenant_id = $1 and u.user_id = $2 order by r.name"
        );
        assert_eq!(texts(&app, roles, "admin", &id).await, ["default:admin", "default:owner", "user"]);
        let organizations = sql!(
            "select organization_id || '/' || organization_role_id from organization_role_users \
             where tenant_id = $1 and user_id = $2"
        );
        assert_eq!(texts(&app, organizations, "admin", &id).await, ["t-default/admin"]);
        let late = Browser::open_at(&app, "admin", Prompt::Login).await;
        late.start("Register").await;
        late.switch("Register").await.expect_error(403, "auth.forbidden");
        late.start("SignIn").await;
        let name = if winner == 0 { "root" } else { "rival" };
        let id = id_of(&late.password(name, PASSWORD).await.expect(200));
        late.identify(&id).await.expect(204);
        late.submit().await.expect(200);
    })
    .await;
}

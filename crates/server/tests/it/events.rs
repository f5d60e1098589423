//! Events of changes by the Management API: their kinds, order and payloads (inventory H004 to H014, traces 60-02, 60-03).

use db::{params, sql};
use http::{Method, StatusCode};
use kernel::id::token_digest;
use outbound::FakeResponse;
use serde_json::{Value, json};
use server::events::EventKind;
use server::outbox::deliver_due;
use testkit::{TestApp, TestResponse, for_each_engine};

use super::experience::fixture::{Browser, CLIENT, PASSWORD, add_user, id_of, settings};
use super::outbox::Recorder;

async fn recorder(app: &TestApp) -> Recorder {
    const ALL: &[EventKind] = EventKind::ALL;
    let recorder = Recorder::default();
    app.app.outbox.subscribe("recorder", ALL, recorder.subscriber(0));
    recorder
}

/// Makes the application of the interactions that the fixture begins.
async fn add_application(app: &TestApp) {
    let made = made(app, "/api/applications", json!({"name": "trace", "type": "SPA"})).await;
    let rename = sql!("update applications set id = $2 where tenant_id = 'default' and id = $1");
    app.configure("default", move |work| work.exec_one(rename, params![made, CLIENT])).await.unwrap();
}

async fn call(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    app.management_request(method, path).await.json(body).send().await
}

async fn made(app: &TestApp, path: &str, body: Value) -> String {
    call(app, "POST", path, body).await.json()["id"].as_str().unwrap().to_owned()
}

/// What was delivered after the first `since` deliveries.
async fn delivered(app: &TestApp, recorder: &Recorder, since: usize) -> Vec<(String, Value)> {
    while deliver_due(&app.app).await.unwrap() > 0 {}
    recorder.payloads().split_off(since)
}

/// The kinds of what was delivered, sorted.
fn kinds(events: &[(String, Value)]) -> Vec<&str> {
    let mut kinds: Vec<&str> = events.iter().map(|(kind, _)| kind.as_str()).collect();
    kinds.sort_unstable();
    kinds
}

/// What an event says beside the request that it comes from.
fn said(payload: &Value) -> Value {
    let mut said = payload.clone();
    let members = said.as_object_mut().unwrap();
    for name in ["ip", "userAgent", "path", "method", "status", "matchedRoute"] {
        members.remove(name);
    }
    said
}

fn all_said(events: &[(String, Value)]) -> Vec<(String, Value)> {
    events.iter().map(|(kind, payload)| (kind.clone(), said(payload))).collect()
}

fn payload<'a>(events: &'a [(String, Value)], kind: &str) -> &'a Value {
    &events.iter().find(|(found, _)| found == kind).unwrap_or_else(|| panic!("no {kind}: {events:?}")).1
}

#[tokio::test]
async fn roles_and_scopes_made_changed_and_deleted_are_events() {
    for_each_engine(async |app: TestApp| {
        let recorder = recorder(&app).await;
        let resource = made(&app, "/api/resources", json!({"name": "r", "indicator": "https://r.example"})).await;
        let scopes = format!("/api/resources/{resource}/scopes");
        let scope = made(&app, &scopes, json!({"name": "read"})).await;
        let other = made(&app, &scopes, json!({"name": "write"})).await;
        call(&app, "PATCH", &format!("{scopes}/{scope}"), json!({"description": "d"})).await.expect(200);
        let events = delivered(&app, &recorder, 0).await;
        assert_eq!(kinds(&events), ["Scope.Created", "Scope.Created", "Scope.Data.Updated"]);
        let updated = payload(&events, "Scope.Data.Updated");
        assert_eq!((&updated["data"]["id"], &updated["data"]["description"]), (&json!(scope), &json!("d")));

        let before = recorder.payloads().len();
        let new = json!({"name": "n", "description": "d", "scopeIds": [scope]});
        let role = made(&app, "/api/roles", new).await;
        let events = delivered(&app, &recorder, before).await;
        assert_eq!(kinds(&events), ["Role.Created", "Role.Scopes.Updated"]);
        assert_eq!(payload(&events, "Role.Created")["data"]["name"], "n");
        let added = payload(&events, "Role.Scopes.Updated");
        assert_eq!((&added["roleId"], &added["data"][0]["id"]), (&json!(role), &json!(scope)));

        let (before, one) = (recorder.payloads().len(), format!("/api/roles/{role}"));
        call(&app, "PATCH", &one, json!({"name": "m"})).await.expect(200);
        call(&app, "POST", &format!("{one}/scopes"), json!({"scopeIds": [other]})).await.expect(201);
        call(&app, "DELETE", &one, json!({})).await.expect(204);
        call(&app, "DELETE", &format!("{scopes}/{other}"), json!({})).await.expect(204);
        let events = delivered(&app, &recorder, before).await;
        assert_eq!(kinds(&events), ["Role.Data.Updated", "Role.Deleted", "Role.Scopes.Updated", "Scope.Deleted"]);
        let scopes = payload(&events, "Role.Scopes.Updated");
        assert_eq!((&scopes["params"]["id"], scopes["data"].as_array().unwrap().len()), (&json!(role), 2));
        assert_eq!(said(payload(&events, "Role.Deleted")), json!({"params": {"id": role}}), "the answer has no body");
        let deleted = json!({"params": {"resourceId": resource, "scopeId": other}});
        assert_eq!(said(payload(&events, "Scope.Deleted")), deleted);
    })
    .await;
}

#[tokio::test]
async fn a_scope_taken_from_a_role_is_an_event_and_a_refused_change_is_none() {
    for_each_engine(async |app: TestApp| {
        let resource = made(&app, "/api/resources", json!({"name": "r", "indicator": "https://r.example"})).await;
        let scope = made(&app, &format!("/api/resources/{resource}/scopes"), json!({"name": "read"})).await;
        let new = json!({"name": "n", "description": "d", "scopeIds": [scope]});
        let role = made(&app, "/api/roles", new.clone()).await;
        let recorder = recorder(&app).await;
        call(&app, "POST", "/api/roles", new).await.expect(422);
        call(&app, "DELETE", "/api/roles/none", json!({})).await.expect(404);
        call(&app, "DELETE", &format!("/api/roles/{role}/scopes/{scope}"), json!({})).await.expect(204);
        let events = delivered(&app, &recorder, 0).await;
        let params = json!({"params": {"id": role, "scopeId": scope}});
        assert_eq!(all_said(&events), [("Role.Scopes.Updated".to_owned(), params)]);
    })
    .await;
}

#[tokio::test]
async fn organizations_and_their_members_are_events() {
    for_each_engine(async |app: TestApp| {
        let recorder = recorder(&app).await;
        let user = app.user("ada").await;
        let id = made(&app, "/api/organizations", json!({"name": "o"})).await;
        let one = format!("/api/organizations/{id}");
        call(&app, "PATCH", &one, json!({"name": "p"})).await.expect(200);
        let events = delivered(&app, &recorder, 0).await;
        assert_eq!(payload(&events, "Organization.Created")["data"]["name"], "o");
        assert_eq!(payload(&events, "Organization.Data.Updated")["data"]["name"], "p");

        let (before, users) = (recorder.payloads().len(), format!("{one}/users"));
        call(&app, "POST", &users, json!({"userIds": [user]})).await.expect(201);
        let added = delivered(&app, &recorder, before).await;
        let membership = |member: &str| json!({"params": {"id": id}, "organizationId": id, member: [user]});
        let name = "Organization.Membership.Updated".to_owned();
        assert_eq!(all_said(&added), [(name.clone(), membership("addedUserIds"))]);
        call(&app, "POST", &users, json!({"userIds": [user]})).await.expect(201);
        call(&app, "PUT", &users, json!({"userIds": [user]})).await.expect(204);
        assert_eq!(delivered(&app, &recorder, before + 1).await, [], "nothing changed");
        call(&app, "PUT", &users, json!({"userIds": []})).await.expect(204);
        let removed = delivered(&app, &recorder, before + 1).await;
        assert_eq!(all_said(&removed), [(name, membership("removedUserIds"))]);
        call(&app, "DELETE", &one, json!({})).await.expect(204);
        let deleted = delivered(&app, &recorder, before + 2).await;
        assert_eq!(all_said(&deleted), [("Organization.Deleted".to_owned(), json!({"params": {"id": id}}))]);
    })
    .await;
}

#[tokio::test]
async fn the_organization_template_is_events() {
    for_each_engine(async |app: TestApp| {
        let recorder = recorder(&app).await;
        let scope = made(&app, "/api/organization-scopes", json!({"name": "s"})).await;
        let new = json!({"name": "r", "organizationScopeIds": [scope]});
        let role = made(&app, "/api/organization-roles", new).await;
        let events = delivered(&app, &recorder, 0).await;
        let expected = ["OrganizationRole.Created", "OrganizationRole.Scopes.Updated", "OrganizationScope.Created"];
        assert_eq!(kinds(&events), expected);
        let scopes = payload(&events, "OrganizationRole.Scopes.Updated");
        assert_eq!(said(scopes), json!({"params": {}, "organizationRoleId": role}));

        let (before, one) = (recorder.payloads().len(), format!("/api/organization-roles/{role}"));
        let one_scope = format!("/api/organization-scopes/{scope}");
        call(&app, "PATCH", &one, json!({"name": "q"})).await.expect(200);
        call(&app, "PUT", &format!("{one}/scopes"), json!({"organizationScopeIds": []})).await.expect(204);
        call(&app, "PATCH", &one_scope, json!({"name": "t"})).await.expect(200);
        call(&app, "DELETE", &one_scope, json!({})).await.expect(204);
        call(&app, "DELETE", &one, json!({})).await.expect(204);
        let events = delivered(&app, &recorder, before).await;
        let expected = [
            "OrganizationRole.Data.Updated",
            "OrganizationRole.Deleted",
            "OrganizationRole.Scopes.Updated",
            "OrganizationScope.Data.Updated",
            "OrganizationScope.Deleted",
        ];
        assert_eq!(kinds(&events), expected);
        assert_eq!(said(payload(&events, "OrganizationRole.Scopes.Updated")), json!({"params": {"id": role}}));
        assert_eq!(payload(&events, "OrganizationScope.Data.Updated")["data"]["name"], "t");
    })
    .await;
}

#[tokio::test]
async fn an_administrator_becomes_a_member_by_the_slices_own_functions() {
    for_each_engine(async |app: TestApp| {
        let recorder = recorder(&app).await;
        let user = server::users::store::NewUser { username: Some("root".into()), ..Default::default() };
        let made = app.write("admin", |work| {
            let user = server::users::create(work, user)?;
            server::interaction::make_administrator(work, &user.id)?;
            Ok::<_, server::ApiError>(user.id)
        });
        let id = made.await.unwrap();
        let events = delivered(&app, &recorder, 0).await;
        assert_eq!(kinds(&events), ["Organization.Membership.Updated", "User.Created"]);
        let joined = json!({"organizationId": "t-default", "addedUserIds": [id]});
        assert_eq!(payload(&events, "Organization.Membership.Updated"), &joined);
        let roles = sql!(
            "select count(*) from users_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id \
             where x.tenant_id = 'admin' and x.user_id = $1 and r.name in ('user', 'default:admin')"
        );
        let count: i64 = app.app.db.read(move |r| r.query_one(roles, params![id])).await.unwrap();
        assert_eq!(count, 2);
        let mode = app.read("admin", |view| {
            view.query_one::<String>(sql!("select settings from sign_in_experiences where tenant_id = 'admin'"), &[])
        });
        let settings: Value = serde_json::from_str(&mode.await.unwrap()).unwrap();
        assert_eq!(settings["signInMode"], "SignIn");
    })
    .await;
}

#[tokio::test]
async fn changes_of_a_user_are_said_as_their_routes_answer() {
    for_each_engine(async |app: TestApp| {
        let recorder = recorder(&app).await;
        let id = made(&app, "/api/users", json!({"username": "dh"})).await;
        let one = format!("/api/users/{id}");
        call(&app, "PATCH", &format!("{one}/custom-data"), json!({"customData": {"a": 1}})).await.expect(200);
        let events = delivered(&app, &recorder, 0).await;
        assert_eq!(payload(&events, "User.Created")["data"]["hasPassword"], false);
        let expected = json!({"data": {"a": 1}, "params": {"userId": id}});
        assert_eq!(said(payload(&events, "User.Data.Updated")), expected, "trace 60-02");

        let before = recorder.payloads().len();
        call(&app, "PATCH", &format!("{one}/profile"), json!({"profile": {"nickname": "n"}})).await.expect(200);
        call(&app, "PATCH", &format!("{one}/logto-configs"), json!({"mfa": {"skipped": true}})).await.expect(200);
        call(&app, "DELETE", &one, json!({})).await.expect(204);
        let events = delivered(&app, &recorder, before).await;
        assert_eq!(kinds(&events), ["User.Data.Updated", "User.Deleted"]);
        assert_eq!(payload(&events, "User.Data.Updated")["data"], json!({"nickname": "n"}));
        let deleted = payload(&events, "User.Deleted")["data"].as_object().unwrap();
        assert_eq!((deleted.len(), deleted.get("hasPassword")), (15, None), "{deleted:?}");
    })
    .await;
}

#[tokio::test]
async fn an_account_completed_at_sign_in_is_an_event_and_a_sign_in_alone_is_none() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "bob", |_| {}).await;
        let recorder = recorder(&app).await;
        let sign_in = async || {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = id_of(&browser.password("bob", PASSWORD).await.expect(200));
            browser.identify(&id).await.expect(204);
            browser
        };
        sign_in().await.submit().await.expect(200);
        let events = delivered(&app, &recorder, 0).await;
        assert_eq!(kinds(&events), ["PostSignIn"]);

        let sign_up = json!({"identifiers": ["email"], "password": true, "verify": true});
        settings(&app, "default", json!({"signUp": sign_up})).await;
        let browser = sign_in().await;
        browser.put_email_code("own", "bob@example.com").await;
        browser.post("/profile", json!({"type": "email", "verificationId": "own"})).await.expect(204);
        browser.submit().await.expect(200);
        let events = delivered(&app, &recorder, 1).await;
        assert_eq!(kinds(&events), ["PostSignIn", "User.Data.Updated"]);
        let data = payload(&events, "User.Data.Updated")["data"].as_object().unwrap();
        assert_eq!((&data["id"], &data["primaryEmail"]), (&json!("bob"), &json!("bob@example.com")));
        assert_eq!((data.len(), data.get("hasPassword")), (15, None), "{data:?}");
    })
    .await;
}

#[tokio::test]
async fn every_attempt_at_a_locked_identifier_is_an_event() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "bob", |user| user.username = Some("lockhook".into())).await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 2}})).await;
        add_application(&app).await;
        let recorder = recorder(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        browser.password("lockhook", "wrong").await.expect(422);
        assert_eq!(delivered(&app, &recorder, 0).await, []);
        browser.password("lockhook", "wrong").await.expect(400);
        browser.password("lockhook", PASSWORD).await.expect(400);
        let events = delivered(&app, &recorder, 0).await;
        assert_eq!(kinds(&events), ["Identifier.Lockout"; 2], "trace 60-05");
        for (_, lockout) in &events {
            let expected = json!({
                "ip": lockout["ip"], "userAgent": lockout["userAgent"], "interactionEvent": "SignIn",
                "sessionId": token_digest(&browser.uid), "application": lockout["application"], "applicationId": CLIENT,
                "type": "username", "value": "lockhook",
            });
            assert_eq!(lockout, &expected);
            assert_eq!(lockout["application"]["id"], CLIENT);
            assert!(lockout["ip"].is_string() && lockout["userAgent"].is_string(), "{lockout}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_an_event_without_the_browsers_secret() {
    for_each_engine(async |app: TestApp| {
        let endpoint = "https://messages.example.com/send";
        app.outbound.respond(Method::POST, endpoint, FakeResponse::status(StatusCode::OK));
        let connector = json!({"connectorId": "http-email", "config": {"endpoint": endpoint}});
        call(&app, "POST", "/api/connectors", connector).await.expect(200);
        let method =
            json!({"identifier": "email", "password": true, "verificationCode": true, "isPasswordPrimary": true});
        settings(&app, "default", json!({"signIn": {"methods": [method]}})).await;
        add_user(&app, "bob", |user| user.primary_email = Some("bob@example.com".into())).await;
        add_application(&app).await;
        let recorder = recorder(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let body = json!({"identifier": {"type": "email", "value": "bob@example.com"}, "interactionEvent": "SignIn"});
        for _ in 0..10 {
            browser.post("/verification/verification-code", body.clone()).await.expect(200);
        }
        for _ in 0..11 {
            browser.post("/verification/verification-code", body.clone()).await.expect(429);
        }
        let events = delivered(&app, &recorder, 0).await;
        let times = kinds(&events).iter().filter(|kind| **kind == "Message.RateLimited").count();
        assert_eq!(times, 10, "the receiver is told so often in an hour");
        let limited = payload(&events, "Message.RateLimited");
        let expected = json!({
            "ip": limited["ip"], "userAgent": limited["userAgent"], "interactionEvent": "SignIn",
            "sessionId": token_digest(&browser.uid), "application": limited["application"], "applicationId": CLIENT,
            "action": "VerificationCodeSend", "recipient": "bob@example.com",
        });
        assert_eq!(limited, &expected, "trace 60-05");
    })
    .await;
}

#[tokio::test]
async fn an_event_of_the_management_api_names_its_request_as_the_contract_does() {
    for_each_engine(async |app: TestApp| {
        let recorder = recorder(&app).await;
        let id = made(&app, "/api/users", json!({"username": "dh"})).await;
        let one = format!("/api/users/{id}");
        let send = async |method: &str, path: &str, body: Value| {
            let request = app.management_request(method, path).await.header("user-agent", "trace-client/1.0");
            assert!(request.json(body).send().await.status.is_success(), "{method} {path}");
        };
        send("PATCH", &format!("{one}/is-suspended"), json!({"isSuspended": true})).await;
        send("DELETE", &format!("{one}?x=secret"), json!({})).await;
        send("POST", "/api/organization-scopes", json!({"name": "s"})).await;
        let events = delivered(&app, &recorder, 0).await;
        let expect = |kind: &str, method: &str, path: &str, status: u16, route: &str| {
            let event = payload(&events, kind);
            let found = ["method", "path", "status", "matchedRoute"].map(|member| event[member].clone());
            assert_eq!(found, [json!(method), json!(path), json!(status), json!(route)], "{kind}");
            assert!(event["ip"].is_string(), "{kind}");
            let params = if route.contains(':') { json!({"userId": id}) } else { json!({}) };
            assert_eq!(event["params"], params, "{kind}");
        };
        let below = |rest: &str| format!("/users/{id}{rest}");
        expect("User.Created", "POST", "/users", 200, "/users");
        let suspended = "User.SuspensionStatus.Updated";
        expect(suspended, "PATCH", &below("/is-suspended"), 200, "/users/:userId/is-suspended");
        expect("User.Deleted", "DELETE", &below(""), 204, "/users/:userId");
        expect("OrganizationScope.Created", "POST", "/organization-scopes", 201, "/organization-scopes");
        assert_eq!(payload(&events, "User.Deleted")["userAgent"], "trace-client/1.0");
        assert!(!json!(events).to_string().contains("secret"), "the query is no part of the path");
    })
    .await;
}

#[tokio::test]
async fn an_event_of_a_sign_in_names_the_person_and_the_application() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "bob", |user| user.name = Some("Bob".into())).await;
        add_application(&app).await;
        let recorder = recorder(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = id_of(&browser.password("bob", PASSWORD).await.expect(200));
        browser.identify(&id).await.expect(204);
        browser.submit().await.expect(200);
        let events = delivered(&app, &recorder, 0).await;
        let event = payload(&events, "PostSignIn");
        let mut members: Vec<&String> = event.as_object().unwrap().keys().collect();
        members.sort_unstable();
        let expected = ["application", "interactionEvent", "sessionId", "user", "userAgent", "userId", "userIp"];
        assert_eq!(members, expected, "trace 60-01; the delivery adds hookId, event and createdAt");
        assert_eq!((&event["interactionEvent"], &event["userId"]), (&json!("SignIn"), &json!("bob")));
        assert_eq!(event["sessionId"], token_digest(&browser.uid), "as in the audit log, and not the browser's handle");
        let user = event["user"].as_object().unwrap();
        assert_eq!((user.len(), &user["name"], user["lastSignInAt"].is_number()), (15, &json!("Bob"), true));
        let application: Vec<&String> = event["application"].as_object().unwrap().keys().collect();
        assert_eq!(application, ["id", "type", "name", "description"]);
        assert_eq!(event["application"]["id"], CLIENT);
        let text = event.to_string();
        assert!(!text.contains("argon2") && !text.contains(&browser.uid) && !text.contains("hasPassword"), "{text}");
    })
    .await;
}

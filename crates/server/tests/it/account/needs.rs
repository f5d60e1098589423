//! Attack F1 for the account API: every operation that is declared × everything that must not open it.

use std::time::Duration;

use serde_json::{Map, Value, json};
use server::callers::{AccountNeeds, Field, Part, Proof};
use server::routes::{Access, RouteInfo};
use server::users::mfa_factors::{self, NewFactor};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::call;

/// A body for each operation that takes one: it would do something if it got through. A new operation needs a line here.
fn body(method: &str, path: &str) -> Value {
    match (method, path) {
        ("GET" | "DELETE", _) => Value::Null,
        ("PATCH", "/api/my-account") => json!({"name": "New"}),
        ("PATCH", "/api/my-account/profile") => json!({"nickname": "nn"}),
        ("POST", "/api/my-account/password") => json!({"password": "Brand-New1!x"}),
        ("PATCH", "/api/my-account/mfa-settings") => json!({"skipMfaOnSignIn": true}),
        ("PATCH", "/api/my-account/logto-configs") => json!({"passkeySignIn": {"skipped": true}}),
        ("POST", "/api/my-account/primary-email") => {
            json!({"email": "new@example.com", "newIdentifierVerificationRecordId": "x"})
        }
        ("POST", "/api/my-account/primary-phone") => {
            json!({"phone": "4915112345678", "newIdentifierVerificationRecordId": "x"})
        }
        // A picture, but the rights are asked for first.
        ("POST", "/api/my-account/user-assets/avatar") => json!({}),
        ("POST", "/api/my-account/mfa-verifications") => {
            json!({"type": "Totp", "secret": "JBSWY3DPEHPK3PXP"})
        }
        ("PUT", "/api/my-account/mfa-verifications/totp") => json!({"secret": "JBSWY3DPEHPK3PXP", "code": "000000"}),
        ("PATCH", "/api/my-account/mfa-verifications/none/name") => json!({"name": "new"}),
        ("POST", "/api/verifications/web-authn/registration/verify") => json!({
            "verificationRecordId": "x",
            "payload": {"type": "WebAuthn", "id": "a", "rawId": "a", "response": {}, "clientExtensionResults": {}},
        }),
        (
            "POST",
            "/api/my-account/mfa-verifications/totp-secret/generate"
            | "/api/my-account/mfa-verifications/backup-codes/generate"
            | "/api/verifications/web-authn/registration"
            | "/api/my-account/deletion",
        ) => Value::Null,
        ("POST", "/api/verifications/password") => json!({"password": PASSWORD}),
        ("POST", "/api/verifications/verification-code") => {
            json!({"identifier": {"type": "email", "value": "new@example.com"}})
        }
        ("POST", "/api/verifications/verification-code/verify") => json!({
            "identifier": {"type": "email", "value": "new@example.com"}, "verificationId": "x", "code": "1",
        }),
        ("POST", "/api/verifications/social") => {
            json!({"connectorId": "x", "redirectUri": "https://app.example.com/social", "state": "st"})
        }
        ("POST", "/api/verifications/social/verify") => json!({"verificationRecordId": "x", "connectorData": {}}),
        ("POST" | "PUT", "/api/my-account/identities") => json!({"newIdentifierVerificationRecordId": "x"}),
        ("PUT", "/api/my-account/identities/none/access-token") => json!({"verificationRecordId": "x"}),
        _ => panic!("{method} {path} has no body here"),
    }
}

/// What a member of a body is tried with.
fn member(part: &Part) -> Value {
    match part.name {
        "customData" => json!({"customData": {"k": 1}}),
        "mfa" => json!({"mfa": {"skipMfaOnSignIn": true}}),
        "address" => json!({"address": {"country": "DE"}}),
        "avatar" => json!({"avatar": "https://img.example.com/b.png"}),
        "username" => json!({"username": "alice_2"}),
        "newIdentifierVerificationRecordId" => json!({"type": "WebAuthn", "newIdentifierVerificationRecordId": "x"}),
        "secret" => json!({"type": "Totp", "secret": "JBSWY3DPEHPK3PXP"}),
        "codes" => json!({"type": "BackupCode", "codes": ["0123456789"]}),
        name => json!({name: "new"}),
    }
}

/// An operation, or one member of its body.
struct Case {
    route: RouteInfo,
    path: String,
    needs: &'static AccountNeeds,
    part: &'static Part,
    body: Value,
}

impl Case {
    async fn send(&self, person: &Person) -> (u16, String) {
        outcome(&person.send(self.route.method.as_str(), &self.path, self.body.clone()).await)
    }

    /// What reading answers once it is allowed.
    fn allowed(&self) -> u16 {
        if self.route.path.ends_with("/access-token") { 404 } else { 200 }
    }

    fn shown(&self) -> String {
        format!("{} {} {}", self.route.method, self.path, self.body)
    }
}

/// Every declared operation, and every member that needs more than its operation.
fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for route in server::router::declared() {
        let Access::Account(needs) = route.access else { continue };
        let segments = route.path.split('/').map(|part| if part.starts_with('{') { "none" } else { part });
        let path = segments.collect::<Vec<_>>().join("/");
        let whole = body(route.method.as_str(), &path);
        for (part, body) in
            std::iter::once((&needs.whole, whole)).chain(needs.members.iter().map(|part| (part, member(part))))
        {
            all.push(Case { route: route.clone(), path: path.clone(), needs, part, body });
        }
    }
    assert!(all.len() >= 20, "{}", all.len());
    all
}

/// Sends every case and expects the same refusal; nothing must have changed.
async fn refuse_all(person: &Person, cases: &[&Case], expected: (u16, &str), what: &str) {
    let before = person.app.snapshot().await;
    for case in cases {
        let seen = case.send(person).await;
        assert_eq!((seen.0, seen.1.as_str()), expected, "{} with {what}", case.shown());
    }
    assert_eq!(before.difference(&person.app.snapshot().await, &[]), Vec::<String>::new(), "{what}");
}

async fn alice_and_bob(app: &TestApp) -> (Person, Person) {
    for name in ["alice", "bob"] {
        add(app, name, |user| user.primary_email = Some(format!("{name}@example.com"))).await;
    }
    let codes = NewFactor::BackupCodes(vec!["0123456789".to_owned()]);
    app.write("default", move |work| mfa_factors::bind(work, &"alice".into(), &codes)).await.unwrap();
    open_all(app, "Edit").await;
    let alice = Person::of(app, "alice").await.proven().await;
    let bob = Person::of(app, "bob").await.proven().await;
    (alice, bob)
}

#[tokio::test]
async fn f1_b17_every_operation_refuses_every_token_but_an_opaque_one_of_its_tenant() {
    for_each_engine(async |app: TestApp| {
        let (alice, _) = alice_and_bob(&app).await;
        let (cases, client) = (cases(), app.web_client().await);
        let all: Vec<&Case> = cases.iter().collect();
        let tokens = app.code_flow(&client, "alice", SCOPES).await;
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let management = app.management_token("default").await;
        let resource = app.access_token("default", "https://items.example.com", SCOPES).await;
        let foreign = app.access_token("admin", "http://localhost:3002/oidc", SCOPES).await;
        let unauthorized = (401, "auth.unauthorized");
        for (name, token) in [
            ("no token", String::new()),
            ("no such token", "x".repeat(43)),
            ("a management token", management),
            ("a token of a resource", resource),
            ("a JWT of the other tenant", foreign),
            ("an ID token", text("id_token")),
            ("a refresh token", text("refresh_token")),
            ("a proof", alice.proof.clone().unwrap()),
            ("a digest", alice.digest()),
        ] {
            refuse_all(&Person { token, ..alice.clone() }, &all, unauthorized, name).await;
        }
        for case in &all {
            let call = |tenant: &str| app.request_at(tenant, case.route.method.as_str(), &case.path);
            call("default").send().await.expect_error(401, "auth.authorization_header_missing");
            let scheme = call("default").header("authorization", &format!("Basic {}", alice.token)).send().await;
            scheme.expect_error(401, "auth.authorization_token_type_not_supported");
            call("admin").bearer(&alice.token).send().await.expect_error(401, "auth.unauthorized");
        }
        let bind = "update access_tokens set jkt = $1 where digest = $2";
        app.sql(bind, vec!["x".into(), alice.digest().into()]).await;
        refuse_all(&alice, &all, (401, "oidc.invalid_token"), "a token of somebody's key").await;
        app.sql("update access_tokens set jkt = null", vec![]).await;
        let suspend = "update users set is_suspended = $1 where id = 'alice'";
        app.sql(suspend, vec![true.into()]).await;
        refuse_all(&alice, &all, unauthorized, "a suspended person").await;
        app.sql(suspend, vec![false.into()]).await;
        // The JWT that names no resource is the same token in another form (`accessTokenFormat`).
        let custom = json!({"accessTokenFormat": "jwt"});
        let client = app.client("Traditional", &["https://app.example.com/callback"], custom).await;
        let tokens = app.code_flow(&client, "alice", SCOPES).await;
        let own = Person { token: tokens["access_token"].as_str().unwrap().to_owned(), ..alice.clone() };
        assert_eq!(own.token.split('.').count(), 3);
        own.get("/api/my-account/sessions").await.expect(200);
        app.app.clock.advance(Duration::from_secs(3600));
        refuse_all(&alice, &all, unauthorized, "an expired token").await;
        refuse_all(&own, &all, unauthorized, "an expired JWT").await;
    })
    .await;
}

/// Gives the token of a person these scopes.
async fn rescope(person: &Person, scopes: &str) {
    let text = "update access_tokens set scope = $1 where digest = $2";
    assert_eq!(person.app.sql(text, vec![scopes.into(), person.digest().into()]).await, 1);
}

fn without(scope: &str) -> String {
    SCOPES.split_whitespace().filter(|name| *name != scope).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn f1_f3_every_operation_asks_for_its_scopes_and_its_client() {
    for_each_engine(async |app: TestApp| {
        let (alice, _) = alice_and_bob(&app).await;
        let cases = cases();
        rescope(&alice, &without("openid")).await;
        refuse_all(&alice, &cases.iter().collect::<Vec<_>>(), (403, "auth.forbidden"), "no openid").await;
        for scope in SCOPES.split_whitespace() {
            rescope(&alice, &without(scope)).await;
            for status in [400, 401, 403] {
                let asking = |case: &&Case| case.part.scope == Some(scope) && case.needs.scope_status == status;
                let asking: Vec<&Case> = cases.iter().filter(asking).collect();
                refuse_all(&alice, &asking, (status, "auth.unauthorized"), &format!("no {scope}")).await;
            }
        }
        rescope(&alice, SCOPES).await;
        let third = crate::attacks::fixtures::third_party_client(&app).await;
        let scopes = "insert into application_consent_scopes (tenant_id, application_id, kind, value) \
                      values ('default', $1, 'user-scopes', $2) on conflict do nothing";
        for scope in SCOPES.split_whitespace() {
            app.sql(scopes, vec![third.id.as_str().into(), scope.into()]).await;
        }
        let owner = "update access_tokens set client_id = $1 where digest = $2";
        app.sql(owner, vec![third.id.as_str().into(), alice.digest().into()]).await;
        let (changing, reading): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.needs.first_party);
        let forbidden = (403, "auth.third_party_application_forbidden");
        refuse_all(&alice, &changing, forbidden, "a third party").await;
        for case in reading {
            assert_eq!(case.send(&alice).await.0, case.allowed(), "{} by a third party", case.shown());
        }
        // A scope that is taken away from the third party is worth nothing in its tokens.
        app.sql("delete from application_consent_scopes where value = 'profile'", vec![]).await;
        assert!(alice.get("/api/my-account").await.expect(200).json().get("username").is_none());
    })
    .await;
}

#[tokio::test]
async fn f1_every_operation_asks_whether_the_operator_opened_its_field() {
    for_each_engine(async |app: TestApp| {
        let (alice, _) = alice_and_bob(&app).await;
        let cases = cases();
        let is_of = |changes: bool, field: Field| {
            move |case: &&Case| case.needs.changes == changes && case.part.field == Some(field)
        };
        for (field, name) in Field::ALL {
            let reading: Vec<&Case> = cases.iter().filter(is_of(false, field)).collect();
            let changing: Vec<&Case> = cases.iter().filter(is_of(true, field)).collect();
            let controls = |control: &str| {
                let all = Field::ALL.iter().map(|(_, known)| ((*known).to_owned(), json!("Edit")));
                let mut all: Map<String, Value> = all.collect();
                all.insert(name.to_owned(), control.into());
                Value::Object(all)
            };
            open(&app, controls("Off")).await;
            let (unreadable, fixed) = ("account_center.field_not_enabled", "account_center.field_not_editable");
            refuse_all(&alice, &reading, (400, unreadable), &format!("{name} off")).await;
            refuse_all(&alice, &changing, (400, fixed), &format!("{name} off")).await;
            open(&app, controls("ReadOnly")).await;
            refuse_all(&alice, &changing, (400, fixed), &format!("{name} read-only")).await;
            for case in reading {
                assert_eq!(case.send(&alice).await.0, case.allowed(), "{} with {name} read-only", case.shown());
            }
        }
        call(&app, "PATCH", "/api/account-center", json!({"enabled": false})).await.expect(200);
        let of_centre: Vec<&Case> = cases.iter().filter(|case| case.needs.account_center).collect();
        refuse_all(&alice, &of_centre, (400, "account_center.not_enabled"), "the centre off").await;
    })
    .await;
}

#[tokio::test]
async fn c20_every_operation_that_needs_a_proof_refuses_one_of_another_person_purpose_or_age() {
    for_each_engine(async |app: TestApp| {
        let (alice, bob) = alice_and_bob(&app).await;
        add_connectors(&app).await;
        let cases = cases();
        let asking: Vec<&Case> = cases.iter().filter(|case| case.part.proof != Proof::None).collect();
        assert!(asking.len() >= 12, "{}", asking.len());
        let none = Person { proof: None, ..alice.clone() };
        let other_purpose = none.prove("email", "new@example.com").await;
        let body = json!({
            "identifier": {"type": "email", "value": "alice@example.com"}, "templateType": "BindMfa",
        });
        let made = none.post("/api/verifications/verification-code", body).await.expect(201).json();
        let factor = made["verificationRecordId"].as_str().unwrap().to_owned();
        let (code, usage) = last_code(&app);
        assert_eq!(usage, "BindMfa");
        none.verify_code("email", "alice@example.com", &factor, &code).await.expect(200);
        let (pending, _) = none.send_code("email", "alice@example.com").await;
        for (what, proof) in [
            ("no such proof", "none".to_owned()),
            ("somebody else's proof", bob.proof.clone().unwrap()),
            ("the proof of a new address", other_purpose),
            ("the proof for a factor", factor),
            ("a code that was not answered", pending),
            ("the token", alice.token.clone()),
        ] {
            refuse_all(&alice.with_proof(&proof), &asking, DENIED, what).await;
        }
        refuse_all(&none, &asking, DENIED, "no proof").await;
        let own = none.prove("email", "alice@example.com").await;
        let by_code = alice.with_proof(&own);
        by_code.get("/api/my-account/sessions").await.expect(200);
        app.sql(
            "update users set primary_email = 'x@example.com', email_folded = 'x@example.com' where id = 'alice'",
            vec![],
        )
        .await;
        refuse_all(&by_code, &asking, DENIED, "the proof of an address that is not theirs any more").await;
        let fresh = none.clone().proven().await;
        fresh.get("/api/my-account/sessions").await.expect(200);
        app.app.clock.advance(Duration::from_secs(600));
        refuse_all(&fresh, &asking, DENIED, "a stale proof").await;
    })
    .await;
}

//! Attacks B10, B11, B19 and races on one subject token.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::oidc::claims;
use testkit::{TestApp, for_each_engine};

use super::super::fixtures::{ITEMS, alice};
use super::{
    ACCESS, IMPERSONATION, PERSONAL, exchange, exchanger, expect_refusal, jti_of, personal_token, subject_token,
};

/// A JWT of a tenant with these claims.
async fn signed(app: &TestApp, tenant: &str, typ: Option<&str>, claims: &Value) -> String {
    let config = app.app.tenants.get(tenant, &app.app).await.unwrap();
    config.keys.current.sign(typ, claims).unwrap()
}

#[tokio::test]
async fn b19_tokens_of_the_wrong_kind_tenant_or_client_are_refused() {
    for_each_engine(async |app: TestApp| {
        let (user, client, other) = (alice(&app).await, exchanger(&app).await, app.web_client().await);
        let tokens = app.code_flow(&other, &user, "openid offline_access").await;
        let text = |name: &str| tokens[name].as_str().unwrap();
        let refused = async |token: &str, reason: &str| {
            let asked = [("resource", ITEMS), ("scope", "read:items")];
            expect_refusal(&app, exchange(&app, &client, ACCESS, token, &asked), reason).await;
        };
        refused(text("id_token"), "subject token is not an access token").await;
        refused(text("refresh_token"), "subject token not found").await;
        refused("x", "subject token not found").await;
        refused("x.y.z", "invalid subject token").await;
        let now = app.app.clock.now().seconds();
        let good = json!({
            "jti": jti_of(&app, &other).await, "sub": user, "client_id": other.id, "iat": now, "exp": now + 3600, "scope": "read:items",
            "iss": "http://localhost:3001/oidc", "aud": ITEMS,
        });
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            claims
        };
        let jwt = Some("at+jwt");
        let accepted = signed(&app, "default", jwt, &good).await;
        exchange(&app, &client, ACCESS, &accepted, &[]).send().await.expect(200);
        refused(&signed(&app, "admin", jwt, &good).await, "invalid subject token").await;
        let admin = with("iss", app.app.tenants.issuer("admin").into());
        refused(&signed(&app, "admin", jwt, &admin).await, "invalid subject token").await;
        refused(&signed(&app, "default", jwt, &admin).await, "invalid subject token").await;
        refused(&signed(&app, "default", Some("logout+jwt"), &good).await, "subject token is not an access token")
            .await;
        let unknown = with("client_id", "nobody".into());
        refused(&signed(&app, "default", jwt, &unknown).await, "subject token was issued to an unknown client").await;
        let unbound = with("client_id", 1.into());
        refused(&signed(&app, "default", jwt, &unbound).await, "subject token is not bound to an issuing client").await;
        let nobody = with("sub", Value::Null);
        refused(&signed(&app, "default", jwt, &nobody).await, "subject token does not contain a valid `sub` claim")
            .await;
        let machine = with("sub", other.id.as_str().into());
        refused(&signed(&app, "default", jwt, &machine).await, "subject token not found").await;
        let of_no_grant = with("jti", "x".into());
        refused(&signed(&app, "default", jwt, &of_no_grant).await, "subject token is not bound to a grant").await;
        let of_another = with("client_id", client.id.as_str().into());
        refused(&signed(&app, "default", jwt, &of_another).await, "subject token not found").await;
        let (mut header, forged) =
            (accepted.split('.').collect::<Vec<_>>(), signed(&app, "default", jwt, &unknown).await);
        header[1] = forged.split('.').nth(1).unwrap();
        refused(&header.join("."), "invalid subject token").await;
    })
    .await;
}

#[tokio::test]
async fn b19_a_third_partys_tokens_open_nothing_more() {
    for_each_engine(async |app: TestApp| {
        let (user, client, third) = (alice(&app).await, exchanger(&app).await, app.web_client().await);
        let opaque = app.code_flow(&third, &user, "openid").await["access_token"].as_str().unwrap().to_owned();
        app.sql("update applications set is_third_party = true where id = $1", vec![third.id.as_str().into()]).await;
        let now = app.app.clock.now().seconds();
        let claims = json!({
            "jti": jti_of(&app, &third).await, "sub": user, "client_id": third.id, "iat": now, "exp": now + 3600,
            "iss": "http://localhost:3001/oidc", "aud": ITEMS,
        });
        let jwt = signed(&app, "default", Some("at+jwt"), &claims).await;
        for token in [&opaque, &jwt] {
            let request = exchange(&app, &client, ACCESS, token, &[]);
            expect_refusal(&app, request, "subject token was not issued to a first-party application").await;
        }
        let own = app.client("Traditional", &[], json!({"allowTokenExchange": true})).await;
        app.sql("update applications set is_third_party = true where id = $1", vec![own.id.as_str().into()]).await;
        let token = subject_token(&app, &user).await;
        exchange(&app, &own, IMPERSONATION, &token, &[]).send().await.expect_error(400, "oidc.invalid_request");
        let path = format!("/api/applications/{}", third.id);
        let allow = json!({"customClientMetadata": {"allowTokenExchange": true}});
        let refused = app.management_request("PATCH", &path).await.json(allow).send().await;
        refused.expect_error(422, "application.third_party_application_cannot_enable_token_exchange");
    })
    .await;
}

#[tokio::test]
async fn b19_the_scope_of_the_same_audience_never_widens() {
    for_each_engine(async |app: TestApp| {
        let (user, client, other) = (alice(&app).await, exchanger(&app).await, app.web_client().await);
        let opaque = app.code_flow(&other, &user, "openid profile").await["access_token"].as_str().unwrap().to_owned();
        let wide = [("scope", "openid profile email identities custom_data")];
        let answer = exchange(&app, &client, ACCESS, &opaque, &wide).send().await.expect(200).json();
        assert_eq!(answer["scope"], "openid profile");
        let now = app.app.clock.now().seconds();
        let jti = jti_of(&app, &other).await;
        let jwt = |aud: &str, more: Value| {
            let mut claims = json!({
                "jti": jti, "sub": user, "client_id": other.id, "iat": now, "exp": now + 3600, "scope": "read:items",
                "iss": "http://localhost:3001/oidc", "aud": aud,
            });
            claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            claims
        };
        let narrow = signed(&app, "default", Some("at+jwt"), &jwt(ITEMS, json!({}))).await;
        let asked = [("resource", ITEMS), ("scope", "read:items write:items")];
        let answer = exchange(&app, &client, ACCESS, &narrow, &asked).send().await.expect(200).json();
        assert_eq!(answer["scope"], "read:items");
        // A token for an API does not become one for the user's account.
        let answer = exchange(&app, &client, ACCESS, &narrow, &wide).send().await.expect(200).json();
        assert_eq!(answer["scope"], "");
        for claims in [jwt("urn:logto:organization:org", json!({})), jwt(ITEMS, json!({"organization_id": "org"}))] {
            let bound = signed(&app, "default", Some("at+jwt"), &claims).await;
            let elsewhere = exchange(&app, &client, ACCESS, &bound, &[("organization_id", "other")]);
            expect_refusal(&app, elsewhere, "subject token is bound to another organization").await;
            let answer = exchange(&app, &client, ACCESS, &bound, &asked).send().await.expect(200).json();
            assert_eq!(claims_of(&answer)["organization_id"], "org");
        }
    })
    .await;
}

fn claims_of(answer: &Value) -> serde_json::Map<String, Value> {
    claims(answer["access_token"].as_str().unwrap())
}

#[tokio::test]
async fn b10_b11_revoked_tokens_and_suspended_users_are_not_exchanged() {
    for_each_engine(async |app: TestApp| {
        let (user, client, other) = (alice(&app).await, exchanger(&app).await, app.web_client().await);
        let opaque = app.code_flow(&other, &user, "openid").await["access_token"].as_str().unwrap().to_owned();
        app.token_request_at("/oidc/token/revocation", &other, &[("token", &opaque)]).send().await.expect(200);
        expect_refusal(&app, exchange(&app, &client, ACCESS, &opaque, &[]), "subject token not found").await;
        let (subject, personal) =
            (subject_token(&app, &user).await, personal_token(&app, &user, json!({"name": "a"})).await);
        let exchanged =
            exchange(&app, &client, PERSONAL, &personal, &[("scope", "openid")]).send().await.expect(200).json();
        let jwt = {
            let asked = [("resource", ITEMS)];
            let answer = exchange(&app, &client, PERSONAL, &personal, &asked).send().await.expect(200).json();
            answer["access_token"].as_str().unwrap().to_owned()
        };
        let path = format!("/api/users/{user}/is-suspended");
        let suspend = app.management_request("PATCH", &path).await.json(json!({"isSuspended": true}));
        suspend.send().await.expect(200);
        let opaque = exchanged["access_token"].as_str().unwrap();
        app.get("/oidc/me").bearer(opaque).send().await.expect_error(401, "oidc.invalid_token");
        for (kind, token) in [(IMPERSONATION, &subject), (PERSONAL, &personal)] {
            expect_refusal(&app, exchange(&app, &client, kind, token, &[]), "user not found or suspended").await;
        }
        expect_refusal(&app, exchange(&app, &client, ACCESS, &jwt, &[]), "subject token not found").await;
        app.management_request("DELETE", &format!("/api/users/{user}")).await.send().await.expect(204);
        expect_refusal(&app, exchange(&app, &client, PERSONAL, &personal, &[]), "subject token not found").await;
        expect_refusal(&app, exchange(&app, &client, IMPERSONATION, &subject, &[]), "subject token not found").await;
    })
    .await;
}

#[tokio::test]
async fn of_many_exchanges_of_one_subject_token_one_wins() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, exchanger(&app).await);
        let token = subject_token(&app, &user).await;
        let scope = [("scope", "openid")];
        let request = || exchange(&app, &client, IMPERSONATION, &token, &scope);
        let calls: Vec<_> = (0..50).map(|_| tokio::spawn(request().send())).collect();
        let mut statuses = BTreeMap::<u16, usize>::new();
        for call in calls {
            *statuses.entry(call.await.unwrap().status.as_u16()).or_default() += 1;
        }
        assert_eq!(statuses, BTreeMap::from([(200, 1), (400, 49)]));
        let tokens = app
            .app
            .db
            .read(|r| r.query_opt::<i64>(&db::Sql::dynamic("select count(*) from access_tokens".to_owned()), &[]));
        assert_eq!(tokens.await.unwrap(), Some(1), "the others left nothing behind");
    })
    .await;
}

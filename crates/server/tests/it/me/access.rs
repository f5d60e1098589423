//! Attack F1 for the Me API: every operation that is declared × everything that must not open it.

use serde_json::{Value, json};
use server::routes::Access;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::account::fixture::outcome;

/// Every declared operation with a body that would do something.
fn operations() -> Vec<(String, String, Value)> {
    let declared = server::router::declared().into_iter().filter(|route| route.access == Access::Me);
    let all: Vec<_> = declared
        .map(|route| {
            let body = match (route.method.as_str(), route.path.as_str()) {
                ("GET" | "DELETE", _) | (_, "/me/user-assets") => Value::Null,
                (_, "/me") => json!({"name": "Eve"}),
                (_, "/me/custom-data") => json!({"k": 1}),
                (_, "/me/password" | "/me/password/verify") => json!({"password": "Brand-New1!x"}),
                (_, "/me/verification-codes") => json!({"email": "eve@example.com"}),
                (_, "/me/verification-codes/verify") => json!({"email": "eve@example.com", "verificationCode": "1"}),
                (_, "/me/social/authorization-uri") => {
                    json!({"connectorId": "x", "state": "s", "redirectUri": "https://admin.example/cb"})
                }
                (_, "/me/social/link-identity") => json!({"connectorId": "x", "connectorData": {"state": "s"}}),
                (method, path) => panic!("{method} {path} has no body here"),
            };
            (route.method.to_string(), route.path.replace("{connectorId}", "x"), body)
        })
        .collect();
    assert_eq!(all.len(), 14);
    all
}

async fn refuse_all(admin: &Admin, token: &str, expected: (u16, &str), what: &str) {
    let other = Admin { token: token.to_owned(), ..admin.clone() };
    let before = admin.app.snapshot().await;
    for (method, path, body) in operations() {
        let seen = outcome(&other.send(&method, &path, body).await);
        assert_eq!((seen.0, seen.1.as_str()), expected, "{method} {path} with {what}");
    }
    assert_eq!(before.difference(&admin.app.snapshot().await, &[]), Vec::<String>::new(), "{what}");
}

#[tokio::test]
async fn f1_b17_every_operation_refuses_every_token_but_one_of_a_person_for_this_audience() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        ada.get("/me").await.expect(200);
        let unauthorized = (401, "auth.unauthorized");
        let forbidden = (403, "auth.forbidden");
        let now = app.app.clock.now().seconds();
        for (what, changes, expected) in [
            ("another audience", json!({"aud": "https://admin.logto.app/api"}), unauthorized),
            ("another issuer", json!({"iss": "http://localhost:3001/oidc"}), unauthorized),
            ("an expired token", json!({"exp": now - 60}), unauthorized),
            ("no subject", json!({"sub": null}), (401, "auth.jwt_sub_missing")),
            ("no scope", json!({"scope": ""}), forbidden),
            ("an application", json!({"sub": "admin-console"}), forbidden),
            ("an organization", json!({"organization_id": "t-default"}), forbidden),
            ("a person who does not exist", json!({"sub": "eve"}), unauthorized),
            ("the grant of another person", json!({"jti": "eve-grant1.x"}), unauthorized),
            ("no grant", json!({"jti": "x"}), unauthorized),
            ("another application", json!({"client_id": "m-default"}), unauthorized),
        ] {
            refuse_all(&ada, &token(&app, changes).await, expected, what).await;
        }
        let management = app.management_token("admin").await;
        refuse_all(&ada, &management, unauthorized, "a management token").await;
        let of_tenant = app.access_token("default", AUDIENCE, "all").await;
        refuse_all(&ada, &of_tenant, unauthorized, "a token of the other tenant").await;
        let mut parts: Vec<&str> = ada.token.split('.').collect();
        parts[2] = "AAAA";
        refuse_all(&ada, &parts.join("."), unauthorized, "another signature").await;
        for (method, path, _) in operations() {
            let call = |tenant: &str| app.request_at(tenant, &method, &path);
            call("admin").send().await.expect_error(401, "auth.authorization_header_missing");
            call("default").bearer(&ada.token).send().await.expect(404);
        }
    })
    .await;
}

#[tokio::test]
async fn f1_b24_the_right_is_asked_for_as_it_is_now() {
    for_each_engine(async |app: TestApp| {
        let ada = Admin::new(&app, "ada").await;
        let again = async |what: &str| assert_eq!(ada.get("/me").await.status.as_u16(), 200, "{what}");
        app.sql("update users set is_suspended = $1 where id = 'ada'", vec![true.into()]).await;
        refuse_all(&ada, &ada.token, (401, "user.suspended"), "a suspended person").await;
        app.sql("update users set is_suspended = $1 where id = 'ada'", vec![false.into()]).await;
        again("she is active again").await;
        // Who acts for somebody by a token exchange is not that person.
        app.sql("update grants set exchange = '{}' where id = 'ada-grant1'", vec![]).await;
        assert!([401, 403, 500].contains(&ada.get("/me").await.status.as_u16()));
        app.sql("update grants set exchange = null where id = 'ada-grant1'", vec![]).await;
        again("it is her own grant").await;
        app.sql("delete from users_roles where user_id = 'ada'", vec![]).await;
        refuse_all(&ada, &ada.token, (403, "auth.forbidden"), "no role").await;
        app.sql("delete from grants where id = 'ada-grant1'", vec![]).await;
        refuse_all(&ada, &ada.token, (401, "auth.unauthorized"), "a grant that was revoked").await;
    })
    .await;
}

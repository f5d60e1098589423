//! Accounts elsewhere are rows: each belongs to one user, is shown with them and goes with them (inventory D075, D081, O100).

use api::users::Identity;
use serde_json::{Value, json};
use server::ApiError;
use server::users::identities;
use testkit::{TestApp, for_each_engine};

async fn link(app: &TestApp, user: &str, target: &'static str, account: &str) -> Result<(), ApiError> {
    let details = json!({"id": account, "name": "Alice \"A\""}).as_object().cloned();
    let (user, identity) = (user.into(), Identity { user_id: account.to_owned(), details });
    app.write("default", move |work| identities::link(work, &user, target, &identity)).await
}

async fn link_enterprise(app: &TestApp, user: &str) {
    let connector = crate::sso_connectors::create(app, json!({})).await["id"].as_str().unwrap().to_owned();
    let text = "insert into user_sso_identities (tenant_id, id, user_id, issuer, identity_id, detail, sso_connector_id, \
                created_at, updated_at) values ('default', 'sso1', $1, 'https://idp.example', 'e1', '{\"x\": 1}', $2, 5, 6)";
    app.sql(text, vec![user.into(), connector.into()]).await;
}

fn shown(accounts: &[(&str, &str)]) -> Value {
    let members = accounts.iter().map(|(target, account)| {
        let identity = json!({"userId": account, "details": {"id": account, "name": "Alice \"A\""}});
        ((*target).to_owned(), identity)
    });
    Value::Object(members.collect())
}

async fn get(app: &TestApp, path: &str) -> Value {
    app.management_request("GET", path).await.send().await.expect(200).json()
}

#[tokio::test]
async fn identities_are_shown_with_the_user_wherever_the_user_is() {
    for_each_engine(async |app: TestApp| {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        link(&app, &alice, "google", "g1").await.unwrap();
        link(&app, &alice, "github", "h1").await.unwrap();
        link_enterprise(&app, &alice).await;
        let expected = shown(&[("github", "h1"), ("google", "g1")]);

        let path = format!("/api/users/{alice}");
        let user = get(&app, &format!("{path}?includeSsoIdentities=true")).await;
        assert_eq!(user["identities"], expected);
        let enterprise = &user["ssoIdentities"][0];
        assert_eq!((&enterprise["issuer"], &enterprise["detail"]), (&json!("https://idp.example"), &json!({"x": 1})));
        let typed: api::users::SsoIdentity = serde_json::from_value(enterprise.clone()).unwrap();
        assert_eq!((&json!(typed), &*typed.user_id), (enterprise, alice.as_str()), "no member more, none less");
        assert_eq!(get(&app, &format!("/api/users/{bob}")).await["identities"], json!({}));
        let change = app.management_request("PATCH", &path).await.json(json!({"name": "Alice"}));
        assert_eq!(change.send().await.expect(200).json()["identities"], expected);

        for list in ["/api/users", "/api/users?search=%25alice%25", "/api/users?search=%25b%25"] {
            for user in get(&app, list).await.as_array().unwrap() {
                let of_user = if user["id"] == alice.as_str() { expected.clone() } else { json!({}) };
                assert_eq!(user["identities"], of_user, "{list}");
            }
        }
        let role = json!({"name": "staff", "description": "d", "type": "User"});
        let made = app.management_request("POST", "/api/roles").await.json(role).send().await.expect(200).json();
        let holders = format!("/api/roles/{}/users", made["id"].as_str().unwrap());
        app.management_request("POST", &holders).await.json(json!({"userIds": [alice, bob]})).send().await.expect(201);
        let listed = get(&app, &holders).await;
        let of_alice = listed.as_array().unwrap().iter().find(|user| user["id"] == alice.as_str()).unwrap();
        assert_eq!((listed.as_array().unwrap().len(), &of_alice["identities"]), (2, &expected));
        let made = app.management_request("POST", "/api/organizations").await.json(json!({"name": "o"})).send().await;
        let members = format!("/api/organizations/{}/users", made.expect(201).json()["id"].as_str().unwrap());
        app.management_request("POST", &members).await.json(json!({"userIds": [alice]})).send().await.expect(201);
        assert_eq!(get(&app, &members).await[0]["identities"], expected);
    })
    .await;
}

#[tokio::test]
async fn claims_name_identities_only_where_their_scope_was_granted() {
    for_each_engine(async |app: TestApp| {
        let (client, alice) = (app.web_client().await, app.user("alice").await);
        link(&app, &alice, "github", "h1").await.unwrap();
        link_enterprise(&app, &alice).await;
        for (scope, expected) in [("openid profile identities", true), ("openid profile", false)] {
            let tokens = app.code_flow(&client, &alice, scope).await;
            let me =
                app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(200).json();
            let claims = (me.get("identities"), me.get("sso_identities"));
            if expected {
                let account = json!([{"issuer": "https://idp.example", "identityId": "e1", "detail": {"x": 1}}]);
                assert_eq!(claims, (Some(&shown(&[("github", "h1")])), Some(&account)));
            } else {
                assert_eq!(claims, (None, None));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_elsewhere_belongs_to_one_user_and_goes_with_the_user() {
    for_each_engine(async |app: TestApp| {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        link(&app, &alice, "github", "h1").await.unwrap();
        let taken = link(&app, &bob, "github", "h1").await.unwrap_err();
        assert_eq!((taken.status().as_u16(), taken.code()), (422, "user.identity_already_in_use"));
        link(&app, &bob, "google", "h1").await.expect("the same id means another account at another provider");
        link(&app, &alice, "github", "h2")
            .await
            .expect("a user has one account at a provider; the new one replaces it");
        link(&app, &bob, "github", "h1").await.expect("it is free now");
        let of_alice = get(&app, &format!("/api/users/{alice}")).await;
        assert_eq!(of_alice["identities"], shown(&[("github", "h2")]));

        link_enterprise(&app, &alice).await;
        app.bind_totp(&alice).await;
        app.management_request("DELETE", &format!("/api/users/{alice}")).await.send().await.expect(204);
        for table in ["user_identities", "user_sso_identities", "user_mfa_factors"] {
            let left = app.sql(&format!("delete from {table} where user_id = $1"), vec![alice.as_str().into()]).await;
            assert_eq!(left, 0, "{table}");
        }
        link(&app, &bob, "github", "h2").await.expect("the account of a deleted user is free");
    })
    .await;
}

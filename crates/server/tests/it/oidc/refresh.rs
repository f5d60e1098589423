//! Refresh tokens for userinfo, resources and organizations (traces 30-02, 30-03, 30-23 to 30-26; attacks B8, B12, B18).

use serde_json::{Value, json};
use testkit::oidc::{TestClient, claims, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixtures::{EVERYTHING, ITEMS, ORDERS, alice, give_role, tenant};

const ORGANIZATIONS: &str = "urn:logto:resource:organizations";

/// Signs in with `scope` and `resources`; returns the token response.
async fn sign_in(app: &TestApp, client: &TestClient, user: &str, scope: &str, resources: &[&str]) -> Value {
    let mut request = app.authorization(client, scope);
    request.extend(resources.iter().map(|indicator| ("resource".to_owned(), (*indicator).to_owned())));
    let code = app.agent().sign_in(&request, user).await;
    app.exchange(client, &code).send().await.expect(200).json()
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_default()
}

#[tokio::test]
async fn one_refresh_token_serves_user_resources_and_organizations() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        let first = sign_in(&app, &client, &user, EVERYTHING, &[ITEMS, ORDERS, ORGANIZATIONS]).await;
        let oidc = "openid offline_access profile email phone address custom_data identities roles \
                    urn:logto:scope:organizations urn:logto:scope:organization_roles";
        assert_eq!((text(&first, "scope"), text(&first, "access_token").len()), (oidc, 43));
        let token = text(&first, "refresh_token").to_owned();
        let ask = async |extra: &[(&str, &str)]| app.refresh(&client, &token, extra).send().await;
        let plain = ask(&[]).await.expect(200).json();
        assert_eq!((text(&plain, "scope"), text(&plain, "refresh_token")), (oidc, token.as_str()));
        for (extra, scope, audience, lifetime, id_token) in [
            (vec![("resource", ITEMS)], "read:items write:items", ITEMS, 1800, true),
            (vec![("resource", ITEMS), ("scope", "read:items")], "read:items", ITEMS, 1800, false),
            (vec![("resource", ORDERS)], "read:orders", ORDERS, 3600, true),
            (vec![("organization_id", "org")], "org:read", "urn:logto:organization:org", 3600, true),
            (vec![("organization_id", "org"), ("resource", ORDERS)], "read:orders", ORDERS, 3600, true),
            (
                vec![("organization_id", "org"), ("scope", "org:read")],
                "org:read",
                "urn:logto:organization:org",
                3600,
                false,
            ),
            (vec![("resource", ORGANIZATIONS)], "org:read org:write", ORGANIZATIONS, 3600, true),
        ] {
            let answer = ask(&extra).await.expect(200).json();
            assert_eq!(text(&answer, "scope"), scope, "{extra:?}");
            assert_eq!(answer["expires_in"], lifetime, "{extra:?}");
            assert_eq!(answer.get("id_token").is_some(), id_token, "{extra:?}");
            let access = jose::decode_unverified(text(&answer, "access_token")).unwrap();
            assert_eq!(access.header.typ.as_deref(), Some("at+jwt"));
            let mut expected = vec!["jti", "sub", "iat", "exp", "scope", "client_id", "iss", "aud"];
            if extra.len() == 2 && extra[1].0 == "resource" {
                expected.insert(0, "organization_id");
                assert_eq!(access.claims["organization_id"], "org");
            }
            assert_eq!(access.claims.keys().collect::<Vec<_>>(), expected, "{extra:?}");
            assert_eq!((&access.claims["aud"], &access.claims["scope"]), (&json!(audience), &json!(scope)));
            assert_eq!((&access.claims["sub"], &access.claims["client_id"]), (&json!(user), &json!(client.id)));
        }
        let less = ask(&[("scope", "openid profile")]).await.expect(200).json();
        assert_eq!((text(&less, "scope"), text(&less, "access_token").len()), ("openid profile", 43));
        assert!(!claims(text(&less, "id_token")).contains_key("email"));
        let two = ask(&[("resource", ITEMS), ("resource", ORDERS)]).await.expect(200).json();
        assert_eq!((text(&two, "scope"), text(&two, "access_token").len()), (oidc, 43));
        let empty = ask(&[("organization_id", "")]).await.expect(200).json();
        assert_eq!(text(&empty, "scope"), oidc);
    })
    .await;
}

#[tokio::test]
async fn b18_a_refresh_never_exceeds_the_grant() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        let first = sign_in(&app, &client, &user, EVERYTHING, &[ITEMS]).await;
        let token = text(&first, "refresh_token").to_owned();
        let ask = async |extra: &[(&str, &str)]| app.refresh(&client, &token, extra).send().await;
        let said = |answer: &TestResponse| answer.json()["error_description"].as_str().unwrap().to_owned();
        for resource in ["https://unknown.example.com", ORDERS, "https://default.logto.app/api"] {
            let answer = ask(&[("resource", resource)]).await.expect_error(400, "oidc.invalid_target");
            assert_eq!(said(&answer), "resource indicator is missing, or unknown");
        }
        for organization in ["other", "nope"] {
            let answer = ask(&[("organization_id", organization)]).await.expect_error(403, "oidc.access_denied");
            assert_eq!(said(&answer), "user is not a member of the organization");
        }
        let answer = ask(&[("scope", "openid nope")]).await.expect_error(400, "oidc.invalid_scope");
        assert_eq!(
            (said(&answer).as_str(), &answer.json()["scope"]),
            ("refresh token missing requested scope", &json!("nope"))
        );
        // At the exchange, too.
        let code = app.agent().sign_in(&app.authorization(&client, "openid"), &user).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", &client.redirect_uri),
            ("code_verifier", testkit::oidc::VERIFIER),
            ("resource", ITEMS),
        ];
        app.token_request(&client, &fields).send().await.expect_error(400, "oidc.invalid_target");
    })
    .await;
}

#[tokio::test]
async fn organizations_need_their_scope_membership_and_mfa() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        let without = app.code_flow(&client, &user, "openid offline_access").await;
        let organization = [("organization_id", "org")];
        let refused = app.refresh(&client, without["refresh_token"].as_str().unwrap(), &organization).send().await;
        let refused = refused.expect_error(403, "oidc.insufficient_scope").json();
        assert_eq!(refused["error_description"], "refresh token missing required scope");
        assert_eq!(refused["scope"], "urn:logto:scope:organizations");
        let scope = "openid offline_access urn:logto:scope:organizations org:read";
        let with = sign_in(&app, &client, &user, scope, &[ORGANIZATIONS]).await;
        let ask = async || app.refresh(&client, text(&with, "refresh_token"), &organization).send().await;
        app.sql("update organizations set is_mfa_required = true where id = 'org'", vec![]).await;
        let refused = ask().await.expect_error(403, "oidc.access_denied").json();
        assert_eq!(refused["error_description"], "organization requires MFA but user has no MFA configured");
        app.sql("update organizations set is_mfa_required = false where id = 'org'", vec![]).await;
        assert_eq!(text(&ask().await.expect(200).json(), "scope"), "org:read");
        app.sql("delete from organization_users where organization_id = 'org'", vec![]).await;
        let refused = ask().await.expect_error(403, "oidc.access_denied").json();
        assert_eq!(refused["error_description"], "user is not a member of the organization");
    })
    .await;
}

#[tokio::test]
async fn b12_every_refresh_checks_current_permissions() {
    for_each_engine(async |app: TestApp| {
        let (client, scope) = (app.web_client().await, "openid offline_access read:items write:items");
        tenant(&app).await;
        let user = app.user("alice").await;
        give_role(&app, &user).await;
        let first = sign_in(&app, &client, &user, scope, &[ITEMS]).await;
        let ask = async |extra: &[(&str, &str)]| {
            let mut all = vec![("resource", ITEMS)];
            all.extend_from_slice(extra);
            app.refresh(&client, text(&first, "refresh_token"), &all).send().await.expect(200).json()
        };
        assert_eq!(text(&ask(&[]).await, "scope"), "read:items write:items");
        app.sql("delete from roles_scopes where scope_id = 's-write'", vec![]).await;
        assert_eq!(text(&ask(&[]).await, "scope"), "read:items");
        app.sql("delete from users_roles where user_id = $1", vec![user.as_str().into()]).await;
        let answer = ask(&[]).await;
        assert_eq!(answer["scope"], "");
        assert_eq!(claims(text(&answer, "access_token"))["scope"], "");
        assert_eq!(ask(&[("scope", "read:items")]).await["scope"], "");
    })
    .await;
}

#[tokio::test]
async fn a_bad_refresh_request_is_refused_before_the_grant_is_read() {
    for_each_engine(async |app: TestApp| {
        let (client, other, spa) = (app.web_client().await, app.web_client().await, app.spa_client().await);
        let user = app.user("alice").await;
        let tokens = app.code_flow(&client, &user, "openid offline_access").await;
        let refresh = tokens["refresh_token"].as_str().unwrap();
        app.refresh(&other, refresh, &[]).send().await.expect_error(400, "oidc.invalid_grant");
        app.refresh(&spa, refresh, &[]).send().await.expect_error(400, "oidc.invalid_grant");
        app.refresh(&client, "unknown", &[]).send().await.expect_error(400, "oidc.invalid_grant");
        let missing = app.token_request(&client, &[("grant_type", "refresh_token")]).send().await;
        assert_eq!(missing.json()["error_description"], "missing required parameter 'refresh_token'");
        app.app.clock.advance(std::time::Duration::from_secs(14 * 86_400));
        app.refresh(&client, refresh, &[]).send().await.expect_error(400, "oidc.invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn the_default_resource_applies_without_openid_scope() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        app.sql("update resources set is_default = true where id = 'items'", vec![]).await;
        let with = sign_in(&app, &client, &user, "openid profile read:items", &[]).await;
        assert_eq!((text(&with, "access_token").len(), text(&with, "scope")), (43, "openid profile"));
        let without = sign_in(&app, &client, &user, "read:items", &[]).await;
        let names: Vec<&str> = without.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["access_token", "expires_in", "scope", "token_type"]);
        assert_eq!((&without["expires_in"], text(&without, "scope")), (&json!(1800), "read:items"));
        assert_eq!(claims(text(&without, "access_token"))["aud"], ITEMS);
    })
    .await;
}

#[tokio::test]
async fn the_id_token_has_the_enabled_extended_claims() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        let scope =
            "openid custom_data identities roles urn:logto:scope:organizations urn:logto:scope:organization_roles";
        let shown = async |enabled: Value| {
            let upsert = "insert into configs (tenant_id, key, value) values ('default', 'idToken', $1) \
                          on conflict (tenant_id, key) do update set value = excluded.value";
            app.sql(upsert, vec![json!({"enabledExtendedClaims": enabled}).to_string().into()]).await;
            let tokens = app.code_flow(&client, &user, scope).await;
            let claims = claims(tokens["id_token"].as_str().unwrap());
            let fixed = ["sub", "aud", "exp", "iat", "iss"];
            claims.into_iter().filter(|(name, _)| !fixed.contains(&name.as_str())).collect::<serde_json::Map<_, _>>()
        };
        assert!(shown(json!([])).await.is_empty());
        let some = Value::Object(shown(json!(["roles", "organizations", "organization_roles"])).await);
        assert_eq!(
            some,
            json!({"roles": ["trace-role"], "organizations": ["org"], "organization_roles": ["org:org-member"]})
        );
        let all = shown(json!(["custom_data", "identities", "sso_identities", "organization_data"])).await;
        assert_eq!(all["custom_data"], json!({"plan": "pro"}));
        assert_eq!(all["organization_data"], json!([{"id": "org", "name": "trace-org", "description": null}]));
    })
    .await;
}

#[tokio::test]
async fn refresh_tokens_are_issued_and_expire_as_configured() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let silent = tampered(&app.authorization(&client, "openid offline_access profile"), &[("prompt", "-")]);
        let code = app.agent().sign_in(&silent, &user).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        assert_eq!((text(&tokens, "scope"), tokens.get("refresh_token")), ("openid profile", None));
        let custom = json!({"alwaysIssueRefreshToken": true, "idTokenTtl": 120, "refreshTokenTtlInDays": 3});
        let always = app.client("Traditional", &["https://app.example.com/callback"], custom).await;
        let mut agent = app.agent();
        let request = tampered(&app.authorization(&always, "openid profile"), &[("prompt", "-")]);
        let code = agent.sign_in(&request, &user).await;
        let tokens = app.exchange(&always, &code).send().await.expect(200).json();
        let id_token = claims(text(&tokens, "id_token"));
        assert_eq!(id_token["exp"].as_i64().unwrap() - id_token["iat"].as_i64().unwrap(), 120);
        let refresh = text(&tokens, "refresh_token").to_owned();
        app.refresh(&always, &refresh, &[]).send().await.expect(200);
        // Without offline_access it ends with the browser's session.
        let uid = "delete from sessions where tenant_id = 'default' and user_id = $1";
        app.sql(uid, vec![user.as_str().into()]).await;
        app.refresh(&always, &refresh, &[]).send().await.expect_error(400, "oidc.invalid_grant");
        app.get("/oidc/me").bearer(text(&tokens, "access_token")).send().await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn b8_every_refresh_needs_the_client_secret() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let tokens = app.code_flow(&client, &user, "openid offline_access").await;
        let refresh = tokens["refresh_token"].as_str().unwrap();
        for secret in [None, Some("wrong".to_owned())] {
            let thief = TestClient { secret, ..client.clone() };
            app.refresh(&thief, refresh, &[]).send().await.expect_error(401, "oidc.invalid_client");
        }
        app.refresh(&client, refresh, &[]).send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn b17_tokens_are_not_accepted_as_another_kind() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let mut agent = app.agent();
        let code = agent.sign_in(&app.authorization(&client, "openid offline_access"), &user).await;
        let session = agent.cookie("_session").to_owned();
        app.refresh(&client, &code, &[]).send().await.expect_error(400, "oidc.invalid_grant");
        app.get("/oidc/me").bearer(&code).send().await.expect_error(401, "oidc.invalid_token");
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        for wrong in [text(&tokens, "access_token"), text(&tokens, "id_token"), &session] {
            app.refresh(&client, wrong, &[]).send().await.expect_error(400, "oidc.invalid_grant");
            app.exchange(&client, wrong).send().await.expect_error(400, "oidc.invalid_grant");
        }
        app.exchange(&client, text(&tokens, "refresh_token")).send().await.expect_error(400, "oidc.invalid_grant");
        app.get("/oidc/me").bearer(&session).send().await.expect_error(401, "oidc.invalid_token");
        for planted in [text(&tokens, "access_token"), text(&tokens, "refresh_token"), &code] {
            agent.forge("_session", planted);
            let silent = tampered(&app.authorization(&client, "openid"), &[("prompt", "none")]);
            assert!(agent.authorize(&silent).await.header("location").contains("login_required"));
        }
    })
    .await;
}

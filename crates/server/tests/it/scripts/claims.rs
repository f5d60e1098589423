//! Claims of scripts in access tokens of every grant.

use serde_json::{Value, json};
use testkit::oidc::{TestClient, claims};
use testkit::{TestApp, for_each_engine};

use super::{customize, customize_with, entries};
use crate::oidc::fixtures::{ITEMS, alice, tenant};
use crate::oidc::rfc8693::{ACCESS, GRANT, IMPERSONATION, access_token, exchange, exchanger, subject_token};

const TRACE: &str = "const getCustomJwtClaims = async ({ token, context, environmentVariables, api }) => { return {
    tier: \"gold\", uid: context.user && context.user.id, gt: context.grant && context.grant.type, aud: \"x\", sub: \"root\",
    scope: \"all\", tkeys: Object.keys(token).sort().join(\",\"), ckeys: Object.keys(context).sort().join(\",\") }; };";

/// The tokens of a sign-in of `user` for [`ITEMS`].
async fn signed_in(app: &TestApp, client: &TestClient, user: &str) -> Value {
    let mut request = app.authorization(client, "openid offline_access read:items");
    request.push(("resource".to_owned(), ITEMS.to_owned()));
    let code = app.agent().sign_in(&request, user).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &client.redirect_uri),
        ("code_verifier", testkit::oidc::VERIFIER),
        ("resource", ITEMS),
    ];
    app.token_request(client, &fields).send().await.expect(200).json()
}

fn of(answer: &Value) -> Value {
    Value::Object(claims(answer["access_token"].as_str().unwrap()))
}

async fn refreshed(app: &TestApp, client: &TestClient, answer: &Value) -> testkit::TestResponse {
    // Entries of the log have an order then.
    app.app.clock.advance(std::time::Duration::from_secs(1));
    let token = answer["refresh_token"].as_str().unwrap();
    app.refresh(client, token, &[("resource", ITEMS)]).send().await
}

#[tokio::test]
async fn a_refreshed_token_has_the_claims_of_trace_30_21() {
    for_each_engine(async |app: TestApp| {
        let user = alice(&app).await;
        let client = app.web_client().await;
        let plain = signed_in(&app, &client, &user).await;
        assert_eq!(of(&plain).get("tier"), None);
        customize(&app, "access-token", TRACE).await.expect(201);
        let answer = refreshed(&app, &client, &plain).await.expect(200).json();
        let token = of(&answer);
        assert_eq!((&token["tier"], &token["uid"]), (&json!("gold"), &json!(user)));
        assert_eq!(
            (&token["aud"], &token["sub"], &token["scope"]),
            (&json!(ITEMS), &json!(user), &json!("read:items"))
        );
        assert_eq!(token["tkeys"], "accountId,aud,clientId,grantId,gty,jti,kind,scope,sessionUid");
        assert_eq!(token["ckeys"], "application,interaction,user");
        assert_eq!(claims(answer["id_token"].as_str().unwrap()).get("tier"), None, "ID tokens are as they were");
        app.app.clock.advance(std::time::Duration::from_secs(1));
        let opaque =
            app.refresh(&client, answer["refresh_token"].as_str().unwrap(), &[]).send().await.expect(200).json();
        assert_eq!(opaque["access_token"].as_str().unwrap().len(), 43);
        let all = entries(&app, "JwtCustomizer.AccessToken").await;
        assert_eq!(all.len(), 2);
        assert_eq!((&all[0]["result"], &all[0]["payload"]["token"]), (&json!("Success"), &json!("******")));
        assert_eq!(all[0]["customTokenClaims"]["aud"], "x");
        assert_eq!((&all[0]["userId"], &all[0]["applicationId"]), (&json!(user), &json!(client.id)));
        assert_eq!(all[1]["customTokenClaims"]["tkeys"], "accountId,clientId,grantId,gty,jti,kind,scope,sessionUid");
        for token in [&opaque, &answer] {
            let values = [token["access_token"].as_str().unwrap(), token["refresh_token"].as_str().unwrap()];
            assert!(values.iter().all(|value| !json!(all).to_string().contains(value)));
        }
    })
    .await;
}

#[tokio::test]
async fn every_grant_asks_the_script() {
    for_each_engine(async |app: TestApp| {
        let user = alice(&app).await;
        let client = exchanger(&app).await;
        let script =
            "const getCustomJwtClaims = ({ token, context }) => ({ how: token.gty, grant: context.grant ?? null });";
        customize(&app, "access-token", script).await.expect(201);
        let code = signed_in(&app, &client, &user).await;
        assert_eq!(of(&code)["how"], "authorization_code");
        assert_eq!(
            of(&refreshed(&app, &client, &code).await.expect(200).json())["how"],
            "authorization_code refresh_token"
        );

        let subject = subject_token(&app, &user).await;
        let asked = exchange(&app, &client, IMPERSONATION, &subject, &[("resource", ITEMS), ("scope", "read:items")]);
        let exchanged = asked.send().await.expect(200).json();
        let expected = json!({"type": GRANT, "subjectTokenContext": {"ticket": 1}});
        assert_eq!((&of(&exchanged)["how"], &of(&exchanged)["grant"]), (&json!(GRANT), &expected));
        let again =
            exchange(&app, &client, ACCESS, &access_token(&exchanged), &[("resource", ITEMS), ("scope", "read:items")]);
        assert_eq!(of(&again.send().await.expect(200).json())["grant"], json!({"type": GRANT}));

        let organization = app.refresh(&client, code["refresh_token"].as_str().unwrap(), &[]).send().await.expect(200);
        assert_eq!(organization.json()["access_token"].as_str().unwrap().len(), 43);
    })
    .await;
}

#[tokio::test]
async fn a_device_asks_the_script_too() {
    for_each_engine(async |app: TestApp| {
        let script = "const getCustomJwtClaims = ({ token }) => { throw token.gty };";
        customize_with(&app, "access-token", json!({"script": script, "blockIssuanceOnError": true})).await.expect(201);
        crate::oidc::rfc8628::approved(&app).await.expect_error(400, "oidc.invalid_request");
        let all = entries(&app, "JwtCustomizer.AccessToken").await;
        assert_eq!(all[0]["customJwtError"]["message"], "\"device_code\"");
    })
    .await;
}

#[tokio::test]
async fn the_context_is_what_administrators_see_and_no_secret() {
    for_each_engine(async |app: TestApp| {
        let user = alice(&app).await;
        let client = app.web_client().await;
        let script = "const getCustomJwtClaims = ({ context }) => ({ seen: context });";
        customize(&app, "access-token", script).await.expect(201);
        app.sql("update users set password_digest = 'very-secret-digest', password_algorithm = 'Argon2id' where id = $1", vec![user.as_str().into()]).await;
        let seen = of(&signed_in(&app, &client, &user).await)["seen"].clone();
        let resource = json!({
            "tenantId": "default", "id": "items", "name": "trace-items", "indicator": ITEMS, "isDefault": false, "accessTokenTtl": 1800
        });
        let scope = |id, name: &str, text| json!({"id": id, "name": name, "description": text, "resourceId": "items", "resource": resource});
        let scopes = json!([scope("s-read", "read:items", "Read items"), scope("s-write", "write:items", "Write items")]);
        assert_eq!(seen["user"]["roles"], json!([{"id": "role", "name": "trace-role", "description": "", "scopes": scopes}]));
        assert_eq!(seen["user"]["organizations"], json!([{"id": "org", "name": "trace-org", "description": null}]));
        let role = json!({"organizationId": "org", "roleId": "member", "roleName": "org-member"});
        assert_eq!(seen["user"]["organizationRoles"], json!([role]));
        let members = [("hasPassword", json!(true)), ("ssoIdentities", json!([])), ("mfaVerificationFactors", json!([])), ("customData", json!({"plan": "pro"}))];
        for (name, expected) in members {
            assert_eq!(seen["user"][name], expected, "{name}");
        }
        assert_eq!((&seen["application"]["id"], &seen["application"]["type"]), (&json!(client.id), &json!("Traditional")));
        assert_eq!((&seen["interaction"]["interactionEvent"], &seen["interaction"]["userId"]), (&json!("SignIn"), &json!(user)));
        let text = seen.to_string();
        assert!(!text.contains("very-secret-digest") && !text.contains(client.secret.as_deref().unwrap()));
    })
    .await;
}

#[tokio::test]
async fn a_token_for_an_organization_tells_of_it() {
    for_each_engine(async |app: TestApp| {
        let user = alice(&app).await;
        app.sql("update organizations set custom_data = '{\"a\":1}', description = 'text' where id = 'org'", vec![])
            .await;
        let client = app.web_client().await;
        customize(
            &app,
            "access-token",
            "const getCustomJwtClaims = ({ context }) => ({ of: context.organization, organization_id: 'other' });",
        )
        .await
        .expect(201);
        let tokens =
            app.code_flow(&client, &user, "openid offline_access urn:logto:scope:organizations org:read").await;
        let asked = app.refresh(&client, tokens["refresh_token"].as_str().unwrap(), &[("organization_id", "org")]);
        let token = of(&asked.send().await.expect(200).json());
        assert_eq!(
            token["of"],
            json!({"id": "org", "name": "trace-org", "description": "text", "customData": {"a": 1}})
        );
        assert_eq!((&token["aud"], token.get("organization_id")), (&json!("urn:logto:organization:org"), None));
    })
    .await;
}

#[tokio::test]
async fn failures_are_swallowed_or_block_as_the_script_says() {
    for_each_engine(async |app: TestApp| {
        let user = alice(&app).await;
        let client = app.web_client().await;
        let mut answer = signed_in(&app, &client, &user).await;
        customize(&app, "access-token", "const getCustomJwtClaims = async ({ api }) => { api.denyAccess(\"no\"); };")
            .await
            .expect(201);
        let denied = refreshed(&app, &client, &answer).await.expect_error(400, "oidc.access_denied").json();
        assert_eq!((&denied["error"], &denied["error_description"]), (&json!("access_denied"), &json!("no")));
        for broken in ["throw new Error('boom')", "return 1", "return undefined.x", "("] {
            let script = format!("const getCustomJwtClaims = async () => {{ {broken} }};");
            customize(&app, "access-token", &script).await.expect(200);
            answer = refreshed(&app, &client, &answer).await.expect(200).json();
            assert_eq!(of(&answer).get("tier"), None);
        }
        let script = "const getCustomJwtClaims = async () => { throw new Error('boom'); };";
        customize_with(&app, "access-token", json!({"script": script, "blockIssuanceOnError": true})).await.expect(200);
        let blocked = refreshed(&app, &client, &answer).await.expect_error(400, "oidc.invalid_request").json();
        assert!(!blocked.to_string().contains("boom"), "{blocked}");
        customize(&app, "access-token", TRACE).await.expect(200);
        assert_eq!(
            of(&refreshed(&app, &client, &answer).await.expect(200).json())["tier"],
            "gold",
            "the same token, soon after"
        );
        let all = entries(&app, "JwtCustomizer.AccessToken").await;
        let texts: Vec<_> =
            all.iter().map(|entry| entry["customJwtError"]["message"].as_str().unwrap_or("-")).collect();
        assert_eq!((texts[0], texts[1], texts[5], texts[6]), ("no", "Error: boom", "Error: boom", "-"));
        assert!(all[..6].iter().all(|entry| entry["result"] == "Error"));
        let exchanges = entries(&app, "ExchangeTokenBy.RefreshToken").await;
        assert_eq!((&exchanges[0]["result"], &exchanges[0]["userId"]), (&json!("Error"), &json!(user)));
    })
    .await;
}

#[tokio::test]
async fn machines_have_a_script_of_their_own() {
    for_each_engine(async |app: TestApp| {
        tenant(&app).await;
        let client = app.client("MachineToMachine", &[], json!({})).await;
        let role = "insert into applications_roles (tenant_id, application_id, role_id) values ('default', $1, 'm2m')";
        app.sql(role, vec![client.id.as_str().into()]).await;
        let fields = [("grant_type", "client_credentials"), ("resource", ITEMS), ("scope", "read:items")];
        let script = "const getCustomJwtClaims = async ({ token, context, environmentVariables }) =>
            ({ tk: Object.keys(token).sort(), c: Object.keys(context), env: environmentVariables, client_id: 'other', cnf: {} });";
        let body = json!({"script": script, "environmentVariables": {"A": "b"}});
        customize_with(&app, "client-credentials", body).await.expect(201);
        customize(&app, "access-token", "const getCustomJwtClaims = () => ({ wrong: true });").await.expect(201);
        let token = of(&app.token_request(&client, &fields).send().await.expect(200).json());
        assert_eq!(token["tk"], json!(["aud", "clientId", "jti", "kind", "scope"]));
        assert_eq!((&token["c"], &token["env"]), (&json!(["application"]), &json!({"A": "b"})));
        assert_eq!((&token["client_id"], token.get("cnf"), token.get("wrong")), (&json!(client.id), None, None));
        let denying = "const getCustomJwtClaims = ({ api }) => api.denyAccess();";
        customize(&app, "client-credentials", denying).await.expect(200);
        app.app.clock.advance(std::time::Duration::from_secs(1));
        app.token_request(&client, &fields).send().await.expect_error(400, "oidc.access_denied");
        let all = entries(&app, "JwtCustomizer.ClientCredentials").await;
        assert_eq!((all.len(), &all[0]["result"], &all[1]["result"]), (2, &json!("Success"), &json!("Error")));
        crate::applications::delete(&app, "/api/configs/jwt-customizer/client-credentials").await.expect(204);
        let token = of(&app.token_request(&client, &fields).send().await.expect(200).json());
        assert_eq!(token.get("tk"), None);
    })
    .await;
}

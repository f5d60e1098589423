//! Which organizations of a user count: for API tokens without an organization, for claims and on the consent page.

use serde_json::{Value, json};
use testkit::oidc::{TestClient, claims};
use testkit::{TestApp, for_each_engine};

use super::consent::third_party_client;
use super::fixtures::{ORDERS, alice};

const MANAGEMENT: &str = "https://default.logto.app/api";
const SCOPE: &str =
    "openid offline_access urn:logto:scope:organizations urn:logto:scope:organization_roles read:orders all";

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

fn request(app: &TestApp, client: &TestClient, scope: &str) -> Vec<(String, String)> {
    let mut request = app.authorization(client, scope);
    request.push(("resource".into(), ORDERS.into()));
    request.push(("resource".into(), MANAGEMENT.into()));
    request
}

async fn tokens(app: &TestApp, client: &TestClient, user: &str) -> Value {
    let code = app.agent().sign_in(&request(app, client, SCOPE), user).await;
    app.exchange(client, &code).send().await.expect(200).json()
}

async fn refreshed(app: &TestApp, client: &TestClient, tokens: &Value, extra: &[(&str, &str)]) -> Value {
    app.refresh(client, text(tokens, "refresh_token"), extra).send().await.expect(200).json()
}

async fn require_mfa(app: &TestApp) {
    app.sql("update organizations set is_mfa_required = true where id = 'org'", vec![]).await;
}

#[tokio::test]
async fn no_role_in_an_organization_opens_the_management_api() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        for role in ["member", "robot"] {
            let text = "insert into organization_role_resource_scopes (tenant_id, organization_role_id, scope_id) \
                        values ('default', $1, 'management-api-all')";
            app.sql(text, vec![role.into()]).await;
        }
        let tokens = tokens(&app, &client, &user).await;
        for extra in [vec![("resource", MANAGEMENT)], vec![("resource", MANAGEMENT), ("organization_id", "org")]] {
            assert_eq!(refreshed(&app, &client, &tokens, &extra).await["scope"], "", "{extra:?}");
        }
        let machine = app.client("MachineToMachine", &[], json!({})).await;
        for text in [
            "insert into organization_applications (tenant_id, organization_id, application_id, created_at) \
             values ('default', 'org', $1, 0)",
            "insert into organization_role_applications (tenant_id, organization_id, organization_role_id, application_id) \
             values ('default', 'org', 'robot', $1)",
        ] {
            app.sql(text, vec![machine.id.as_str().into()]).await;
        }
        let fields = [
            ("grant_type", "client_credentials"),
            ("scope", "all read:orders"),
            ("organization_id", "org"),
            ("resource", MANAGEMENT),
        ];
        let issued = app.token_request(&machine, &fields).send().await.expect(200).json();
        assert_eq!(claims(text(&issued, "access_token")).get("scope"), None);
        let orders = [fields[0], fields[1], fields[2], ("resource", ORDERS)];
        let issued = app.token_request(&machine, &orders).send().await.expect(200).json();
        assert_eq!(issued["scope"], "read:orders");
    })
    .await;
}

#[tokio::test]
async fn an_organization_whose_mfa_rule_is_not_met_counts_for_nothing() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        let orders = [("resource", ORDERS)];
        let tokens = tokens(&app, &client, &user).await;
        assert_eq!(refreshed(&app, &client, &tokens, &orders).await["scope"], "read:orders");
        require_mfa(&app).await;
        let cut = refreshed(&app, &client, &tokens, &orders).await;
        assert_eq!(cut["scope"], "");
        let named = claims(text(&cut, "id_token"));
        assert_eq!((&named["organizations"], &named["organization_roles"]), (&json!([]), &json!([])));
        let userinfo = app.get("/oidc/me").bearer(text(&tokens, "access_token")).send().await.expect(200).json();
        assert_eq!((&userinfo["organizations"], &userinfo["organization_roles"]), (&json!([]), &json!([])));
        app.bind_totp(&user).await;
        let met = refreshed(&app, &client, &tokens, &orders).await;
        assert_eq!(
            (&met["scope"], &claims(text(&met, "id_token"))["organizations"]),
            (&json!("read:orders"), &json!(["org"]))
        );
        assert_eq!(claims(text(&met, "id_token"))["organization_roles"], json!(["org:org-member"]));
    })
    .await;
}

async fn third_party(app: &TestApp) -> TestClient {
    let client = third_party_client(app).await;
    for (kind, value) in
        [("organization-resource-scopes", "s-orders"), ("user-scopes", "urn:logto:scope:organization_roles")]
    {
        let text = "insert into application_consent_scopes (tenant_id, application_id, kind, value) values ('default', $1, $2, $3)";
        app.sql(text, vec![client.id.as_str().into(), kind.into(), value.into()]).await;
    }
    client
}

/// The consent view, and the tokens after choosing these organizations.
async fn consent(app: &TestApp, client: &TestClient, user: &str, organizations: Value) -> (Value, Value) {
    let mut agent = app.agent();
    agent.authorize(&request(app, client, SCOPE)).await.expect(303);
    agent.finish_login(user).await.expect(303);
    let view = agent.get("/api/interaction/consent").await.expect(200).json();
    let body = json!({"organizationIds": organizations});
    let to = agent.send(app.post("/api/interaction/consent").json(body)).await.expect(200).json();
    let done = agent.get(text(&to, "redirectTo")).await.expect(303).header("location").to_owned();
    let code = url::Url::parse(&done).unwrap().query_pairs().next().unwrap().1.into_owned();
    (view, app.exchange(client, &code).send().await.expect(200).json())
}

#[tokio::test]
async fn a_third_party_application_sees_only_the_organizations_that_were_chosen() {
    for_each_engine(async |app: TestApp| {
        let user = alice(&app).await;
        let client = third_party(&app).await;
        let orders = [("resource", ORDERS)];
        let (view, hidden) = consent(&app, &client, &user, json!([])).await;
        assert_eq!(view["missingResourceScopes"], json!([]), "read:orders is held only through the organization");
        let listed = &view["organizations"][0]["missingResourceScopes"][0];
        assert_eq!(
            (&listed["resource"]["indicator"], &listed["scopes"][0]["name"]),
            (&json!(ORDERS), &json!("read:orders"))
        );
        assert_eq!(refreshed(&app, &client, &hidden, &orders).await["scope"], "");
        let named = claims(text(&hidden, "id_token"));
        assert_eq!((&named["organizations"], &named["organization_roles"]), (&json!([]), &json!([])));
        let (_, chosen) = consent(&app, &client, &user, json!(["org"])).await;
        assert_eq!(refreshed(&app, &client, &chosen, &orders).await["scope"], "read:orders");
        let named = claims(text(&chosen, "id_token"));
        assert_eq!(
            (&named["organizations"], &named["organization_roles"]),
            (&json!(["org"]), &json!(["org:org-member"]))
        );
        app.sql("delete from application_consent_organizations", vec![]).await;
        assert_eq!(refreshed(&app, &client, &chosen, &orders).await["scope"], "", "the choice was withdrawn");
    })
    .await;
}

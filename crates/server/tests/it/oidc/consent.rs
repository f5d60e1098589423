//! Consent of third-party applications (trace 10-11).

use serde_json::{Value, json};
use testkit::oidc::{BrowserAgent, TestClient, claims, tampered};
use testkit::{TestApp, for_each_engine};

use super::fixtures::{ITEMS, alice};

const ORGANIZATIONS: &str = "urn:logto:resource:organizations";

pub async fn third_party_client(app: &TestApp) -> TestClient {
    let client = app.client("Traditional", &["https://third.example.com/callback"], json!({})).await;
    let id = client.id.as_str();
    app.sql("update applications set is_third_party = true where id = $1", vec![id.into()]).await;
    for (kind, value) in [
        ("user-scopes", "profile"),
        ("user-scopes", "email"),
        ("user-scopes", "urn:logto:scope:organizations"),
        ("resource-scopes", "s-read"),
        ("organization-scopes", "o-read"),
    ] {
        let text = "insert into application_consent_scopes (tenant_id, application_id, kind, value) values ('default', $1, $2, $3)";
        app.sql(text, vec![id.into(), kind.into(), value.into()]).await;
    }
    client
}

fn request(app: &TestApp, client: &TestClient) -> Vec<(String, String)> {
    let scope = "openid offline_access profile email urn:logto:scope:organizations read:items write:items org:read";
    let mut request = app.authorization(client, scope);
    request.push(("resource".into(), ITEMS.into()));
    request.push(("resource".into(), ORGANIZATIONS.into()));
    request
}

/// An agent whose next page is the consent page.
pub async fn agent_at_consent(app: &TestApp, client: &TestClient, user: &str) -> BrowserAgent {
    let mut agent = app.agent();
    agent.authorize(&request(app, client)).await.expect(303);
    let answer = agent.finish_login(user).await.expect(303);
    assert!(answer.header("location").starts_with("/consent"));
    agent
}

pub async fn submit_consent(app: &TestApp, agent: &mut BrowserAgent, body: Value) -> testkit::TestResponse {
    agent.send(app.post("/api/interaction/consent").json(body)).await
}

#[tokio::test]
async fn consent_shows_the_missing_scopes_and_grants_them() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, third_party_client(&app).await);
        let mut agent = agent_at_consent(&app, &client, &user).await;
        let seen = agent.get("/api/interaction/consent").await.expect(200).json();
        let items = json!({
            "resource": {"name": "trace-items", "indicator": ITEMS, "id": "items"},
            "scopes": [{"id": "s-read", "name": "read:items", "description": "Read items"}],
        });
        let organizations = json!({
            "resource": {"name": ORGANIZATIONS, "indicator": ORGANIZATIONS, "id": ORGANIZATIONS},
            "scopes": [{"id": "o-read", "name": "org:read", "description": null}],
        });
        let expected = json!({
            "application": {"id": client.id, "name": "test-Traditional"},
            "user": {
                "id": user, "name": "Alice", "avatar": null, "username": "alice", "primaryEmail": "alice@example.com",
                "primaryPhone": "49123",
            },
            "organizations": [{"id": "org", "name": "trace-org", "missingResourceScopes": [organizations]}],
            "missingOIDCScope": ["profile", "email", "urn:logto:scope:organizations"],
            "missingResourceScopes": [items, organizations],
            "redirectUri": "https://third.example.com/callback",
        });
        assert_eq!(seen, expected);
        let refused = submit_consent(&app, &mut agent, json!({"organizationIds": ["nope"]})).await;
        refused.expect_error(422, "organization.require_membership");
        let to = submit_consent(&app, &mut agent, json!({"organizationIds": ["org"]})).await.expect(200).json();
        let to = to["redirectTo"].as_str().unwrap().to_owned();
        let done = agent.get(&to).await.expect(303).header("location").to_owned();
        let code = url::Url::parse(&done).unwrap().query_pairs().next().unwrap().1.into_owned();
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        assert_eq!(tokens["scope"], "openid offline_access profile email urn:logto:scope:organizations");
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let ask = async |extra: &[(&str, &str)]| app.refresh(&client, refresh, extra).send().await;
        let organization = ask(&[("organization_id", "org")]).await.expect(200).json();
        assert_eq!(
            (&organization["scope"], &claims(organization["access_token"].as_str().unwrap())["aud"]),
            (&json!("org:read"), &json!("urn:logto:organization:org"))
        );
        assert_eq!(ask(&[("resource", ITEMS)]).await.expect(200).json()["scope"], "read:items");
        // Next time nothing is missing.
        let less = tampered(&app.authorization(&client, "openid profile"), &[("prompt", "-")]);
        let answer = agent.authorize(&less).await.expect(303);
        assert!(answer.header("location").starts_with("https://third.example.com/callback?code="));
        let first = app.app.db.read(move |r| {
            r.query_one::<Option<String>>(
                &db::Sql::dynamic("select application_id from users where id = $1".into()),
                db::params![user],
            )
        });
        assert_eq!(first.await.unwrap(), Some(client.id.clone()));
    })
    .await;
}

#[tokio::test]
async fn an_organization_without_consent_gives_no_token() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, third_party_client(&app).await);
        let mut agent = agent_at_consent(&app, &client, &user).await;
        let to = submit_consent(&app, &mut agent, json!({})).await.expect(200).json();
        let done = agent.get(to["redirectTo"].as_str().unwrap()).await.expect(303).header("location").to_owned();
        let code = url::Url::parse(&done).unwrap().query_pairs().next().unwrap().1.into_owned();
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        let refused =
            app.refresh(&client, tokens["refresh_token"].as_str().unwrap(), &[("organization_id", "org")]).send().await;
        let refused = refused.expect_error(403, "oidc.access_denied").json();
        assert_eq!(refused["error_description"], "organization access is not granted to the application");
    })
    .await;
}

#[tokio::test]
async fn a_third_party_application_cannot_request_disabled_scopes() {
    for_each_engine(async |app: TestApp| {
        alice(&app).await;
        let client = third_party_client(&app).await;
        let answer =
            app.agent().authorize(&tampered(&request(&app, &client), &[("scope", "openid phone roles")])).await;
        let location = answer.expect(303).header("location").to_owned();
        assert!(
            location.contains(
                "error=invalid_scope&error_description=requested+scope+is+not+allowed&scope=phone+roles&state="
            ),
            "{location}"
        );
    })
    .await;
}

#[tokio::test]
async fn consent_needs_the_session_of_the_interaction() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, third_party_client(&app).await);
        let mut agent = agent_at_consent(&app, &client, &user).await;
        agent.forge("_session", "");
        agent.get("/api/interaction/consent").await.expect_error(400, "session.not_found");
        submit_consent(&app, &mut agent, json!({})).await.expect_error(400, "session.not_found");
        let nobody = app.get("/consent").send().await.expect(302);
        assert_eq!(nobody.header("location"), "http://localhost:3001/unknown-session");
        let mut early = app.agent();
        early.authorize(&request(&app, &client)).await.expect(303);
        early.get("/consent").await.expect_error(400, "session.not_found");
    })
    .await;
}

#[tokio::test]
async fn consent_is_given_once() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, third_party_client(&app).await);
        let mut agent = agent_at_consent(&app, &client, &user).await;
        submit_consent(&app, &mut agent, json!({})).await.expect(200);
        submit_consent(&app, &mut agent, json!({})).await.expect(400);
    })
    .await;
}

#[tokio::test]
async fn b24_a_page_that_was_open_while_the_grant_ended_grants_nothing() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, third_party_client(&app).await);
        let mut agent = agent_at_consent(&app, &client, &user).await;
        let to = submit_consent(&app, &mut agent, json!({})).await.expect(200).json()["redirectTo"].clone();
        agent.get(to.as_str().unwrap()).await.expect(303);
        let again = agent.authorize(&request(&app, &client)).await.expect(303);
        assert!(again.header("location").starts_with("/consent"), "{}", again.header("location"));
        agent.get("/api/interaction/consent").await.expect(200);
        let ended = app.sql("delete from grants where client_id = $1", vec![client.id.as_str().into()]).await;
        assert_eq!(ended, 1);
        submit_consent(&app, &mut agent, json!({})).await.expect_error(400, "session.not_found");
        assert_eq!(app.sql("delete from grants", vec![]).await, 0, "what the page did not show is not granted");
    })
    .await;
}

#[tokio::test]
async fn scopes_that_the_user_lacks_are_neither_granted_nor_asked_for_until_a_role_gives_them() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, third_party_client(&app).await);
        app.sql("delete from users_roles where user_id = $1", vec![user.as_str().into()]).await;
        let mut agent = agent_at_consent(&app, &client, &user).await;
        let seen = agent.get("/api/interaction/consent").await.expect(200).json();
        assert!(!seen["missingResourceScopes"].to_string().contains("read:items"), "{seen}");
        let to = submit_consent(&app, &mut agent, json!({})).await.expect(200).json()["redirectTo"].clone();
        let back = agent.get(to.as_str().unwrap()).await.expect(303).header("location").to_owned();
        assert!(back.starts_with("https://third.example.com/callback?code="), "{back}");
        let quiet = tampered(&request(&app, &client), &[("prompt", "-")]);
        let again = agent.authorize(&quiet).await.expect(303).header("location").to_owned();
        assert!(again.contains("code="), "what was not there is not asked for again: {again}");
        super::fixtures::give_role(&app, &user).await;
        let asked = agent.authorize(&quiet).await.expect(303).header("location").to_owned();
        assert!(asked.starts_with("/consent"), "the third party gets it only with consent: {asked}");
    })
    .await;
}

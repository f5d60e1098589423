//! Rights are asked when something is given out, not only when a flow began.

use serde_json::{Value, json};
use testkit::oidc::{TestClient, claims, tampered};
use testkit::{TestApp, for_each_engine};

use super::consent::{agent_at_consent, submit_consent, third_party_client};
use super::fixtures::{ITEMS, ORDERS, alice};

/// Leaves the client without any redirect URI of the fixtures.
async fn remove_uris(app: &TestApp, client: &TestClient) {
    let other = json!({"redirectUris": ["https://moved.example.com/"], "postLogoutRedirectUris": []});
    let text = "update applications set oidc_client_metadata = $1 where id = $2";
    app.sql(text, vec![other.to_string().into(), client.id.as_str().into()]).await;
}

async fn take_user_scope(app: &TestApp, client: &TestClient, scope: &str) {
    let text = "delete from application_consent_scopes where application_id = $1 and value = $2";
    app.sql(text, vec![client.id.as_str().into(), scope.into()]).await;
}

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

#[tokio::test]
async fn a_redirect_uri_removed_while_a_page_is_open_gets_no_code() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let mut agent = app.agent();
        let code = agent.sign_in(&app.authorization(&client, "openid"), &user).await;
        let mut late = app.agent();
        late.authorize(&app.authorization(&client, "openid")).await.expect(303);
        let resume = late.complete_login(&user).await;
        remove_uris(&app, &client).await;
        let refused = late.get(&resume).await.expect_error(400, "oidc.invalid_redirect_uri");
        assert_eq!(refused.header("location"), "");
        late.get(&resume).await.expect_error(400, "oidc.invalid_redirect_uri");
        app.exchange(&client, &code).send().await.expect_error(400, "oidc.invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn a_post_logout_uri_removed_while_the_page_is_open_is_not_opened() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let mut agent = app.agent();
        agent.sign_in(&app.authorization(&client, "openid"), &user).await;
        let bye = format!("{}/bye", client.redirect_uri);
        let path = format!("/oidc/session/end?client_id={}&post_logout_redirect_uri={bye}", client.id);
        let mut stranger = app.agent();
        let pages = [agent.get(&path).await.expect(200), stranger.get(&path).await.expect(200)];
        remove_uris(&app, &client).await;
        for (agent, page) in [&mut agent, &mut stranger].into_iter().zip(pages) {
            let xsrf = super::end_session::xsrf_token(&page);
            let form = [("xsrf", xsrf.as_str()), ("logout", "yes")];
            let gone = agent.send(app.post("/oidc/session/end/confirm").form(&form)).await.expect(303);
            assert_eq!(gone.header("location"), "http://localhost:3001/oidc/session/end/success");
        }
    })
    .await;
}

#[tokio::test]
async fn a_user_scope_taken_from_a_third_party_application_gives_nothing_any_more() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, third_party_client(&app).await);
        let mut agent = agent_at_consent(&app, &client, &user).await;
        let to = submit_consent(&app, &mut agent, json!({"organizationIds": ["org"]})).await.expect(200).json();
        let done = agent.get(text(&to, "redirectTo")).await.expect(303).header("location").to_owned();
        let code = url::Url::parse(&done).unwrap().query_pairs().next().unwrap().1.into_owned();
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        let before = app.get("/oidc/me").bearer(text(&tokens, "access_token")).send().await.expect(200).json();
        assert_eq!((&before["email"], &before["name"]), (&json!("alice@example.com"), &json!("Alice")));

        let mut reader = agent_at_consent(&app, &client, &user).await;
        let late =
            agent.sign_in(&tampered(&app.authorization(&client, "openid email"), &[("prompt", "-")]), &user).await;
        take_user_scope(&app, &client, "email").await;
        let seen = app.get("/oidc/me").bearer(text(&tokens, "access_token")).send().await.expect(200).json();
        assert_eq!((seen.get("email"), &seen["name"]), (None, &json!("Alice")));
        let late = app.exchange(&client, &late).send().await.expect(200).json();
        assert_eq!(late["scope"], "openid");
        assert_eq!(claims(text(&late, "id_token")).get("email"), None);
        let refresh = text(&tokens, "refresh_token");
        let fresh = app.refresh(&client, refresh, &[]).send().await.expect(200).json();
        assert_eq!(fresh["scope"], "openid offline_access profile urn:logto:scope:organizations");
        assert_eq!(claims(text(&fresh, "id_token")).get("email"), None);
        let named = app.refresh(&client, refresh, &[("scope", "openid email")]).send().await;
        named.expect_error(400, "oidc.invalid_scope");
        let fields = [("token", text(&tokens, "access_token"))];
        let known = app.token_request_at("/oidc/token/introspection", &client, &fields).send().await.expect(200).json();
        assert_eq!(known["scope"], "openid offline_access profile urn:logto:scope:organizations");
        let asked = reader.get("/api/interaction/consent").await.expect(200).json();
        assert!(!asked["missingOIDCScope"].to_string().contains("email"), "{asked}");

        // The stored grant kept it: what is enabled again comes back.
        let again = "insert into application_consent_scopes (tenant_id, application_id, kind, value) \
                     values ('default', $1, 'user-scopes', 'email')";
        app.sql(again, vec![client.id.as_str().into()]).await;
        let back = app.refresh(&client, refresh, &[]).send().await.expect(200).json();
        assert_eq!(back["scope"], "openid offline_access profile email urn:logto:scope:organizations");

        let organization = [("organization_id", "org")];
        app.refresh(&client, refresh, &organization).send().await.expect(200);
        take_user_scope(&app, &client, "urn:logto:scope:organizations").await;
        let refused = app.refresh(&client, refresh, &organization).send().await;
        refused.expect_error(403, "oidc.insufficient_scope");
    })
    .await;
}

#[tokio::test]
async fn a_deleted_api_resource_gets_no_tokens_by_refresh_or_code() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, app.web_client().await);
        give_role_scope(&app, "s-orders").await;
        let mut request = app.authorization(&client, "openid offline_access read:items read:orders");
        request.push(("resource".into(), ITEMS.into()));
        request.push(("resource".into(), ORDERS.into()));
        let mut agent = app.agent();
        let (first, second) = (agent.sign_in(&request, &user).await, agent.sign_in(&request, &user).await);
        let tokens = app.exchange(&client, &first).send().await.expect(200).json();
        let refresh = text(&tokens, "refresh_token");
        app.refresh(&client, refresh, &[("resource", ITEMS)]).send().await.expect(200);
        app.sql("delete from resources where id = 'items'", vec![]).await;
        let refused = app.refresh(&client, refresh, &[("resource", ITEMS)]).send().await;
        refused.expect_error(400, "oidc.invalid_target");
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", second.as_str()),
            ("redirect_uri", &client.redirect_uri),
            ("code_verifier", testkit::oidc::VERIFIER),
            ("resource", ITEMS),
        ];
        app.token_request(&client, &fields).send().await.expect_error(400, "oidc.invalid_target");
        let other = app.refresh(&client, refresh, &[("resource", ORDERS)]).send().await.expect(200).json();
        assert_eq!(other["scope"], "read:orders");
    })
    .await;
}

async fn give_role_scope(app: &TestApp, scope: &str) {
    let text = "insert into roles_scopes (tenant_id, role_id, scope_id) values ('default', 'role', $1)";
    app.sql(text, vec![scope.into()]).await;
}

//! Clients that describe themselves in a document at their id (draft-ietf-oauth-client-id-metadata-document; inventory O123–O128,
//! M255–M259; attack E3).

use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use outbound::{FakeResponse, OutboundError};
use serde_json::{Value, json};
use testkit::oidc::{BrowserAgent, TestClient, claims, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::consent::submit_consent;
use super::fixtures::{ITEMS, alice};

const ID: &str = "https://tool.example.com/oauth/client.json";
const CALLBACK: &str = "https://tool.example.com/callback";

fn client(id: &str) -> TestClient {
    TestClient { id: id.to_owned(), secret: None, redirect_uri: CALLBACK.to_owned() }
}

fn document(id: &str) -> Value {
    json!({"client_id": id, "client_name": "Tool", "redirect_uris": [CALLBACK], "logo_uri": "https://tool.example.com/l.png"})
}

fn publish(app: &TestApp, id: &str, document: &Value) {
    app.outbound.respond(Method::GET, id, FakeResponse::json(document));
}

fn fetched(app: &TestApp, id: &str) -> usize {
    app.outbound.received().iter().filter(|request| request.url == id).count()
}

async fn call(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    app.management_request(method, path).await.json(body).send().await
}

async fn get(app: &TestApp, path: &str) -> Value {
    app.management_request("GET", path).await.send().await.expect(200).json()
}

/// Turns these clients on, and says what they may ask for.
async fn enable(app: &TestApp) {
    let on = call(app, "PATCH", "/api/configs/cimd", json!({"enabled": true})).await.expect(200).json();
    assert_eq!(on, json!({"enabled": true}));
    let scopes = json!({"userScopes": ["profile", "urn:logto:scope:organizations"], "resourceScopes": ["s-read"],
        "organizationScopes": ["o-read"]});
    call(app, "POST", "/api/cimd/user-consent-scopes", scopes).await.expect(201);
}

/// A server with the things of the traces, these clients turned on, and a document.
async fn prepared(app: &TestApp) -> (String, TestClient) {
    let user = alice(app).await;
    enable(app).await;
    publish(app, ID, &document(ID));
    (user, client(ID))
}

/// The code after a consent.
async fn consented(app: &TestApp, agent: &mut BrowserAgent, body: Value) -> String {
    let to = submit_consent(app, agent, body).await.expect(200).json();
    let done = agent.get(to["redirectTo"].as_str().unwrap()).await.expect(303).header("location").to_owned();
    let url = url::Url::parse(&done).unwrap();
    let code = url.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
    code.unwrap_or_else(|| panic!("no code in {done}"))
}

async fn tokens(app: &TestApp, client: &TestClient, user: &str, scope: &str) -> Value {
    let mut agent = app.agent();
    agent.authorize(&app.authorization(client, scope)).await.expect(303);
    agent.finish_login(user).await.expect(303);
    let code = consented(app, &mut agent, json!({})).await;
    app.exchange(client, &code).send().await.expect(200).json()
}

#[tokio::test]
async fn g1_a_person_has_twenty_grants_to_one_client_and_a_session_fifty_such_clients() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = prepared(&app).await;
        let first = tokens(&app, &client, &user, "openid offline_access").await;
        let refresh = first["refresh_token"].as_str().unwrap();
        for _ in 0..19 {
            app.app.clock.advance(std::time::Duration::from_secs(1));
            tokens(&app, &client, &user, "openid").await;
        }
        let again = app.refresh(&client, refresh, &[]).send().await.expect(200).json();
        app.app.clock.advance(std::time::Duration::from_secs(1));
        tokens(&app, &client, &user, "openid").await;
        let newest = again["refresh_token"].as_str().unwrap();
        app.refresh(&client, newest, &[]).send().await.expect_error(400, "oidc.invalid_grant");
        let count: i64 = app
            .app
            .db
            .read(|r| r.query_one(&db::Sql::dynamic("select count(*) from grants".into()), &[]))
            .await
            .unwrap();
        assert_eq!(count, 20);

        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
        agent.finish_login(&user).await.expect(303);
        consented(&app, &mut agent, json!({})).await;
        for number in 0..51 {
            let id = format!("https://tool.example.com/{number}");
            publish(&app, &id, &document(&id));
            agent.authorize(&app.authorization(&self::client(&id), "openid")).await.expect(303);
            consented(&app, &mut agent, json!({})).await;
            // The networks of the documents' servers are asked so often in a minute.
            app.app.clock.advance(std::time::Duration::from_secs(60));
        }
        let text = "select uid, authorizations from sessions";
        let stored: Vec<(String, db::Json<Value>)> =
            app.app.db.read(|r| r.query_all(&db::Sql::dynamic(text.into()), &[])).await.unwrap();
        let clients = stored.iter().map(|(_, authorizations)| authorizations.0.as_object().unwrap().len());
        assert_eq!(clients.max(), Some(50));
    })
    .await;
}

#[tokio::test]
async fn a_client_that_nobody_registered_signs_people_in_with_their_consent() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = prepared(&app).await;
        let scope = "openid offline_access profile urn:logto:scope:organizations read:items org:read";
        let mut request = app.authorization(&client, scope);
        request.push(("resource".into(), ITEMS.into()));
        request.push(("resource".into(), "urn:logto:resource:organizations".into()));
        let mut agent = app.agent();
        agent.authorize(&request).await.expect(303);
        let answer = agent.finish_login(&user).await.expect(303);
        assert!(answer.header("location").starts_with("/consent"), "{}", answer.header("location"));
        let seen = agent.get("/api/interaction/consent").await.expect(200).json();
        let shown = json!({"id": ID, "name": "Tool", "branding": {"logoUrl": "https://tool.example.com/l.png"}});
        assert_eq!(seen["application"], shown);
        let two = submit_consent(&app, &mut agent, json!({"organizationIds": ["org", "other"]})).await;
        two.expect_error(400, "guard.invalid_input");
        let foreign = submit_consent(&app, &mut agent, json!({"organizationIds": ["nope"]})).await;
        foreign.expect_error(422, "organization.require_membership");
        let code = consented(&app, &mut agent, json!({"organizationIds": ["org"]})).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        assert_eq!(tokens["scope"], "openid offline_access profile urn:logto:scope:organizations");
        let id_token = claims(tokens["id_token"].as_str().unwrap());
        assert_eq!((&id_token["aud"], &id_token["organizations"]), (&json!(ID), &json!(["org"])));
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let of_items = app.refresh(&client, refresh, &[("resource", ITEMS)]).send().await.expect(200).json();
        assert_eq!(of_items["scope"], "read:items", "no more than the tenant lets all of them have");
        let refresh = of_items["refresh_token"].as_str().unwrap();
        let of_org = app.refresh(&client, refresh, &[("organization_id", "org")]).send().await.expect(200).json();
        assert_eq!(of_org["scope"], "org:read");
        let access = tokens["access_token"].as_str().unwrap();
        let me = app.get("/oidc/me").bearer(access).send().await.expect(200).json();
        assert_eq!((&me["name"], &me["organizations"]), (&json!("Alice"), &json!(["org"])));

        // O128: nobody takes the address for the id of an application.
        let user = get(&app, &format!("/api/users/{user}")).await;
        assert_eq!((&user["applicationId"], &user["cimdClientId"]), (&Value::Null, &json!(ID)));
        let grants = get(&app, &format!("/api/users/{}/grants", user["id"].as_str().unwrap())).await;
        assert_eq!(grants["grants"][0]["application"], json!({"id": ID, "name": "Tool"}));
        app.app.flush_audit().await;
        let logs = get(&app, "/api/logs?logKey=ExchangeTokenBy.AuthorizationCode").await;
        assert_eq!(
            (&logs[0]["payload"]["cimdClientId"], &logs[0]["payload"]["applicationId"]),
            (&json!(ID), &Value::Null)
        );
    })
    .await;
}

#[tokio::test]
async fn o127_each_request_is_asked_about_and_has_a_grant_of_its_own() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = prepared(&app).await;
        let request = tampered(&app.authorization(&client, "openid profile"), &[("prompt", "-")]);
        let mut agent = app.agent();
        agent.authorize(&request).await.expect(303);
        agent.finish_login(&user).await.expect(303);
        consented(&app, &mut agent, json!({"organizationIds": ["org"]})).await;
        let again = agent.authorize(&request).await.expect(303);
        assert!(again.header("location").starts_with("/consent"), "{}", again.header("location"));
        consented(&app, &mut agent, json!({})).await;
        let grants = get(&app, &format!("/api/users/{user}/grants")).await;
        assert_eq!(grants["grants"].as_array().unwrap().len(), 2);
        let silent = agent.authorize(&tampered(&request, &[("prompt", "none")])).await.expect(303);
        assert!(silent.header("location").contains("error=interaction_required"), "{}", silent.header("location"));
    })
    .await;
}

#[tokio::test]
async fn they_are_off_until_the_tenant_turns_them_on_and_lose_everything_when_it_turns_them_off() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, client(ID));
        publish(&app, ID, &document(ID));
        assert_eq!(get(&app, "/api/configs/cimd").await, json!({"enabled": false}));
        assert_eq!(
            call(&app, "PATCH", "/api/configs/cimd", json!({})).await.expect(200).json(),
            json!({"enabled": false})
        );
        let supported = async || {
            let found = app.get("/oidc/.well-known/openid-configuration").send().await.expect(200).json();
            found["client_id_metadata_document_supported"].clone()
        };
        let request = app.authorization(&client, "openid");
        app.agent().authorize(&request).await.expect_error(400, "oidc.invalid_client");
        assert_eq!((fetched(&app, ID), supported().await), (0, Value::Null));
        enable(&app).await;
        assert_eq!(supported().await, json!(true));
        let tokens = tokens(&app, &client, &user, "openid offline_access").await;
        let access = tokens["access_token"].as_str().unwrap();
        app.get("/oidc/me").bearer(access).send().await.expect(200);
        call(&app, "PATCH", "/api/configs/cimd", json!({"enabled": false})).await.expect(200);
        app.get("/oidc/me").bearer(access).send().await.expect_error(401, "oidc.invalid_token");
        let refreshed = app.refresh(&client, tokens["refresh_token"].as_str().unwrap(), &[]).send().await;
        refreshed.expect_error(400, "oidc.invalid_client");
        app.agent().authorize(&request).await.expect_error(400, "oidc.invalid_client");
        assert_eq!(supported().await, Value::Null);
    })
    .await;
}

#[tokio::test]
async fn e3_a_document_is_kept_as_long_as_its_answer_says_within_bounds() {
    for_each_engine(async |app: TestApp| {
        prepared(&app).await;
        for (number, header, seconds) in [
            (1, None, 600),
            (2, Some("max-age=60"), 60),
            (3, Some("max-age=1"), 30),
            (4, Some("no-store"), 30),
            (5, Some("max-age=99999999"), 86_400),
        ] {
            let id = format!("https://tool.example.com/kept/{number}");
            let answer = FakeResponse::json(&document(&id));
            let answer = match header {
                Some(header) => answer.header(CACHE_CONTROL, HeaderValue::from_static(header)),
                None => answer,
            };
            app.outbound.respond(Method::GET, &id, answer);
            let request = app.authorization(&client(&id), "openid");
            let ask = async || app.agent().authorize(&request).await.expect(303);
            ask().await;
            app.app.clock.advance(Duration::from_secs(seconds - 1));
            ask().await;
            assert_eq!(fetched(&app, &id), 1, "{header:?}");
            app.app.clock.advance(Duration::from_secs(1));
            ask().await;
            assert_eq!(fetched(&app, &id), 2, "{header:?}");
        }
        let sent = app.outbound.received();
        assert!(sent.iter().all(|request| request.headers.get("cookie").is_none()));
    })
    .await;
}

#[tokio::test]
async fn e3_a_client_whose_document_is_gone_gets_nothing_new() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = prepared(&app).await;
        let tokens = tokens(&app, &client, &user, "openid offline_access profile").await;
        app.outbound.respond(Method::GET, ID, FakeResponse::status(StatusCode::NOT_FOUND));
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let kept = app.refresh(&client, refresh, &[]).send().await.expect(200).json();
        app.app.clock.advance(Duration::from_secs(601));
        let access = kept["access_token"].as_str().unwrap();
        app.get("/oidc/me").bearer(access).send().await.expect(200);
        let refresh = kept["refresh_token"].as_str().unwrap();
        app.refresh(&client, refresh, &[]).send().await.expect_error(400, "oidc.invalid_client");
        app.agent().authorize(&app.authorization(&client, "openid")).await.expect_error(400, "oidc.invalid_client");
        // It is asked for again a while after a failure, and not before.
        publish(&app, ID, &document(ID));
        app.refresh(&client, refresh, &[]).send().await.expect_error(400, "oidc.invalid_client");
        app.app.clock.advance(Duration::from_secs(31));
        app.refresh(&client, refresh, &[]).send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn e3_a_redirect_uri_that_left_the_document_gets_no_code() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = prepared(&app).await;
        let mut agent = app.agent();
        agent.authorize(&app.authorization(&client, "openid profile")).await.expect(303);
        let to = agent.complete_login(&user).await;
        publish(&app, ID, &json!({"client_id": ID, "redirect_uris": ["https://tool.example.com/other"]}));
        app.app.clock.advance(Duration::from_secs(601));
        agent.get(&to).await.expect_error(400, "oidc.invalid_redirect_uri");
        let raw = "https://TOOL.example.com/other";
        let request = tampered(&app.authorization(&client, "openid"), &[("redirect_uri", raw)]);
        app.agent().authorize(&request).await.expect_error(400, "oidc.invalid_redirect_uri");
        let unproven = tampered(
            &request,
            &[
                ("redirect_uri", "https://tool.example.com/other"),
                ("code_challenge", "-"),
                ("code_challenge_method", "-"),
            ],
        );
        let refused = app.agent().authorize(&unproven).await.expect(303);
        assert!(refused.header("location").contains("error=invalid_request"), "{}", refused.header("location"));
    })
    .await;
}

#[tokio::test]
async fn e3_what_is_no_document_is_no_client_and_leaves_nothing() {
    for_each_engine(async |app: TestApp| {
        let (user, _) = prepared(&app).await;
        let with = |changes: Value| {
            let mut members = document(ID);
            members.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            FakeResponse::json(&members)
        };
        let moved = HeaderValue::from_static("https://tool.example.com/moved");
        let refused = OutboundError::Connection { host: "tool.example.com".into(), cause: "refused".into() };
        let before = app.snapshot().await;
        let mut told = None;
        for (answer, why) in [
            (with(json!({"client_id": "https://tool.example.com/oauth/other.json"})), "another client"),
            (with(json!({"client_secret": "s"})), "a secret"),
            (with(json!({"redirect_uris": []})), "no redirect URI"),
            (with(json!({"allowTokenExchange": true})), "a setting of administrators"),
            (with(json!({"id_token_signed_response_alg": "RS256"})), "another algorithm than the tenant's"),
            (with(json!({"id_token_signed_response_alg": "none"})), "no algorithm"),
            (with(json!({"contacts": ["x".repeat(5 * 1024)]})), "larger than 5 KiB"),
            (with(json!({})).with_status(StatusCode::CREATED), "another status"),
            (with(json!({})).with_status(StatusCode::FOUND).header(LOCATION, moved), "a redirect"),
            (with(json!({})).header(CONTENT_TYPE, HeaderValue::from_static("text/html")), "a page"),
            (FakeResponse::status(StatusCode::OK), "nothing"),
            (FakeResponse::failure(refused), "nobody there"),
        ] {
            app.outbound.respond(Method::GET, ID, answer);
            app.app.clock.advance(Duration::from_secs(86_400));
            let answer = app.agent().authorize(&app.authorization(&client(ID), "openid")).await;
            let answer = answer.expect_error(400, "oidc.invalid_client").json();
            assert_eq!(told.get_or_insert(answer.clone()), &answer, "{why}: nobody learns what is there");
        }
        assert_eq!(fetched(&app, "https://tool.example.com/moved"), 0);
        assert_eq!(before.difference(&app.snapshot().await, &["logs"]), Vec::<String>::new());
        let asked = app.outbound.received().len();
        for id in [
            "http://tool.example.com/c",
            "https://tool.example.com",
            "https://tool.example.com/c?x",
            "https://a@tool.example.com/c",
            "https://TOOL.example.com/c",
            "https://tool.example.com/a/../c",
            "https://tool.example.com/c%00/../d",
        ] {
            app.agent()
                .authorize(&app.authorization(&client(id), "openid"))
                .await
                .expect_error(400, "oidc.invalid_client");
        }
        assert_eq!(app.outbound.received().len(), asked);
        publish(
            &app,
            ID,
            &json!({"client_id": ID, "redirect_uris": [CALLBACK], "id_token_signed_response_alg": "ES384"}),
        );
        app.app.clock.advance(Duration::from_secs(86_400));
        tokens(&app, &client(ID), &user, "openid").await;
    })
    .await;
}

#[tokio::test]
async fn g1_a_network_has_few_documents_fetched() {
    for_each_engine(async |app: TestApp| {
        prepared(&app).await;
        let ask = async |number: usize| {
            let id = format!("https://victim.example.com/{number}");
            app.agent().authorize(&app.authorization(&client(&id), "openid")).await
        };
        for number in 0..30 {
            ask(number).await.expect_error(400, "oidc.invalid_client");
        }
        let asked = app.outbound.received().len();
        ask(30).await.expect(503);
        ask(0).await.expect_error(400, "oidc.invalid_client");
        assert_eq!(app.outbound.received().len(), asked);
        app.app.clock.advance(Duration::from_secs(1));
        ask(31).await.expect_error(400, "oidc.invalid_client");
    })
    .await;
}

#[tokio::test]
async fn the_longest_address_is_a_client_too() {
    for_each_engine(async |app: TestApp| {
        let (user, _) = prepared(&app).await;
        let id = format!("https://tool.example.com/{}", "c".repeat(2048 - 25));
        publish(&app, &id, &document(&id));
        let tokens = tokens(&app, &client(&id), &user, "openid offline_access profile").await;
        assert_eq!(claims(tokens["id_token"].as_str().unwrap())["aud"], json!(id));
        let access = tokens["access_token"].as_str().unwrap();
        app.get("/oidc/me").bearer(access).send().await.expect(200);
        app.agent()
            .authorize(&app.authorization(&client(&format!("{id}c")), "openid"))
            .await
            .expect_error(400, "oidc.invalid_client");
    })
    .await;
}

#[tokio::test]
async fn the_tenant_says_once_what_all_of_them_may_ask_for() {
    for_each_engine(async |app: TestApp| {
        let path = "/api/cimd/user-consent-scopes";
        let nothing =
            json!({"organizationScopes": [], "resourceScopes": [], "organizationResourceScopes": [], "userScopes": []});
        assert_eq!(get(&app, path).await, nothing);
        let (user, client) = prepared(&app).await;
        let resource = json!({"id": "items", "name": "trace-items", "indicator": ITEMS});
        let scope = json!({"id": "s-read", "name": "read:items", "description": "Read items"});
        let all = json!({
            "organizationScopes": [{"id": "o-read", "name": "org:read", "description": null}],
            "resourceScopes": [{"resource": resource, "scopes": [scope]}],
            "organizationResourceScopes": [],
            "userScopes": ["profile", "urn:logto:scope:organizations"],
        });
        assert_eq!(get(&app, path).await, all);
        let unknown = call(&app, "POST", path, json!({"resourceScopes": ["none"]})).await;
        unknown.expect_error(422, "application.user_consent_scopes_not_found");
        call(&app, "POST", path, json!({"userScopes": ["openid"]})).await.expect_error(400, "guard.invalid_input");
        let tokens = tokens(&app, &client, &user, "openid offline_access profile").await;
        let delete = async |path: String| app.management_request("DELETE", &path).await.send().await;
        delete(format!("{path}/user-scopes/profile")).await.expect(204);
        delete(format!("{path}/user-scopes/profile")).await.expect_error(404, "entity.not_found");
        delete(format!("{path}/other/profile")).await.expect_error(400, "guard.invalid_input");
        // Asked again when something is given out.
        let me = app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(200).json();
        assert_eq!(me.get("name"), None);
    })
    .await;
}

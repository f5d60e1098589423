//! OpenID Connect Back-Channel Logout 1.0 (trace 30-20).

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use outbound::FakeResponse;
use serde_json::{Map, Value, json};
use server::outbox::{MAX_ATTEMPTS, deliver_due};
use testkit::oidc::{BrowserAgent, TestClient, claims, tampered};
use testkit::{TestApp, for_each_engine};

use super::end_session::xsrf_token;

const RECEIVER: &str = "https://app.example.com/logout";

/// A client that is told at `uri`, with `sid` or without.
async fn told_client(app: &TestApp, uri: &str, with_sid: bool) -> TestClient {
    let client = app.web_client().await;
    set_receiver(app, &client, Some(uri), with_sid).await;
    client
}

async fn set_receiver(app: &TestApp, client: &TestClient, uri: Option<&str>, with_sid: bool) {
    let metadata = json!({
        "redirectUris": [client.redirect_uri], "postLogoutRedirectUris": [],
        "backchannelLogoutUri": uri, "backchannelLogoutSessionRequired": with_sid,
    });
    app.sql(
        "update applications set oidc_client_metadata = $2 where tenant_id = 'default' and id = $1",
        vec![client.id.as_str().into(), metadata.to_string().into()],
    )
    .await;
}

fn answer(app: &TestApp, uri: &str, status: u16) {
    app.outbound.respond(Method::POST, uri, FakeResponse::status(StatusCode::from_u16(status).unwrap()));
}

/// The logout tokens that were received, by the address they came to.
fn received(app: &TestApp) -> Vec<(String, String)> {
    let token = |body: &[u8]| {
        let fields: Vec<_> = url::form_urlencoded::parse(body).into_owned().collect();
        assert_eq!((fields.len(), fields[0].0.as_str()), (1, "logout_token"));
        fields[0].1.clone()
    };
    app.outbound.received().iter().map(|request| (request.url.clone(), token(&request.body))).collect()
}

/// The claims of the id token and the browser of a person who signed in.
async fn signed_in(app: &TestApp, client: &TestClient, user: &str) -> (BrowserAgent, Map<String, Value>) {
    let mut agent = app.agent();
    let code = agent.sign_in(&app.authorization(client, "openid offline_access"), user).await;
    let tokens = app.exchange(client, &code).send().await.expect(200).json();
    (agent, claims(tokens["id_token"].as_str().unwrap()))
}

async fn sign_out(app: &TestApp, agent: &mut BrowserAgent, query: &str, everywhere: bool) {
    let page = agent.get(&format!("/oidc/session/end{query}")).await.expect(200);
    let xsrf = xsrf_token(&page);
    let mut form = vec![("xsrf", xsrf.as_str())];
    form.extend(everywhere.then_some(("logout", "yes")));
    agent.send(app.post("/oidc/session/end/confirm").form(&form)).await.expect(303);
}

#[tokio::test]
async fn each_client_of_the_session_is_told_once_when_it_ends() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let first = told_client(&app, RECEIVER, true).await;
        let second = told_client(&app, "https://b.example.com/logout", false).await;
        let silent = app.web_client().await;
        answer(&app, RECEIVER, 200);
        answer(&app, "https://b.example.com/logout", 204);
        let (mut agent, id_token) = signed_in(&app, &first, &user).await;
        for client in [&second, &silent] {
            agent.sign_in(&app.authorization(client, "openid"), &user).await;
        }
        sign_out(&app, &mut agent, "", true).await;
        assert!(received(&app).is_empty(), "the browser waits for no client");
        assert_eq!(deliver_due(&app.app).await, Ok(2));
        let mut told = received(&app);
        told.sort();
        assert_eq!(told.len(), 2);
        let keys = app.app.tenants.get("default", &app.app).await.unwrap();
        let now = app.app.clock.now().seconds();
        for ((uri, token), (client, expected)) in
            told.iter().zip([(&first, RECEIVER), (&second, "https://b.example.com/logout")])
        {
            assert_eq!(uri, expected);
            let verified = keys.keys.verifying.verify(token).unwrap();
            assert_eq!(verified.header.typ.as_deref(), Some("logout+jwt"));
            let mut seen = verified.claims.clone();
            assert_eq!(seen.remove("jti").unwrap().as_str().unwrap().len(), 43);
            let sid = seen.remove("sid");
            assert_eq!(sid.is_some(), client.id == first.id);
            assert!(sid.is_none_or(|sid| sid == id_token["sid"]));
            let rest = json!({
                "sub": user, "events": {"http://schemas.openid.net/event/backchannel-logout": {}}, "aud": client.id,
                "exp": now + 120, "iat": now, "iss": "http://localhost:3001/oidc",
            });
            assert_eq!(Value::Object(seen), rest);
        }
        assert_eq!(deliver_due(&app.app).await, Ok(0));
    })
    .await;
}

#[tokio::test]
async fn who_stays_signed_in_tells_only_the_client_that_asked() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let first = told_client(&app, RECEIVER, true).await;
        let second = told_client(&app, "https://b.example.com/logout", true).await;
        answer(&app, RECEIVER, 200);
        let (mut agent, _) = signed_in(&app, &first, &user).await;
        agent.sign_in(&app.authorization(&second, "openid"), &user).await;
        sign_out(&app, &mut agent, &format!("?client_id={}", first.id), false).await;
        assert_eq!(deliver_due(&app.app).await, Ok(1));
        assert_eq!(received(&app).iter().map(|(uri, _)| uri.as_str()).collect::<Vec<_>>(), [RECEIVER]);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_ends_without_its_user_tells_its_clients_too() {
    for_each_engine(async |app: TestApp| {
        let client = told_client(&app, RECEIVER, true).await;
        answer(&app, RECEIVER, 200);
        let (user, other) = (app.user("ada").await, app.user("bob").await);
        let path = format!("/api/users/{user}");
        let mut told = 0;
        let mut one_more = async |ended: &str| {
            assert_eq!(deliver_due(&app.app).await, Ok(1), "{ended}");
            told += 1;
            let (_, token) = received(&app).pop().unwrap();
            assert_eq!((received(&app).len(), claims(&token)["sub"].as_str()), (told, Some(user.as_str())), "{ended}");
        };

        signed_in(&app, &client, &user).await;
        let body = json!({"password": "Another-Harbour-77"});
        app.management_request("PATCH", &format!("{path}/password")).await.json(body).send().await.expect(200);
        one_more("a password that somebody else changed").await;

        let (mut agent, _) = signed_in(&app, &client, &user).await;
        let again = tampered(&app.authorization(&client, "openid"), &[("prompt", "login consent")]);
        agent.authorize_as(&again, &other).await;
        one_more("another user in the same browser").await;

        for is_suspended in [true, false] {
            signed_in(&app, &client, &user).await;
            let body = json!({"isSuspended": is_suspended});
            let suspend = app.management_request("PATCH", &format!("{path}/is-suspended")).await.json(body);
            suspend.send().await.expect(200);
            if is_suspended {
                one_more("a suspended user").await;
                let body = json!({"isSuspended": false});
                let back = app.management_request("PATCH", &format!("{path}/is-suspended")).await.json(body);
                back.send().await.expect(200);
            }
        }
        app.management_request("DELETE", &path).await.send().await.expect(204);
        one_more("a deleted user").await;
    })
    .await;
}

#[tokio::test]
async fn what_is_configured_at_the_delivery_counts() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let client = told_client(&app, RECEIVER, true).await;
        for gone in ["uri", "client"] {
            let (mut agent, _) = signed_in(&app, &client, &user).await;
            sign_out(&app, &mut agent, "", true).await;
            match gone {
                "uri" => set_receiver(&app, &client, None, true).await,
                _ => {
                    let path = format!("/api/applications/{}", client.id);
                    app.management_request("DELETE", &path).await.send().await.expect(204);
                }
            }
            assert_eq!(deliver_due(&app.app).await, Ok(1), "{gone}");
            assert!(received(&app).is_empty(), "{gone}");
            if gone == "uri" {
                set_receiver(&app, &client, Some(RECEIVER), true).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_fails_is_told_again_with_a_fresh_token_until_it_is_given_up() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let client = told_client(&app, RECEIVER, true).await;
        answer(&app, RECEIVER, 503);
        let (mut agent, _) = signed_in(&app, &client, &user).await;
        sign_out(&app, &mut agent, "", true).await;
        for attempt in 1..=MAX_ATTEMPTS {
            assert_eq!(deliver_due(&app.app).await, Ok(1), "{attempt}");
            assert_eq!(deliver_due(&app.app).await, Ok(0), "not at once");
            app.app.clock.advance(Duration::from_secs(9 * 3600));
        }
        assert_eq!(deliver_due(&app.app).await, Ok(0));
        let tokens = received(&app);
        assert_eq!(i64::try_from(tokens.len()).unwrap(), MAX_ATTEMPTS);
        let made: Vec<(i64, Value)> = tokens
            .iter()
            .map(|(_, token)| (claims(token)["iat"].as_i64().unwrap(), claims(token)["jti"].clone()))
            .collect();
        assert!(made.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1), "{made:?}");
    })
    .await;
}

#[tokio::test]
async fn one_slow_client_delays_no_other() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let slow = told_client(&app, "https://slow.example.com/logout", false).await;
        let quick = told_client(&app, RECEIVER, false).await;
        let stalled = FakeResponse::status(StatusCode::OK).after(Duration::from_secs(2));
        app.outbound.respond(Method::POST, "https://slow.example.com/logout", stalled);
        answer(&app, RECEIVER, 200);
        // More than one client may have under way, and all before the others.
        for client in [&slow, &slow, &slow, &slow, &slow, &slow, &quick] {
            let (mut agent, _) = signed_in(&app, client, &user).await;
            sign_out(&app, &mut agent, "", true).await;
        }
        let (began, delivering) = (Instant::now(), app.app.clone());
        let delivering = tokio::spawn(async move { deliver_due(&delivering).await });
        while !received(&app).iter().any(|(uri, _)| uri == RECEIVER) {
            assert!(began.elapsed() < Duration::from_secs(1), "{:?}", received(&app));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let under_way = received(&app).iter().filter(|(uri, _)| uri != RECEIVER).count();
        assert!(under_way <= 4, "{under_way}");
        assert_eq!(delivering.await.unwrap(), Ok(7));
        assert_eq!(received(&app).len(), 7);
    })
    .await;
}

#[tokio::test]
async fn b17_a_logout_token_is_no_other_token() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let client = told_client(&app, RECEIVER, true).await;
        answer(&app, RECEIVER, 200);
        let (mut agent, _) = signed_in(&app, &client, &user).await;
        sign_out(&app, &mut agent, "", true).await;
        deliver_due(&app.app).await.unwrap();
        let (_, token) = received(&app).pop().unwrap();
        app.get("/oidc/me").bearer(&token).send().await.expect(401);
        app.get("/api/users").bearer(&token).send().await.expect(401);
        let hint = [("id_token_hint", token.as_str()), ("prompt", "none")];
        let answer = app.agent().authorize(&tampered(&app.authorization(&client, "openid"), &hint)).await;
        assert!(answer.header("location").contains("error=invalid_request"), "{}", answer.header("location"));
        let hinted = app.get(&format!("/oidc/session/end?id_token_hint={token}")).send().await;
        hinted.expect(400);
    })
    .await;
}

/// The requests leave through the one client that refuses addresses inside the network (its table of addresses:
/// `crates/outbound/src/tests/`), and follow no redirect.
#[tokio::test]
async fn e1_a_client_leads_no_logout_token_elsewhere() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let client = told_client(&app, RECEIVER, true).await;
        let location = http::HeaderValue::from_static("http://169.254.169.254/latest/meta-data");
        let away = FakeResponse::status(StatusCode::TEMPORARY_REDIRECT).header(http::header::LOCATION, location);
        app.outbound.respond(Method::POST, RECEIVER, away);
        let (mut agent, _) = signed_in(&app, &client, &user).await;
        sign_out(&app, &mut agent, "", true).await;
        assert_eq!(deliver_due(&app.app).await, Ok(1));
        assert_eq!(received(&app).len(), 1, "{:?}", received(&app));
        for inside in ["http://user:password@10.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1:25/"] {
            set_receiver(&app, &client, Some(inside), true).await;
            app.app.clock.advance(Duration::from_secs(9 * 3600));
            assert_eq!(deliver_due(&app.app).await, Ok(1));
            assert_eq!(received(&app).len(), 1, "{inside}");
        }
        app.sql("delete from outbox", Vec::new()).await;
    })
    .await;
}

//! Errors of the token endpoint (traces 00-09, 30-01, 30-18, 30-22; attacks B1, B2, B4, B5, E8, G2).

use serde_json::json;
use testkit::oidc::{VERIFIER, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

const TWO: [&str; 2] = ["https://app.example.com/callback", "https://app.example.com/cb2"];

fn description(response: &TestResponse) -> String {
    response.json()["error_description"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn token_request_bodies_are_parsed_as_in_the_trace() {
    for_each_engine(async |app: TestApp| {
        let client = app.spa_client().await;
        let json = app.post("/oidc/token").json(json!({"grant_type": "client_credentials", "client_id": "x"}));
        assert_eq!(description(&json.send().await.expect_error(400, "oidc.invalid_client")), "invalid client x");
        let text = app.post("/oidc/token").header("content-type", "text/plain").raw(b"a=b").send().await;
        let only = "only application/x-www-form-urlencoded content-type bodies are supported on POST /token";
        assert_eq!(description(&text.expect_error(400, "oidc.invalid_request")), only);
        let none = app.post("/oidc/token").send().await.expect_error(400, "oidc.invalid_request");
        assert_eq!(description(&none), "no client authentication mechanism provided");
        let nope = app.post("/oidc/token").form(&[("grant_type", "nope"), ("client_id", &client.id)]).send().await;
        assert_eq!(
            description(&nope.expect_error(400, "oidc.unsupported_grant_type")),
            "unsupported grant_type requested"
        );
        let missing = app.post("/oidc/token").form(&[("client_id", &client.id)]).send().await;
        assert_eq!(
            description(&missing.expect_error(400, "oidc.invalid_request")),
            "missing required parameter 'grant_type'"
        );
        let large = app.post("/oidc/token").form(&[("client_id", &"x".repeat(60_000))]).send().await.expect(404);
        assert_eq!((large.text().as_str(), large.header("content-type")), ("Not Found", "text/plain; charset=utf-8"));
    })
    .await;
}

#[tokio::test]
async fn e8_nul_and_broken_text_are_client_errors() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        for field in [
            "client_id",
            "client_secret",
            "code",
            "refresh_token",
            "scope",
            "resource",
            "organization_id",
            "redirect_uri",
        ] {
            for value in ["a%00b", "%00", "%ff%fe", "%c3%28"] {
                for grant in ["authorization_code", "refresh_token", "client_credentials"] {
                    let mut body = format!("grant_type={grant}&{field}={value}");
                    if field != "client_id" {
                        body.push_str(&format!("&client_id={}", client.id));
                    }
                    let secret = client.secret.as_deref().unwrap();
                    if field != "client_secret" {
                        body.push_str(&format!("&client_secret={secret}"));
                    }
                    let request = app.post("/oidc/token").header("content-type", "application/x-www-form-urlencoded");
                    let status = request.raw(body.as_bytes()).send().await.status.as_u16();
                    assert!((400..500).contains(&status), "{body}: {status}");
                }
            }
        }
        let nul = app
            .post("/oidc/token")
            .form(&[("client_id", "a\0b")])
            .send()
            .await
            .expect_error(400, "oidc.invalid_request");
        assert_eq!(description(&nul), "null bytes are not allowed in the request body");
    })
    .await;
}

#[tokio::test]
async fn g2_malformed_authorization_headers_never_break_the_server() {
    for_each_engine(async |app: TestApp| {
        for header in
            ["", "Basic", "Basic ", "Bearer x", "Basic !!!", "Basic Og==", "Basic é", "Digest a=b", "Basic //8="]
        {
            let request = app.post("/oidc/token").form(&[("grant_type", "client_credentials")]);
            let status = request.header("authorization", header).send().await.status.as_u16();
            assert!(status == 400 || status == 401, "{header:?}: {status}");
            let status = app.get("/oidc/me").header("authorization", header).send().await.status.as_u16();
            assert!(status == 400 || status == 401, "{header:?}: {status}");
        }
    })
    .await;
}

#[tokio::test]
async fn b4_a_code_is_bound_to_client_redirect_uri_verifier_and_time() {
    for_each_engine(async |app: TestApp| {
        let (client, other) =
            (app.client("Traditional", &TWO, json!({})).await, app.client("Traditional", &TWO, json!({})).await);
        let user = app.user("alice").await;
        let code = app.agent().sign_in(&app.authorization(&client, "openid"), &user).await;
        let fields = |changes: &[(&str, &str)]| {
            let base = [
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", TWO[0]),
                ("code_verifier", VERIFIER),
            ];
            tampered(&base.map(|(n, v)| (n.to_owned(), v.to_owned())), changes)
        };
        let send = async |client: &testkit::oidc::TestClient, changes: &[(&str, &str)]| {
            let fields = fields(changes);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            app.token_request(client, &fields).send().await
        };
        let wrong = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        for changes in [
            vec![("code", "none")],
            vec![("redirect_uri", TWO[1])],
            vec![("code_verifier", wrong)],
            vec![("code_verifier", "-")],
            vec![("code_verifier", "short")],
        ] {
            let answer = send(&client, &changes).await.expect_error(400, "oidc.invalid_grant");
            assert_eq!(description(&answer), "grant request is invalid");
            assert_eq!(answer.json()["error_uri"], "https://openid.sh/debug/invalid_grant");
        }
        send(&other, &[]).await.expect_error(400, "oidc.invalid_grant");
        let missing = send(&client, &[("redirect_uri", "-")]).await.expect_error(400, "oidc.invalid_request");
        assert_eq!(description(&missing), "missing required parameter 'redirect_uri'");
        // None of these used the code up.
        send(&client, &[]).await.expect(200);
        let late = app.agent().sign_in(&app.authorization(&client, "openid"), &user).await;
        app.app.clock.advance(std::time::Duration::from_secs(60));
        app.exchange(&client, &late).send().await.expect_error(400, "oidc.invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn b1_b2_pkce_cannot_be_omitted_or_stripped() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let plain = [("code_challenge", "-"), ("code_challenge_method", "-")];
        let request = tampered(&app.authorization(&client, "openid"), &plain);
        let code = app.agent().sign_in(&request, &user).await;
        app.exchange(&client, &code).send().await.expect_error(400, "oidc.invalid_grant");
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", client.redirect_uri.as_str()),
        ];
        app.token_request(&client, &fields).send().await.expect(200);
        let spa = app.spa_client().await;
        for changes in [
            vec![("code_challenge_method", "plain")],
            vec![("code_challenge_method", "-")],
            vec![("code_challenge", "-"), ("code_challenge_method", "-")],
        ] {
            let answer = app.agent().authorize(&tampered(&app.authorization(&spa, "openid"), &changes)).await;
            assert!(answer.header("location").contains("error=invalid_request"), "{changes:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn b5_a_replayed_code_revokes_the_grant() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let code = app.agent().sign_in(&app.authorization(&client, "openid offline_access"), &user).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        let access = tokens["access_token"].as_str().unwrap();
        app.get("/oidc/me").bearer(access).send().await.expect(200);
        app.exchange(&client, &code).send().await.expect_error(400, "oidc.invalid_grant");
        app.get("/oidc/me").bearer(access).send().await.expect_error(401, "oidc.invalid_token");
        let refresh = app.refresh(&client, tokens["refresh_token"].as_str().unwrap(), &[]);
        refresh.send().await.expect_error(400, "oidc.invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn b5_of_fifty_parallel_exchanges_exactly_one_succeeds() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let code = app.agent().sign_in(&app.authorization(&client, "openid offline_access"), &user).await;
        let calls: Vec<_> = (0..50).map(|_| tokio::spawn(app.exchange(&client, &code).send())).collect();
        let mut good = 0;
        for call in calls {
            let answer = call.await.unwrap();
            match answer.status.as_u16() {
                200 => good += 1,
                400 => assert_eq!(answer.json()["error"], "invalid_grant"),
                other => panic!("{other}: {}", answer.text()),
            }
        }
        assert_eq!(good, 1);
    })
    .await;
}

#[tokio::test]
async fn clients_must_authenticate() {
    for_each_engine(async |app: TestApp| {
        let (client, spa) = (app.web_client().await, app.spa_client().await);
        let machine = app.client("MachineToMachine", &[], json!({})).await;
        let secret = client.secret.clone().unwrap();
        let post = |fields: &[(&str, &str)]| {
            let mut form = vec![("grant_type", "authorization_code"), ("code", "x")];
            form.extend_from_slice(fields);
            app.post("/oidc/token").form(&form)
        };
        let authentication = "client authentication failed";
        let none = post(&[("client_id", &client.id)]).send().await.expect_error(401, "oidc.invalid_client");
        assert_eq!((description(&none).as_str(), none.header("www-authenticate")), (authentication, ""));
        let wrong = post(&[("client_id", &client.id), ("client_secret", "wrong")]).send().await;
        assert_eq!(description(&wrong.expect_error(401, "oidc.invalid_client")), authentication);
        let public = post(&[("client_id", &spa.id), ("client_secret", "x")]).send().await;
        public.expect_error(401, "oidc.invalid_client");
        let both = post(&[("client_id", &client.id), ("client_secret", &secret)]).header("authorization", "Basic eDp5");
        let both = both.send().await.expect_error(400, "oidc.invalid_request");
        assert_eq!(description(&both), "client authentication must only be provided using one mechanism");
        let unknown =
            app.post("/oidc/token").form(&[("grant_type", "x")]).header("authorization", "Basic bm9ib2R5Ong=");
        assert_eq!(
            description(&unknown.send().await.expect_error(400, "oidc.invalid_client")),
            "invalid client nobody"
        );
        let refused =
            app.token_request(&machine, &[("grant_type", "refresh_token"), ("refresh_token", "x")]).send().await;
        assert_eq!(
            description(&refused.expect_error(400, "oidc.invalid_request")),
            "requested grant type is not allowed for this client"
        );
        let refused = app.token_request(&client, &[("grant_type", "client_credentials")]).send().await;
        refused.expect_error(400, "oidc.invalid_request");
        let empty = app.token_request(&client, &[("grant_type", "authorization_code")]).send().await;
        // One registered URI stands in for a missing one, so only the code is missing.
        assert_eq!(description(&empty.expect_error(400, "oidc.invalid_request")), "missing required parameter 'code'");
    })
    .await;
}

#[tokio::test]
async fn every_named_secret_authenticates_until_it_expires() {
    for_each_engine(async |app: TestApp| {
        super::fixtures::tenant(&app).await;
        let mut client = app.client("MachineToMachine", &[], json!({})).await;
        let soon = app.app.clock.now().plus_seconds(60).0;
        app.secret(&client.id, "second", "second-secret", Some(soon)).await;
        let fields = [("grant_type", "client_credentials"), ("resource", super::fixtures::ITEMS)];
        app.token_request(&client, &fields).send().await.expect(200);
        client.secret = Some("second-secret".into());
        app.token_request(&client, &fields).send().await.expect(200);
        app.app.clock.advance(std::time::Duration::from_secs(61));
        let expired = app.token_request(&client, &fields).send().await.expect_error(400, "oidc.invalid_request");
        assert_eq!(description(&expired), "client secret has expired");
        let gone = "delete from application_secrets where name = 'second' and application_id = $1";
        app.sql(gone, vec![client.id.as_str().into()]).await;
        app.token_request(&client, &fields).send().await.expect_error(401, "oidc.invalid_client");
    })
    .await;
}

#[tokio::test]
async fn parse_error_false_returns_the_bare_oauth_members() {
    for_each_engine(async |app: TestApp| {
        let answer = app.post("/oidc/token?parse_error=false").form(&[("client_id", "x")]).send().await.expect(400);
        assert_eq!(answer.json(), json!({"error": "invalid_client", "error_description": "invalid client x"}));
        let chinese =
            app.post("/oidc/token").header("accept-language", "zh-CN").form(&[("client_id", "x")]).send().await;
        let english = app.post("/oidc/token").form(&[("client_id", "x")]).send().await;
        assert_ne!(chinese.json()["message"], english.json()["message"]);
    })
    .await;
}

#[tokio::test]
async fn b3_b13_b19_unsupported_grants_and_assertions_are_refused() {
    for_each_engine(async |app: TestApp| {
        let device = app.client("Native", &[], json!({"isDeviceFlow": true, "allowTokenExchange": true})).await;
        for grant in ["password", "urn:ietf:params:oauth:grant-type:jwt-bearer"] {
            let fields = [("grant_type", grant), ("username", "x"), ("password", "x"), ("assertion", "x")];
            app.token_request(&device, &fields).send().await.expect_error(400, "oidc.unsupported_grant_type");
        }
        let client = app.web_client().await;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client.id.as_str()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", "eyJhbGciOiJub25lIn0.e30."),
        ];
        app.post("/oidc/token").form(&form).send().await.expect_error(401, "oidc.invalid_client");
    })
    .await;
}

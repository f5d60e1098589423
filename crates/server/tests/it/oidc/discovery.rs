//! Discovery tells the truth: every entry of the document is used, or is one of [`REFUSED`].

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use testkit::oidc::{CHALLENGE, TestClient, VERIFIER, claims, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::rfc7523;
use super::rfc8693::{IMPERSONATION, exchange, exchanger, subject_token};

/// What the document names because the contract's does, though no client of the contract can use it: registered clients have the
/// response type `code` alone. Each is refused, as the test below shows.
const REFUSED: [(&str, &[&str]); 2] =
    [("grant_types_supported", &["implicit"]), ("response_types_supported", &["code id_token", "id_token", "none"])];

/// Members that say what kind of values there are; the flows below show them.
const SHOWN_BY_FLOWS: [&str; 8] = [
    "issuer",
    "claims_supported",
    "claim_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "authorization_response_iss_parameter_supported",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
];

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

struct Document(Map<String, Value>);

impl Document {
    async fn of(app: &TestApp) -> Self {
        let document = app.get("/oidc/.well-known/openid-configuration").send().await.expect(200).json();
        Self(document.as_object().unwrap().clone())
    }

    /// The path of an endpoint.
    fn path(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap().strip_prefix("http://localhost:3001").unwrap()
    }

    /// The values of a member that must work.
    fn working(&self, name: &str) -> BTreeSet<&str> {
        let refused = REFUSED.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, values)| values);
        let values = self.0[name].as_array().unwrap().iter().map(|value| value.as_str().unwrap());
        values.filter(|value| !refused.contains(value)).collect()
    }
}

/// Asks the authorization endpoint as a person who has signed in before.
async fn authorized(app: &TestApp, client: &TestClient, user: &str, changes: &[(&str, &str)]) -> TestResponse {
    let mut agent = app.agent();
    agent.sign_in(&app.authorization(client, "openid"), user).await;
    agent.authorize(&tampered(&app.authorization(client, "openid"), changes)).await
}

#[tokio::test]
async fn every_member_of_the_document_is_looked_at() {
    for_each_engine(async |app: TestApp| {
        let document = Document::of(&app).await;
        let used = [
            "authorization_endpoint",
            "device_authorization_endpoint",
            "end_session_endpoint",
            "introspection_endpoint",
            "jwks_uri",
            "pushed_authorization_request_endpoint",
            "revocation_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "userinfo_signing_alg_values_supported",
            "claims_parameter_supported",
            "code_challenge_methods_supported",
            "dpop_signing_alg_values_supported",
            "grant_types_supported",
            "request_object_signing_alg_values_supported",
            "request_parameter_supported",
            "request_uri_parameter_supported",
            "response_modes_supported",
            "response_types_supported",
            "scopes_supported",
            "token_endpoint_auth_methods_supported",
            "token_endpoint_auth_signing_alg_values_supported",
        ];
        let known: BTreeSet<&str> = used.into_iter().chain(SHOWN_BY_FLOWS).collect();
        let named: BTreeSet<&str> = document.0.keys().map(String::as_str).collect();
        assert_eq!(named, known, "a new entry needs a flow in this file");
        for name in used.into_iter().filter(|name| name.ends_with("_endpoint") || *name == "jwks_uri") {
            let path = document.path(name);
            let found = futures_util::future::join_all(["GET", "POST"].map(|method| app.request(method, path).send()));
            assert!(found.await.iter().any(|answer| answer.status != 404), "{name} answers");
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_is_asked_for_exchanged_shown_and_revoked_at_the_named_endpoints() {
    for_each_engine(async |app: TestApp| {
        let document = Document::of(&app).await;
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let scopes = document.working("scopes_supported");
        let scope = scopes.iter().copied().collect::<Vec<_>>().join(" ");
        assert_eq!(document.path("authorization_endpoint"), "/oidc/auth");
        assert_eq!(document.working("code_challenge_methods_supported"), BTreeSet::from(["S256"]));
        let mut agent = app.agent();
        let url = agent.authorize_as(&app.authorization(&client, &scope), &user).await;
        let query = |name: &str| url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
        assert_eq!(json!(query("iss")), document.0["issuer"]);
        let (code, token_endpoint) = (query("code"), document.path("token_endpoint"));
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        let tokens = app.token_request_at(token_endpoint, &client, &fields).send().await.expect(200).json();
        let granted: BTreeSet<&str> = tokens["scope"].as_str().unwrap().split(' ').collect();
        assert_eq!(granted, scopes);
        let (access, id_token) = (tokens["access_token"].as_str().unwrap(), tokens["id_token"].as_str().unwrap());

        let header = jose::decode_unverified(id_token).unwrap().header;
        let keys = app.get(document.path("jwks_uri")).send().await.expect(200).json();
        let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == json!(header.kid)).unwrap();
        assert!(document.working("id_token_signing_alg_values_supported").contains(key["alg"].as_str().unwrap()));
        let me = app.get(document.path("userinfo_endpoint")).bearer(access).send().await.expect(200).json();
        let named = document.working("claims_supported");
        let protocol = ["aud", "exp", "iat", "at_hash", "nonce"];
        let id_claims = claims(id_token);
        for claim in me.as_object().unwrap().keys().chain(id_claims.keys()) {
            assert!(named.contains(claim.as_str()) || protocol.contains(&claim.as_str()), "{claim}");
        }
        assert_eq!((&me["sub"], &id_claims["iss"]), (&json!(user), &document.0["issuer"]), "public subjects");

        let ask = |endpoint: &str| app.token_request_at(document.path(endpoint), &client, &[("token", access)]);
        assert_eq!(ask("introspection_endpoint").send().await.expect(200).json()["active"], true);
        ask("revocation_endpoint").send().await.expect(200);
        assert_eq!(ask("introspection_endpoint").send().await.expect(200).json()["active"], false);
        let page = agent.get(document.path("end_session_endpoint")).await.expect(200);
        assert!(page.text().contains("name=\"xsrf\""));
    })
    .await;
}

#[tokio::test]
async fn every_grant_is_granted() {
    for_each_engine(async |app: TestApp| {
        let document = Document::of(&app).await;
        let user = app.user("ada").await;
        let (web, token) = (app.web_client().await, document.path("token_endpoint"));
        for grant in document.working("grant_types_supported") {
            let answer = match grant {
                "authorization_code" => {
                    let code = app.agent().sign_in(&app.authorization(&web, "openid"), &user).await;
                    app.exchange(&web, &code).send().await
                }
                "refresh_token" => {
                    let tokens = app.code_flow(&web, &user, "openid offline_access").await;
                    app.refresh(&web, tokens["refresh_token"].as_str().unwrap(), &[]).send().await
                }
                "client_credentials" => {
                    super::fixtures::tenant(&app).await;
                    let machine = app.client("MachineToMachine", &[], json!({})).await;
                    let fields = [("grant_type", grant), ("resource", super::fixtures::ITEMS)];
                    app.token_request_at(token, &machine, &fields).send().await
                }
                "urn:ietf:params:oauth:grant-type:token-exchange" => {
                    let client = exchanger(&app).await;
                    let subject = subject_token(&app, &user).await;
                    exchange(&app, &client, IMPERSONATION, &subject, &[]).send().await
                }
                DEVICE => {
                    let client = app.client("Native", &[], json!({"isDeviceFlow": true})).await;
                    let path = document.path("device_authorization_endpoint");
                    let begun = app.token_request_at(path, &client, &[("scope", "openid")]).send().await.expect(200);
                    let begun = begun.json();
                    let mut agent = app.agent();
                    agent.get("/oidc/device").await.expect(302);
                    let xsrf = agent.cookie("_device_flow").to_owned();
                    let form = [
                        ("xsrf", xsrf.as_str()),
                        ("user_code", begun["user_code"].as_str().unwrap()),
                        ("confirm", "yes"),
                    ];
                    agent.send(app.post("/oidc/device").form(&form)).await.expect(303);
                    let mut to = agent.complete_login(&user).await;
                    while !to.ends_with("/device/success") {
                        to = agent.get(&to).await.header("location").to_owned();
                    }
                    let code = begun["device_code"].as_str().unwrap();
                    app.token_request_at(token, &client, &[("grant_type", grant), ("device_code", code)]).send().await
                }
                _ => panic!("{grant}: a new grant needs a flow here"),
            };
            assert!(answer.status == 200 && answer.json()["access_token"].is_string(), "{grant}: {}", answer.text());
        }
    })
    .await;
}

#[tokio::test]
async fn every_response_mode_type_and_pushed_request_is_answered() {
    for_each_engine(async |app: TestApp| {
        let document = Document::of(&app).await;
        let (client, user) = (app.web_client().await, app.user("ada").await);
        for mode in document.working("response_modes_supported") {
            let answer = authorized(&app, &client, &user, &[("response_mode", mode), ("prompt", "-")]).await;
            let to = answer.header("location").to_owned();
            match mode {
                "query" => assert!(to.contains("callback?code="), "{to}"),
                "fragment" => assert!(to.contains("callback#code="), "{to}"),
                "form_post" => assert!(answer.status == 200 && answer.text().contains("name=\"code\""), "{mode}"),
                _ => panic!("{mode}: a new mode needs a flow here"),
            }
        }
        for kind in document.working("response_types_supported") {
            let answer = authorized(&app, &client, &user, &[("response_type", kind), ("prompt", "-")]).await;
            assert!(answer.header("location").contains("code="), "{kind}");
        }
        let fields = [
            ("redirect_uri", client.redirect_uri.as_str()),
            ("response_type", "code"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let path = document.path("pushed_authorization_request_endpoint");
        let pushed = app.token_request_at(path, &client, &fields).send().await.expect(201).json();
        let opened = [("client_id", client.id.as_str()), ("request_uri", pushed["request_uri"].as_str().unwrap())];
        let opened = opened.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert!(app.agent().authorize(&opened).await.header("location").starts_with("/sign-in"));
        // What is said not to be supported is not.
        assert_eq!(
            (&document.0["request_uri_parameter_supported"], &document.0["claims_parameter_supported"]),
            (&json!(false), &json!(false))
        );
        let by_reference = [("request_uri", "https://app.example.com/request.jwt")];
        let refused = app.agent().authorize(&tampered(&app.authorization(&client, "openid"), &by_reference)).await;
        assert!(refused.header("location").contains("error=invalid_request_uri"), "{}", refused.header("location"));
    })
    .await;
}

/// Asks with an assertion of this algorithm.
async fn asserted(app: &TestApp, path: &str, algorithm: &str) -> TestResponse {
    let assertion = if algorithm == "HS256" {
        let client = app.client("Traditional", &[], json!({"tokenEndpointAuthMethod": "client_secret_jwt"})).await;
        let secret = client.secret.clone().unwrap();
        rfc7523::hs256("HS256", secret.as_bytes(), &rfc7523::assertion_claims(app, &client))
    } else {
        // RFC 9864 names the algorithm with its curve; signatures are the same.
        let key = rfc7523::key(if algorithm == "Ed25519" { "EdDSA" } else { algorithm }.parse().unwrap());
        let client = rfc7523::signing_client(app, "Traditional", &key).await;
        let signed = |claims: &Value| key.sign(None, claims).unwrap();
        signed(&rfc7523::assertion_claims(app, &client))
    };
    rfc7523::asserted_at(app, path, &assertion, &[("token", "x")]).send().await
}

#[tokio::test]
async fn clients_prove_themselves_in_every_named_way() {
    for_each_engine(async |app: TestApp| {
        let document = Document::of(&app).await;
        let (web, spa) = (app.web_client().await, app.spa_client().await);
        let path = document.path("introspection_endpoint");
        for method in document.working("token_endpoint_auth_methods_supported") {
            let answer = match method {
                "client_secret_post" => app.token_request_at(path, &web, &[("token", "x")]).send().await,
                "none" => app.token_request_at(path, &spa, &[("token", "x")]).send().await,
                "client_secret_basic" => {
                    use base64::Engine as _;
                    let pair = format!("{}:{}", web.id, web.secret.as_deref().unwrap());
                    let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
                    app.post(path).header("authorization", &basic).form(&[("token", "x")]).send().await
                }
                "client_secret_jwt" | "private_key_jwt" => {
                    for algorithm in document.working("token_endpoint_auth_signing_alg_values_supported") {
                        if (algorithm == "HS256") == (method == "client_secret_jwt") {
                            asserted(&app, path, algorithm).await.expect(200);
                        }
                    }
                    continue;
                }
                _ => panic!("{method}: a new method needs a flow here"),
            };
            assert_eq!(answer.status, 200, "{method}: {}", answer.text());
        }
    })
    .await;
}

#[tokio::test]
async fn proofs_of_every_named_algorithm_bind_tokens() {
    for_each_engine(async |app: TestApp| {
        let (document, user) = (Document::of(&app).await, app.user("ada").await);
        let client = exchanger(&app).await;
        for algorithm in document.working("dpop_signing_alg_values_supported") {
            let key = rfc7523::key(algorithm.parse().unwrap());
            let subject = subject_token(&app, &user).await;
            let proof = json!({
                "jti": algorithm,
                "htm": "POST",
                "htu": document.0["token_endpoint"],
                "iat": app.app.clock.now().seconds(),
            });
            let proof = key.prove("dpop+jwt", proof.as_object().unwrap()).unwrap();
            let request = exchange(&app, &client, IMPERSONATION, &subject, &[]).header("dpop", &proof);
            assert_eq!(request.send().await.expect(200).json()["token_type"], "DPoP", "{algorithm}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_the_contracts_document_names_and_nobody_can_use_is_refused_cleanly() {
    for_each_engine(async |app: TestApp| {
        let (web, user) = (app.web_client().await, app.user("ada").await);
        let named = |member: &str| REFUSED.iter().find(|(known, _)| *known == member).unwrap().1;
        for kind in named("response_types_supported") {
            let changes = [("response_type", *kind), ("nonce", "n"), ("prompt", "-")];
            let answer = authorized(&app, &web, &user, &changes).await;
            assert!(answer.header("location").contains("error="), "{kind}: {}", answer.header("location"));
        }
        for grant in named("grant_types_supported") {
            app.token_request(&web, &[("grant_type", grant)]).send().await.expect(400);
        }
    })
    .await;
}

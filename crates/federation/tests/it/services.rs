//! The named services and the generic OAuth 2.0 connector, shaped by their public documentation.

use federation::FederationError;
use http::{Method, StatusCode};
use kernel::Timestamp;
use outbound::FakeResponse;
use serde_json::{Value, json};

use crate::world::{NOW, World, provider};

fn github() -> federation::Provider {
    provider("github-universal", json!({"clientId": "me", "clientSecret": "hush"}))
}

fn github_answers(world: &World, emails: &Value) {
    let form = FakeResponse::status(StatusCode::OK).body("access_token=at&scope=read%3Auser&token_type=bearer");
    world.server.respond(Method::POST, "https://github.com/login/oauth/access_token", form);
    let user = json!({"id": 583_231, "login": "ada", "name": "Ada", "email": "public@example.com", "avatar_url": "https://a.example/1"});
    world.answer(Method::GET, "https://api.github.com/user", &user);
    world.answer(Method::GET, "https://api.github.com/user/emails", emails);
}

#[tokio::test]
async fn github_gives_the_primary_verified_address_and_its_number_as_id() {
    let world = World::new();
    github_answers(
        &world,
        &json!([
            {"email": "old@example.com", "primary": false, "verified": true},
            {"email": "ada@example.com", "primary": true, "verified": true},
        ]),
    );
    let account = world.sign_in(&github(), |_| json!({"code": "c", "state": "st"})).await.unwrap();
    assert_eq!(account.user.id, "583231");
    assert_eq!(account.user.email.as_deref(), Some("ada@example.com"));
    assert_eq!(account.user.avatar.as_deref(), Some("https://a.example/1"));
    assert_eq!(account.user.raw_data["userInfo"]["login"], "ada");
    let asked = &world.server.received()[1];
    assert_eq!(asked.headers["authorization"], "Bearer at");
    assert!(asked.headers["user-agent"].to_str().unwrap().starts_with("Loggia/"));
}

#[tokio::test]
async fn d1_github_addresses_that_are_not_verified_are_left_out() {
    let world = World::new();
    github_answers(&world, &json!([{"email": "ada@example.com", "primary": true, "verified": false}]));
    let account = world.sign_in(&github(), |_| json!({"code": "c"})).await.unwrap();
    assert_eq!(account.user.email, None);
}

#[tokio::test]
async fn google_asks_for_what_the_settings_say_and_both_its_issuers_are_good() {
    let config = json!({"clientId": "me", "clientSecret": "hush", "prompts": ["consent", "select_account"], "offlineAccess": true});
    for issuer in ["https://accounts.google.com", "accounts.google.com"] {
        let world = World::new();
        world.publish_keys("https://www.googleapis.com/oauth2/v3/certs");
        let account = world
            .sign_in(&provider("google-universal", config.clone()), |sent| {
                assert_eq!(sent["prompt"], "consent select_account");
                assert_eq!(sent["access_type"], "offline");
                assert_eq!(sent["scope"], "openid profile email");
                let id_token = world.sign(&json!({
                    "iss": issuer, "aud": "me", "azp": "me", "sub": "110", "iat": NOW, "exp": NOW + 3600,
                    "nonce": sent["nonce"], "email": "ada@example.com", "email_verified": true,
                }));
                let tokens =
                    json!({"access_token": "at", "refresh_token": "rt", "id_token": id_token, "expires_in": 3599});
                world.answer(Method::POST, "https://oauth2.googleapis.com/token", &tokens);
                json!({"code": "c"})
            })
            .await
            .unwrap();
        assert_eq!(account.user.email.as_deref(), Some("ada@example.com"));
        assert_eq!(account.tokens.unwrap().refresh_token.as_deref(), Some("rt"));
    }
}

#[tokio::test]
async fn one_tap_takes_what_google_signed_without_nonce_where_it_is_switched_on() {
    let world = World::new();
    world.publish_keys("https://www.googleapis.com/oauth2/v3/certs");
    let google = |one_tap: Value| {
        provider("google-universal", json!({"clientId": "me", "clientSecret": "hush", "oneTap": one_tap}))
    };
    let claims = json!({
        "iss": "https://accounts.google.com", "aud": "me", "sub": "110", "iat": NOW, "exp": NOW + 3600,
        "email": "ada@example.com", "email_verified": true,
    });
    let credential = world.sign(&claims);
    let on = google(json!({"isEnabled": true}));
    let proof = world.federation().verify_one_tap(&on, &credential).await.unwrap();
    assert_eq!((proof.account.user.id.as_str(), proof.account.tokens), ("110", None));
    assert_eq!(proof.until, Timestamp((NOW + 3660) * 1000), "clocks may differ by a minute");
    assert!(credential.starts_with(&proof.signed) && !proof.signed.contains(&credential));
    let with_nonce = claims.as_object().cloned().map(|mut claims| {
        claims.insert("nonce".to_owned(), json!("n"));
        world.sign(&Value::Object(claims))
    });
    let off = google(json!({"isEnabled": false}));
    for (provider, credential) in [(&on, with_nonce.unwrap()), (&off, credential)] {
        let refused = world.federation().verify_one_tap(provider, &credential).await;
        assert!(matches!(refused, Err(FederationError::InvalidIdToken(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn apple_brings_the_id_token_and_once_the_name_in_the_form() {
    let world = World::new();
    world.publish_keys("https://appleid.apple.com/auth/keys");
    let account = world
        .sign_in(&provider("apple-universal", json!({"clientId": "me"})), |sent| {
            assert_eq!(sent["response_mode"], "form_post");
            assert_eq!(sent["response_type"], "code id_token");
            let id_token = world.sign(&json!({
                "iss": "https://appleid.apple.com", "aud": "me", "sub": "001.a", "iat": NOW, "exp": NOW + 600,
                "nonce": sent["nonce"], "email": "ada@privaterelay.appleid.com", "email_verified": "true",
            }));
            let user = json!({"name": {"firstName": "Ada", "lastName": "Harbour"}, "email": "forged@example.com"});
            json!({"code": "c", "id_token": id_token, "user": user.to_string()})
        })
        .await
        .unwrap();
    assert_eq!(account.user.name.as_deref(), Some("Ada Harbour"));
    assert_eq!(account.user.email.as_deref(), Some("ada@privaterelay.appleid.com"));
    assert_eq!(account.tokens, None);
}

#[tokio::test]
async fn d1_an_address_of_microsoft_counts_as_proven_only_in_a_tenant_of_ones_own() {
    for (tenant, verified) in [
        ("8a2f3b6e-0000-4000-8000-000000000001", true),
        ("contoso.com", true),
        ("common", false),
        ("organizations", false),
        ("Common", false),
        ("9188040D-6c67-4c5b-b112-36a304b66dad", false),
        ("consumers", false),
    ] {
        let world = World::new();
        let token = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
        world.answer(Method::POST, &token, &json!({"access_token": "at"}));
        let user = json!({"id": "u1", "displayName": "Ada", "mail": "ada@example.com"});
        world.answer(Method::GET, "https://graph.microsoft.com/v1.0/me", &user);
        let config = json!({
            "clientId": "me", "clientSecret": "hush", "cloudInstance": "https://login.microsoftonline.com", "tenantId": tenant,
        });
        let account = world.sign_in(&provider("azuread-universal", config), |_| json!({"code": "c"})).await.unwrap();
        assert_eq!(account.user.name.as_deref(), Some("Ada"));
        assert_eq!(account.email_is_verified, verified, "{tenant}");
    }
}

fn oauth2(change: impl FnOnce(&mut Value)) -> federation::Provider {
    let mut config = json!({
        "authorizationEndpoint": "https://idp.example/auth?tenant=1", "tokenEndpoint": "https://idp.example/token",
        "userInfoEndpoint": "https://idp.example/me", "clientId": "me", "clientSecret": "h:u&sh",
        "tokenEndpointAuthMethod": "client_secret_post", "clientSecretJwtSigningAlgorithm": "HS256", "scope": "read\n write",
    });
    change(&mut config);
    provider("oauth2", config)
}

#[tokio::test]
async fn oauth2_reads_the_profile_as_the_settings_map_it() {
    let world = World::new();
    world.answer(Method::POST, "https://idp.example/token", &json!({"access_token": "at"}));
    let me = json!({"data": {"uid": 7, "mails": {"main": "ada@example.com"}}, "email_verified": true, "name": "Ada"});
    world.answer(Method::GET, "https://idp.example/me", &me);
    let provider = oauth2(|config| {
        config["profileMap"] = json!({"id": "data.uid", "email": "data.mails.main"});
        config["customConfig"] = json!({"audience": "all", "level": 3});
    });
    let account = world
        .sign_in(&provider, |sent| {
            assert_eq!((&sent["audience"], &sent["level"], &sent["tenant"]), (&json!("all"), &json!("3"), &json!("1")));
            assert_eq!(sent["scope"], "read write");
            json!({"code": "c"})
        })
        .await
        .unwrap();
    assert_eq!((account.user.id.as_str(), account.user.email.as_deref()), ("7", Some("ada@example.com")));
    assert!(account.email_is_verified);
}

#[tokio::test]
async fn d1_an_address_that_oauth2_does_not_call_verified_is_not_proven() {
    for verified in [None, Some(json!(false)), Some(json!("true"))] {
        let world = World::new();
        world.answer(Method::POST, "https://idp.example/token", &json!({"access_token": "at"}));
        world.answer(
            Method::GET,
            "https://idp.example/me",
            &json!({"id": "7", "email": "ada@example.com", "email_verified": verified}),
        );
        let account = world.sign_in(&oauth2(|_| ()), |_| json!({"code": "c"})).await.unwrap();
        assert!(!account.email_is_verified);
    }
}

#[tokio::test]
async fn the_client_authenticates_as_the_settings_say() {
    use base64::Engine as _;
    for method in ["client_secret_post", "client_secret_basic", "client_secret_jwt"] {
        let world = World::new();
        world.answer(Method::POST, "https://idp.example/token", &json!({"access_token": "at"}));
        world.answer(Method::GET, "https://idp.example/me", &json!({"id": "7"}));
        let provider = oauth2(|config| config["tokenEndpointAuthMethod"] = json!(method));
        world.sign_in(&provider, |_| json!({"code": "c"})).await.unwrap();
        let exchange = &world.server.received()[0];
        let form: std::collections::HashMap<String, String> =
            url::form_urlencoded::parse(&exchange.body).into_owned().collect();
        match method {
            "client_secret_post" => assert_eq!(form["client_secret"], "h:u&sh"),
            "client_secret_basic" => {
                assert!(!form.contains_key("client_secret"));
                let pair = base64::engine::general_purpose::STANDARD.encode("me:h%3Au%26sh");
                assert_eq!(exchange.headers["authorization"], format!("Basic {pair}"));
            }
            _ => {
                assert!(!form.contains_key("client_secret"));
                let (signed, signature) = form["client_assertion"].rsplit_once('.').unwrap();
                let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"h:u&sh");
                let decode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap();
                aws_lc_rs::hmac::verify(&key, signed.as_bytes(), &decode(signature)).unwrap();
                let claims: Value = serde_json::from_slice(&decode(signed.split_once('.').unwrap().1)).unwrap();
                assert_eq!((&claims["iss"], &claims["sub"]), (&json!("me"), &json!("me")));
                assert_eq!((&claims["aud"], &claims["exp"]), (&json!("https://idp.example/token"), &json!(NOW + 60)));
            }
        }
    }
}

#[tokio::test]
async fn an_access_token_that_the_provider_refuses_is_named() {
    let world = World::new();
    world.answer(Method::POST, "https://idp.example/token", &json!({"access_token": "at"}));
    world.answer_with(Method::GET, "https://idp.example/me", StatusCode::UNAUTHORIZED, &json!({}));
    let result = world.sign_in(&oauth2(|_| ()), |_| json!({"code": "c"})).await;
    assert_eq!(result.unwrap_err(), FederationError::InvalidAccessToken);
}

#[tokio::test]
async fn d4_an_oauth2_account_without_id_is_none() {
    for id in [Value::Null, json!(""), json!(0), json!(1.5), json!([1])] {
        let world = World::new();
        world.answer(Method::POST, "https://idp.example/token", &json!({"access_token": "at"}));
        world.answer(Method::GET, "https://idp.example/me", &json!({"id": id}));
        let result = world.sign_in(&oauth2(|_| ()), |_| json!({"code": "c"})).await;
        assert!(matches!(result, Err(FederationError::InvalidResponse { .. })), "{id}: {result:?}");
    }
}

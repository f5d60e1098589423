//! Providers of enterprises: what their issuer tells, and whose addresses count.

use federation::{Account, EnterpriseConfig, EnterpriseProvider, Federation, FederationError, Provider};
use http::Method;
use kernel::Rng;
use outbound::Outbound;
use serde_json::{Map, Value, json};

use crate::world::{NOW, World, claims};

const ISSUER: &str = "https://idp.example";
const TOKEN: &str = "https://idp.example/token";
const USER_INFO: &str = "https://idp.example/me";

fn settings(change: Value) -> Map<String, Value> {
    let mut settings = json!({"clientId": "me", "clientSecret": "hush", "issuer": ISSUER});
    settings.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    settings.as_object().unwrap().clone()
}

fn metadata() -> Value {
    json!({
        "issuer": ISSUER, "authorization_endpoint": "https://idp.example/auth", "token_endpoint": TOKEN,
        "userinfo_endpoint": USER_INFO, "jwks_uri": "https://idp.example/jwks",
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    })
}

async fn discover(world: &World, config: &EnterpriseConfig) -> Result<Provider, FederationError> {
    let outbound = Outbound::with_fake(world.server.clone());
    let federation = Federation::new(outbound, world.clock.clone(), Rng::seeded(8));
    federation.discover(&config.issuer).await.map(|metadata| config.provider(&metadata))
}

/// A sign-in whose ID token `change` has changed.
async fn sign_in(
    config: &EnterpriseConfig,
    change: impl FnOnce(&mut Map<String, Value>),
) -> Result<Account, FederationError> {
    let world = World::new();
    world.publish_keys("https://idp.example/jwks");
    world.answer(Method::GET, "https://idp.example/.well-known/openid-configuration", &metadata());
    let further =
        json!({"sub": "u1", "email": "ada@corp.example", "email_verified": true, "name": "Ada Harbour", "hd": "x"});
    world.answer(Method::GET, USER_INFO, &further);
    let provider = discover(&world, config).await?;
    world
        .sign_in(&provider, |sent| {
            assert_eq!(sent["scope"], "openid profile email groups");
            let mut claims = claims(sent);
            change(claims.as_object_mut().unwrap());
            let id_token = world.sign(&claims);
            world.answer(Method::POST, TOKEN, &json!({"access_token": "at", "id_token": id_token}));
            json!({"code": "c", "state": "st", "iss": ISSUER})
        })
        .await
}

fn oidc(change: Value) -> EnterpriseConfig {
    let mut settings = settings(json!({"scope": "groups email"}));
    settings.extend(change.as_object().unwrap().clone());
    EnterpriseConfig::read(EnterpriseProvider::Oidc, &settings).unwrap()
}

#[tokio::test]
async fn an_issuer_tells_where_to_sign_in() {
    let account = sign_in(&oidc(json!({})), |_| ()).await.unwrap();
    assert_eq!((account.user.id.as_str(), account.user.email.as_deref()), ("u1", Some("ada@example.com")));
    assert!(account.email_is_verified);
}

#[tokio::test]
async fn what_an_id_token_lacks_comes_from_the_user_information_of_the_same_person() {
    let thin = |claims: &mut Map<String, Value>| {
        claims.retain(|name, _| !matches!(name.as_str(), "email" | "email_verified" | "name"));
    };
    let account = sign_in(&oidc(json!({})), thin).await.unwrap();
    assert_eq!(account.user.email.as_deref(), Some("ada@corp.example"));
    assert_eq!(account.user.name.as_deref(), Some("Ada Harbour"));
    let other = sign_in(&oidc(json!({})), |claims| {
        thin(claims);
        claims.insert("sub".to_owned(), json!("u2"));
    })
    .await;
    assert!(matches!(other, Err(FederationError::InvalidResponse { .. })));
}

#[tokio::test]
async fn d1_an_address_and_its_verification_are_of_one_source() {
    // The token has an address that nobody verified; that of the user information is verified.
    let account = sign_in(&oidc(json!({})), |claims| {
        claims.retain(|name, _| !matches!(name.as_str(), "email_verified" | "name"));
    })
    .await;
    assert_eq!(account.unwrap().user.email, None);
    for value in [json!(false), json!("true"), json!(1), Value::Null] {
        let set = |claims: &mut Map<String, Value>| drop(claims.insert("email_verified".to_owned(), value.clone()));
        let account = sign_in(&oidc(json!({})), set).await.unwrap();
        assert_eq!((account.user.email, account.email_is_verified), (None, false), "{value}");
        let account = sign_in(&oidc(json!({"trustUnverifiedEmail": true})), set).await.unwrap();
        assert_eq!(account.user.email.as_deref(), Some("ada@example.com"), "{value}");
    }
}

#[tokio::test]
async fn d7_an_id_token_of_before_is_refused() {
    let old = sign_in(&oidc(json!({})), |claims| drop(claims.insert("iat".to_owned(), json!(NOW - 700)))).await;
    assert!(matches!(old, Err(FederationError::InvalidIdToken(_))));
}

#[tokio::test]
async fn d19_the_metadata_of_another_issuer_is_refused() {
    for (member, value) in [
        ("issuer", json!("https://evil.example")),
        ("token_endpoint", json!("http://idp.example/token")),
        ("jwks_uri", json!("https://u:p@idp.example/jwks")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("jwks_uri", Value::Null),
    ] {
        let world = World::new();
        let mut other = metadata();
        other[member] = value;
        world.answer(Method::GET, "https://idp.example/.well-known/openid-configuration", &other);
        let found = discover(&world, &oidc(json!({}))).await;
        assert!(matches!(found, Err(FederationError::InvalidResponse { .. })), "{member}: {found:?}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused_at_their_place() {
    for (provider, change, path) in [
        (EnterpriseProvider::Oidc, json!({"issuer": "idp.example"}), "issuer"),
        (EnterpriseProvider::Oidc, json!({"issuer": "https://idp.example?x=1"}), "issuer"),
        (EnterpriseProvider::Okta, json!({"clientSecret": ""}), "clientSecret"),
        (EnterpriseProvider::Oidc, json!({"offlineAccess": true}), "offlineAccess"),
        (EnterpriseProvider::GoogleWorkspace, json!({}), "issuer"),
        (EnterpriseProvider::EntraId, json!({"issuer": "https://login.microsoftonline.com/common/v2.0"}), "issuer"),
        (EnterpriseProvider::EntraId, json!({"issuer": "https://login.microsoftonline.com/Common/v2.0"}), "issuer"),
        (EnterpriseProvider::EntraId, json!({"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}), "issuer"),
    ] {
        let refused = EnterpriseConfig::read(provider, &settings(change.clone())).unwrap_err();
        assert_eq!(refused.path, path, "{change}");
    }
}

#[test]
fn settings_are_shown_as_they_are_kept() {
    let config = oidc(json!({}));
    let shown = Value::Object(config.to_json());
    assert_eq!(
        shown,
        json!({"clientId": "me", "clientSecret": "hush", "issuer": ISSUER, "scope": "groups email", "trustUnverifiedEmail": false})
    );
    assert!(!format!("{config:?}").contains("hush"));
    assert!(EnterpriseConfig::read(EnterpriseProvider::Oidc, shown.as_object().unwrap()).unwrap() == config);
}

#[tokio::test]
async fn d1_a_google_account_outside_of_a_workspace_proves_no_address() {
    let settings = settings(json!({"offlineAccess": true}));
    let settings = settings.into_iter().filter(|(name, _)| name != "issuer").collect();
    let config = EnterpriseConfig::read(EnterpriseProvider::GoogleWorkspace, &settings).unwrap();
    let world = World::new();
    let mut google = metadata();
    google["issuer"] = json!("https://accounts.google.com");
    world.publish_keys("https://idp.example/jwks");
    world.answer(Method::GET, "https://accounts.google.com/.well-known/openid-configuration", &google);
    let provider = discover(&world, &config).await.unwrap();
    for (hosted, email) in [(None, None), (Some("corp.example"), Some("ada@example.com"))] {
        let account = world.sign_in(&provider, |sent| {
            assert_eq!((&sent["prompt"], &sent["access_type"]), (&json!("select_account"), &json!("offline")));
            let mut claims = claims(sent);
            claims["iss"] = json!("https://accounts.google.com");
            if let Some(domain) = hosted {
                claims["hd"] = json!(domain);
            }
            let id_token = world.sign(&claims);
            world.answer(Method::POST, TOKEN, &json!({"access_token": "at", "id_token": id_token}));
            json!({"code": "c"})
        });
        assert_eq!(account.await.unwrap().user.email.as_deref(), email);
    }
}

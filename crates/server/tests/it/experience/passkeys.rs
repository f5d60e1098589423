//! Passkeys: traces 20-14 and 20-15, step by step.

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::authenticator::*;
use super::factors::{policy, signed_in_by_password};
use super::fixture::*;

pub const WRONG: &str = "session.mfa.webauthn_verification_failed";

/// Sends what the browser returned, from a page of ours.
pub async fn send(browser: &Browser, path: &str, verification_id: Option<&str>, payload: &Value) -> TestResponse {
    let mut body = json!({"payload": payload});
    if let Some(id) = verification_id {
        body["verificationId"] = json!(id);
    }
    let path = format!("/api/experience/verification/{path}/verify");
    browser.request("POST", &path).header("origin", ORIGIN).json(body).send().await
}

pub async fn begin(browser: &Browser, path: &str) -> (String, Value) {
    let begun = browser.post(&format!("/verification/{path}"), json!({})).await.expect(200).json();
    let options = [&begun["registrationOptions"], &begun["authenticationOptions"]];
    let options = options.into_iter().find(|options| options.is_object()).unwrap().clone();
    (begun["verificationId"].as_str().unwrap().to_owned(), options)
}

pub async fn passkey_sign_in(app: &TestApp) {
    let switch = json!({"enabled": true, "showPasskeyButton": true, "allowAutofill": true});
    settings(app, "default", json!({"passkeySignIn": switch})).await;
}

/// A passkey that the person of this browser makes and binds by `path`.
pub async fn enrol(browser: &Browser, name: &str, path: &str) -> Authenticator {
    let mut authenticator = Authenticator::new(name);
    let (id, options) = begin(browser, "web-authn/registration").await;
    let payload = authenticator.create(&options);
    send(browser, "web-authn/registration", Some(&id), &payload).await.expect(200);
    browser.post(path, json!({"type": "WebAuthn", "verificationId": id})).await.expect(204);
    authenticator
}

/// Alice, whose only factor is a passkey.
pub async fn alice_with_passkey(app: &TestApp) -> Authenticator {
    add_user(app, "alice", |_| {}).await;
    policy(app, "Mandatory", &["WebAuthn"]).await;
    let browser = signed_in_by_password(app, "alice").await;
    let authenticator = enrol(&browser, "a", "/profile/mfa").await;
    browser.submit().await.expect(200);
    authenticator
}

pub async fn preflight(browser: &Browser) -> Value {
    let path = "/preflight/sign-in-passkey/authentication";
    browser.post(path, json!({})).await.expect(200).json()["authenticationOptions"].take()
}

async fn listed(app: &TestApp) -> Value {
    let list = app.management_request("GET", "/api/users/alice/mfa-verifications").await;
    list.send().await.expect(200).json()
}

#[tokio::test]
async fn a_passkey_is_bound_and_used_as_a_second_factor_as_in_trace_20_14() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["WebAuthn"]).await;
        let browser = signed_in_by_password(&app, "alice").await;
        let missing = browser.submit().await.expect_error(422, "user.missing_mfa").json();
        assert_eq!(missing["data"], json!({"availableFactors": ["WebAuthn"]}));
        let (id, mut options) = begin(&browser, "web-authn/registration").await;
        let asked = options.clone();
        assert_eq!(options["challenge"].take().as_str().unwrap().len(), 43);
        assert_eq!(
            options,
            json!({
                "rp": {"name": "localhost", "id": "localhost"},
                "user": {"id": "YWxpY2U", "name": "alice", "displayName": "alice"},
                "challenge": null,
                "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}],
                "timeout": 60000,
                "excludeCredentials": [],
                "authenticatorSelection": {
                    "requireResidentKey": true, "residentKey": "required", "userVerification": "required"
                },
                "attestation": "none",
                "extensions": {"credProps": true}
            })
        );
        let mut authenticator = Authenticator::new("a");
        let other = authenticator.create(&json!({"challenge": "AAAA", "user": asked["user"]}));
        let path = "web-authn/registration";
        let refused = send(&browser, path, Some(&id), &other).await.expect_error(400, WRONG).json();
        assert!(refused["data"]["message"].is_string());
        let payload = authenticator.create(&asked);
        let without_origin = json!({"verificationId": id, "payload": payload});
        let verify = "/verification/web-authn/registration/verify";
        browser.post(verify, without_origin).await.expect_error(400, WRONG);
        let verified = send(&browser, path, Some(&id), &payload).await.expect(200).json();
        assert_eq!(verified, json!({"verificationId": id}));
        send(&browser, path, Some(&id), &payload).await.expect_error(400, WRONG);
        browser.post("/profile/mfa", json!({"type": "WebAuthn", "verificationId": id})).await.expect(204);
        browser.submit().await.expect(200);
        let mut factors = listed(&app).await;
        assert_eq!(factors[0]["id"].take().as_str().unwrap().len(), 21);
        assert!(factors[0]["createdAt"].take().is_string());
        assert_eq!(factors, json!([{"id": null, "createdAt": null, "type": "WebAuthn", "agent": "trace-client/1.0"}]));

        let browser = signed_in_by_password(&app, "alice").await;
        let needed = browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification").json();
        assert_eq!(needed["data"], json!({"availableFactors": ["WebAuthn"], "maskedIdentifiers": {}}));
        let (id, mut options) = begin(&browser, "web-authn/authentication").await;
        let payload = authenticator.get(&options);
        options["challenge"].take();
        let key = json!({"type": "public-key", "id": authenticator.credential_id, "transports": ["internal"]});
        assert_eq!(
            options,
            json!({
                "challenge": null, "timeout": 60000, "rpId": "localhost", "allowCredentials": [key],
                "userVerification": "required"
            })
        );
        let verified = send(&browser, "web-authn/authentication", Some(&id), &payload).await.expect(200).json();
        assert_eq!(verified, json!({"verificationId": id}));
        browser.submit().await.expect(200);
        assert!(listed(&app).await[0]["lastUsedAt"].is_string());
    })
    .await;
}

#[tokio::test]
async fn a_user_has_several_named_passkeys_and_none_twice() {
    for_each_engine(async |app: TestApp| {
        let mut first = alice_with_passkey(&app).await;
        let browser = signed_in_by_password(&app, "alice").await;
        let (id, options) = begin(&browser, "web-authn/registration").await;
        assert_eq!(options["excludeCredentials"][0]["id"], first.credential_id);
        let payload = first.create(&options);
        send(&browser, "web-authn/registration", Some(&id), &payload).await.expect_error(400, WRONG);
        // The person proves the first one before the second is bound.
        let mut second = Authenticator::new("b");
        let body = json!({"verificationId": id, "payload": second.create(&options), "name": " Desk key "});
        let register = browser.request("POST", "/api/experience/verification/web-authn/registration/verify");
        register.header("origin", ORIGIN).json(body).send().await.expect(200);
        let bind = json!({"type": "WebAuthn", "verificationId": id});
        browser.post("/profile/mfa", bind).await.expect_error(403, "session.mfa.require_mfa_verification");
        passkey_sign_in(&app).await;
        let mut payload = first.get(&preflight(&browser).await);
        payload["response"]["userHandle"] = json!("YWxpY2U");
        send(&browser, "sign-in-passkey/authentication", None, &payload).await.expect(200);
        browser.post("/profile/mfa", json!({"type": "WebAuthn", "verificationId": id})).await.expect(204);
        browser.submit().await.expect(200);
        let names: Vec<Value> = listed(&app).await.as_array().unwrap().iter().map(|key| key["name"].clone()).collect();
        assert_eq!(names.len(), 2);
        assert!(names.contains(&json!("Desk key")), "{names:?}");
    })
    .await;
}

#[tokio::test]
async fn a_passkey_signs_in_by_itself_as_in_trace_20_15() {
    for_each_engine(async |app: TestApp| {
        let mut authenticator = alice_with_passkey(&app).await;
        passkey_sign_in(&app).await;
        add_user(&app, "bob", |_| {}).await;
        // Named first.
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let ask = async |name: &str| {
            let identifier = json!({"type": "username", "value": name});
            let body = json!({"identifier": identifier});
            browser.post("/verification/sign-in-passkey/authentication", body).await
        };
        let known = ask("alice").await.expect(200).json();
        // Who has no passkey is answered like Alice, always with the same one of nobody (C11).
        for name in ["bob", "nobody"] {
            let [first, second] = [ask(name).await.expect(200).json(), ask(name).await.expect(200).json()];
            let allowed = |answer: &Value| answer["authenticationOptions"]["allowCredentials"].clone();
            assert_eq!(allowed(&first), allowed(&second));
            assert_eq!(allowed(&first).as_array().unwrap().len(), 1);
            let keys = |answer: &Value| allowed(answer)[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&first), keys(&known));
            assert_eq!(browser.state().await["verificationRecords"][0].get("userId"), None);
            let payload = authenticator.get(&first["authenticationOptions"]);
            let id = first["verificationId"].as_str();
            let answered = send(&browser, "sign-in-passkey/authentication", id, &payload).await;
            assert!(!answered.status.is_success(), "{}", answered.text());
        }
        let begun = ask("alice").await.expect(200).json();
        let id = begun["verificationId"].as_str().unwrap();
        let payload = authenticator.get(&begun["authenticationOptions"]);
        send(&browser, "sign-in-passkey/authentication", Some(id), &payload).await.expect(200);
        browser.identify(id).await.expect(204);
        browser.submit().await.expect(200);
        // Unnamed; the page asks before it begins.
        let browser = Browser::open(&app).await;
        let options = preflight(&browser).await;
        assert_eq!((&options["allowCredentials"], &options["rpId"]), (&json!([]), &json!("localhost")));
        browser.start("SignIn").await;
        let payload = authenticator.get(&options);
        let id = id_of(&send(&browser, "sign-in-passkey/authentication", None, &payload).await.expect(200));
        browser.identify(&id).await.expect(204);
        browser.submit().await.expect(200);
        assert_eq!(browser.result().await.unwrap()["login"]["accountId"], "alice");
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_preferred_until_it_is_made_or_declined() {
    for_each_engine(async |app: TestApp| {
        passkey_sign_in(&app).await;
        for name in ["alice", "bob"] {
            add_user(&app, name, |_| {}).await;
            let browser = signed_in_by_password(&app, name).await;
            browser.submit().await.expect_error(422, "user.passkey_preferred");
            match name {
                "alice" => drop(enrol(&browser, "a", "/profile/mfa/passkey").await),
                _ => drop(browser.post("/profile/mfa/passkey-skipped", json!({})).await.expect(204)),
            }
            browser.submit().await.expect(200);
            signed_in_by_password(&app, name).await.submit().await.expect(200);
        }
        assert_eq!(user(&app, "default", "bob").await.logto_config["passkeySignIn"], json!({"skipped": true}));
        assert_eq!(listed(&app).await.as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_passkey_signs_nobody_in_where_that_is_switched_off() {
    for_each_engine(async |app: TestApp| {
        let mut authenticator = alice_with_passkey(&app).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let payload = authenticator.get(&preflight(&browser).await);
        let answered = send(&browser, "sign-in-passkey/authentication", None, &payload).await;
        answered.expect_error(422, "user.sign_in_method_not_enabled");
        let body = json!({"identifier": {"type": "username", "value": "alice"}});
        let asked = browser.post("/verification/sign-in-passkey/authentication", body).await;
        asked.expect_error(422, "user.sign_in_method_not_enabled");
    })
    .await;
}

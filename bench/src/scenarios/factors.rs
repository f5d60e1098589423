//! Sign-ins with a second factor, and with a passkey instead of a password.

use std::sync::Arc;

use data_encoding::BASE32_NOPAD;
use kernel::{Rng, id};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::Bench;
use super::sign_ins::{Working, flow, unless_busy};
use crate::BoxError;
use crate::authenticator::{Apps, Passkey};
use crate::flows::{Browser, Credentials, exchange};
use crate::http::Connection;
use crate::load::{self, ClientResult, Load};
use crate::target::{SIGNING_IN, Target};

pub const APP: &str = "sign-in flow with an authenticator app";
pub const PASSKEY: &str = "sign-in flow with a passkey";
/// One form does what are four steps of the Experience API.
pub const PASSKEY_PAGE: &str = "sign-in flow with a passkey on the hosted page";

/// Users with an app: more than codes are used within one of their time steps.
const APP_USERS: usize = 2_000;
const SEED_BYTES: usize = 20;

impl Bench<'_> {
    /// Only for our own server: settings are changed, and put back.
    pub async fn factors(&mut self) -> Result<(), BoxError> {
        if self.target.process.is_none() {
            return Ok(());
        }
        if self.plan.wants(APP) {
            settings(&self.target, json!({"mfa": {"factors": ["Totp"], "policy": "NoPrompt"}})).await?;
            let apps = Arc::new(apps(&self.target).await?);
            for clients in self.plan.clients(&[1, 8]) {
                // As the flow with a password alone.
                let load = Load { seconds: self.plan.seconds * 2.0, ..self.load(clients) };
                let flow = app_flows(&self.target, &apps);
                self.rounds(APP, load, flow).await?;
            }
            settings(&self.target, json!({"mfa": {"factors": [], "policy": "UserControlled"}})).await?;
        }
        if self.plan.wants(PASSKEY) || self.plan.wants(PASSKEY_PAGE) {
            let switch = |on| json!({"passkeySignIn": {"enabled": on, "showPasskeyButton": on, "allowAutofill": on}});
            settings(&self.target, switch(true)).await?;
            let passkeys = Arc::new(passkeys(&self.target).await?);
            for clients in self.plan.clients(&[1, 32]) {
                for (name, by_page) in [(PASSKEY, false), (PASSKEY_PAGE, true)] {
                    if self.plan.wants(name) {
                        let flow = passkey_flows(&self.target, &passkeys, by_page);
                        self.rounds(name, self.load(clients), flow).await?;
                    }
                }
            }
            settings(&self.target, switch(false)).await?;
        }
        Ok(())
    }

    async fn rounds(
        &mut self,
        name: &str,
        load: Load,
        worker: impl Fn(usize, std::time::Instant) -> Working,
    ) -> Result<(), BoxError> {
        let mut rounds = Vec::new();
        for _ in 0..self.plan.rounds {
            rounds.push(load::run(load, &worker).await?);
        }
        self.record(name, load.clients, &rounds);
        Ok(())
    }
}

async fn settings(target: &Target, change: Value) -> Result<(), BoxError> {
    call(&mut Connection::open(&target.authority).await?, target, ("PATCH", "/api/sign-in-exp"), &change)
        .await
        .map(drop)
}

/// A request to the Management API.
async fn call(connection: &mut Connection, target: &Target, to: (&str, &str), body: &Value) -> Result<Value, BoxError> {
    let headers = [("authorization", target.bearer.as_str())];
    connection.send(to, &headers, Some(("application/json", body.to_string()))).await?.expect(200)?.json()
}

/// New users with an app each. They share the digest of a password, because it would take long to hash it for each.
async fn apps(target: &Target) -> Result<Apps, BoxError> {
    let mut connection = Connection::open(&target.authority).await?;
    let search = format!("/api/users?search.username={}&includePasswordHash=true", target.username(0));
    let headers = [("authorization", target.bearer.as_str())];
    let found = connection.send(("GET", &search), &headers, None).await?.expect(200)?.json()?;
    let (digest, algorithm) = (&found[0]["passwordDigest"], &found[0]["passwordAlgorithm"]);
    let (rng, mut apps) = (Rng::system(), Apps::default());
    let prefix = format!("app{}u", id::short_entity_id(&rng));
    for n in 0..APP_USERS {
        let username = format!("{prefix}{n}");
        let user = json!({"username": username, "passwordDigest": digest, "passwordAlgorithm": algorithm});
        let made = call(&mut connection, target, ("POST", "/api/users"), &user).await?;
        let path = format!("/api/users/{}/mfa-verifications", made["id"].as_str().ok_or("no id")?);
        let seed = rng.bytes::<SEED_BYTES>();
        let app = json!({"type": "Totp", "secret": BASE32_NOPAD.encode(&seed)});
        call(&mut connection, target, ("POST", &path), &app).await?;
        apps.add(username, seed.to_vec());
    }
    Ok(apps)
}

/// A passkey for each user that signs in.
async fn passkeys(target: &Target) -> Result<Vec<Mutex<Passkey>>, BoxError> {
    let mut all = Vec::new();
    for n in 0..SIGNING_IN {
        let mut passkey = Passkey::generate(&target.authority)?;
        let mut browser = Browser::open(&target.authority).await?;
        browser.authorize(&target.web).await?;
        browser.identify_by_password(&target.username(n)).await?;
        let asked = browser.step("verification/web-authn/registration", json!({})).await?;
        let id = asked["verificationId"].clone();
        let answer = json!({"verificationId": id, "payload": passkey.create(&asked["registrationOptions"])?});
        browser.step("verification/web-authn/registration/verify", answer).await?;
        browser.step("profile/mfa/passkey", json!({"verificationId": id})).await?;
        browser.submit().await?;
        all.push(Mutex::new(passkey));
    }
    Ok(all)
}

fn app_flows(target: &Arc<Target>, apps: &Arc<Apps>) -> impl Fn(usize, std::time::Instant) -> Working + use<> {
    let (target, apps) = (Arc::clone(target), Arc::clone(apps));
    move |_, deadline| {
        let (target, apps) = (Arc::clone(&target), Arc::clone(&apps));
        Box::pin(ClientResult::until(deadline, async move || unless_busy(flow(&target, Credentials::App(&apps)).await)))
    }
}

fn passkey_flows(
    target: &Arc<Target>,
    passkeys: &Arc<Vec<Mutex<Passkey>>>,
    by_page: bool,
) -> impl Fn(usize, std::time::Instant) -> Working + use<> {
    let (target, passkeys) = (Arc::clone(target), Arc::clone(passkeys));
    move |client, deadline| {
        let (target, passkeys) = (Arc::clone(&target), Arc::clone(&passkeys));
        Box::pin(ClientResult::until(deadline, async move || {
            let mut passkey = passkeys[client % passkeys.len()].lock().await;
            unless_busy(match by_page {
                true => page_flow(&target, &mut passkey).await,
                false => flow(&target, Credentials::Passkey(&mut passkey)).await,
            })
        }))
    }
}

async fn page_flow(target: &Target, passkey: &mut Passkey) -> Result<(), BoxError> {
    let mut browser = Browser::open_on_another_network(&target.authority).await?;
    let code = browser.code_by_page(&target.web, passkey).await?;
    exchange(&mut browser.connection, &target.web, &code).await.map(drop)
}

//! Refreshes that prove a key (RFC 9449). The clients sign on the same cores.

use std::sync::{Arc, Mutex};

use jose::{Algorithm, SigningKey};
use kernel::{Clock, Rng, id};
use serde_json::{Value, json};

use super::Bench;
use crate::BoxError;
use crate::flows::{Browser, Credentials, exchange};
use crate::http::Connection;
use crate::load::{self, ClientResult, LoadResult};
use crate::server::form;
use crate::target::Target;

pub(crate) const NAME: &str = "refresh bound to a key (DPoP)";

/// A client with its key and its newest refresh token.
struct Holder {
    connection: Connection,
    key: SigningKey,
    token: String,
}

impl Bench<'_> {
    /// Measures it.
    ///
    /// # Errors
    /// The server returned an error.
    pub async fn bound_tokens(&mut self) -> Result<(), BoxError> {
        if !self.plan.wants(NAME) {
            return Ok(());
        }
        for clients in self.plan.clients(&[1, 32]) {
            let mut rounds = Vec::new();
            for _ in 0..self.plan.rounds {
                rounds.push(self.bound_refreshes(clients).await?);
            }
            self.record(NAME, clients, &rounds);
        }
        Ok(())
    }

    async fn bound_refreshes(&self, clients: usize) -> Result<LoadResult, BoxError> {
        let mut holders = Vec::new();
        for client in 0..clients {
            holders.push(Mutex::new(Some(Holder::new(&self.target, client).await?)));
        }
        let holders = Arc::new(holders);
        let worker = |client, deadline| {
            let (holders, target) = (Arc::clone(&holders), Arc::clone(&self.target));
            async move {
                let holder: Option<&Mutex<Option<Holder>>> = holders.get(client);
                let mut holder = holder.and_then(|holder| holder.lock().ok()?.take()).ok_or("no holder")?;
                ClientResult::until(deadline, async move || holder.refresh(&target).await.map(|()| true)).await
            }
        };
        load::run(self.load(clients), worker).await
    }
}

impl Holder {
    async fn new(target: &Target, client: usize) -> Result<Self, BoxError> {
        let mut browser = Browser::open_on_another_network(&target.authority).await?;
        let code = browser.code(&target.spa, Credentials::Password(&target.username(client))).await?;
        let tokens = exchange(&mut browser.connection, &target.spa, &code).await?;
        let token = tokens["refresh_token"].as_str().ok_or("no refresh token")?.to_owned();
        let (_, key) = SigningKey::generate(Algorithm::ES256)?;
        Ok(Self { connection: browser.connection, key, token })
    }

    async fn refresh(&mut self, target: &Target) -> Result<(), BoxError> {
        let claims = json!({
            "jti": id::opaque_token(&Rng::system()),
            "htm": "POST",
            "htu": format!("http://{}/oidc/token", target.authority),
            "iat": Clock::system().now().seconds(),
        });
        let proof = self.key.prove("dpop+jwt", claims.as_object().ok_or("no claims")?)?;
        let body = form(&format!("grant_type=refresh_token&refresh_token={}&client_id={}", self.token, target.spa.id));
        let headers = [("dpop", proof.as_str())];
        let answer: Value = self.connection.send(("POST", "/oidc/token"), &headers, body).await?.expect(200)?.json()?;
        if answer["token_type"] != "DPoP" {
            return Err("the token is not bound".into());
        }
        self.token = answer["refresh_token"].as_str().ok_or("no refresh token")?.to_owned();
        Ok(())
    }
}

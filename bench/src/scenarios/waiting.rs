//! A device that waits for its user, and authorization requests that a client pushes itself.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use super::Bench;
use super::sign_ins::unless_busy;
use crate::BoxError;
use crate::flows::REDIRECT;
use crate::http::{Connection, Request};
use crate::load::{self, ClientResult, LoadResult};
use crate::server::form;
use crate::target::Target;

pub(crate) const POLLING: &str = "device polling, pending";
pub(crate) const PUSHED: &str = "pushed request and authorization";

impl Bench<'_> {
    /// Measures both.
    ///
    /// # Errors
    /// The server returned an error.
    pub async fn waiting(&mut self) -> Result<(), BoxError> {
        if self.plan.wants(POLLING) {
            let poll = Arc::new(self.poll().await?);
            for clients in self.plan.clients(&[1, 32]) {
                let mut rounds = Vec::new();
                for _ in 0..self.plan.rounds {
                    rounds.push(self.polls(clients, &poll).await?);
                }
                self.record(POLLING, clients, &rounds);
            }
        }
        if self.plan.wants(PUSHED) {
            for clients in self.plan.clients(&[1, 32]) {
                let mut rounds = Vec::new();
                for _ in 0..self.plan.rounds {
                    rounds.push(self.pushes(clients).await?);
                }
                self.record(PUSHED, clients, &rounds);
            }
        }
        Ok(())
    }

    /// The request of a device that has begun.
    async fn poll(&self) -> Result<Request, BoxError> {
        let mut connection = Connection::open(&self.target.authority).await?;
        let headers = [("authorization", self.target.bearer.as_str())];
        let body = json!({"name": "bench device", "type": "Native", "customClientMetadata": {"isDeviceFlow": true}});
        let body = Some(("application/json", body.to_string()));
        let made = connection.send(("POST", "/api/applications"), &headers, body).await?.expect(200)?.json()?;
        let id = made["id"].as_str().ok_or("no id")?;
        let begin = form(&format!("client_id={id}&scope=openid"));
        let begun = connection.send(("POST", "/oidc/device/auth"), &[], begin).await?.expect(200)?.json()?;
        let code = begun["device_code"].as_str().ok_or("no device code")?;
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
        let body = form(&format!("grant_type={grant}&client_id={id}&device_code={code}"));
        Ok(Request::new(&self.target.authority, ("POST", "/oidc/token"), &[], body))
    }

    async fn polls(&self, clients: usize, poll: &Arc<Request>) -> Result<LoadResult, BoxError> {
        let worker = |_, deadline| {
            let (target, poll) = (Arc::clone(&self.target), Arc::clone(poll));
            async move {
                let mut connection = Connection::open(&target.authority).await?;
                let mut done = ClientResult::default();
                while Instant::now() < deadline {
                    let began = Instant::now();
                    if connection.refusal(&poll).await? {
                        done.finished(began.elapsed());
                    }
                }
                Ok(done)
            }
        };
        load::run(self.load(clients), worker).await
    }

    async fn pushes(&self, clients: usize) -> Result<LoadResult, BoxError> {
        let worker = |_, deadline| {
            let target = Arc::clone(&self.target);
            async move {
                let mut connection = Connection::open_on_another_network(&target.authority).await?;
                ClientResult::until(deadline, async move || unless_busy(push(&mut connection, &target).await)).await
            }
        };
        load::run(self.load(clients), worker).await
    }
}

/// Pushes a request and opens the page that it leads to.
async fn push(connection: &mut Connection, target: &Target) -> Result<(), BoxError> {
    let (basic, client) = (target.web.basic(), &target.web.id);
    let redirect = url::form_urlencoded::byte_serialize(REDIRECT.as_bytes()).collect::<String>();
    let asked = format!("redirect_uri={redirect}&response_type=code&scope=openid%20profile&state=s");
    let headers = [("authorization", basic.as_str())];
    let pushed = connection.send(("POST", "/oidc/request"), &headers, form(&asked)).await?.expect(201)?.json()?;
    let uri = pushed["request_uri"].as_str().ok_or("no request_uri")?;
    let path = format!("/oidc/auth?client_id={client}&request_uri={uri}");
    let opened = connection.send(("GET", &path), &[], None).await?.expect(303)?;
    match opened.location()?.contains("/sign-in") {
        true => Ok(()),
        false => Err("the pushed request does not lead to the sign-in".into()),
    }
}

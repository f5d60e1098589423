//! The two public documents, measured alternating with an empty route, because the machine's speed drifts within minutes by
//! more than the difference.

use std::sync::Arc;

use super::Bench;
use crate::BoxError;
use crate::bounds::ROUTE;
use crate::http::Request;
use crate::load::{self, Load};
use crate::machine::EmptyRoute;

const DOCUMENTS: [(&str, &str); 2] = [("discovery", "/oidc/.well-known/openid-configuration"), ("JWKS", "/oidc/jwks")];

impl Bench<'_> {
    pub async fn documents(&mut self) -> Result<(), BoxError> {
        let wanted: Vec<_> = DOCUMENTS.into_iter().filter(|(name, _)| self.plan.wants(name)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let empty = EmptyRoute::start().await?;
        let authority = self.target.authority.clone();
        let documents: Vec<_> = wanted
            .into_iter()
            .map(|(name, path)| (name, Arc::new(Request::new(&authority, ("GET", path), &[], None))))
            .collect();
        for clients in self.plan.clients(&[1, 32]) {
            let mut routes = Vec::new();
            let mut rounds: Vec<_> = documents.iter().map(|_| Vec::new()).collect();
            for _ in 0..self.plan.rounds {
                routes.push(empty.measure(Load { process: Some(empty.process), ..self.load(clients) }).await?);
                for ((_, request), rounds) in documents.iter().zip(&mut rounds) {
                    rounds.push(load::repeat(self.load(clients), &authority, request).await?);
                }
            }
            self.table.rate((self.engine, ROUTE), clients, &routes, Some(empty.process.memory().0));
            for ((name, _), rounds) in documents.iter().zip(&rounds) {
                self.record(name, clients, rounds);
            }
        }
        Ok(())
    }
}

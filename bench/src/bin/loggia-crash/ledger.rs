//! What the server has acknowledged: the promises that must hold after every crash.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The acknowledged writes of all clients.
#[derive(Default)]
pub struct Ledger {
    /// User id → the names it may have: the last acknowledged one and any sent since.
    pub users: HashMap<String, Vec<String>>,
    /// The ids of `users`, oldest first.
    pub order: Vec<String>,
    /// Paths of entities other than users that are there.
    pub present: Vec<String>,
    /// Paths of everything whose deletion was acknowledged.
    pub gone: Vec<String>,
    /// What was used up, by families that nobody works with any more.
    pub used: Vec<Used>,
    /// Operations acknowledged, for the report.
    pub acknowledged: u64,
    /// Refreshes whose answer was lost, and that gave the same family when sent again.
    pub repeated: u64,
    /// Answers that no crash explains.
    pub odd: Vec<String>,
}

/// A code, or a refresh token that has a successor.
#[derive(Clone)]
pub enum Used {
    Code { code: String, is_public: bool },
    Refresh { token: String, at: Instant },
}

impl Used {
    /// Whether it must not work any more: a refresh token may be repeated for three seconds.
    pub fn is_dead(&self) -> bool {
        match self {
            Self::Code { .. } => true,
            Self::Refresh { at, .. } => at.elapsed() > Duration::from_millis(3_500),
        }
    }
}

impl Ledger {
    /// A user was created under a name.
    pub fn created(&mut self, id: &str, name: &str) {
        self.acknowledged += 1;
        self.users.insert(id.to_owned(), vec![name.to_owned()]);
        self.order.push(id.to_owned());
    }

    /// A new name is about to be sent.
    pub fn renaming(&mut self, id: &str, name: &str) {
        self.users.entry(id.to_owned()).or_default().push(name.to_owned());
    }

    /// The name was acknowledged: older ones are wrong from now on.
    pub fn renamed(&mut self, id: &str, name: &str) {
        self.acknowledged += 1;
        self.users.insert(id.to_owned(), vec![name.to_owned()]);
    }

    /// Whether a user that reads as `name` keeps the promise.
    pub fn allows(&self, id: &str, name: &str) -> bool {
        self.users.get(id).is_some_and(|names| names.iter().any(|known| known == name))
    }

    /// An entity was made.
    pub fn made(&mut self, path: &str) {
        self.acknowledged += 1;
        self.present.push(path.to_owned());
    }

    /// The deletion of an entity is about to be sent: nothing is promised about it until it is acknowledged.
    pub fn deleting(&mut self, path: &str) {
        self.present.retain(|known| known != path);
        if let Some(id) = path.strip_prefix("/api/users/") {
            self.order.retain(|known| known != id);
            self.users.remove(id);
        }
    }

    /// The deletion was acknowledged.
    pub fn deleted(&mut self, path: &str) {
        self.acknowledged += 1;
        self.gone.push(path.to_owned());
    }
}

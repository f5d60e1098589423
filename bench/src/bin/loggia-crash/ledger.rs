//! Records the acknowledged writes, which must survive every crash.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The acknowledged writes of all clients.
#[derive(Default)]
pub struct Ledger {
    /// The possible names of each user id: the last acknowledged one and those sent since.
    pub users: HashMap<String, Vec<String>>,
    /// The ids of `users`, oldest first.
    pub order: Vec<String>,
    /// Paths of existing entities other than users.
    pub present: Vec<String>,
    /// Paths of entities whose deletion was acknowledged.
    pub gone: Vec<String>,
    /// Used codes and refresh tokens of families that are no longer in use.
    pub used: Vec<UsedCredential>,
    /// The number of acknowledged operations.
    pub acknowledged: u64,
    /// The number of refreshes repeated after a lost response.
    pub repeated: u64,
    /// Errors that a crash does not explain.
    pub unexpected: Vec<String>,
}

/// A used code, or a refresh token with a successor.
#[derive(Clone)]
pub enum UsedCredential {
    Code { code: String, is_public: bool },
    Refresh { token: String, at: Instant },
}

impl UsedCredential {
    /// Whether it must be rejected: a refresh token may be reused for three seconds.
    pub fn is_dead(&self) -> bool {
        match self {
            Self::Code { .. } => true,
            Self::Refresh { at, .. } => at.elapsed() > Duration::from_millis(3_500),
        }
    }
}

impl Ledger {
    /// Records a created user.
    pub fn created(&mut self, id: &str, name: &str) {
        self.acknowledged += 1;
        self.users.insert(id.to_owned(), vec![name.to_owned()]);
        self.order.push(id.to_owned());
    }

    /// Records a new name before it is sent.
    pub fn renaming(&mut self, id: &str, name: &str) {
        self.users.entry(id.to_owned()).or_default().push(name.to_owned());
    }

    /// Records an acknowledged name; older names are wrong from now on.
    pub fn renamed(&mut self, id: &str, name: &str) {
        self.acknowledged += 1;
        self.users.insert(id.to_owned(), vec![name.to_owned()]);
    }

    /// Whether a user may have this name.
    pub fn allows(&self, id: &str, name: &str) -> bool {
        self.users.get(id).is_some_and(|names| names.iter().any(|known| known == name))
    }

    /// Records a created entity.
    pub fn made(&mut self, path: &str) {
        self.acknowledged += 1;
        self.present.push(path.to_owned());
    }

    /// Records a deletion before it is sent: until it is acknowledged the entity may or may not exist.
    pub fn deleting(&mut self, path: &str) {
        self.present.retain(|known| known != path);
        if let Some(id) = path.strip_prefix("/api/users/") {
            self.order.retain(|known| known != id);
            self.users.remove(id);
        }
    }

    /// Records an acknowledged deletion.
    pub fn deleted(&mut self, path: &str) {
        self.acknowledged += 1;
        self.gone.push(path.to_owned());
    }
}

//! What the server has acknowledged: the promises that must hold after every crash.

use std::collections::HashMap;

/// The acknowledged writes of all clients.
#[derive(Default)]
pub struct Ledger {
    /// User id → the names it may have: the last acknowledged one and any sent since.
    pub users: HashMap<String, Vec<String>>,
    /// The ids of `users`, oldest first.
    pub order: Vec<String>,
    /// Ids of confidential applications; each was made together with its secret.
    pub applications: Vec<String>,
    /// Codes that were exchanged.
    pub codes: Vec<String>,
    /// Refresh tokens that were exchanged for a successor.
    pub consumed: Vec<String>,
    /// Operations acknowledged, for the report.
    pub acknowledged: u64,
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
}

//! Requests and responses, independent of the transport.

/// The calling client: its index, and its secret if it sends one.
#[derive(Debug, Clone)]
pub struct Caller {
    pub client: usize,
    pub secret: Option<&'static str>,
    /// True for the tenant that issued everything, false for another one with the same clients and users.
    pub home: bool,
}

#[derive(Debug, Clone)]
pub enum Operation {
    Authorize { user: usize, client: usize, uri: String, verifier: Option<usize>, scope: &'static str, resource: bool },
    Exchange { caller: Caller, code: String, uri: Option<String>, verifier: Option<String> },
    Refresh { caller: Caller, token: String, scope: Option<&'static str>, resource: Option<&'static str> },
    Revoke { caller: Caller, token: String },
    Introspect { caller: Caller, token: String },
    Userinfo { token: String, home: bool },
    Suspend { user: usize, suspended: bool },
    Wait { milliseconds: i64 },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    Code(String),
    Tokens {
        access: String,
        refresh: Option<String>,
        scope: String,
        has_id_token: bool,
    },
    Active(bool),
    Done,
    /// Status and error code.
    Refused(u16, String),
}

//! What a token is bound to, so that only its holder can use it (RFC 7800): a key (RFC 9449) or a certificate (RFC 8705).

use serde_json::{Value, json};

/// Before the thumbprint of a certificate where it is stored. No thumbprint of a key has these characters.
const CERTIFICATE: &str = "x5t#S256:";

/// What a token is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation<'a> {
    /// The thumbprint of a key, which a DPoP proof proves.
    Key(&'a str),
    /// The SHA-256 thumbprint of a certificate, whose connection proves it.
    Certificate(&'a str),
}

impl<'a> Confirmation<'a> {
    /// As it is stored with a token.
    pub fn of_stored(stored: &'a str) -> Self {
        stored.strip_prefix(CERTIFICATE).map_or(Self::Key(stored), Self::Certificate)
    }

    /// What is stored with a token.
    pub fn stored(self) -> String {
        match self {
            Self::Key(thumbprint) => thumbprint.to_owned(),
            Self::Certificate(thumbprint) => format!("{CERTIFICATE}{thumbprint}"),
        }
    }

    /// The claim `cnf`.
    pub fn claim(self) -> Value {
        match self {
            Self::Key(thumbprint) => json!({"jkt": thumbprint}),
            Self::Certificate(thumbprint) => json!({"x5t#S256": thumbprint}),
        }
    }

    /// What a claim `cnf` says; none if it is not understood.
    pub fn of_claim(claim: &'a Value) -> Option<Self> {
        let text = |name: &str| claim.get(name).and_then(Value::as_str);
        text("jkt").map(Self::Key).or_else(|| text("x5t#S256").map(Self::Certificate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_a_certificate_are_never_taken_for_each_other() {
        let thumbprint = "a".repeat(43);
        for one in [Confirmation::Key(&thumbprint), Confirmation::Certificate(&thumbprint)] {
            assert_eq!(Confirmation::of_stored(&one.stored()), one);
            assert_eq!(Confirmation::of_claim(&one.claim()), Some(one));
        }
        assert_ne!(Confirmation::Key(&thumbprint).stored(), Confirmation::Certificate(&thumbprint).stored());
        assert_eq!(Confirmation::of_claim(&json!({"jwk": {}})), None);
    }
}

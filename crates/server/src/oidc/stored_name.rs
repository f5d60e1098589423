//! What an access token is stored under. An opaque one is its digest. A JWT that names no resource (`accessTokenFormat`, RFC 9068) is
//! stored too, so that it can be revoked and shows at the userinfo endpoint what is true now; its `jti` names it.

use kernel::id;
use serde_json::{Map, Value};

use crate::callers::RequestContext;

/// The column `digest` of `access_tokens`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredName(String);

impl StoredName {
    /// The name of an opaque token.
    pub fn of_opaque(value: &str) -> Self {
        Self(id::token_digest(value))
    }

    /// The name of a JWT. No digest has a colon, so who knows a `jti` has no opaque token.
    pub fn of_jti(jti: &str) -> Self {
        Self(format!("jwt:{jti}"))
    }

    /// The name of a JWT with these claims.
    pub fn of_claims(claims: &Map<String, Value>) -> Self {
        Self::of_jti(claims.get("jti").and_then(Value::as_str).unwrap_or_default())
    }

    /// The name of a token that somebody presents; `None` for a JWT that this tenant did not sign for its own endpoints. Whether it is
    /// still valid says its row.
    pub fn of_presented(req: &RequestContext, value: &str) -> Option<Self> {
        if value.matches('.').count() != 2 {
            return Some(Self::of_opaque(value));
        }
        let verified = req.config.keys.verifying.verify(value).ok()?;
        let is_ours = verified.header.typ.as_deref() == Some("at+jwt")
            && verified.text("iss") == Some(req.issuer())
            && verified.has_audience(req.issuer());
        verified.text("jti").filter(|_| is_ours).map(Self::of_jti)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b17_no_opaque_token_has_the_name_of_a_jwt() {
        let jwt = StoredName::of_jti("grant.id");
        for value in ["grant.id", "jwt:grant.id", jwt.as_str(), ""] {
            assert!(!StoredName::of_opaque(value).as_str().contains(':'), "{value}");
        }
    }
}

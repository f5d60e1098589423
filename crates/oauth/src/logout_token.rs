//! The logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4).

use kernel::Timestamp;
use serde_json::{Map, Value, json};

use crate::Client;

/// The `typ` of its header: no other token counts as one, and it counts as no other.
pub const TYP: &str = "logout+jwt";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Seconds.
const TTL: i64 = 120;

/// What a logout token is about.
#[derive(Debug, Clone, Copy)]
pub struct EndedSession<'a> {
    pub issuer: &'a str,
    pub sub: &'a str,
    /// The client's name for the session.
    pub sid: &'a str,
}

/// The claims for a client. `sid` is only for clients that have it in their ID tokens: others end all sessions of `sub`.
pub fn claims(client: &Client, ended: &EndedSession<'_>, jti: String, now: Timestamp) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".into(), ended.sub.into());
    claims.insert("events".into(), json!({EVENT: {}}));
    claims.insert("jti".into(), jti.into());
    if client.oidc.backchannel_logout_session_required.unwrap_or(false) {
        claims.insert("sid".into(), ended.sid.into());
    }
    claims.insert("aud".into(), client.id.as_str().into());
    claims.insert("exp".into(), (now.seconds() + TTL).into());
    claims.insert("iat".into(), now.seconds().into());
    claims.insert("iss".into(), ended.issuer.into());
    claims
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{ApplicationType, samples};

    #[test]
    fn the_claims_are_the_recorded_ones() {
        let mut client = samples::client(ApplicationType::Traditional, &[]);
        let ended = EndedSession { issuer: "http://localhost:3001/oidc", sub: "u", sid: "s" };
        let text =
            |client: &Client| Value::Object(claims(client, &ended, "j".into(), Timestamp(1_000_000))).to_string();
        let without = r#"{"sub":"u","events":{"http://schemas.openid.net/event/backchannel-logout":{}},"jti":"j","aud":"app","exp":1120,"iat":1000,"iss":"http://localhost:3001/oidc"}"#;
        assert_eq!(text(&client), without);
        client.oidc.backchannel_logout_session_required = Some(true);
        assert_eq!(text(&client), without.replace(r#""aud""#, r#""sid":"s","aud""#));
    }
}

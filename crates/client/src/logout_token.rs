//! What a logout token must satisfy (OpenID Connect Back-Channel Logout 1.0 section 2.6).

use jose::DecodedToken;
use serde_json::Value;

use crate::Error;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Checks a token whose signature is right; its times, and that its `jti` is new, are the caller's to check.
pub(crate) fn check(token: &DecodedToken, issuer: &str, client_id: &str) -> Result<(), Error> {
    let refused = |reason: &str| Err(Error::LogoutToken(reason.to_owned()));
    let typ = token.header.typ.as_deref().map(str::to_ascii_lowercase);
    if !matches!(typ.as_deref(), None | Some("jwt" | "application/jwt" | "logout+jwt" | "application/logout+jwt")) {
        return refused("its header names another type");
    }
    if token.text("iss") != Some(issuer) {
        return refused("it comes from another issuer");
    }
    if !token.has_audience(client_id) {
        return refused("it is for another application");
    }
    if !token.claims.get("iat").is_some_and(Value::is_number) {
        return refused("it does not say when it was issued");
    }
    let names = |claim: &str| token.text(claim).is_some_and(|value| !value.is_empty());
    let malformed = |claim: &str| token.claims.contains_key(claim) && !names(claim);
    if malformed("sub") || malformed("sid") || !(names("sub") || names("sid")) {
        return refused("it names neither a user nor a session");
    }
    if !token.claims.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object) {
        return refused("it is not about a logout");
    }
    // An ID token must never do as one.
    if token.claims.contains_key("nonce") {
        return refused("it has a nonce");
    }
    if !names("jti") {
        return refused("it has no id");
    }
    Ok(())
}

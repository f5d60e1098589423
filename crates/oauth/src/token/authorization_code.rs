//! The authorization code grant (RFC 6749 section 4.1.3, inventory O094).

use kernel::Timestamp;
use kernel::ids::ApplicationId;

use crate::authorize::redirect_uri;
use crate::{Client, OAuthError, Params, pkce};

/// What is stored about a code, as far as the checks look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationCode {
    pub client_id: ApplicationId,
    pub redirect_uri: String,
    pub code_challenge: Option<String>,
    pub expires_at: Timestamp,
    pub consumed: bool,
}

/// A refusal; a replayed code also ends the grant it belongs to (OAuth 2.1 section 4.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRejection {
    pub error: OAuthError,
    pub revoke_grant: bool,
}

impl From<OAuthError> for CodeRejection {
    fn from(error: OAuthError) -> Self {
        Self { error, revoke_grant: false }
    }
}

/// `code` and `redirect_uri`; the latter may be left out when one URI is registered (trace 00-04).
pub fn parameters<'a>(params: &'a Params, client: &'a Client) -> Result<(&'a str, &'a str), OAuthError> {
    let redirect_uri = params.get("redirect_uri").or_else(|| redirect_uri::single(client));
    match (params.get("code"), redirect_uri) {
        (Some(code), Some(redirect_uri)) => Ok((code, redirect_uri)),
        (None, None) => Err(OAuthError::missing(&["code", "redirect_uri"])),
        (None, _) => Err(OAuthError::missing(&["code"])),
        (_, None) => Err(OAuthError::missing(&["redirect_uri"])),
    }
}

/// Checks a code; a failure does not use it up.
pub fn check(
    code: Option<&AuthorizationCode>,
    client: &Client,
    redirect_uri: &str,
    verifier: Option<&str>,
    now: Timestamp,
) -> Result<(), CodeRejection> {
    let code = code.ok_or_else(|| OAuthError::invalid_grant("authorization code not found"))?;
    if code.client_id != client.id {
        return Err(OAuthError::invalid_grant("client mismatch").into());
    }
    if code.expires_at <= now {
        return Err(OAuthError::invalid_grant("authorization code is expired").into());
    }
    pkce::check_verifier(code.code_challenge.as_deref(), verifier)?;
    if code.redirect_uri != redirect_uri {
        return Err(OAuthError::invalid_grant("authorization code redirect_uri mismatch").into());
    }
    if code.consumed {
        return Err(replay_rejection());
    }
    Ok(())
}

/// The refusal of a code that somebody else has just used.
pub fn replay_rejection() -> CodeRejection {
    CodeRejection { error: OAuthError::invalid_grant("authorization code already consumed"), revoke_grant: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{ApplicationType, samples};

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const URI: &str = "https://app.example.com/callback";

    fn code() -> AuthorizationCode {
        AuthorizationCode {
            client_id: "app".into(),
            redirect_uri: URI.into(),
            code_challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into()),
            expires_at: Timestamp(60_000),
            consumed: false,
        }
    }

    fn detail(code: Option<&AuthorizationCode>, uri: &str, verifier: Option<&str>, now: i64) -> (&'static str, bool) {
        let client = samples::client(ApplicationType::Traditional, &[URI]);
        let refusal = check(code, &client, uri, verifier, Timestamp(now)).unwrap_err();
        assert_eq!(refusal.error.error, "invalid_grant");
        (refusal.error.detail.unwrap(), refusal.revoke_grant)
    }

    #[test]
    fn b4_each_binding_is_checked_alone() {
        let good = code();
        let client = samples::client(ApplicationType::Traditional, &[URI]);
        assert_eq!(check(Some(&good), &client, URI, Some(VERIFIER), Timestamp(59_999)), Ok(()));
        assert_eq!(detail(None, URI, Some(VERIFIER), 0), ("authorization code not found", false));
        let foreign = AuthorizationCode { client_id: "App".into(), ..code() };
        assert_eq!(detail(Some(&foreign), URI, Some(VERIFIER), 0), ("client mismatch", false));
        assert_eq!(detail(Some(&good), URI, Some(VERIFIER), 60_000), ("authorization code is expired", false));
        let other = "https://app.example.com/cb2";
        assert_eq!(detail(Some(&good), other, Some(VERIFIER), 0), ("authorization code redirect_uri mismatch", false));
        assert_eq!(detail(Some(&good), URI, None, 0), ("code_verifier must be provided", false));
        let used = AuthorizationCode { consumed: true, ..code() };
        assert_eq!(detail(Some(&used), URI, Some(VERIFIER), 0), ("authorization code already consumed", true));
    }

    #[test]
    fn a_missing_redirect_uri_is_fine_when_one_is_registered() {
        let text = |client: &Client, body: &str| {
            parameters(&Params::parse(body).unwrap(), client).map(|_| ()).map_err(|e| e.description.unwrap())
        };
        let two = samples::client(ApplicationType::Traditional, &[URI, "https://app.example.com/cb2"]);
        assert_eq!(text(&two, "code=x").unwrap_err(), "missing required parameter 'redirect_uri'");
        assert_eq!(text(&two, "").unwrap_err(), "missing required parameters 'code' and 'redirect_uri'");
        let one = samples::client(ApplicationType::Traditional, &[URI]);
        assert_eq!(text(&one, "code=x"), Ok(()));
    }
}

//! The refresh token grant (RFC 6749 section 6, inventory O072–O081).

use kernel::Timestamp;
use kernel::ids::ApplicationId;

use crate::client::{ApplicationType, Client, GrantType};
use crate::scope::ScopeSet;
use crate::{OAuthError, Params, ttl};

/// What is stored about a refresh token, as far as the rules look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    pub client_id: ApplicationId,
    /// When the first token of the family was issued.
    pub first_issued_at: Timestamp,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    pub consumed_at: Option<Timestamp>,
}

/// Whether a token is issued at all: the client may use it, and the user granted `offline_access` (or the client is a
/// web application that always gets one; inventory O065).
pub fn is_issued(client: &Client, scope: &ScopeSet) -> bool {
    let always = client.custom.always_issue_refresh_token.unwrap_or(false) && !client.is_native();
    client.allows_grant(GrantType::RefreshToken) && (scope.contains("offline_access") || always)
}

/// Checks 1–3 of the order in inventory O073: found, own client, not expired.
pub fn check<'a>(
    token: Option<&'a RefreshToken>,
    client: &Client,
    now: Timestamp,
) -> Result<&'a RefreshToken, OAuthError> {
    let token = token.ok_or_else(|| OAuthError::invalid_grant("refresh token not found"))?;
    if token.client_id != client.id {
        return Err(OAuthError::invalid_grant("client mismatch"));
    }
    if token.expires_at <= now {
        return Err(OAuthError::invalid_grant("refresh token is expired"));
    }
    Ok(token)
}

/// The scopes asked for: a part of the token's `scope`, all of it by default.
pub fn requested_scope(params: &Params, scope: &ScopeSet) -> Result<ScopeSet, OAuthError> {
    if params.get("scope").is_none() {
        return Ok(scope.clone());
    }
    let requested: ScopeSet = params.list("scope").into_iter().collect();
    let missing = requested.difference(scope);
    if missing.is_empty() {
        return Ok(requested);
    }
    let plural = if missing.iter().count() > 1 { "s" } else { "" };
    Err(OAuthError::invalid_scope(format!("refresh token missing requested scope{plural}"), missing.to_string()))
}

/// Whether an ID token comes along: `openid` is in the token's `scope` and not left out of an explicit parameter.
pub fn wants_id_token(params: &Params, scope: &ScopeSet) -> bool {
    scope.contains("openid") && (params.get("scope").is_none() || params.list("scope").contains(&"openid"))
}

/// What a used token still does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshTokenUse {
    /// Never used before.
    First,
    /// Used a moment ago, maybe by a parallel request or a lost answer: the same successor is returned.
    Grace,
    /// Used long ago: somebody else holds a copy; the grant ends.
    Replay,
}

impl RefreshToken {
    /// Which use of the token this is.
    pub fn usage(&self, now: Timestamp) -> RefreshTokenUse {
        match self.consumed_at {
            None => RefreshTokenUse::First,
            // In both directions: a clock that was set back must not make the grace last until it has caught up.
            Some(at) if now.0.abs_diff(at.0) < ttl::REFRESH_GRACE.unsigned_abs() * 1000 => RefreshTokenUse::Grace,
            Some(_) => RefreshTokenUse::Replay,
        }
    }

    /// Whether using the token replaces it (inventory O074).
    pub fn rotates(&self, client: &Client, now: Timestamp) -> bool {
        if !client.custom.rotate_refresh_token.unwrap_or(true) {
            return false;
        }
        let family_age = now.seconds() - self.first_issued_at.seconds();
        if family_age >= ttl::ROTATION_LIMIT {
            return false;
        }
        let lifetime = self.expires_at.0 - self.issued_at.0;
        client.is_public() || (now.0 - self.issued_at.0) * 10 >= lifetime * 7
    }

    /// When the successor expires: single-page applications inherit the end, others start anew (inventory O075).
    pub fn successor_expires_at(&self, client: &Client, now: Timestamp) -> Timestamp {
        if client.application_type == ApplicationType::Spa {
            self.expires_at
        } else {
            now.plus_seconds(ttl::refresh_token(client))
        }
    }
}

/// The refusal of a token that was used before.
pub fn replay_error() -> OAuthError {
    OAuthError::invalid_grant("refresh token already used")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::samples;

    fn token() -> RefreshToken {
        RefreshToken {
            client_id: "app".into(),
            first_issued_at: Timestamp(0),
            issued_at: Timestamp(0),
            expires_at: Timestamp(1_000_000),
            consumed_at: None,
        }
    }

    fn granted() -> ScopeSet {
        ScopeSet::parse("openid offline_access profile read")
    }

    #[test]
    fn issued_only_with_offline_access_or_when_the_client_always_gets_one() {
        let mut client = samples::client(ApplicationType::Traditional, &[]);
        assert!(is_issued(&client, &ScopeSet::parse("openid offline_access")));
        assert!(!is_issued(&client, &ScopeSet::parse("openid")));
        client.custom.always_issue_refresh_token = Some(true);
        assert!(is_issued(&client, &ScopeSet::parse("openid")));
        client.application_type = ApplicationType::Native;
        assert!(!is_issued(&client, &ScopeSet::parse("openid")));
    }

    #[test]
    fn the_first_failing_check_is_reported() {
        let client = samples::client(ApplicationType::Spa, &[]);
        let detail = |token: Option<&RefreshToken>, now| check(token, &client, Timestamp(now)).unwrap_err().detail;
        assert_eq!(detail(None, 0), Some("refresh token not found"));
        let foreign = RefreshToken { client_id: "other".into(), ..token() };
        assert_eq!(detail(Some(&foreign), 2_000_000), Some("client mismatch"));
        assert_eq!(detail(Some(&token()), 1_000_000), Some("refresh token is expired"));
    }

    #[test]
    fn scope_may_only_shrink() {
        let ask = |query: &str| requested_scope(&Params::parse(query).unwrap(), &granted());
        assert_eq!(ask("").unwrap().to_string(), "openid offline_access profile read");
        assert_eq!(ask("scope=read").unwrap().to_string(), "read");
        let error = ask("scope=openid+nope").unwrap_err();
        assert_eq!(error.description.as_deref(), Some("refresh token missing requested scope"));
        assert_eq!((error.error, error.scope.as_deref()), ("invalid_scope", Some("nope")));
        assert!(ask("scope=a+b").unwrap_err().description.unwrap().ends_with("scopes"));
    }

    #[test]
    fn an_explicit_scope_without_openid_suppresses_the_id_token() {
        let wants = |query: &str| wants_id_token(&Params::parse(query).unwrap(), &granted());
        assert!(wants("") && wants("scope=openid+profile") && !wants("scope=read"));
    }

    #[test]
    fn reuse_is_forgiven_for_three_seconds() {
        let used = RefreshToken { consumed_at: Some(Timestamp(10_000)), ..token() };
        assert_eq!(token().usage(Timestamp(0)), RefreshTokenUse::First);
        assert_eq!(used.usage(Timestamp(12_999)), RefreshTokenUse::Grace);
        assert_eq!(used.usage(Timestamp(13_000)), RefreshTokenUse::Replay);
        assert_eq!(used.usage(Timestamp(7_001)), RefreshTokenUse::Grace);
        assert_eq!(used.usage(Timestamp(7_000)), RefreshTokenUse::Replay, "the clock was set back");
    }

    #[test]
    fn rotation_depends_on_client_and_age() {
        let spa = samples::client(ApplicationType::Spa, &[]);
        let mut web = samples::client(ApplicationType::Traditional, &[]);
        assert!(token().rotates(&spa, Timestamp(1)));
        assert!(!token().rotates(&web, Timestamp(699_999)));
        assert!(token().rotates(&web, Timestamp(700_000)));
        web.custom.rotate_refresh_token = Some(false);
        assert!(!token().rotates(&web, Timestamp(900_000)));
        let old =
            RefreshToken { issued_at: Timestamp(31_557_600_000), expires_at: Timestamp(31_558_600_000), ..token() };
        assert!(!old.rotates(&spa, Timestamp(31_557_600_000)));
    }

    #[test]
    fn only_single_page_applications_inherit_the_end() {
        let now = Timestamp(500_000);
        let expires = |kind| token().successor_expires_at(&samples::client(kind, &[]), now);
        assert_eq!(expires(ApplicationType::Spa), Timestamp(1_000_000));
        assert_eq!(expires(ApplicationType::Native), now.plus_seconds(ttl::REFRESH_TOKEN));
        assert_eq!(expires(ApplicationType::Traditional), now.plus_seconds(ttl::REFRESH_TOKEN));
    }
}

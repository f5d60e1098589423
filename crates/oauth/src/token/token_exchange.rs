//! Token exchange (RFC 8693, inventory O087–O093): whose tokens an application may exchange, and how much of what they allow is
//! left.

use kernel::Timestamp;
use serde_json::{Map, Value};

use crate::scope::ScopeSet;
use crate::{Client, OAuthError, Params};

/// `subject_token_type` and `actor_token_type` of access tokens (RFC 8693 section 3).
pub const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";
/// `subject_token_type` of tokens of `POST /api/subject-tokens`.
pub const IMPERSONATION_TOKEN_TYPE: &str = "urn:logto:token-type:impersonation_token";
/// `subject_token_type` of personal access tokens.
pub const PERSONAL_ACCESS_TOKEN_TYPE: &str = "urn:logto:token-type:personal_access_token";
/// The first characters of impersonation tokens.
pub const IMPERSONATION_PREFIX: &str = "sub_";
/// How often a token whose user somebody acts for may be exchanged by yet another actor.
const MAX_ACTORS: usize = 8;

/// What the request presents as its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectTokenType {
    Impersonation,
    PersonalAccessToken,
    OpaqueAccessToken,
    JwtAccessToken,
}

/// The tokens of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExchangeRequest<'a> {
    pub subject_token_type: SubjectTokenType,
    pub subject_token: &'a str,
    /// An opaque access token.
    pub actor_token: Option<&'a str>,
}

impl<'a> ExchangeRequest<'a> {
    /// Reads the parameters (RFC 8693 section 2.1).
    ///
    /// # Errors
    /// `invalid_request` when one is missing; `invalid_grant` for a type that is not known.
    pub fn parse(params: &'a Params) -> Result<Self, OAuthError> {
        params.require(&["subject_token", "subject_token_type"])?;
        let subject_token = params.get("subject_token").unwrap_or_default();
        let subject_token_type = match params.get("subject_token_type").unwrap_or_default() {
            IMPERSONATION_TOKEN_TYPE => SubjectTokenType::Impersonation,
            PERSONAL_ACCESS_TOKEN_TYPE => SubjectTokenType::PersonalAccessToken,
            ACCESS_TOKEN_TYPE if subject_token.starts_with(IMPERSONATION_PREFIX) => SubjectTokenType::Impersonation,
            // Opaque tokens are base64url: they have no dots.
            ACCESS_TOKEN_TYPE if subject_token.contains('.') => SubjectTokenType::JwtAccessToken,
            ACCESS_TOKEN_TYPE => SubjectTokenType::OpaqueAccessToken,
            _ => return Err(OAuthError::invalid_grant("unsupported subject token type")),
        };
        let actor_token = params.get("actor_token");
        if actor_token.is_some() && params.get("actor_token_type") != Some(ACCESS_TOKEN_TYPE) {
            return Err(OAuthError::invalid_grant("unsupported actor token type"));
        }
        Ok(Self { subject_token_type, subject_token, actor_token })
    }
}

/// Checks that a token may be exchanged at `now`. Once a token is used up it stays so.
///
/// # Errors
/// `invalid_grant`.
pub fn check_lifetime(
    expires_at: Option<Timestamp>,
    consumed_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), OAuthError> {
    if expires_at.is_some_and(|at| at <= now) {
        return Err(OAuthError::invalid_grant("subject token is expired"));
    }
    if consumed_at.is_some() {
        return Err(already_consumed());
    }
    Ok(())
}

/// The refusal of a subject token that somebody else has just used.
pub fn already_consumed() -> OAuthError {
    OAuthError::invalid_grant("subject token is already consumed")
}

/// Checks the client that an access token was issued to: only tokens of the tenant's own applications are exchanged, so that a
/// third party's token opens nothing that the user did not consent to (attack B19).
///
/// # Errors
/// `invalid_grant`.
pub fn check_issuing_client(client: Option<&Client>) -> Result<(), OAuthError> {
    match client {
        None => Err(OAuthError::invalid_grant("subject token was issued to an unknown client")),
        Some(client) if client.is_third_party => {
            Err(OAuthError::invalid_grant("subject token was not issued to a first-party application"))
        }
        Some(_) => Ok(()),
    }
}

/// Checks the token of an actor.
///
/// # Errors
/// `invalid_grant`.
pub fn check_actor_scope(scope: &ScopeSet) -> Result<(), OAuthError> {
    match scope.contains("openid") {
        true => Ok(()),
        false => Err(OAuthError::invalid_grant("actor token must have openid scope")),
    }
}

/// The claims of a JWT access token that is the subject.
#[derive(Debug, Clone, PartialEq)]
pub struct JwtSubject<'a> {
    pub user_id: &'a str,
    pub client_id: &'a str,
    pub grant_id: &'a str,
    pub expires_at: Timestamp,
}

/// The `jti` of an access token of a grant (RFC 7519 section 4.1.7): whoever gives something out for the token finds the grant.
pub fn access_token_jti(grant_id: &str, random: &str) -> String {
    format!("{grant_id}.{random}")
}

/// The grant that the `jti` of an access token names. None of another JWT.
pub fn grant_of_jti(jti: &str) -> Option<&str> {
    jti.split_once('.').map(|(grant_id, _)| grant_id)
}

/// Checks the claims of a JWT whose signature is right. ID tokens and logout tokens have another `typ` (attack B17).
///
/// # Errors
/// `invalid_grant`.
pub fn check_jwt<'a>(
    typ: Option<&str>,
    claims: &'a Map<String, Value>,
    issuer: &str,
) -> Result<JwtSubject<'a>, OAuthError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
    if text("iss") != Some(issuer) {
        return Err(OAuthError::invalid_grant("invalid subject token"));
    }
    if typ != Some("at+jwt") {
        return Err(OAuthError::invalid_grant("subject token is not an access token"));
    }
    let client_id = text("client_id");
    let client_id =
        client_id.ok_or_else(|| OAuthError::invalid_grant("subject token is not bound to an issuing client"))?;
    let user_id = text("sub");
    let user_id =
        user_id.ok_or_else(|| OAuthError::invalid_grant("subject token does not contain a valid `sub` claim"))?;
    let grant_id = text("jti").and_then(grant_of_jti);
    let grant_id = grant_id.ok_or_else(|| OAuthError::invalid_grant("subject token is not bound to a grant"))?;
    let expires_at = claims.get("exp").and_then(Value::as_i64).map(|seconds| Timestamp(seconds.saturating_mul(1000)));
    let expires_at = expires_at.ok_or_else(|| OAuthError::invalid_grant("invalid subject token"))?;
    Ok(JwtSubject { user_id, client_id, grant_id, expires_at })
}

/// The claim `act` of the new token (RFC 8693 section 4.1): the actor, and who acted before. Without a new actor those before
/// stay.
///
/// # Errors
/// `invalid_grant` when too many acted before.
pub fn actor_claim(actor: Option<&str>, before: Option<Value>) -> Result<Option<Value>, OAuthError> {
    let Some(actor) = actor else { return Ok(before) };
    let mut depth = 1;
    let mut next = before.as_ref();
    while let Some(earlier) = next {
        depth += 1;
        next = earlier.get("act");
    }
    if depth > MAX_ACTORS {
        return Err(OAuthError::invalid_grant("too many actors"));
    }
    let mut claim = Map::from_iter([("sub".to_owned(), Value::from(actor))]);
    claim.extend(before.map(|before| ("act".to_owned(), before)));
    Ok(Some(Value::Object(claim)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::{ApplicationType, samples};

    fn detail<T: std::fmt::Debug>(result: Result<T, OAuthError>) -> &'static str {
        result.unwrap_err().detail.unwrap()
    }

    fn parse(query: &str) -> Result<SubjectTokenType, OAuthError> {
        ExchangeRequest::parse(&Params::parse(query).unwrap()).map(|request| request.subject_token_type)
    }

    #[test]
    fn the_type_and_the_value_say_what_the_subject_is() {
        let of = |value: &str, kind: &str| parse(&format!("subject_token={value}&subject_token_type={kind}"));
        assert_eq!(of("sub_x", IMPERSONATION_TOKEN_TYPE), Ok(SubjectTokenType::Impersonation));
        assert_eq!(of("sub_x", ACCESS_TOKEN_TYPE), Ok(SubjectTokenType::Impersonation));
        assert_eq!(of("x", ACCESS_TOKEN_TYPE), Ok(SubjectTokenType::OpaqueAccessToken));
        assert_eq!(of("x.y.z", ACCESS_TOKEN_TYPE), Ok(SubjectTokenType::JwtAccessToken));
        assert_eq!(of("pat_x", PERSONAL_ACCESS_TOKEN_TYPE), Ok(SubjectTokenType::PersonalAccessToken));
        assert_eq!(detail(of("x", "urn:ietf:params:oauth:token-type:refresh_token")), "unsupported subject token type");
        let text = |query: &str| parse(query).unwrap_err().description.unwrap();
        assert_eq!(text(""), "missing required parameters 'subject_token' and 'subject_token_type'");
        assert_eq!(text("subject_token=x"), "missing required parameter 'subject_token_type'");
        for actor in ["&actor_token=a", "&actor_token=a&actor_token_type=x"] {
            let query = format!("subject_token=x&subject_token_type={ACCESS_TOKEN_TYPE}{actor}");
            assert_eq!(detail(parse(&query)), "unsupported actor token type");
        }
    }

    #[test]
    fn expired_and_used_tokens_are_refused() {
        assert_eq!(check_lifetime(None, None, Timestamp(9)), Ok(()));
        assert_eq!(check_lifetime(Some(Timestamp(10)), None, Timestamp(9)), Ok(()));
        assert_eq!(detail(check_lifetime(Some(Timestamp(9)), None, Timestamp(9))), "subject token is expired");
        assert_eq!(
            detail(check_lifetime(Some(Timestamp(10)), Some(Timestamp(1)), Timestamp(9))),
            "subject token is already consumed"
        );
    }

    #[test]
    fn b19_only_access_tokens_of_own_applications_are_subjects() {
        let claims = |value: Value| value.as_object().unwrap().clone();
        let good = claims(json!({"iss": "i", "sub": "u", "client_id": "c", "jti": "g.r", "exp": 9}));
        let named = JwtSubject { user_id: "u", client_id: "c", grant_id: "g", expires_at: Timestamp(9000) };
        assert_eq!(check_jwt(Some("at+jwt"), &good, "i"), Ok(named));
        let of_no_grant = claims(json!({"iss": "i", "sub": "u", "client_id": "c", "jti": "r", "exp": 9}));
        assert_eq!(detail(check_jwt(Some("at+jwt"), &of_no_grant, "i")), "subject token is not bound to a grant");
        assert_eq!(detail(check_jwt(None, &good, "i")), "subject token is not an access token");
        assert_eq!(detail(check_jwt(Some("at+jwt"), &good, "other")), "invalid subject token");
        let unbound = claims(json!({"iss": "i", "sub": "u"}));
        assert_eq!(detail(check_jwt(Some("at+jwt"), &unbound, "i")), "subject token is not bound to an issuing client");
        let nobody = claims(json!({"iss": "i", "sub": 1, "client_id": "c"}));
        assert_eq!(
            detail(check_jwt(Some("at+jwt"), &nobody, "i")),
            "subject token does not contain a valid `sub` claim"
        );
        let mut client = samples::client(ApplicationType::Spa, &[]);
        assert_eq!(check_issuing_client(Some(&client)), Ok(()));
        client.is_third_party = true;
        assert_eq!(
            detail(check_issuing_client(Some(&client))),
            "subject token was not issued to a first-party application"
        );
        assert_eq!(detail(check_issuing_client(None)), "subject token was issued to an unknown client");
    }

    #[test]
    fn actors_are_kept_and_bounded() {
        assert_eq!(actor_claim(None, None), Ok(None));
        let mut claim = None;
        for number in 0..MAX_ACTORS {
            claim = actor_claim(Some(&number.to_string()), claim).unwrap();
        }
        assert_eq!(
            actor_claim(Some("bob"), Some(json!({"sub": "a"}))),
            Ok(Some(json!({"sub": "bob", "act": {"sub": "a"}})))
        );
        assert_eq!(actor_claim(None, claim.clone()), Ok(claim.clone()));
        assert_eq!(detail(actor_claim(Some("x"), claim)), "too many actors");
    }
}

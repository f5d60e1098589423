//! Proof Key for Code Exchange (RFC 7636), S256 only.

use kernel::id;

use crate::OAuthError;

const LENGTH: std::ops::RangeInclusive<usize> = 43..=128;

/// Checks the two parameters of an authorization request; returns the challenge, if there is one.
/// `required` is the client's policy.
pub fn check_challenge<'a>(
    challenge: Option<&'a str>,
    method: Option<&str>,
    required: bool,
) -> Result<Option<&'a str>, OAuthError> {
    match (challenge, method) {
        (None, Some(_)) => {
            Err(OAuthError::invalid_request("code_challenge must be provided with code_challenge_method"))
        }
        (None, None) if required => {
            Err(OAuthError::invalid_request("Authorization Server policy requires PKCE to be used for this request"))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err(OAuthError::invalid_request("code_challenge_method must be provided")),
        (Some(_), Some(method)) if method != "S256" => {
            Err(OAuthError::invalid_request("not supported value of code_challenge_method"))
        }
        (Some(challenge), Some(_)) => check_form(challenge).map(|()| Some(challenge)),
    }
}

fn check_form(challenge: &str) -> Result<(), OAuthError> {
    let problem = if challenge.len() < *LENGTH.start() {
        "code_challenge must be a string with a minimum length of 43 characters"
    } else if challenge.len() > *LENGTH.end() {
        "code_challenge must be a string with a maximum length of 128 characters"
    } else if !challenge.bytes().all(is_unreserved) {
        "code_challenge contains invalid characters"
    } else {
        return Ok(());
    };
    Err(OAuthError::invalid_request(problem))
}

/// Checks the verifier of a token request against the stored challenge; a verifier without challenge is refused, too, as
/// it means that somebody stripped the challenge (OAuth 2.1 section 7.6).
pub fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), OAuthError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(OAuthError::invalid_grant("unsupported code_challenge_method")),
        (Some(_), None) => Err(OAuthError::invalid_grant("code_verifier must be provided")),
        (Some(challenge), Some(verifier)) => {
            let formed = LENGTH.contains(&verifier.len()) && verifier.bytes().all(is_unreserved);
            if formed && id::constant_time_eq(&id::token_digest(verifier), challenge) {
                Ok(())
            } else {
                Err(OAuthError::invalid_grant("code_verifier does not match code_challenge"))
            }
        }
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_rfc_7636_appendix_b_verifies() {
        assert!(check_verifier(Some(CHALLENGE), Some(VERIFIER)).is_ok());
    }

    #[test]
    fn b1_a_challenge_needs_its_verifier() {
        assert_eq!(check_verifier(Some(CHALLENGE), None).unwrap_err().error, "invalid_grant");
        let other = VERIFIER.replace('d', "e");
        assert_eq!(check_verifier(Some(CHALLENGE), Some(&other)).unwrap_err().error, "invalid_grant");
        assert_eq!(check_verifier(Some(CHALLENGE), Some(CHALLENGE)).unwrap_err().error, "invalid_grant");
    }

    #[test]
    fn b2_no_downgrade_is_accepted() {
        let text = |challenge, method| check_challenge(challenge, method, true).unwrap_err().description.unwrap();
        let policy = "Authorization Server policy requires PKCE to be used for this request";
        assert_eq!(text(None, None), policy);
        assert_eq!(text(Some(CHALLENGE), Some("plain")), "not supported value of code_challenge_method");
        assert_eq!(text(Some(CHALLENGE), None), "code_challenge_method must be provided");
        assert_eq!(text(None, Some("S256")), "code_challenge must be provided with code_challenge_method");
        let short = "code_challenge must be a string with a minimum length of 43 characters";
        assert_eq!(text(Some("short"), Some("S256")), short);
        assert!(check_challenge(Some(&"x".repeat(129)), Some("S256"), true).is_err());
        assert!(check_challenge(Some(&"=".repeat(43)), Some("S256"), true).is_err());
        assert_eq!(check_verifier(None, Some(VERIFIER)).unwrap_err().error, "invalid_grant", "stripped challenge");
        assert_eq!(check_challenge(None, None, false).unwrap(), None);
    }
}

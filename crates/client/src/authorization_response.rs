//! Reading a callback (RFC 6749 section 4.1.2, RFC 9207): which sign-in it belongs to and whether that may continue.

use url::Url;

use crate::{CallbackMatch, Error, ProviderMetadata, SignInAttempt};

/// A callback that belongs to a pending attempt.
#[derive(Debug)]
pub(crate) struct AuthorizationResponse {
    pub attempt: SignInAttempt,
    pub code: String,
    iss: Option<String>,
}

/// Finds the attempt of a callback. The texts of the errors are those of the published package.
pub(crate) fn read(
    uri: &str,
    attempts: Vec<SignInAttempt>,
    matching: CallbackMatch,
) -> Result<AuthorizationResponse, Error> {
    let newest = attempts.first().cloned().ok_or(Error::SignInSessionNotFound)?;
    // Some applications pass only path and query: then there is no address to compare.
    let base = Url::parse(&newest.redirect_uri).ok().filter(|_| uri.starts_with('/') && !uri.starts_with("//"));
    let url = Url::options().base_url(base.as_ref()).parse(uri).map_err(|_| Error::RedirectPathMismatch)?;
    let parameter = |name: &str| {
        let mut values = url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        // A parameter given twice is none (RFC 6749 section 3.1).
        values.next().filter(|value| !value.is_empty() && values.next().is_none())
    };
    let state = parameter("state");
    let found = attempts
        .into_iter()
        .find(|one| state.as_deref().is_some_and(|state| kernel::id::constant_time_eq(&one.state, state)));
    compare(&url, &found.as_ref().unwrap_or(&newest).redirect_uri, matching)?;
    // First of all the state: without it, anybody who has a link clicked could show an error of their choice.
    let attempt = found.ok_or(Error::InvalidState)?;
    if let Some(error) = parameter("error") {
        return Err(Error::AuthorizationRefused { error, description: parameter("error_description") });
    }
    let code = parameter("code").ok_or(Error::MissingCode)?;
    Ok(AuthorizationResponse { attempt, code, iss: parameter("iss") })
}

impl AuthorizationResponse {
    /// The mix-up defence of RFC 9207 section 2.4.
    pub(crate) fn check_issuer(&self, metadata: &ProviderMetadata) -> Result<(), Error> {
        let right = match &self.iss {
            Some(iss) => *iss == metadata.issuer,
            None => !metadata.authorization_response_iss_parameter_supported,
        };
        if right { Ok(()) } else { Err(Error::IssuerMismatch { expected: metadata.issuer.clone() }) }
    }
}

fn compare(received: &Url, redirect_uri: &str, matching: CallbackMatch) -> Result<(), Error> {
    let expected = Url::parse(redirect_uri).map_err(|_| Error::RedirectPathMismatch)?;
    if received.path() != expected.path() {
        return Err(Error::RedirectPathMismatch);
    }
    if matching == CallbackMatch::Path {
        return Ok(());
    }
    let place = |url: &Url| {
        let port = url.port_or_known_default().unwrap_or_default();
        (url.scheme().to_owned(), url.host_str().unwrap_or_default().to_owned(), port)
    };
    let query_kept = expected.query_pairs().all(|pair| received.query_pairs().any(|other| other == pair));
    if place(received) != place(&expected) || !query_kept {
        let mut shown = received.clone();
        shown.set_query(None);
        shown.set_fragment(None);
        return Err(Error::RedirectOriginMismatch { expected: redirect_uri.to_owned(), received: shown.into() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REDIRECT: &str = "https://app.example/cb?tenant=a";

    fn attempt(state: &str) -> SignInAttempt {
        SignInAttempt {
            redirect_uri: REDIRECT.into(),
            code_verifier: "v".into(),
            state: state.into(),
            nonce: None,
            started_at: None,
        }
    }

    fn outcome(uri: &str, matching: CallbackMatch) -> String {
        match read(uri, vec![attempt("s2"), attempt("s1")], matching) {
            Ok(callback) => format!("{} {}", callback.attempt.state, callback.code),
            Err(error) => error.code().to_owned(),
        }
    }

    #[test]
    fn callbacks_are_judged_by_address_state_error_and_code() {
        let full = CallbackMatch::Full;
        for (uri, expected) in [
            ("https://app.example/cb?tenant=a&state=s1&code=c", "s1 c"),
            ("https://app.example:443/cb?code=c&tenant=a&state=s2", "s2 c"),
            ("https://app.example/cb?tenant=b&state=s1&code=c", "callback.redirect_uri_mismatch"),
            ("https://app.example/other?tenant=a&state=s1&code=c", "callback.redirect_uri_mismatch"),
            ("https://evil.example/cb?tenant=a&state=s1&code=c", "callback.redirect_uri_mismatch"),
            ("http://app.example/cb?tenant=a&state=s1&code=c", "callback.redirect_uri_mismatch"),
            ("https://app.example:444/cb?tenant=a&state=s1&code=c", "callback.redirect_uri_mismatch"),
            ("https://app.example/cb?tenant=a&state=s1&error=access_denied", "access_denied"),
            ("https://app.example/cb?tenant=a&error=access_denied", "callback.invalid_state"),
            (
                "https://app.example/cb?tenant=a&state=s3&error=access_denied&error_description=x",
                "callback.invalid_state",
            ),
            ("https://app.example/cb?tenant=a&state=s3&code=c", "callback.invalid_state"),
            ("https://app.example/cb?tenant=a&state=&code=c", "callback.invalid_state"),
            ("https://app.example/cb?tenant=a&code=c", "callback.invalid_state"),
            ("https://app.example/cb?tenant=a&state=s1&state=s1&code=c", "callback.invalid_state"),
            ("https://app.example/cb?tenant=a&state=s1", "callback.missing_code"),
            ("/cb?tenant=a&state=s1&code=c", "s1 c"),
            ("/other?tenant=a&state=s1&code=c", "callback.redirect_uri_mismatch"),
            ("//evil.example/cb?tenant=a&state=s1&code=c", "callback.redirect_uri_mismatch"),
            ("cb?tenant=a&state=s1&code=c", "callback.redirect_uri_mismatch"),
        ] {
            assert_eq!(outcome(uri, full), expected, "{uri}");
        }
        assert_eq!(outcome("http://inside:8000/cb?state=s1&code=c", CallbackMatch::Path), "s1 c");
        assert_eq!(read(REDIRECT, vec![], full).unwrap_err().code(), "sign_in_session.not_found");
    }

    #[test]
    fn the_issuer_must_match_and_be_there_when_the_provider_says_so() {
        let callback = |iss: Option<&str>| AuthorizationResponse {
            attempt: attempt("s"),
            code: "c".into(),
            iss: iss.map(Into::into),
        };
        for (iss, announced, right) in [
            (Some("https://p/oidc"), true, true),
            (Some("https://evil/oidc"), true, false),
            (Some("https://evil/oidc"), false, false),
            (None, true, false),
            (None, false, true),
        ] {
            let metadata = ProviderMetadata {
                issuer: "https://p/oidc".into(),
                authorization_response_iss_parameter_supported: announced,
                ..ProviderMetadata::default()
            };
            assert_eq!(callback(iss).check_issuer(&metadata).is_ok(), right, "{iss:?} {announced}");
        }
    }
}

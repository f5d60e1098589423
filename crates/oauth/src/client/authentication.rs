//! Client authentication at the token endpoint (RFC 6749 section 2.3, inventory O034, O035).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Secret, Timestamp, id};
use percent_encoding::percent_decode_str;

use crate::client::{Client, assertion};
use crate::{OAuthError, Params};

/// How a client tried to prove itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// `Authorization: Basic`.
    Basic { client_id: String, secret: Secret<String> },
    /// `client_secret` in the body.
    Post { client_id: String, secret: Secret<String> },
    /// A client assertion (RFC 7523), not yet verified.
    Assertion { client_id: String, assertion: Secret<String> },
    /// `client_id` alone.
    None { client_id: String },
}

impl Credentials {
    /// The claimed client.
    pub fn client_id(&self) -> &str {
        match self {
            Self::Basic { client_id, .. }
            | Self::Post { client_id, .. }
            | Self::Assertion { client_id, .. }
            | Self::None { client_id } => client_id,
        }
    }

    /// Whether a failure must be answered with `WWW-Authenticate` (RFC 6749 section 5.2).
    pub fn in_header(&self) -> bool {
        matches!(self, Self::Basic { .. })
    }

    fn secret(&self) -> Option<&str> {
        match self {
            Self::Basic { secret, .. } | Self::Post { secret, .. } => Some(secret.expose()),
            Self::Assertion { .. } | Self::None { .. } => None,
        }
    }
}

/// One named secret of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationSecret {
    pub name: String,
    pub value: Secret<String>,
    pub expires_at: Option<Timestamp>,
}

/// Finds the credentials in the `Authorization` header and the body; more than one mechanism is refused.
pub fn credentials(authorization: Option<&str>, params: &Params) -> Result<Credentials, OAuthError> {
    let body_id = params.get("client_id");
    let body_secret = params.get("client_secret");
    if let Some(header) = authorization {
        if body_secret.is_some() || params.get("client_assertion").is_some() {
            return Err(two_mechanisms());
        }
        let (client_id, secret) = basic(header)?;
        if body_id.is_some_and(|id| id != client_id) {
            return Err(OAuthError::invalid_request("client_id mismatch"));
        }
        return Ok(Credentials::Basic { client_id, secret: Secret::new(secret) });
    }
    if let Some(assertion) = params.get("client_assertion") {
        return if body_secret.is_some() { Err(two_mechanisms()) } else { by_assertion(assertion, params) };
    }
    let Some(client_id) = body_id.map(str::to_owned) else {
        return Err(OAuthError::invalid_request("no client authentication mechanism provided"));
    };
    Ok(match body_secret {
        Some(secret) => Credentials::Post { client_id, secret: Secret::new(secret.to_owned()) },
        None => Credentials::None { client_id },
    })
}

fn by_assertion(assertion: &str, params: &Params) -> Result<Credentials, OAuthError> {
    if params.get("client_assertion_type") != Some(assertion::TYPE) {
        return Err(OAuthError::invalid_request(format!("client_assertion_type must be '{}'", assertion::TYPE)));
    }
    let claimed = assertion::claimed_client(assertion);
    let client_id = match (claimed, params.get("client_id")) {
        (Some(claimed), Some(named)) if claimed != named => {
            return Err(OAuthError::invalid_request("client_id mismatch"));
        }
        (Some(claimed), _) => claimed,
        // It can't be right; the client that it was sent for is told so.
        (None, Some(named)) => named.to_owned(),
        (None, None) => return Err(OAuthError::invalid_request("client_assertion is not a JWT about a client")),
    };
    Ok(Credentials::Assertion { client_id, assertion: Secret::new(assertion.to_owned()) })
}

/// Checks a secret, or that none is needed; returns the name of the secret that was used (for the audit log), none for public clients.
/// Every secret is compared, so that time does not tell which one was close. Assertions are refused: they are verified elsewhere.
pub fn authenticate<'a>(
    client: &Client,
    credentials: &Credentials,
    secrets: &'a [ApplicationSecret],
    now: Timestamp,
) -> Result<Option<&'a str>, OAuthError> {
    // An application that signs must not be opened by a secret in plain text.
    if client.custom.token_endpoint_auth_method.is_some() {
        return Err(wrong_method());
    }
    let Some(given) = credentials.secret() else {
        let alone = matches!(credentials, Credentials::None { .. });
        return if client.is_public() && alone { Ok(None) } else { Err(wrong_method()) };
    };
    if client.is_public() {
        return Err(wrong_method());
    }
    let mut found = None;
    for secret in secrets {
        if id::constant_time_eq(secret.value.expose(), given) {
            found = Some(secret);
        }
    }
    match found {
        None => Err(OAuthError::client_authentication("invalid secret provided")),
        Some(secret) if secret.expires_at.is_some_and(|end| end <= now) => {
            Err(OAuthError::invalid_request("client secret has expired"))
        }
        Some(secret) => Ok(Some(&secret.name)),
    }
}

/// The client is registered for another method.
pub fn wrong_method() -> OAuthError {
    OAuthError::client_authentication(
        "the provided authentication mechanism does not match the registered client authentication method",
    )
}

fn two_mechanisms() -> OAuthError {
    OAuthError::invalid_request("client authentication must only be provided using one mechanism")
}

fn basic(header: &str) -> Result<(String, String), OAuthError> {
    let malformed = || OAuthError::invalid_request("invalid authorization header value format");
    let (scheme, value) = header.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") || value.contains(' ') || value.len() > 4096 {
        return Err(malformed());
    }
    let decoded = STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(malformed)?;
    let (client_id, secret) = decoded.split_once(':').ok_or_else(malformed)?;
    if client_id.is_empty() {
        return Err(OAuthError::invalid_request("client_id must be provided in the Authorization header"));
    }
    if secret.is_empty() {
        return Err(OAuthError::invalid_request("client_secret must be provided in the Authorization header"));
    }
    let decode = |part| {
        form_decode(part).ok_or_else(|| {
            OAuthError::invalid_request(
                "client_id and client_secret in the authorization header are not properly encoded",
            )
        })
    };
    Ok((decode(client_id)?, decode(secret)?))
}

/// RFC 6749 appendix B: `+` is a space, percent escapes; the result must be visible ASCII or space (VSCHAR).
fn form_decode(text: &str) -> Option<String> {
    // The crate leaves broken escapes as they are.
    let is_escape = |after: &str| after.as_bytes().get(..2).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    if !text.split('%').skip(1).all(is_escape) {
        return None;
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    decoded.bytes().all(|byte| (0x20..=0x7e).contains(&byte)).then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{ApplicationType, samples};

    fn header(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    fn secret(name: &str, value: &str, expires_at: Option<i64>) -> ApplicationSecret {
        ApplicationSecret { name: name.into(), value: Secret::new(value.into()), expires_at: expires_at.map(Timestamp) }
    }

    #[test]
    fn g2_malformed_authorization_headers_are_client_errors() {
        let none = Params::default();
        for bad in
            ["", "Basic", "Basic ", "Bearer x", "Basic !!!", "Basic Og==", "Basic a b", "basic", "\u{0}", "Basic ="]
        {
            let error = credentials(Some(bad), &none).unwrap_err();
            assert_eq!((error.error, error.status), ("invalid_request", 400), "{bad:?}");
        }
        for bad in ["a%zz:b", "a:%0", "a:b%00", "é:x", ":x", "x:"] {
            assert_eq!(credentials(Some(&header(bad)), &none).unwrap_err().status, 400, "{bad:?}");
        }
        assert!(credentials(Some(&header(&"x".repeat(10_000))), &none).is_err());
    }

    #[test]
    fn header_values_are_form_decoded() {
        let found = credentials(Some(&header("a%2Bb:c+d%3A")), &Params::default()).unwrap();
        let expected = Credentials::Basic { client_id: "a+b".into(), secret: Secret::new("c d:".into()) };
        assert_eq!(found, expected);
    }

    #[test]
    fn only_one_mechanism_is_allowed() {
        let text = |authorization: Option<&str>, body: &str| {
            credentials(authorization, &Params::parse(body).unwrap()).unwrap_err().description.unwrap()
        };
        let basic = header("app:s");
        let one = "client authentication must only be provided using one mechanism";
        assert_eq!(text(Some(&basic), "client_id=app&client_secret=s"), one);
        assert_eq!(text(Some(&basic), "client_id=other"), "client_id mismatch");
        assert_eq!(text(None, "code=x"), "no client authentication mechanism provided");
    }

    #[test]
    fn any_unexpired_secret_opens_and_its_name_is_reported() {
        let client = samples::client(ApplicationType::Traditional, &[]);
        let secrets = [secret("first", "one", None), secret("second", "two", Some(1_000))];
        let attempt = |value: &str, now| {
            let given = Credentials::Post { client_id: "app".into(), secret: Secret::new(value.into()) };
            authenticate(&client, &given, &secrets, Timestamp(now)).map(|name| name.map(str::to_owned))
        };
        assert_eq!(attempt("one", 5_000).unwrap().as_deref(), Some("first"));
        assert_eq!(attempt("two", 999).unwrap().as_deref(), Some("second"));
        assert_eq!(attempt("two", 1_000).unwrap_err().description.unwrap(), "client secret has expired");
        assert_eq!(attempt("three", 0).unwrap_err().status, 401);
        let none = Credentials::None { client_id: "app".into() };
        assert_eq!(authenticate(&client, &none, &secrets, Timestamp(0)).unwrap_err().status, 401);
    }

    #[test]
    fn public_clients_must_not_send_a_secret() {
        let client = samples::client(ApplicationType::Spa, &[]);
        let post = Credentials::Post { client_id: "app".into(), secret: Secret::new("x".into()) };
        assert_eq!(authenticate(&client, &post, &[], Timestamp(0)).unwrap_err().status, 401);
        let none = Credentials::None { client_id: "app".into() };
        assert_eq!(authenticate(&client, &none, &[], Timestamp(0)).unwrap(), None);
        let assertion = Credentials::Assertion { client_id: "app".into(), assertion: Secret::new("x".into()) };
        assert_eq!(authenticate(&client, &assertion, &[], Timestamp(0)).unwrap_err().status, 401);
    }
}

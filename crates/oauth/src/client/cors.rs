//! Which browser origins may call a client's endpoints (inventory O038).

use url::Url;

use crate::OAuthError;
use crate::client::Client;
use crate::redirect::{self, registration, wildcard};

/// Allows `origin` for `client` when it is the server's own, listed in `corsAllowedOrigins`, or the origin of a
/// registered redirect URI (patterns included). `null` is never an origin (attack F10).
pub fn check(client: &Client, origin: &str, issuer: &str) -> Result<(), OAuthError> {
    if allows(client, origin, issuer) {
        return Ok(());
    }
    Err(OAuthError::invalid_request(format!("origin {origin} not allowed for client: {}", client.id)))
}

fn allows(client: &Client, origin: &str, issuer: &str) -> bool {
    if parse_origin(origin).as_deref() != Some(origin) {
        return false;
    }
    let listed = client.custom.cors_allowed_origins.as_deref().unwrap_or_default();
    let covers = |registered: &str| match (registered.contains('*'), Url::parse(origin)) {
        (true, Ok(candidate)) => wildcard::matches_origin(registered, &candidate),
        _ => parse_origin(registered).as_deref() == Some(origin),
    };
    parse_origin(issuer).as_deref() == Some(origin)
        || listed.iter().any(|allowed| covers(allowed))
        // A custom scheme of a redirect URI is a way into an application and no origin of a web view.
        || client.oidc.redirect_uris.iter().filter(|uri| is_web(uri)).any(|uri| covers(uri))
}

/// Checks an entry of `corsAllowedOrigins`: what is stored must be able to match. Patterns follow the rules of redirect
/// URIs; web views have origins of their own such as `capacitor://localhost`.
///
/// # Errors
/// The reason, for the administrator.
pub fn check_registration(entry: &str) -> Result<(), String> {
    let reason = match registration::check(entry) {
        Err(reason) => reason.to_string(),
        Ok(()) if entry.contains('*') && Url::parse(entry).is_ok_and(|url| url.path().contains('*')) => {
            "a wildcard is not allowed in a path".to_owned()
        }
        Ok(()) if parse_origin(entry).is_some() => return Ok(()),
        Ok(()) => "this is no origin like https://app.example.com or capacitor://localhost".to_owned(),
    };
    Err(reason)
}

/// The origin of a URI as browsers write it (RFC 6454 section 6.2). Web views of custom schemes send scheme and host;
/// URIs without a host have no origin.
fn parse_origin(text: &str) -> Option<String> {
    let url = redirect::parse(text)?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    if matches!(url.scheme(), "http" | "https") {
        return Some(url.origin().ascii_serialization());
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", url.scheme(), host.to_ascii_lowercase()))
}

fn is_web(uri: &str) -> bool {
    uri.starts_with("https:") || uri.starts_with("http:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{ApplicationType, samples};

    #[test]
    fn f10_only_registered_origins_may_call() {
        let mut client = samples::client(
            ApplicationType::Spa,
            &["https://spa.example.com/callback", "https://*.preview.example/cb"],
        );
        client.custom.cors_allowed_origins = Some(vec!["https://other.example".into(), "http://localhost:5173".into()]);
        let allowed = |origin| check(&client, origin, "http://localhost:3001/oidc").is_ok();
        for origin in [
            "https://spa.example.com",
            "https://other.example",
            "http://localhost:5173",
            "http://localhost:3001",
            "https://pr-1.preview.example",
        ] {
            assert!(allowed(origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "*",
            "https://evil.example",
            "http://spa.example.com",
            "https://spa.example.com:8443",
            "https://spa.example.com.evil.example",
            "https://spa.example.com@evil.example",
            "https://spa.example.com/",
            "https://a.b.preview.example",
            "https://preview.example",
            "http://pr-1.preview.example",
            "file://",
        ] {
            assert!(!allowed(origin), "{origin}");
        }
    }

    #[test]
    fn every_origin_that_may_be_stored_works() {
        for (entry, origin) in [
            ("https://other.example", "https://other.example"),
            ("https://other.example:443/", "https://other.example"),
            ("https://OTHER.example/app", "https://other.example"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("ionic://localhost/", "ionic://localhost"),
            ("tauri://localhost", "tauri://localhost"),
            ("com.example.app://host:8080", "com.example.app://host:8080"),
            ("https://*.preview.example.com", "https://pr-1.preview.example.com"),
            ("http://localhost:5173", "http://localhost:5173"),
        ] {
            assert_eq!(check_registration(entry), Ok(()), "{entry}");
            let mut client = samples::client(ApplicationType::Spa, &[]);
            client.custom.cors_allowed_origins = Some(vec![entry.to_owned()]);
            assert_eq!(check(&client, origin, "http://localhost:3001/oidc"), Ok(()), "{entry}");
            for other in ["capacitor://evil", "https://evil.example", "null", "capacitor://localhost.evil"] {
                assert!(check(&client, other, "http://localhost:3001/oidc").is_err(), "{entry} lets {other} in");
            }
        }
    }

    #[test]
    fn origins_that_can_never_match_are_not_stored() {
        for entry in [
            "",
            "*",
            "null",
            "localhost:5173",
            "com.example.app:/cb",
            "file://",
            "file:///x",
            "data:x",
            "javascript:alert(1)",
            "https://*",
            "https://*.com",
            "https://a.example.com/*",
            "https://user@a.example.com",
            "capacitor:",
            "capacitor://",
            "https://a.example.com#x",
            "https://%2a.co.uk",
            "https://app.ex%61mple.com",
            "capacitor://%6cocalhost",
            "https://\u{ff0a}.example.com",
        ] {
            assert!(check_registration(entry).is_err(), "{entry}");
        }
        assert!(check_registration("localhost:5173").unwrap_err().contains("did you mean http://localhost:5173?"));
    }

    #[test]
    fn the_error_names_origin_and_client() {
        let client = samples::client(ApplicationType::Spa, &[]);
        let error = check(&client, "https://evil.example", "http://localhost:3001/oidc").unwrap_err();
        assert_eq!(error.description.unwrap(), "origin https://evil.example not allowed for client: app");
    }
}

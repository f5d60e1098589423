//! Which browser origins may call a client's endpoints (inventory O038).

use url::Url;

use crate::OAuthError;
use crate::client::Client;
use crate::redirect::wildcard;

/// Allows `origin` for `client` when it is the server's own, listed in `corsAllowedOrigins`, or the origin of a
/// registered redirect URI (patterns included). `null` is never an origin (attack F10).
pub fn check(client: &Client, origin: &str, issuer: &str) -> Result<(), OAuthError> {
    if allows(client, origin, issuer) {
        return Ok(());
    }
    Err(OAuthError::invalid_request(format!("origin {origin} not allowed for client: {}", client.id)))
}

fn allows(client: &Client, origin: &str, issuer: &str) -> bool {
    let Some(candidate) = web_origin(origin) else { return false };
    if candidate.origin().ascii_serialization() != origin {
        return false;
    }
    let same = |registered: &str| web_origin(registered).is_some_and(|url| url.origin() == candidate.origin());
    let listed = client.custom.cors_allowed_origins.as_deref().unwrap_or_default();
    same(issuer)
        || listed.iter().any(|allowed| allowed == origin || same(allowed))
        || client
            .oidc
            .redirect_uris
            .iter()
            .any(|uri| if uri.contains('*') { wildcard::matches_origin(uri, &candidate) } else { same(uri) })
}

fn web_origin(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
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
    fn the_error_names_origin_and_client() {
        let client = samples::client(ApplicationType::Spa, &[]);
        let error = check(&client, "https://evil.example", "http://localhost:3001/oidc").unwrap_err();
        assert_eq!(error.description.unwrap(), "origin https://evil.example not allowed for client: app");
    }
}

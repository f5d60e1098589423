//! Redirect URIs: registration and matching.

use oauth::client::{ApplicationType, Client, cors};
use oauth::redirect::{self, RedirectUriUse, registration};
use url::{Position, Url};

use crate::{head_and_rest, registered};

/// First line: the client's letters and, after a space, the registered URI. Rest: the candidate.
///
/// Attack classes: G5, A1, A2, A3, A7.
pub fn redirect(data: &[u8]) {
    let (head, candidate) = head_and_rest(data);
    let (letters, registered) = head.split_once(' ').unwrap_or(("", &head));
    let mut client = registered::client(letters);
    client.oidc.redirect_uris = vec![registered.to_owned()];
    client.oidc.post_logout_redirect_uris = vec![registered.to_owned()];
    if registration::check(registered).is_ok() && !registered.contains('*') {
        assert!(matches(&client, registered, RedirectUriUse::PostLogout), "{registered} does not match itself");
    }
    for purpose in [RedirectUriUse::Authorization, RedirectUriUse::PostLogout] {
        if matches(&client, &candidate, purpose) {
            same_place(&client, registered, &candidate, purpose);
        }
    }
    if cors::check(&client, &candidate, "http://localhost:3001/oidc").is_ok() {
        let origin = Url::parse(&candidate).unwrap();
        match origin.scheme() {
            "http" | "https" => assert_eq!(origin.origin().ascii_serialization(), candidate),
            // The origin of a web view with its own scheme.
            scheme => {
                assert!(!redirect::is_scriptable(scheme), "{candidate}");
                assert!(candidate.starts_with(&format!("{scheme}://{}", origin.host_str().unwrap())), "{candidate}");
                assert!(matches!(origin.path(), "" | "/") && origin.query().is_none(), "{candidate}");
            }
        }
    }
}

fn matches(client: &Client, candidate: &str, purpose: RedirectUriUse) -> bool {
    redirect::is_registered(client, candidate, purpose)
}

/// A match has the registered scheme and host and no user information.
fn same_place(client: &Client, registered: &str, candidate: &str, purpose: RedirectUriUse) {
    let (pattern, to) = (Url::parse(registered).unwrap(), Url::parse(candidate).unwrap());
    assert!(!redirect::is_scriptable(to.scheme()), "{candidate} runs code");
    assert_eq!(to.scheme(), pattern.scheme(), "{registered} and {candidate}");
    assert!(to.username().is_empty() && to.password().is_none(), "{candidate} has user info");
    let native = client.application_type == ApplicationType::Native && purpose == RedirectUriUse::Authorization;
    let loopback = matches!(to.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    assert!(to.port() == pattern.port() || native && loopback, "{candidate} has another port");
    // Lenient parsers must see the same authority.
    assert!(!candidate.contains(['\\', ' ', '\t', '\n', '\r']), "{candidate:?}");
    if registered.contains('*') {
        let (expected, host) = (pattern.host_str().unwrap(), to.host_str().unwrap());
        assert_eq!(host.split('.').count(), expected.split('.').count(), "{candidate} has other labels");
        for (expected, label) in expected.split('.').zip(host.split('.')) {
            assert!(expected == label || expected.contains('*') && !label.is_empty(), "{candidate}");
        }
        assert_eq!(to.query(), pattern.query());
        assert!(to.fragment().is_none() && !candidate.contains('*'));
        let fixed = pattern.path().split('*').next().unwrap();
        assert!(to.path().starts_with(fixed), "{candidate} leaves {fixed}");
    } else {
        assert_eq!(to.host_str(), pattern.host_str(), "{registered} and {candidate}");
        assert_eq!(to[Position::BeforePath..], pattern[Position::BeforePath..]);
    }
}

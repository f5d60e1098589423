//! Redirect URIs: matching at request time, validation at registration time (inventory O036, O037).

pub mod registration;
pub mod wildcard;

use url::{Host, Url};

use crate::client::Client;

/// Which of the two lists of a client a URI is looked up in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectUriUse {
    /// `redirect_uri`: native applications may vary the loopback port (RFC 8252 section 7.3).
    Authorization,
    /// `post_logout_redirect_uri`: no such freedom.
    PostLogout,
}

/// Whether `candidate` is one of the client's registered URIs: equal as normalised WHATWG URLs, or by pattern, or (native
/// authorization only) equal but for a loopback port. Raw prefixes, case folding of paths and the like never match. A client that
/// nobody registered must name its URI as its document does, letter by letter (attack E3).
pub fn is_registered(client: &Client, candidate: &str, usage: RedirectUriUse) -> bool {
    let Some(url) = parse(candidate) else { return false };
    let registered = match usage {
        RedirectUriUse::Authorization => &client.oidc.redirect_uris,
        RedirectUriUse::PostLogout => &client.oidc.post_logout_redirect_uris,
    };
    registered.iter().any(|uri| {
        if uri.contains('*') {
            return wildcard::matches(uri, &url);
        }
        let Some(known) = parse(uri) else { return false };
        let is_equal = if client.has_metadata_document() { uri == candidate } else { known == url };
        is_equal || client.is_native() && usage == RedirectUriUse::Authorization && equal_except_port(&known, &url)
    })
}

/// Parses a URI that a browser may be sent to. Scriptable schemes are refused whatever is stored (attack A7); raw
/// control characters and backslashes are refused because parsers disagree about them, and user info because people take
/// it for the host (attack A2).
pub fn parse(uri: &str) -> Option<Url> {
    if uri.len() > 2048 || uri.chars().any(|c| c.is_control() || c == '\\' || c == ' ') {
        return None;
    }
    Url::parse(uri).ok().filter(|url| !is_scriptable(url.scheme()) && !has_user_info(url))
}

fn has_user_info(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Schemes that run code or read local data in a browser.
pub fn is_scriptable(scheme: &str) -> bool {
    ["javascript", "data", "vbscript", "blob", "file", "about", "filesystem", "view-source"]
        .iter()
        .any(|bad| scheme.eq_ignore_ascii_case(bad))
}

fn equal_except_port(known: &Url, candidate: &Url) -> bool {
    if known.scheme() != "http" || candidate.scheme() != "http" || !is_loopback(known) || !is_loopback(candidate) {
        return false;
    }
    let without_port = |url: &Url| {
        let mut url = url.clone();
        url.set_port(None).ok().map(|()| url)
    };
    without_port(known).is_some_and(|known| Some(known) == without_port(candidate))
}

/// Whether an address is one of this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{ApplicationType, samples};

    fn check(kind: ApplicationType, registered: &str, candidate: &str) -> bool {
        is_registered(&samples::client(kind, &[registered]), candidate, RedirectUriUse::Authorization)
    }

    fn web(registered: &str, candidate: &str) -> bool {
        check(ApplicationType::Traditional, registered, candidate)
    }

    #[test]
    fn a1_only_the_registered_uri_matches() {
        let registered = "https://foo.example.com/cb";
        assert!(web(registered, "https://foo.example.com/cb"));
        assert!(web(registered, "https://FOO.example.com:443/cb"), "the normal form counts, not the spelling");
        for bad in [
            "https://fooaexample.com/cb",
            "https://a.foo.example.com/cb",
            "https://foo.example.com.evil.example/cb",
            "https://foo.example.com/cb/",
            "https://foo.example.com/cb/more",
            "https://foo.example.com/cbx",
            "https://foo.example.com/cb?x=1",
            "https://foo.example.com/cb#f",
            "https://foo.example.com./cb",
            "http://foo.example.com/cb",
            "https://foo.example.com:8443/cb",
            "not a uri",
            "",
        ] {
            assert!(!web(registered, bad), "{bad}");
        }
    }

    #[test]
    fn a2_confusing_authorities_are_refused() {
        for bad in [
            "https://good.example@evil.example/cb",
            "https://evil.example\\@good.example/cb",
            "https://good.example\\.evil.example/cb",
            "https://good.example%2f%2f@evil.example/cb",
            "https://user@good.example/cb",
            "https://user:pass@good.example/cb",
            "https://g\u{043e}\u{043e}d.example/cb",
            "https://good.example/%2e%2e/cb2",
            "https:good.example\t/cb",
            "https://good.example /cb",
            "//good.example/cb",
        ] {
            assert!(!web("https://good.example/cb", bad), "{bad}");
            // A look-alike label is another label, which is exactly what a pattern allows.
            assert!(bad.contains('\u{043e}') || !web("https://*.example/cb", bad), "{bad}");
        }
        assert!(!check(ApplicationType::Native, "http://localhost/cb", "http://localhost:80@evil.example/cb"));
    }

    #[test]
    fn fuzz_a_registered_uri_with_user_info_matches_nothing() {
        for uri in ["https://user:pw@foo.example.com/cb", "https://:pw@foo.example.com/cb", "com.example.app://user@cb"]
        {
            assert!(!check(ApplicationType::Native, uri, uri), "{uri}");
            assert_eq!(registration::check(uri), Err(registration::InvalidUri::UserInfo), "{uri}");
        }
    }

    #[test]
    fn a3_only_native_apps_may_vary_only_the_loopback_port() {
        let native = |registered, candidate| check(ApplicationType::Native, registered, candidate);
        assert!(native("http://127.0.0.1/callback", "http://127.0.0.1:53123/callback"));
        assert!(native("http://localhost:1234/cb", "http://localhost:9/cb"));
        assert!(native("http://[::1]/cb", "http://[::1]:9/cb"));
        for (registered, bad) in [
            ("http://127.0.0.1/callback", "http://localhost:8080/callback"),
            ("http://127.0.0.1/callback", "http://127.0.0.1:1/other"),
            ("http://127.0.0.1/callback", "http://127.0.0.2:1/callback"),
            ("http://127.0.0.1/callback", "https://127.0.0.1:1/callback"),
            ("http://127.0.0.1/callback", "http://127.0.0.1:1/callback?x"),
            ("http://app.example/callback", "http://app.example:81/callback"),
            ("http://localhost/cb", "http://localhost.evil.example:80/cb"),
        ] {
            assert!(!native(registered, bad), "{bad}");
        }
        assert!(!web("http://127.0.0.1/callback", "http://127.0.0.1:53123/callback"));
        let mut client = samples::client(ApplicationType::Native, &[]);
        client.oidc.post_logout_redirect_uris = vec!["http://127.0.0.1/bye".into()];
        assert!(!is_registered(&client, "http://127.0.0.1:5/bye", RedirectUriUse::PostLogout));
        assert!(is_registered(&client, "http://127.0.0.1/bye", RedirectUriUse::PostLogout));
    }

    #[test]
    fn a4_paths_are_case_sensitive() {
        assert!(!web("https://foo.example.com/Callback", "https://foo.example.com/callback"));
        assert!(!check(ApplicationType::Native, "com.example.app://cb/A", "com.example.app://cb/a"));
        assert!(check(ApplicationType::Native, "com.example.app://callback", "com.example.app://callback"));
    }

    #[test]
    fn a7_scriptable_schemes_never_match_even_when_stored() {
        for bad in
            ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "JavaScript:alert(1)", "file:///etc/passwd"]
        {
            assert!(!web(bad, bad), "{bad}");
            assert!(!check(ApplicationType::Native, bad, bad), "{bad}");
        }
    }

    #[test]
    fn b23_a_prefix_or_another_case_of_a_custom_scheme_host_is_another_uri() {
        assert!(!check(ApplicationType::Native, "com.example.app://callback", "com.example.app://callback2"));
        assert!(!check(ApplicationType::Native, "com.example.app://callback", "com.example.apps://callback"));
    }
}

//! What may be stored as a redirect URI (inventory O036, O037, trace 10-14).

use kernel::text::is_bidi_control;
use url::Url;

use super::{has_user_info, is_scriptable};

/// Why a URI is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUri {
    #[error("this is no absolute URI")]
    NotAbsolute,
    #[error("the scheme is missing: did you mean {suggestion}?")]
    MissingScheme { suggestion: String },
    #[error("a fragment (#) is not allowed")]
    Fragment,
    #[error("a wildcard over a public suffix would match the sites of strangers")]
    PublicSuffix,
    #[error("this scheme is not allowed")]
    Scheme,
    #[error("a wildcard is not allowed here")]
    Wildcard,
    #[error("a user name or password is not allowed")]
    UserInfo,
    #[error("a percent-encoded character is not allowed in the host")]
    EncodedHost,
}

/// Checks a redirect or post-logout URI. Web URIs and private-use schemes (RFC 8252 section 7.1) are allowed; fragments
/// (RFC 6749 section 3.1.2) and scriptable schemes (attack A7) never are.
///
/// # Errors
/// The first reason why the URI cannot be stored.
pub fn check(uri: &str) -> Result<(), InvalidUri> {
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\' || is_bidi_control(c);
    if uri.len() > 2048 || uri.contains(is_odd) {
        return Err(InvalidUri::NotAbsolute);
    }
    if let Some(suggestion) = with_scheme(uri) {
        return Err(InvalidUri::MissingScheme { suggestion });
    }
    let (scheme, rest) = uri.split_once(':').ok_or(InvalidUri::NotAbsolute)?;
    if scheme.contains('*') {
        return Err(InvalidUri::Wildcard);
    }
    if authority(rest).contains('%') {
        return Err(InvalidUri::EncodedHost);
    }
    if uri.contains('*') {
        check_wildcard(scheme, rest)?;
    }
    if uri.contains('#') {
        return Err(InvalidUri::Fragment);
    }
    let url = Url::parse(uri).map_err(|_| InvalidUri::NotAbsolute)?;
    check_host(authority(rest), url.host_str().unwrap_or_default())?;
    if has_user_info(&url) {
        return Err(InvalidUri::UserInfo);
    }
    match url.scheme() {
        // Without `//` the host would be read from what looks like a path.
        "http" | "https" if url.has_host() && !authority(rest).is_empty() => Ok(()),
        "http" | "https" => Err(InvalidUri::NotAbsolute),
        other if is_private_use(other) => Ok(()),
        _ => Err(InvalidUri::Scheme),
    }
}

/// What stands between `//` and the path, of a URI without its scheme.
fn authority(rest: &str) -> &str {
    rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default()
}

/// Checks the host in the form in which it is compared: parsing turns look-alikes such as `\u{ff0a}` into `*`, and
/// `\u{ff43}o.uk` into `co.uk` (UTS 46).
fn check_host(written: &str, host: &str) -> Result<(), InvalidUri> {
    if written.matches('*').count() != host.matches('*').count() {
        return Err(InvalidUri::Wildcard);
    }
    check_suffix(host)
}

/// What was probably meant by a host without a scheme, such as `localhost:5000/cb`. It parses as a URI with the scheme
/// `localhost`, which no browser would ever return to.
fn with_scheme(uri: &str) -> Option<String> {
    let authority = uri.split(['/', '?', '#']).next()?;
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        Some(_) => return None,
        None => authority,
    };
    // A host without a dot, as in `app:5000`, may be a private-use scheme.
    let has_dot =
        host.contains('.') && host.split('.').all(|label| !label.is_empty() && label.bytes().all(is_host_byte));
    if !host.eq_ignore_ascii_case("localhost") && !host.starts_with('[') && !has_dot {
        return None;
    }
    let loopback = host.eq_ignore_ascii_case("localhost") || host.starts_with("127.") || host == "[::1]";
    Some(format!("{}://{uri}", if loopback { "http" } else { "https" }))
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*')
}

/// A scheme an application may claim for itself: dot-separated labels of `[0-9+_a-z-]`, starting with a letter.
fn is_private_use(scheme: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'_' | b'-' | b'a'..=b'z'))
    };
    !is_scriptable(scheme) && scheme.starts_with(|c: char| c.is_ascii_lowercase()) && scheme.split('.').all(label)
}

fn check_wildcard(scheme: &str, rest: &str) -> Result<(), InvalidUri> {
    let refuse = |bad: bool| if bad { Err(InvalidUri::Wildcard) } else { Ok(()) };
    refuse(!matches!(scheme, "http" | "https"))?;
    let rest = rest.strip_prefix("//").ok_or(InvalidUri::NotAbsolute)?;
    let (authority_and_path, tail) = rest.find(['?', '#']).map_or((rest, ""), |at| rest.split_at(at));
    refuse(tail.contains('*'))?;
    let (authority, path) =
        authority_and_path.find('/').map_or((authority_and_path, ""), |at| authority_and_path.split_at(at));
    refuse(authority.contains('@'))?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    refuse(port.contains('*'))?;
    refuse(host.contains('*') && !host.contains('.'))?;
    refuse(super::wildcard::is_ambiguous_path(path))
}

/// Names that nobody can register (RFC 6761, RFC 6762, ICANN's `internal`).
const LOCAL_SUFFIXES: [&str; 5] = ["localhost", "test", "example", "internal", "local"];

/// A wildcard label must stand left of a name that one owner has registered: everybody can get a label directly under a
/// public suffix such as `com`, `co.uk` or `vercel.app` (<https://publicsuffix.org>).
fn check_suffix(host: &str) -> Result<(), InvalidUri> {
    let Some(star) = host.rfind('*') else { return Ok(()) };
    let owned = host.get(star..).and_then(|tail| tail.split_once('.')).map(|(_, rest)| rest.trim_end_matches('.'));
    let owned = owned.unwrap_or_default().to_ascii_lowercase();
    let is_local = owned.rsplit('.').next().is_some_and(|last| LOCAL_SUFFIXES.contains(&last));
    if is_local || psl::domain_str(&owned).is_some() { Ok(()) } else { Err(InvalidUri::PublicSuffix) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registration_follows_the_recorded_table() {
        for good in [
            "https://app.example.com/cb",
            "http://localhost:3000",
            "https://*.example.com/cb",
            "https://app.example.org/path/*",
            "https://x*.example.com/cb",
            "https://*.pr.example.co.uk/cb",
            "https://app-*.team.vercel.app/cb",
            "http://*.localhost:3000/cb",
            "https://*.corp.internal/cb",
            "com.example.app://callback",
            "io.logto.app:/cb",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "not a url",
            "",
            "/relative",
            "https://*/cb",
            "*://x.example.com/cb",
            "https://x.example.com:*/cb",
            "https://x.example.com/cb?a=*",
            "https://x.example.com/a/../b*",
            "https://x.example.com/a/%2E%2e/b*",
            "https://x.example.com/cb#*",
            "https://*@x.example.com/cb",
            "com.example.app://*",
            "https://app.example.com/\u{202e}cb",
            "https:app.example.com/cb",
            "https:/app.example.com/cb",
            "https:///app.example.com/cb",
            "https:%61pp.example.com/cb",
            "https:/%2a.co.uk/cb",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_wildcard_over_a_public_suffix_is_refused() {
        for bad in [
            "https://*.com/cb",
            "https://*.COM/cb",
            "https://*.com./cb",
            "https://*.co.uk/cb",
            "https://a.*/cb",
            "https://a.*.com/cb",
            "https://*.*.com/cb",
            "https://x*.com/cb",
            "https://*.github.io/cb",
            "https://app-*.vercel.app/cb",
            "https://*.xn--fiqs8s/cb",
            "https://*.unknown-suffix/cb",
        ] {
            assert_eq!(check(bad), Err(InvalidUri::PublicSuffix), "{bad}");
        }
    }

    #[test]
    fn the_host_of_a_stored_uri_is_the_one_that_was_read() {
        for bad in [
            "https://%2a.co.uk/cb",
            "https://%2A.example.com/cb",
            "https://app.ex%61mple.com/cb",
            "https://*.c%6f.uk/cb",
            "https://app.example.com%2f.evil.example/cb",
            "com.example.app://%2a/cb",
            "com.example.app://call%20back",
            "http://%31%32%37.0.0.1/cb",
        ] {
            assert_eq!(check(bad), Err(InvalidUri::EncodedHost), "{bad}");
        }
        for look_alike in
            ["https://\u{ff0a}.co.uk/cb", "https://\u{ff0a}.example.com/cb", "https://*.\u{ff0a}.example.com"]
        {
            assert_eq!(check(look_alike), Err(InvalidUri::Wildcard), "{look_alike}");
        }
        for strangers in
            ["https://*.\u{ff43}o.uk/cb", "https://*.co\u{ad}.uk/cb", "https://*.\u{24d2}\u{24de}\u{24dc}."]
        {
            assert_eq!(check(strangers), Err(InvalidUri::PublicSuffix), "{strangers}");
        }
        for good in ["https://app.example.com/a%2Ab", "com.example.app:/a%20b", "https://b\u{fc}cher.example/cb"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_fragment_is_refused() {
        for bad in ["https://app.example.com/cb#", "https://app.example.com/#/cb", "com.example.app://cb#x"] {
            assert_eq!(check(bad), Err(InvalidUri::Fragment), "{bad}");
        }
    }

    #[test]
    fn a_host_without_scheme_is_refused_with_what_was_meant() {
        for (bad, meant) in [
            ("localhost:5000/cb", "http://localhost:5000/cb"),
            ("localhost:5000", "http://localhost:5000"),
            ("LOCALHOST:5000?x=1", "http://LOCALHOST:5000?x=1"),
            ("localhost/cb", "http://localhost/cb"),
            ("127.0.0.1:3000/cb", "http://127.0.0.1:3000/cb"),
            ("[::1]:3000/cb", "http://[::1]:3000/cb"),
            ("app.example.com/cb", "https://app.example.com/cb"),
            ("app.example.com:8443/cb", "https://app.example.com:8443/cb"),
            ("*.example.com/cb", "https://*.example.com/cb"),
        ] {
            let error = check(bad).unwrap_err();
            assert_eq!(error, InvalidUri::MissingScheme { suggestion: meant.to_owned() }, "{bad}");
            assert_eq!(error.to_string(), format!("the scheme is missing: did you mean {meant}?"));
        }
        for good in ["com.example.app:/cb", "com.example.app://callback", "myapp://cb", "app:5000"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a7_scriptable_schemes_are_refused_at_write() {
        for bad in
            ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "blob:x", "file:///x"]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}

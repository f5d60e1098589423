//! What may be stored as a redirect URI (inventory O036, O037, trace 10-14).

use url::Url;

use super::{has_user_info, is_scriptable};

/// Why a URI is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUri {
    #[error("not an absolute URI")]
    NotAbsolute,
    #[error("this scheme is not allowed")]
    Scheme,
    #[error("a wildcard is not allowed here")]
    Wildcard,
    #[error("a user name or password is not allowed")]
    UserInfo,
}

/// Checks a redirect or post-logout URI. Web URIs and private-use schemes (RFC 8252 section 7.1) are allowed;
/// scriptable schemes never are (attack A7).
pub fn check(uri: &str) -> Result<(), InvalidUri> {
    if uri.len() > 2048 || uri.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(InvalidUri::NotAbsolute);
    }
    let (scheme, rest) = uri.split_once(':').ok_or(InvalidUri::NotAbsolute)?;
    if scheme.contains('*') {
        return Err(InvalidUri::Wildcard);
    }
    if uri.contains('*') {
        check_wildcard(scheme, rest)?;
    }
    let url = Url::parse(uri).map_err(|_| InvalidUri::NotAbsolute)?;
    if has_user_info(&url) {
        return Err(InvalidUri::UserInfo);
    }
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(()),
        "http" | "https" => Err(InvalidUri::NotAbsolute),
        other if is_private_use(other) => Ok(()),
        _ => Err(InvalidUri::Scheme),
    }
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
    refuse(path.split('/').any(is_dot_segment))
}

fn is_dot_segment(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
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
            "https://a.*/cb",
            "https://*.com/cb",
            "https://x*.example.com/cb",
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
        ] {
            assert!(check(bad).is_err(), "{bad}");
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

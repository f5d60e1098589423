//! Patterns with `*` (inventory O037, trace 10-14): in host labels it stands for part of one label, in the path for
//! anything; it never crosses a scheme, port, query or fragment, and a URI with user info never matches (attack A2).

use url::Url;

/// Whether the parsed `candidate` fits `pattern`.
pub fn matches(pattern: &str, candidate: &Url) -> bool {
    let Ok(pattern) = Url::parse(pattern) else { return false };
    if candidate.as_str().contains('*') || candidate.fragment().is_some() || pattern.query() != candidate.query() {
        return false;
    }
    if pattern.path().contains('*') && is_ambiguous_path(candidate.path()) {
        return false;
    }
    same_origin(&pattern, candidate) && fits(pattern.path(), candidate.path())
}

/// Whether some server would read the path as another one: dot segments, also with path parameters (`..;x`), and encoded
/// slashes, backslashes, dots and NUL, also encoded twice. A `*` must not let them out of its part of the path.
pub(super) fn is_ambiguous_path(path: &str) -> bool {
    let mut decoded = path.to_ascii_lowercase();
    // Each round makes the text shorter.
    while decoded.contains("%25") {
        decoded = decoded.replace("%25", "%");
    }
    let is_encoded = ["%2f", "%5c", "%2e", "%00"].iter().any(|escape| decoded.contains(escape));
    is_encoded || decoded.split('/').any(|segment| matches!(segment.split(';').next(), Some("." | "..")))
}

/// Whether the origin `candidate` fits the origin part of `pattern`.
pub fn matches_origin(pattern: &str, candidate: &Url) -> bool {
    Url::parse(pattern).is_ok_and(|pattern| same_origin(&pattern, candidate))
}

fn same_origin(pattern: &Url, candidate: &Url) -> bool {
    let (Some(expected), Some(host)) = (pattern.host_str(), candidate.host_str()) else { return false };
    pattern.scheme() == candidate.scheme()
        && pattern.port() == candidate.port()
        && candidate.username().is_empty()
        && candidate.password().is_none()
        && host_fits(expected, host)
}

fn host_fits(pattern: &str, host: &str) -> bool {
    let (expected, labels): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), host.split('.').collect());
    expected.len() == labels.len()
        && expected.iter().zip(&labels).all(|(expected, label)| !label.is_empty() && label_fits(expected, label))
}

/// A `*` in a label needs at least one character.
fn label_fits(pattern: &str, label: &str) -> bool {
    if !pattern.contains('*') {
        return pattern == label;
    }
    label.len() >= pattern.len() && fits(pattern, label)
}

/// Linear-time match of `pattern`, in which every `*` stands for any text, possibly none.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_a_wildcard_stays_inside_its_label_or_path() {
        let registered = ["https://*.example.com/cb", "https://app.example.org/path/*"];
        let any = |uri: &str| {
            let url = Url::parse(uri).unwrap();
            registered.iter().any(|pattern| matches(pattern, &url))
        };
        for good in [
            "https://pr-1.example.com/cb",
            "https://PR-1.EXAMPLE.com/cb",
            "https://app.example.org/path/",
            "https://app.example.org/path/a/b",
        ] {
            assert!(any(good), "{good}");
        }
        for bad in [
            "https://a.b.example.com/cb",
            "https://example.com/cb",
            "https://.example.com/cb",
            "https://pr-1.example.com/cb/",
            "https://pr-1.example.com:8443/cb",
            "http://pr-1.example.com/cb",
            "https://*.example.com/cb",
            "https://pr-1.example.com/cb?x=1",
            "https://pr-1.example.com/cb#f",
            "https://app.example.org/path",
            "https://app.example.org/path/../x",
            "https://user@pr-1.example.com/cb",
            "https://evil.example/a.example.com/cb",
        ] {
            assert!(!any(bad), "{bad}");
        }
    }

    #[test]
    fn encoded_separators_and_dots_do_not_pass_a_wildcard_in_the_path() {
        let url = |text: &str| Url::parse(text).unwrap();
        for part in [
            "..%2f..%2fadmin",
            "a%2Fb",
            "a%5cb",
            "%2e%2e%2fx",
            "a%2eb",
            "%252e%252e%252fx",
            "..;/x",
            "a/..;x=1/b",
            "%2500",
            "x%25252fy",
        ] {
            let candidate = format!("https://app.example.org/path/{part}");
            assert!(!matches("https://app.example.org/path/*", &url(&candidate)), "{candidate}");
        }
        for part in ["a.b", "a%20b", "100%25", "...", "a;b", "%E4%BD%A0"] {
            let candidate = format!("https://app.example.org/path/{part}");
            assert!(matches("https://app.example.org/path/*", &url(&candidate)), "{candidate}");
        }
        let exact = "https://pr-1.example.org/a%2Fb";
        assert!(
            matches("https://*.example.org/a%2Fb", &url(exact)),
            "without a wildcard in the path it is registered so"
        );
    }

    #[test]
    fn several_stars_match_in_linear_time() {
        let url = Url::parse(&format!("https://a.example/{}", "a".repeat(1500))).unwrap();
        assert!(!matches("https://a.example/*a*a*a*a*a*a*a*a*a*b", &url));
        assert!(matches("https://a.example/*a*a*", &url));
    }

    #[test]
    fn part_of_a_label_may_vary() {
        assert!(matches("https://x*.example.com/cb", &Url::parse("https://x1.example.com/cb").unwrap()));
        assert!(!matches("https://x*.example.com/cb", &Url::parse("https://x.example.com/cb").unwrap()));
    }
}

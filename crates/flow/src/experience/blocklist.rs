//! E-mail addresses which may not register (E047, H126, H127).

use super::EmailBlocklistPolicy;
use crate::error::FlowError;
use crate::sorted_lines;
use crate::unicode::normalize_identifier;

/// Domains of throw-away addresses, in lower case.
static DISPOSABLE: &str = include_str!("../../../../assets/lists/disposable-email-domains.txt");

impl EmailBlocklistPolicy {
    /// Refuses an address with `+`, then one that is not on the allowlist, if there is one, then a blocked one, then a
    /// throw-away one. An allowed address is never taken for a throw-away one.
    ///
    /// # Errors
    /// [`FlowError::EmailNotAllowed`] or [`FlowError::EmailSubaddressingNotAllowed`].
    pub fn check(&self, email: &str) -> Result<(), FlowError> {
        let Some(address) = Address::parse(email) else { return Err(FlowError::EmailNotAllowed) };
        if self.block_subaddressing == Some(true) && address.local.contains('+') {
            return Err(FlowError::EmailSubaddressingNotAllowed);
        }
        let allowlist = self.custom_allowlist.as_deref().unwrap_or_default();
        let blocklist = self.custom_blocklist.as_deref().unwrap_or_default();
        let is_disposable = allowlist.is_empty() && self.block_disposable_addresses == Some(true);
        let is_refused = !allowlist.is_empty() && !is_listed(allowlist, &address)
            || is_listed(blocklist, &address)
            || is_disposable && is_throw_away(&address.domain);
        if is_refused { Err(FlowError::EmailNotAllowed) } else { Ok(()) }
    }
}

/// Whether text can stand in a custom list: an address or `@domain`, both with `*` at some places.
pub fn is_email_pattern(text: &str) -> bool {
    Address::parse(text).is_some_and(|pattern| {
        let domain = pattern.domain.strip_prefix("*.").unwrap_or(&pattern.domain);
        let is_label = |label: &str| {
            !label.is_empty() && label.chars().all(|c| c == '-' || c.is_ascii_alphanumeric() || !c.is_ascii())
        };
        let is_whole = !text.contains(char::is_whitespace) && text.matches('@').count() == 1;
        is_whole && domain.contains('.') && domain.split('.').all(is_label)
    })
}

/// An address, or a pattern of some, in one form for all ways to write it.
#[derive(Debug, PartialEq)]
struct Address {
    local: String,
    domain: String,
}

impl Address {
    fn parse(text: &str) -> Option<Self> {
        let text = normalize_identifier(text).to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        // Google delivers them all to the same person.
        Some(match domain {
            "gmail.com" | "googlemail.com" => Self { local: local.replace('.', ""), domain: "gmail.com".to_owned() },
            _ => Self { local: local.to_owned(), domain: domain.to_owned() },
        })
    }

    /// Whether this pattern is about an address. Without a part before `@` it is about the whole domain.
    fn covers(&self, address: &Self) -> bool {
        (self.local.is_empty() || covers(&self.local, &address.local)) && covers(&self.domain, &address.domain)
    }
}

/// `*` stands for any text.
fn covers(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match text.split_once(part) {
            Some((_, after)) => text = after,
            None => return false,
        }
    }
    text.ends_with(end)
}

fn is_listed(entries: &[String], address: &Address) -> bool {
    entries.iter().filter_map(|entry| Address::parse(entry)).any(|pattern| pattern.covers(address))
}

/// The domain, or one above it.
fn is_throw_away(domain: &str) -> bool {
    let mut domain = domain.trim_end_matches('.');
    loop {
        if sorted_lines::contains(DISPOSABLE, domain) {
            return true;
        }
        match domain.split_once('.') {
            Some((_, above)) => domain = above,
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> Option<Vec<String>> {
        Some(entries.iter().map(|entry| (*entry).to_owned()).collect())
    }

    const REFUSED: Result<(), FlowError> = Err(FlowError::EmailNotAllowed);

    #[test]
    fn addresses_domains_and_patterns_are_blocked_in_any_case() {
        let custom_blocklist = list(&[
            "@evil.example",
            "bad@blocked.example",
            "spam*@x.example",
            "*-*bot@x.example",
            "@*.sub.example",
            "j.doe@gmail.com",
        ]);
        let policy = EmailBlocklistPolicy { custom_blocklist, ..EmailBlocklistPolicy::default() };
        for refused in [
            "X@EVIL.example",
            "x@\u{ff45}vil.example",
            "x\u{ff20}evil\u{ff0e}example\u{200b}",
            "bad@blocked.example",
            "spam@x.example",
            "spammer@x.example",
            "a-nice-bot@x.example",
            "a@b.sub.example",
            "a@c.b.sub.example",
            "jdoe@gmail.com",
            "J.D.O.E@googlemail.com",
            "no address",
        ] {
            assert_eq!(policy.check(refused), REFUSED, "{refused}");
        }
        for allowed in [
            "x@not-evil.example",
            "good@blocked.example",
            "a-bott@x.example",
            "bot@x.example",
            "a@sub.example",
            "jdoe@x.com",
        ] {
            assert_eq!(policy.check(allowed), Ok(()), "{allowed}");
        }
    }

    #[test]
    fn subaddresses_come_first_and_an_allowlist_must_be_matched() {
        let policy = EmailBlocklistPolicy {
            block_disposable_addresses: Some(true),
            block_subaddressing: Some(true),
            custom_allowlist: list(&["@good.example", "@mailinator.com"]),
            custom_blocklist: list(&["eve@good.example"]),
        };
        assert_eq!(policy.check("a+b@evil.example"), Err(FlowError::EmailSubaddressingNotAllowed));
        assert_eq!(policy.check("a\u{ff0b}b@evil.example"), Err(FlowError::EmailSubaddressingNotAllowed));
        assert_eq!(policy.check("a@evil.example"), REFUSED);
        assert_eq!(policy.check("eve@good.example"), REFUSED);
        assert_eq!(policy.check("ada@good.example"), Ok(()));
        assert_eq!(policy.check("ada@mailinator.com"), Ok(()));
    }

    #[test]
    fn throw_away_domains_are_refused_where_the_policy_says_so() {
        let policy = EmailBlocklistPolicy { block_disposable_addresses: Some(true), ..EmailBlocklistPolicy::default() };
        for refused in [
            "a@mailinator.com",
            "a@Sub.Mailinator.com",
            "a@yopmail.com",
            "a@mailinator.com.",
            "a@\u{ff4d}ailinator.com",
        ] {
            assert_eq!(policy.check(refused), REFUSED, "{refused}");
        }
        for allowed in ["a@gmail.com", "a@example.com", "a@mailinator-not.example", "a@mailinator.com.example"] {
            assert_eq!(policy.check(allowed), Ok(()), "{allowed}");
        }
        assert_eq!(EmailBlocklistPolicy::default().check("a@mailinator.com"), Ok(()));
        let lines: Vec<&str> = DISPOSABLE.lines().collect();
        assert!(lines.len() > 5_000 && lines.is_sorted_by(|a, b| a < b), "sort it with LC_ALL=C sort -u");
        assert!(lines.iter().all(|line| sorted_lines::contains(DISPOSABLE, line) && **line == line.to_lowercase()));
    }

    #[test]
    fn only_patterns_that_can_match_are_well_formed() {
        for good in
            ["a@b.example", "@b.example", "foo*@example.com", "@*.example.com", "*@b.example", "A.B+c@b.example"]
        {
            assert!(is_email_pattern(good), "{good}");
        }
        for bad in [
            "bad",
            "a@b",
            "@",
            "a@",
            "a@b.",
            "a@.b.c",
            "a b@c.example",
            "a@*",
            "@b*.example",
            "a@@b.example",
            "@*.*.example",
            "",
        ] {
            assert!(!is_email_pattern(bad), "{bad}");
        }
    }
}

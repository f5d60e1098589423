//! E-mail addresses which may not register (E047).

use super::EmailBlocklistPolicy;
use crate::error::FlowError;

impl EmailBlocklistPolicy {
    /// Refuses a blocked address. An entry is a whole address, or `@domain`; an allowed entry wins over a blocked one.
    ///
    /// # Errors
    /// [`FlowError::EmailNotAllowed`] or [`FlowError::EmailSubaddressingNotAllowed`].
    pub fn check(&self, email: &str) -> Result<(), FlowError> {
        let email = email.to_lowercase();
        if listed(self.custom_allowlist.as_deref(), &email) {
            return Ok(());
        }
        if listed(self.custom_blocklist.as_deref(), &email) {
            return Err(FlowError::EmailNotAllowed);
        }
        let local = email.rsplit_once('@').map_or(email.as_str(), |(local, _)| local);
        if self.block_subaddressing == Some(true) && local.contains('+') {
            return Err(FlowError::EmailSubaddressingNotAllowed);
        }
        Ok(())
    }
}

fn listed(entries: Option<&[String]>, email: &str) -> bool {
    let domain = email.rfind('@').map_or("", |at| &email[at..]);
    entries.unwrap_or_default().iter().any(|entry| {
        let entry = entry.to_lowercase();
        entry == email || (entry.starts_with('@') && entry == domain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_domains_and_subaddresses_are_blocked_and_the_allow_list_wins() {
        let policy = EmailBlocklistPolicy {
            block_disposable_addresses: None,
            block_subaddressing: Some(true),
            custom_allowlist: Some(vec!["good@evil.example".into()]),
            custom_blocklist: Some(vec!["@evil.example".into(), "bad@blocked.example".into()]),
        };
        assert_eq!(policy.check("X@EVIL.example"), Err(FlowError::EmailNotAllowed));
        assert_eq!(policy.check("bad@blocked.example"), Err(FlowError::EmailNotAllowed));
        assert_eq!(policy.check("a+b@example.com"), Err(FlowError::EmailSubaddressingNotAllowed));
        assert_eq!(policy.check("good@evil.example"), Ok(()));
        assert_eq!(policy.check("x@not-evil.example"), Ok(()));
    }
}

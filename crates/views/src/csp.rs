//! Content-Security-Policy of the pages (CSP Level 3).

/// Where the forms of a page lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormActionPolicy {
    /// The page has no form.
    None,
    /// To this server, which answers with a page.
    SameOrigin,
    /// To this server, which may redirect to an application.
    ///
    /// `form-action` is left out: browsers apply it to every redirect after the form, and an application's callback may
    /// itself redirect to origins that nobody here can know.
    Unrestricted,
}

/// The header's value. Styles and scripts run by nonce only, nobody may frame the page (attack A13).
pub fn content_security_policy(nonce: &str, form_action: FormActionPolicy) -> String {
    let action = match form_action {
        FormActionPolicy::None => "; form-action 'none'",
        FormActionPolicy::SameOrigin => "; form-action 'self'",
        FormActionPolicy::Unrestricted => "",
    };
    format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src 'self' https: http: data:; \
         font-src 'self' https: data:; base-uri 'none'; frame-ancestors 'none'{action}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a13_pages_cannot_be_framed() {
        for forms in [FormActionPolicy::None, FormActionPolicy::SameOrigin, FormActionPolicy::Unrestricted] {
            let policy = content_security_policy("abc", forms);
            assert!(policy.contains("frame-ancestors 'none'"));
            assert!(policy.contains("script-src 'nonce-abc'"));
            assert!(!policy.contains("unsafe"));
        }
        assert!(!content_security_policy("abc", FormActionPolicy::Unrestricted).contains("form-action"));
    }
}

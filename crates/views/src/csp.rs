//! Content-Security-Policy of the pages (CSP Level 3).

use crate::captcha::CaptchaPrompt;

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

/// What a page does beyond showing itself.
#[derive(Debug, Clone, Copy)]
pub struct PageNeeds<'a> {
    pub form_action: FormActionPolicy,
    /// The captcha that it shows.
    pub captcha: Option<&'a CaptchaPrompt>,
    /// Whether its script calls this server.
    pub calls_server: bool,
    /// Whether Google's script asks for One Tap.
    pub one_tap: bool,
}

/// What the script of One Tap needs, by
/// <https://developers.google.com/identity/gsi/web/guides/get-google-api-clientid#content_security_policy>.
const ONE_TAP: &str = "https://accounts.google.com/gsi/";

/// The header's value. Styles and scripts run by nonce only, nobody may frame the page (attack A13). Only a page that shows the
/// captcha of another service, or One Tap, lets their scripts in.
pub fn content_security_policy(nonce: &str, needs: &PageNeeds<'_>) -> String {
    let action = match needs.form_action {
        FormActionPolicy::None => "; form-action 'none'",
        FormActionPolicy::SameOrigin => "; form-action 'self'",
        FormActionPolicy::Unrestricted => "",
    };
    let (mut scripts, mut styles, mut others) = (String::new(), String::new(), String::new());
    if let Some(sources) = needs.captcha.and_then(CaptchaPrompt::csp_sources) {
        scripts = format!(" {}", sources.scripts);
        others = format!(" {}", sources.frames_and_connections);
    }
    if needs.one_tap {
        scripts.push_str(&format!(" {ONE_TAP}client"));
        styles = format!(" {ONE_TAP}style");
        others.push_str(&format!(" {ONE_TAP}"));
    }
    let frames = if others.is_empty() { String::new() } else { format!("; frame-src{others}") };
    let connections = match (needs.calls_server, others.is_empty()) {
        (true, _) => format!("; connect-src 'self'{others}"),
        (false, false) => format!("; connect-src{others}"),
        (false, true) => String::new(),
    };
    format!(
        "default-src 'none'; style-src 'nonce-{nonce}'{styles}; script-src 'nonce-{nonce}'{scripts}; \
         img-src 'self' https: http: data:; font-src 'self' https: data:; base-uri 'none'; \
         frame-ancestors 'none'{action}{frames}{connections}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(form_action: FormActionPolicy, captcha: Option<&CaptchaPrompt>, calls_server: bool) -> String {
        content_security_policy("abc", &PageNeeds { form_action, captcha, calls_server, one_tap: false })
    }

    #[test]
    fn only_a_page_that_says_so_may_call_the_server() {
        assert!(policy(FormActionPolicy::None, None, true).contains("; connect-src 'self'"));
        assert!(!policy(FormActionPolicy::None, None, false).contains("connect-src"));
    }

    #[test]
    fn a13_pages_cannot_be_framed() {
        for forms in [FormActionPolicy::None, FormActionPolicy::SameOrigin, FormActionPolicy::Unrestricted] {
            let policy = policy(forms, None, false);
            assert!(policy.contains("frame-ancestors 'none'"));
            assert!(policy.contains("script-src 'nonce-abc'"));
            assert!(!policy.contains("unsafe"));
        }
        assert!(!policy(FormActionPolicy::Unrestricted, None, false).contains("form-action"));
        assert!(policy(FormActionPolicy::None, None, false).contains("form-action 'none'"));
    }

    #[test]
    fn only_a_page_with_one_tap_lets_its_script_in() {
        let captcha = CaptchaPrompt::Turnstile { site_key: "k".to_owned() };
        let policy = |captcha, one_tap, calls_server| {
            let form_action = FormActionPolicy::Unrestricted;
            content_security_policy("abc", &PageNeeds { form_action, captcha, calls_server, one_tap })
        };
        let alone = policy(None, true, false);
        assert!(alone.contains("script-src 'nonce-abc' https://accounts.google.com/gsi/client;"), "{alone}");
        assert!(alone.contains("style-src 'nonce-abc' https://accounts.google.com/gsi/style;"), "{alone}");
        let frames = "frame-src https://accounts.google.com/gsi/; connect-src https://accounts.google.com/gsi/";
        assert!(alone.ends_with(frames) && !alone.contains("unsafe"), "{alone}");
        let calling = policy(None, true, true);
        assert!(calling.ends_with("connect-src 'self' https://accounts.google.com/gsi/"), "{calling}");
        let both = policy(Some(&captcha), true, false);
        let frames = "frame-src https://challenges.cloudflare.com https://accounts.google.com/gsi/;";
        assert!(both.contains(frames), "{both}");
        assert!(!policy(Some(&captcha), false, false).contains("google"));
        assert!(!policy(None, false, true).contains("google"));
    }

    #[test]
    fn only_the_captcha_of_another_service_lets_scripts_in() {
        let policy = |captcha| policy(FormActionPolicy::Unrestricted, captcha, false);
        let work = CaptchaPrompt::ProofOfWork { challenge: "c".to_owned(), bits: 14, puzzles: 16, is_waiting: false };
        assert_eq!(policy(Some(&work)), policy(None));
        let turnstile = CaptchaPrompt::Turnstile { site_key: "k".to_owned() };
        let turnstile = policy(Some(&turnstile));
        assert!(turnstile.contains("script-src 'nonce-abc' https://challenges.cloudflare.com;"), "{turnstile}");
        assert!(turnstile.contains("frame-src https://challenges.cloudflare.com;"), "{turnstile}");
        let recaptcha =
            CaptchaPrompt::Recaptcha { site_key: "k".to_owned(), domain: "www.recaptcha.net", has_checkbox: false };
        let recaptcha = policy(Some(&recaptcha));
        let scripts = "https://www.recaptcha.net/recaptcha/ https://www.gstatic.com/recaptcha/;";
        assert!(recaptcha.contains(scripts) && !recaptcha.contains("unsafe"), "{recaptcha}");
    }
}

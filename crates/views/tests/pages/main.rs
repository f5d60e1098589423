//! Every page in both languages: renders without undefined names, is well formed and escapes what people typed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account_samples;
mod code_samples;
mod factor_samples;
mod samples;
mod wellformed;

use std::sync::LazyLock;

use kernel::Locale;
use samples::{Sample, samples};
use views::captcha::CaptchaPrompt;
use views::{Branding, FormActionPolicy, Languages, PageFrame};

static LANGUAGES: LazyLock<Languages> = LazyLock::new(Languages::default);

const HOSTILE: &str = "\"><script>alert(1)</script>'&";

fn frame(locale: Locale, branding: &Branding) -> PageFrame<'_> {
    PageFrame {
        language: locale.into(),
        languages: &LANGUAGES,
        nonce: "test-nonce",
        branding,
        current_url: Some("/sign-in?app_id=abc"),
        captcha: None,
    }
}

fn every_page(branding: &Branding, text: &str) -> Vec<(Sample, Locale, String)> {
    let mut out = Vec::new();
    for locale in Locale::ALL {
        for sample in samples(locale.into(), text) {
            let html = (sample.render)(&frame(locale, branding)).unwrap_or_else(|e| panic!("{}: {e}", sample.name));
            out.push((sample, locale, html));
        }
    }
    out
}

fn branded() -> Branding {
    let mut branding = Branding::default();
    branding.set_colors(Some("#6139F6"), Some("#8768F8"));
    branding.set_logos(Some("https://cdn.example.com/logo.svg"), Some("https://cdn.example.com/dark.svg"));
    branding.set_favicons(Some("https://cdn.example.com/tab.svg"), Some("https://cdn.example.com/dark-tab.svg"));
    branding.terms = views::Link::parse("https://example.com/terms");
    branding.privacy = views::Link::parse("https://example.com/privacy");
    branding.support_email = views::Link::mail("help@example.com");
    branding.add_css("h1 { letter-spacing: 0 }");
    branding
}

#[test]
fn every_page_is_well_formed_in_both_languages() {
    for branding in [Branding::default(), branded()] {
        for (sample, locale, html) in every_page(&branding, "Ada's Notes") {
            wellformed::check(&html).unwrap_or_else(|e| panic!("{} {locale:?}: {e}\n{html}", sample.name));
            assert!(html.starts_with("<!doctype html>"), "{}", sample.name);
            assert!(html.contains(&format!("<html lang=\"{}\"", locale.tag())), "{}", sample.name);
            assert!(!html.contains("pages."), "{} shows a phrase key", sample.name);
            assert!(!html.contains(" style=") && !html.contains(" onclick="), "{}: the policy forbids it", sample.name);
        }
    }
}

#[test]
fn what_people_typed_is_escaped_on_every_page() {
    for (sample, _, html) in every_page(&branded(), HOSTILE) {
        assert!(!html.contains("<script>alert"), "{} lets markup through", sample.name);
        wellformed::check(&html).unwrap_or_else(|e| panic!("{}: {e}", sample.name));
    }
}

#[test]
fn every_input_has_a_label_and_every_described_by_has_its_target() {
    for (sample, _, html) in every_page(&branded(), "x") {
        for id in wellformed::attributes(&html, "aria-describedby").chain(wellformed::attributes(&html, "for")) {
            assert!(html.contains(&format!("id=\"{id}\"")), "{}: nothing has the id {id}", sample.name);
        }
        for id in wellformed::attributes(&html, "id").filter(|id| id.starts_with("field-")) {
            let labelled = html.contains(&format!("for=\"{id}\"")) || id.ends_with("-error") || id.ends_with("-hint");
            assert!(labelled, "{}: {id} has no label", sample.name);
        }
    }
}

#[test]
fn e10_custom_css_stays_inside_its_element() {
    let mut branding = Branding::default();
    branding.add_css("</style><script>alert(1)</script>");
    branding.add_css("</StYlE\n><img src=x onerror=alert(1)>");
    for (sample, _, html) in every_page(&branding, "x") {
        let lower = html.to_ascii_lowercase();
        assert_eq!(lower.matches("</style").count(), 2, "{}", sample.name);
        wellformed::check(&html).unwrap_or_else(|e| panic!("{}: {e}", sample.name));
    }
}

#[test]
fn a_name_cannot_turn_the_text_around_it_on_any_page() {
    let arabic = "\u{645}\u{631}\u{62d}\u{628}\u{627}";
    for (sample, _, html) in every_page(&Branding::default(), &format!("\u{202e}{arabic}\u{2069}")) {
        let is_control = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}' | '\u{2067}');
        assert!(!html.contains(is_control), "{} lets a control through", sample.name);
        assert_eq!(html.matches('\u{2068}').count(), html.matches('\u{2069}').count(), "{}", sample.name);
    }
    let (_, _, html) =
        every_page(&Branding::default(), arabic).into_iter().find(|(s, _, _)| s.name == "consent").unwrap();
    assert!(html.contains(&format!("\u{2068}{arabic}\u{2069}")) && html.contains(&format!("<bdi>{arabic}</bdi>")));
}

#[test]
fn a7_scriptable_logos_and_links_never_reach_a_page() {
    let mut branding = Branding::default();
    let bad = "javascript:alert(1)";
    branding.set_logos(Some(bad), Some(bad));
    branding.set_favicons(Some("data:text/html,x"), Some(bad));
    branding.terms = views::Link::parse(bad);
    for (sample, _, html) in every_page(&branding, "x") {
        assert!(!html.contains("javascript:") && !html.contains("data:text/html"), "{}", sample.name);
    }
}

#[test]
fn forms_post_with_an_xsrf_value_and_pages_without_forms_say_so() {
    for (sample, _, html) in every_page(&branded(), "x") {
        let forms = html.matches("<form ").count();
        assert_eq!(html.matches("name=\"xsrf\"").count(), forms, "{}", sample.name);
        assert_eq!(html.matches("method=\"post\"").count(), forms, "{}", sample.name);
        // These have a form on some visits.
        let has_form_at_times =
            ["sign_in_none", "one_time_token_late"].contains(&sample.name) || sample.name.starts_with("account_");
        match sample.forms {
            FormActionPolicy::None => assert_eq!(forms, 0, "{}", sample.name),
            _ => assert!(forms > 0 || has_form_at_times, "{}", sample.name),
        }
    }
}

#[test]
fn the_logout_form_has_the_names_that_clients_know() {
    let (_, _, html) = every_page(&Branding::default(), "x").into_iter().find(|(s, ..)| s.name == "sign_out").unwrap();
    assert!(html.contains(
        "<form id=\"op.logoutForm\" method=\"post\" action=\"http://localhost:3001/oidc/session/end/confirm\">"
    ));
    assert!(html.contains("<input type=\"hidden\" name=\"xsrf\" value=\"xsrf-value\"/>"));
    assert!(html.contains("<input type=\"hidden\" form=\"op.logoutForm\" value=\"yes\" name=\"logout\" />"));
    assert!(html.contains("<script nonce=\"test-nonce\">"));
}

/// Writes every page to the directory named by `LOGGIA_PAGES_DIR`, for people who want to look at them.
#[test]
fn pages_can_be_written_out() {
    let Ok(dir) = std::env::var("LOGGIA_PAGES_DIR") else { return };
    let mut tenant = Branding::default();
    tenant.terms = views::Link::parse("https://example.com/terms");
    tenant.privacy = views::Link::parse("https://example.com/privacy");
    tenant.support_email = views::Link::mail("help@example.com");
    for (sample, locale, html) in every_page(&tenant, "Ada's Notes") {
        std::fs::write(format!("{dir}/{}.{}.html", sample.name, locale.tag()), html).unwrap();
    }
}

#[test]
fn captchas_are_shown_where_a_form_begins_something_and_nowhere_else() {
    let work = CaptchaPrompt::ProofOfWork { challenge: HOSTILE.to_owned(), bits: 14, puzzles: 16, is_waiting: false };
    let score = |has_checkbox| CaptchaPrompt::Recaptcha {
        site_key: HOSTILE.to_owned(),
        domain: "www.google.com",
        has_checkbox,
    };
    let prompts = [work, CaptchaPrompt::Turnstile { site_key: HOSTILE.to_owned() }, score(true), score(false)];
    let branding = Branding::default();
    for (prompt, locale) in prompts.iter().flat_map(|prompt| Locale::ALL.map(|locale| (prompt, locale))) {
        let mut shown = Vec::new();
        for sample in samples(locale.into(), "x") {
            let frame = PageFrame { captcha: Some(prompt), ..frame(locale, &branding) };
            let html = (sample.render)(&frame).unwrap_or_else(|e| panic!("{}: {e}", sample.name));
            wellformed::check(&html).unwrap_or_else(|e| panic!("{}: {e}\n{html}", sample.name));
            assert!(!html.contains("<script>alert") && !html.contains("pages.captcha"), "{}", sample.name);
            assert_eq!(html.matches("<script").count(), html.matches("<script nonce=\"test-nonce\"").count());
            if html.contains(" data-without-script>") {
                shown.push(sample.name);
            }
        }
        for name in ["sign_in", "register", "one_time_token"] {
            assert!(shown.contains(&name), "{shown:?}");
        }
        for name in ["consent", "mfa_passkey", "sign_in_none", "one_time_token_late"] {
            assert!(!shown.contains(&name), "{name}");
        }
    }
}

fn page(name: &str, locale: Locale) -> String {
    let found = every_page(&branded(), "x").into_iter().find(|(sample, of, _)| sample.name == name && *of == locale);
    found.unwrap_or_else(|| panic!("no sample {name}")).2
}

#[test]
fn the_title_of_a_refused_form_begins_with_error() {
    let wrong = ["sign_in_wrong", "sign_in_full", "register_rejected", "continue", "address_wrong", "sent_code_wrong"];
    let others = ["mfa_code_wrong", "mfa_app_wrong", "mfa_address_code_sent", "new_password_rejected", "social_link"];
    for name in wrong.iter().chain(&others).chain(&["one_time_token_late", "mfa_passkey", "create_passkey"]) {
        assert!(page(name, Locale::En).contains("<title>Error: "), "{name}");
        let chinese = page(name, Locale::ZhCn);
        assert!(chinese.contains("<title>错误：") && !chinese.contains("<title>错误： "), "{name}");
    }
    for name in ["sign_in", "register", "address", "sent_code", "other_way", "new_password", "social_stranger"] {
        assert!(!page(name, Locale::En).contains("<title>Error"), "{name}");
    }
}

#[test]
fn a_form_has_one_focused_field_that_people_see() {
    for name in ["sign_in", "sign_in_wrong", "sign_in_identifier", "register_rejected", "address", "address_wrong"] {
        let html = page(name, Locale::En);
        assert_eq!(html.matches(" autofocus").count(), 1, "{name}");
        let (before, _) = html.split_once(" autofocus").unwrap();
        let element = &before[before.rfind('<').unwrap()..];
        assert!(element.starts_with("<input"), "{name}: {element}");
    }
}

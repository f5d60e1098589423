//! Samples of the pages of codes to an address or number.

use views::code_pages::*;
use views::pages::*;
use views::{Language, error_message, translate};

use super::samples::{Sample, sample};

pub fn codes(locale: Language<'static>, text: &str) -> Vec<Sample> {
    let back = |text: &str| MessageLink { href: "/sign-in".to_owned(), text: translate(locale, text, &[]) };
    let address = AddressPage {
        title: translate(locale, "pages.forgot_password.title", &[]),
        lead: translate(locale, "pages.forgot_password.lead_either", &[]),
        action: "/forgot-password".to_owned(),
        xsrf: "xsrf-value".to_owned(),
        fields: vec![
            Field::identifier(locale, &[IdentifierKind::Email, IdentifierKind::Phone], text),
            Field::country(
                locale,
                vec![Choice { value: text.to_owned(), label: text.to_owned() }],
                text.to_owned(),
                true,
            ),
        ],
        error: None,
        begins: true,
        skip: None,
        links: vec![back("pages.action.back_to_sign_in")],
    };
    let wrong_address = AddressPage {
        error: Some(error_message(locale, "general.invalid_email")),
        links: vec![],
        skip: Some("skip"),
        ..address.clone()
    };
    let code = SentCodePage {
        title: translate(locale, "pages.code.title", &[]),
        action: "/sign-in/verification-code".to_owned(),
        xsrf: "xsrf-value".to_owned(),
        destination: text.to_owned(),
        is_resent: true,
        error: None,
        links: vec![back("pages.code.password_instead"), back("pages.code.other_email")],
    };
    let wrong_code = SentCodePage {
        is_resent: false,
        error: Some(error_message(locale, "verification_code.code_mismatch")),
        ..code.clone()
    };
    let other_way = OtherWayPage {
        title: translate(locale, "pages.code.no_account_title", &[]),
        text: translate(locale, "pages.code.no_account", &[("destination", text)]),
        action: "/sign-in/verification-code".to_owned(),
        xsrf: "xsrf-value".to_owned(),
        choice: "register",
        button: translate(locale, "pages.code.register", &[]),
        terms: Terms::Manual,
        back: back("pages.code.other_email"),
    };
    vec![
        sample("address", address),
        sample("address_wrong", wrong_address),
        sample("sent_code", code),
        sample("sent_code_wrong", wrong_code),
        sample("other_way", other_way),
    ]
}

pub fn new_passwords(locale: Language<'static>, text: &str) -> Vec<Sample> {
    let password = |name: &str, key: &str| Field::password(locale, name, key, "new-password");
    let new_password = NewPasswordPage {
        xsrf: "xsrf-value".to_owned(),
        fields: vec![
            password("password", "pages.input.new_password"),
            password("confirm", "pages.input.confirm_password"),
        ],
        error: None,
        requirements: vec![translate(locale, "pages.register.requirement_length", &[("min", "8")])],
        issues: vec![],
    };
    let rejected = NewPasswordPage { issues: vec![text.to_owned()], ..new_password.clone() };
    vec![
        sample("new_password", new_password),
        sample("new_password_rejected", rejected),
        sample("password_changed", MessagePage::password_changed(locale, "/sign-in")),
    ]
}

//! Samples of the pages of second factors and passkeys.

use views::code_pages::FactorAddressPage;
use views::factor_pages::*;
use views::pages::*;
use views::passkey_pages::*;
use views::{Language, error_message, translate};

use super::samples::{Sample, sample};

pub fn factors(locale: Language<'static>, text: &str) -> Vec<Sample> {
    let xsrf = || "xsrf-value".to_owned();
    let other = MessageLink {
        href: "/mfa-verification/BackupCode".to_owned(),
        text: translate(locale, "pages.mfa.use_backup_code", &[]),
    };
    let code =
        FactorCodePage { kind: CodeKind::App, trust_days: Some(30), xsrf: xsrf(), error: None, links: vec![other] };
    let wrong = FactorCodePage {
        kind: CodeKind::Backup,
        trust_days: None,
        error: Some(error_message(locale, "session.mfa.invalid_backup_code")),
        links: vec![],
        ..code.clone()
    };
    let app =
        SetUpAppPage { xsrf: xsrf(), app: app_key(), trust_days: Some(1), error: None, skip: None, links: vec![] };
    let wrong_app = SetUpAppPage {
        error: Some(error_message(locale, "session.mfa.invalid_totp_code")),
        skip: Some("skip"),
        ..app.clone()
    };
    let codes = BackupCodesPage {
        xsrf: xsrf(),
        verification_id: "verification".to_owned(),
        codes: (0..10).map(|n| format!("c0ffee{n:04}")).collect(),
        download: "/mfa-binding/BackupCode/download".to_owned(),
    };
    vec![
        sample("mfa_code", code),
        sample("mfa_code_wrong", wrong),
        sample("mfa_onboarding", FactorOnboardingPage { xsrf: xsrf(), application: Some(text.to_owned()) }),
        sample("mfa_app", app),
        sample("mfa_app_wrong", wrong_app),
        sample("mfa_backup_codes", codes),
        sample("create_passkey", create_passkey(locale, text)),
        sample("mfa_passkey", passkey_factor(locale)),
    ]
}

pub fn address_codes(locale: Language<'static>, text: &str) -> Vec<Sample> {
    let back = |text: &str| MessageLink { href: "/sign-in".to_owned(), text: translate(locale, text, &[]) };
    let factor = FactorAddressPage {
        action: "/mfa-verification/EmailVerificationCode".to_owned(),
        xsrf: "xsrf-value".to_owned(),
        destination: text.to_owned(),
        is_sent: false,
        trust_days: Some(30),
        error: None,
        links: vec![back("pages.mfa.use_app"), back("pages.mfa.use_backup_code")],
    };
    let sent_factor = FactorAddressPage {
        is_sent: true,
        error: Some(error_message(locale, "verification_code.code_mismatch")),
        ..factor.clone()
    };
    vec![sample("mfa_address_code", factor), sample("mfa_address_code_sent", sent_factor)]
}

fn passkey_factor(locale: Language<'static>) -> PasskeyFactorPage {
    PasskeyFactorPage {
        xsrf: "xsrf-value".to_owned(),
        options: r#"{"challenge":"AAAA","rpId":"localhost"}"#.to_owned(),
        trust_days: Some(30),
        error: Some(error_message(locale, "session.mfa.webauthn_verification_failed")),
        links: vec![MessageLink {
            href: "/mfa-verification/Totp".to_owned(),
            text: translate(locale, "pages.mfa.use_app", &[]),
        }],
    }
}

pub fn app_key() -> AppKey {
    AppKey {
        qr_path: "M4 4h7v1h-7z".to_owned(),
        qr_side: 45,
        key: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ".to_owned(),
        uri: "otpauth://totp/auth%2Eexample%2Ecom:ada?secret=GEZDGNBVGY3TQOJQ".to_owned(),
    }
}

pub fn create_passkey(locale: Language<'static>, text: &str) -> CreatePasskeyPage {
    CreatePasskeyPage {
        xsrf: "xsrf-value".to_owned(),
        options: r#"{"challenge":"AAAA","user":{"id":"AAAA"}}"#.to_owned(),
        name: Field {
            name: "name".to_owned(),
            label: translate(locale, "pages.passkey.name", &[]),
            kind: "text",
            value: text.to_owned(),
            autocomplete: "off",
            ..Field::default()
        },
        skip: Some("skip"),
        is_factor: true,
        trust_days: Some(30),
        links: vec![],
        error: Some(error_message(locale, "session.mfa.webauthn_verification_failed")),
    }
}

//! One sample of every page and of its states.

use kernel::Locale;
use views::code_pages::*;
use views::device_pages::*;
use views::factor_pages::*;
use views::pages::*;
use views::passkey_pages::*;
use views::token_pages::OneTimeTokenPage;
use views::{
    ErrorDetails, FormActionPolicy, Image, NotImplementedFeature, PageFrame, RenderError, Template, error_message,
    render, translate,
};

type Render = Box<dyn Fn(&PageFrame<'_>) -> Result<String, RenderError>>;

pub struct Sample {
    pub name: &'static str,
    pub forms: FormActionPolicy,
    pub render: Render,
}

fn sample<P: Template + 'static>(name: &'static str, page: P) -> Sample {
    Sample { name, forms: P::FORM_ACTION, render: Box::new(move |frame| render(frame, &page)) }
}

/// All samples; `text` stands wherever people or administrators wrote something.
pub fn samples(locale: Locale, text: &str) -> Vec<Sample> {
    let mut out = sign_in(locale, text);
    out.extend(register(locale, text));
    out.extend(recovery(text));
    out.extend(codes(locale, text));
    out.extend(consent(locale, text));
    out.extend(factors(locale, text));
    out.extend(messages(locale, text));
    out.extend(links(locale, text));
    out.extend(device(locale, text));
    out.push(sample("welcome", welcome(text)));
    let message = InboxMessage { to: text.to_owned(), subject: text.to_owned(), text: text.to_owned() };
    out.push(sample("inbox", InboxPage { messages: vec![message] }));
    out.push(sample("inbox_empty", InboxPage { messages: Vec::new() }));
    out.push(sample("already_signed_in", MessagePage::already_signed_in(locale, None)));
    out.push(sample("demo", MessagePage::demo_signed_in(locale)));
    out
}

fn device(locale: Locale, text: &str) -> Vec<Sample> {
    let (action, xsrf) = ("https://auth.example.com/oidc/device".to_owned(), "xsrf-value".to_owned());
    let empty = DeviceCodePage { action: action.clone(), xsrf: xsrf.clone(), user_code: String::new(), error: None };
    let wrong = translate(locale, "pages.device.not_found", &[]);
    let wrong = DeviceCodePage { user_code: text.to_owned(), error: Some(wrong), ..empty.clone() };
    let forward = DeviceForwardPage { action: action.clone(), xsrf: xsrf.clone(), user_code: text.to_owned() };
    let confirm = DeviceConfirmPage {
        action,
        xsrf,
        application: text.to_owned(),
        user_code: "BCDF-GHJK".to_owned(),
        address: "203.0.113.7".to_owned(),
        agent: text.to_owned(),
    };
    vec![
        sample("device", empty),
        sample("device_wrong", wrong),
        sample("device_forward", forward),
        sample("device_confirm", confirm),
        sample("device_success", MessagePage::device_connected(locale)),
    ]
}

fn welcome(text: &str) -> WelcomePage {
    WelcomePage {
        demo: "/demo-app".to_owned(),
        preview: "/sign-in?preview=1".to_owned(),
        endpoints: vec![(text.to_owned(), "https://auth.example.com/oidc/.well-known/openid-configuration".to_owned())],
    }
}

fn factors(locale: Locale, text: &str) -> Vec<Sample> {
    let xsrf = || "xsrf-value".to_owned();
    let other = MessageLink {
        href: "/mfa-verification/BackupCode".to_owned(),
        text: translate(locale, "pages.mfa.use_backup_code", &[]),
    };
    let code = FactorCodePage {
        kind: CodeKind::App,
        xsrf: xsrf(),
        error: None,
        others: vec![other],
        sign_in: "/sign-in".to_owned(),
    };
    let wrong = FactorCodePage {
        kind: CodeKind::Backup,
        error: Some(error_message(locale, "session.mfa.invalid_backup_code")),
        others: vec![],
        ..code.clone()
    };
    let app = SetUpAppPage {
        xsrf: xsrf(),
        qr_path: "M4 4h7v1h-7z".to_owned(),
        qr_side: 45,
        key: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ".to_owned(),
        uri: "otpauth://totp/auth%2Eexample%2Ecom:ada?secret=GEZDGNBVGY3TQOJQ".to_owned(),
        error: None,
        skip: None,
        passkey: None,
    };
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
    ]
}

fn password(locale: Locale) -> Field {
    Field::password(locale, "password", "pages.input.password", "current-password")
}

fn passkey_factor(locale: Locale) -> PasskeyFactorPage {
    PasskeyFactorPage {
        xsrf: "xsrf-value".to_owned(),
        options: r#"{"challenge":"AAAA","rpId":"localhost"}"#.to_owned(),
        error: Some(error_message(locale, "session.mfa.webauthn_verification_failed")),
        others: vec![MessageLink {
            href: "/mfa-verification/Totp".to_owned(),
            text: translate(locale, "pages.mfa.use_app", &[]),
        }],
        sign_in: "/sign-in".to_owned(),
    }
}

fn create_passkey(locale: Locale, text: &str) -> CreatePasskeyPage {
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
        other: None,
        error: Some(error_message(locale, "session.mfa.webauthn_verification_failed")),
    }
}

fn sign_in(locale: Locale, text: &str) -> Vec<Sample> {
    let page = SignInPage {
        application: Some(text.to_owned()),
        xsrf: "xsrf-value".to_owned(),
        action: "/sign-in?app_id=abc".to_owned(),
        asks_password: true,
        fields: vec![Field::identifier(locale, &[IdentifierKind::Username], ""), password(locale)],
        error: None,
        terms: Terms::Automatic,
        passkey: None,
        step: None,
        social: Vec::new(),
        register: Some("/register?app_id=abc".to_owned()),
        forgot_password: Some("/forgot-password".to_owned()),
    };
    let every = [IdentifierKind::Username, IdentifierKind::Email, IdentifierKind::Phone];
    let wrong = SignInPage {
        fields: vec![Field::identifier(locale, &every, text), password(locale)],
        error: Some(error_message(locale, "session.invalid_credentials")),
        ..page.clone()
    };
    let full = SignInPage {
        application: Some(format!("{text} — a rather long application name, as people sometimes have them")),
        fields: vec![Field::identifier(locale, &[IdentifierKind::Email, IdentifierKind::Phone], ""), password(locale)],
        terms: Terms::Missing,
        ..page.clone()
    };
    let with_passkey = SignInPage {
        passkey: Some(PasskeyPrompt {
            action: "/sign-in/passkey".to_owned(),
            options: r#"{"challenge":"AAAA","rpId":"localhost"}"#.to_owned(),
            has_button: true,
            has_autofill: true,
        }),
        ..page.clone()
    };
    let first =
        SignInPage { asks_password: false, fields: vec![Field::identifier(locale, &every, text)], ..page.clone() };
    let second = SignInPage {
        step: Some(PasswordStep {
            action: "/sign-in/password".to_owned(),
            agreed: true,
            code: Some("/sign-in".to_owned()),
        }),
        ..page.clone()
    };
    let none = SignInPage {
        fields: vec![],
        error: Some(translate(locale, "pages.sign_in.no_method", &[])),
        register: None,
        forgot_password: None,
        application: None,
        ..page.clone()
    };
    vec![
        sample("sign_in_identifier", first),
        sample("sign_in_password", second),
        sample("sign_in", page),
        sample("sign_in_passkey", with_passkey),
        sample("create_passkey", create_passkey(locale, text)),
        sample("mfa_passkey", passkey_factor(locale)),
        sample("sign_in_wrong", wrong),
        sample("sign_in_full", full),
        sample("sign_in_none", none),
    ]
}

fn links(locale: Locale, text: &str) -> Vec<Sample> {
    let page = OneTimeTokenPage {
        application: Some(text.to_owned()),
        xsrf: "xsrf-value".to_owned(),
        email: Some(text.to_owned()),
        error: None,
        terms: Terms::Manual,
        sign_in: "/sign-in?app_id=abc".to_owned(),
    };
    let error = Some(error_message(locale, "one_time_token.token_expired"));
    let late = OneTimeTokenPage { email: None, error, ..page.clone() };
    let plain = OneTimeTokenPage { application: None, ..page.clone() };
    vec![sample("one_time_token", page), sample("one_time_token_late", late), sample("one_time_token_plain", plain)]
}

fn register(locale: Locale, text: &str) -> Vec<Sample> {
    let new = Field::password(locale, "password", "pages.input.new_password", "new-password");
    let again = Field::password(locale, "confirm", "pages.input.confirm_password", "new-password");
    let page = RegisterPage {
        social: Vec::new(),
        application: Some(text.to_owned()),
        xsrf: "xsrf-value".to_owned(),
        fields: vec![Field::identifier(locale, &[IdentifierKind::Username], ""), new.clone(), again.clone()],
        error: None,
        requirements: vec![translate(locale, "pages.register.requirement_length", &[("min", "8")])],
        issues: vec![],
        terms: Terms::Manual,
        sign_in: Some("/sign-in".to_owned()),
    };
    let taken = Field {
        error: Some(error_message(locale, "user.username_already_in_use")),
        ..Field::identifier(locale, &[IdentifierKind::Username], text)
    };
    let rejected = RegisterPage {
        fields: vec![taken, new, again],
        issues: vec![error_message(locale, "password_rejected.restricted.sequence"), text.to_owned()],
        ..page.clone()
    };
    let optional =
        Field { required: false, label: text.to_owned(), ..Field::identifier(locale, &[IdentifierKind::Email], text) };
    let more = ContinuePage {
        action: "/continue".to_owned(),
        application: Some(text.to_owned()),
        xsrf: "xsrf-value".to_owned(),
        asks_profile: true,
        fields: vec![
            Field::identifier(locale, &[IdentifierKind::Phone], ""),
            Field { name: "name".to_owned(), ..optional },
            Field {
                name: "profile.address".to_owned(),
                kind: "group",
                parts: vec![
                    Field {
                        name: "profile.address.country".to_owned(),
                        label: text.to_owned(),
                        kind: "select",
                        choices: vec![Choice { value: text.to_owned(), label: text.to_owned() }],
                        placeholder: text.to_owned(),
                        ..Field::default()
                    },
                    Field {
                        name: "profile.address.locality".to_owned(),
                        label: text.to_owned(),
                        kind: "text",
                        limits: vec![("maxlength", "5".to_owned())],
                        error: Some(text.to_owned()),
                        ..Field::default()
                    },
                ],
                label: text.to_owned(),
                hint: Some(text.to_owned()),
                ..Field::default()
            },
            Field {
                name: "profile.news".to_owned(),
                label: text.to_owned(),
                kind: "checkbox",
                value: "true".to_owned(),
                ..Field::default()
            },
        ],
        error: Some(text.to_owned()),
        issues: vec![],
    };
    vec![sample("register", page), sample("register_rejected", rejected), sample("continue", more)]
}

fn recovery(text: &str) -> Vec<Sample> {
    let forgot =
        ForgotPasswordPage { contact: Some(text.to_owned()), contact_link: None, sign_in: "/sign-in".to_owned() };
    let linked = ForgotPasswordPage {
        contact: Some("help@example.com".to_owned()),
        contact_link: views::Link::mail("help@example.com"),
        ..forgot.clone()
    };
    let plain = ForgotPasswordPage { contact: None, ..forgot.clone() };
    vec![
        sample("forgot_password", linked),
        sample("forgot_password_text", forgot),
        sample("forgot_password_plain", plain),
    ]
}

fn codes(locale: Locale, text: &str) -> Vec<Sample> {
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
        back: Some(back("pages.action.back_to_sign_in")),
    };
    let wrong_address = AddressPage {
        error: Some(error_message(locale, "general.invalid_email")),
        back: None,
        skip: Some("skip"),
        ..address.clone()
    };
    let code = SentCodePage {
        title: translate(locale, "pages.code.title", &[]),
        action: "/sign-in/verification-code".to_owned(),
        xsrf: "xsrf-value".to_owned(),
        destination: text.to_owned(),
        code: String::new(),
        is_resent: true,
        error: None,
        links: vec![back("pages.code.password_instead"), back("pages.code.other_email")],
    };
    let wrong_code = SentCodePage {
        code: text.to_owned(),
        is_resent: false,
        error: Some(error_message(locale, "verification_code.code_mismatch")),
        ..code.clone()
    };
    let factor = FactorAddressPage {
        action: "/mfa-verification/EmailVerificationCode".to_owned(),
        xsrf: "xsrf-value".to_owned(),
        destination: text.to_owned(),
        is_sent: false,
        code: String::new(),
        error: None,
        others: vec![back("pages.mfa.use_app"), back("pages.mfa.use_backup_code")],
        sign_in: "/sign-in".to_owned(),
    };
    let sent_factor = FactorAddressPage {
        is_sent: true,
        code: text.to_owned(),
        error: Some(error_message(locale, "verification_code.code_mismatch")),
        ..factor.clone()
    };
    let switch = SwitchPage {
        title: translate(locale, "pages.code.no_account_title", &[]),
        text: translate(locale, "pages.code.no_account", &[("destination", text)]),
        action: "/sign-in/verification-code".to_owned(),
        xsrf: "xsrf-value".to_owned(),
        choice: "register",
        button: translate(locale, "pages.code.register", &[]),
        terms: Terms::Manual,
        back: back("pages.code.other_email"),
    };
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
        sample("address", address),
        sample("address_wrong", wrong_address),
        sample("sent_code", code),
        sample("sent_code_wrong", wrong_code),
        sample("mfa_address_code", factor),
        sample("mfa_address_code_sent", sent_factor),
        sample("switch", switch),
        sample("new_password", new_password),
        sample("new_password_rejected", rejected),
        sample("password_changed", MessagePage::password_changed(locale, "/sign-in")),
    ]
}

fn consent(locale: Locale, text: &str) -> Vec<Sample> {
    let permission = |name: &str, description: Option<&str>| Permission {
        name: name.to_owned(),
        description: description.map(str::to_owned),
    };
    let organization = |id: &str, name: &str, chosen: bool| ConsentOrganization {
        id: id.to_owned(),
        name: name.to_owned(),
        chosen,
        permissions: if chosen { vec![permission("org:read", None)] } else { vec![] },
    };
    let page = ConsentPage {
        application: text.to_owned(),
        logo: None,
        xsrf: "xsrf-value".to_owned(),
        user: text.to_owned(),
        switch_account: Some("/sign-in".to_owned()),
        user_data: ["profile", "email", "urn:logto:scope:organizations", "unheard:of"]
            .map(|scope| Permission::user_scope(locale, scope))
            .to_vec(),
        resources: vec![ConsentResource {
            name: text.to_owned(),
            permissions: vec![permission("read:items", Some("Read the items")), permission("write:items", None)],
        }],
        organizations: vec![organization("o1", text, true), organization("o2", "Umbrella", false)],
        terms: views::Link::parse("https://third.example.com/terms"),
        privacy: views::Link::parse("https://third.example.com/privacy"),
        redirect_host: "third.example.com".to_owned(),
        error: None,
    };
    let small = ConsentPage {
        logo: Image::parse("https://third.example.com/logo.png"),
        switch_account: None,
        resources: vec![],
        organizations: vec![],
        privacy: None,
        error: Some(error_message(locale, "organization.require_membership")),
        ..page.clone()
    };
    vec![sample("consent", page), sample("consent_small", small)]
}

fn messages(locale: Locale, text: &str) -> Vec<Sample> {
    let sign_out = SignOutPage {
        action: "http://localhost:3001/oidc/session/end/confirm".to_owned(),
        xsrf: "xsrf-value".to_owned(),
        application: Some(text.to_owned()),
        automatic: true,
    };
    let asked = SignOutPage { application: None, automatic: false, ..sign_out.clone() };
    let link = views::Link::parse("https://app.example.com/");
    let error = ErrorDetails {
        status: 400,
        code: "oidc.invalid_redirect_uri",
        detail: Some(text),
        request_id: Some("k3x9v0a1b2c3d4e5"),
    };
    let unknown = ErrorDetails { status: 500, code: "", ..ErrorDetails::default() };
    vec![
        sample("sign_out", sign_out),
        sample("sign_out_asked", asked),
        sample("signed_out", MessagePage::signed_out(locale)),
        sample("unknown_session", MessagePage::unknown_session(locale, link.as_ref())),
        sample("suspended", MessagePage::suspended(locale, None)),
        sample(
            "application_access_denied",
            MessagePage::application_access_denied(locale, Some("/oidc/auth?client_id=app")),
        ),
        sample("error", MessagePage::error(locale, error)),
        sample("error_unknown", MessagePage::error(locale, unknown)),
        sample(
            "unavailable_sso",
            MessagePage::unavailable(locale, NotImplementedFeature::SingleSignOn, Some("/sign-in")),
        ),
        sample("unavailable_direct", MessagePage::unavailable(locale, NotImplementedFeature::DirectSignIn, None)),
        sample("unavailable_console", MessagePage::unavailable(locale, NotImplementedFeature::Console, None)),
    ]
}

//! One sample of every page and of its states.

use views::Language;
use views::code_pages::PasswordStep;
use views::demo_pages::{DemoAppPage, DeviceDemoAppPage};
use views::device_pages::*;
use views::pages::*;
use views::passkey_pages::PasskeyPrompt;
use views::social_pages::*;
use views::token_pages::OneTimeTokenPage;
use views::{
    ErrorDetails, FormActionPolicy, Image, NotImplementedFeature, PageFrame, RenderError, Template, error_message,
    render, translate,
};

use super::account_samples::account;
use super::code_samples::{codes, new_passwords};
use super::factor_samples::{address_codes, factors};

type Render = Box<dyn Fn(&PageFrame<'_>) -> Result<String, RenderError>>;

pub struct Sample {
    pub name: &'static str,
    pub forms: FormActionPolicy,
    pub render: Render,
}

pub fn sample<P: Template + 'static>(name: &'static str, page: P) -> Sample {
    Sample { name, forms: P::FORM_ACTION, render: Box::new(move |frame| render(frame, &page)) }
}

/// All samples; `text` stands wherever people or administrators wrote something.
pub fn samples(locale: Language<'static>, text: &str) -> Vec<Sample> {
    let mut out = sign_in(locale, text);
    out.extend(register(locale, text));
    out.extend(recovery(text));
    out.extend(account(locale, text));
    out.extend(codes(locale, text));
    out.extend(new_passwords(locale, text));
    out.extend(consent(locale, text));
    out.extend(factors(locale, text));
    out.extend(address_codes(locale, text));
    out.extend(messages(locale, text));
    out.extend(links(locale, text));
    out.extend(device(locale, text));
    out.extend(single_sign_on(locale, text));
    out.push(sample("welcome", welcome(text)));
    let message = InboxMessage { to: text.to_owned(), subject: text.to_owned(), text: text.to_owned() };
    out.push(sample("inbox", InboxPage { messages: vec![message] }));
    out.push(sample("inbox_empty", InboxPage { messages: Vec::new() }));
    out.push(sample("already_signed_in", MessagePage::already_signed_in(locale, None)));
    out.push(sample("demo_app", demo(text)));
    out.push(sample("device_demo_app", DeviceDemoAppPage(demo(text))));
    out
}

fn demo(text: &str) -> DemoAppPage {
    DemoAppPage {
        client: text.to_owned(),
        issuer: "https://auth.example.com/oidc".to_owned(),
        address: "https://auth.example.com/demo-app".to_owned(),
    }
}

fn device(locale: Language<'static>, text: &str) -> Vec<Sample> {
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

fn single_sign_on(locale: Language<'static>, text: &str) -> Vec<Sample> {
    let page = SingleSignOnPage {
        xsrf: "xsrf-value".to_owned(),
        action: "/single-sign-on/email".to_owned(),
        fields: vec![Field::identifier(locale, &[IdentifierKind::Email], text)],
        connectors: Vec::new(),
        has_agreed: false,
        terms: Terms::Manual,
        error: None,
        back: "/sign-in".to_owned(),
    };
    let button = |id: &str| SocialButton {
        one_tap: None,
        connector_id: id.to_owned(),
        target: String::new(),
        name: text.to_owned(),
        logo: "https://idp.example.com/logo.svg".to_owned(),
        logo_dark: None,
    };
    let choice =
        SingleSignOnPage { connectors: vec![button("one"), button("two")], terms: Terms::Missing, ..page.clone() };
    let refused = SingleSignOnPage { error: Some(text.to_owned()), ..page.clone() };
    vec![
        sample("single_sign_on", page),
        sample("single_sign_on_choice", choice),
        sample("single_sign_on_refused", refused),
    ]
}

fn welcome(text: &str) -> WelcomePage {
    WelcomePage {
        demo: Some("/demo-app".to_owned()),
        preview: "/sign-in?preview=1".to_owned(),
        endpoints: vec![(text.to_owned(), "https://auth.example.com/oidc/.well-known/openid-configuration".to_owned())],
    }
}

fn provider(text: &str) -> SocialButton {
    SocialButton {
        one_tap: None,
        connector_id: "harbour".to_owned(),
        target: "harbour".to_owned(),
        name: text.to_owned(),
        logo: String::new(),
        logo_dark: None,
    }
}

fn password(locale: Language<'static>) -> Field {
    Field::password(locale, "password", "pages.input.password", "current-password")
}

fn one_tap(text: &str) -> Option<OneTapPrompt> {
    Some(OneTapPrompt {
        connector_id: text.to_owned(),
        client_id: text.to_owned(),
        auto_select: Some(true),
        close_on_tap_outside: Some(false),
        itp_support: None,
    })
}

fn sign_in_page(locale: Language<'static>, text: &str) -> SignInPage {
    SignInPage {
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
        one_tap: None,
        single_sign_on: None,
        register: Some("/register?app_id=abc".to_owned()),
        forgot_password: Some("/forgot-password".to_owned()),
    }
}

fn sign_in(locale: Language<'static>, text: &str) -> Vec<Sample> {
    let page = sign_in_page(locale, text);
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
        social: vec![provider(text)],
        one_tap: one_tap(text),
        ..page.clone()
    };
    let first = SignInPage {
        fields: vec![Field::identifier(locale, &every, text)],
        asks_password: false,
        social: vec![provider(text)],
        ..page.clone()
    };
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
        sample("sign_in_wrong", wrong),
        sample("sign_in_full", full),
        sample("sign_in_none", none),
    ]
}

fn links(locale: Language<'static>, text: &str) -> Vec<Sample> {
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
    let link = SocialLinkPage {
        xsrf: "xsrf-value".to_owned(),
        provider: text.to_owned(),
        related: Some(text.to_owned()),
        can_register: true,
        terms: Terms::Missing,
        error: None,
        sign_in: "/sign-in".to_owned(),
    };
    let stranger = SocialLinkPage { related: None, terms: Terms::Automatic, ..link.clone() };
    vec![
        sample("social_link", link),
        sample("social_stranger", stranger),
        sample("one_time_token", page),
        sample("one_time_token_late", late),
        sample("one_time_token_plain", plain),
    ]
}

fn register(locale: Language<'static>, text: &str) -> Vec<Sample> {
    let new = Field::password(locale, "password", "pages.input.new_password", "new-password");
    let again = Field::password(locale, "confirm", "pages.input.confirm_password", "new-password");
    let page = RegisterPage {
        social: Vec::new(),
        one_tap: one_tap(text),
        application: Some(text.to_owned()),
        xsrf: "xsrf-value".to_owned(),
        fields: vec![Field::identifier(locale, &[IdentifierKind::Username], ""), new.clone(), again.clone()],
        asks_password: true,
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
    vec![
        sample("register", page),
        sample("register_rejected", rejected),
        sample("continue", missing_parts(locale, text)),
    ]
}

fn missing_parts(locale: Language<'static>, text: &str) -> ContinuePage {
    let optional =
        Field { required: false, label: text.to_owned(), ..Field::identifier(locale, &[IdentifierKind::Email], text) };
    ContinuePage {
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
                name: "profile.avatar".to_owned(),
                label: text.to_owned(),
                kind: "picture",
                value: text.to_owned(),
                limits: vec![("accept", "image/png".to_owned())],
                error: Some(text.to_owned()),
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
    }
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

fn consent(locale: Language<'static>, text: &str) -> Vec<Sample> {
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
        stranger: None,
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
    let stranger = ConsentPage {
        redirect_host: "127.0.0.1:5000".to_owned(),
        stranger: Some(Stranger { host: "tool.example.com".to_owned(), is_on_device: true }),
        ..page.clone()
    };
    vec![sample("consent", page), sample("consent_small", small), sample("consent_stranger", stranger)]
}

fn messages(locale: Language<'static>, text: &str) -> Vec<Sample> {
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
    ]
}

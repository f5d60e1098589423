//! One sample of every page and of its states.

use kernel::Locale;
use views::pages::*;
use views::{Failure, Forms, Frame, Image, Page, RenderError, Unavailable, error_message, phrase, render};

type Render = Box<dyn Fn(&Frame<'_>) -> Result<String, RenderError>>;

pub struct Sample {
    pub name: &'static str,
    pub forms: Forms,
    pub render: Render,
}

fn sample<P: Page + 'static>(name: &'static str, page: P) -> Sample {
    Sample { name, forms: P::FORMS, render: Box::new(move |frame| render(frame, &page)) }
}

/// All samples; `text` stands wherever people or administrators wrote something.
pub fn samples(locale: Locale, text: &str) -> Vec<Sample> {
    let mut out = sign_in(locale, text);
    out.extend(register(locale, text));
    out.extend(recovery(text));
    out.extend(consent(locale, text));
    out.extend(messages(locale, text));
    out
}

fn password(locale: Locale) -> Field {
    Field::password(locale, "password", "pages.input.password", "current-password")
}

fn sign_in(locale: Locale, text: &str) -> Vec<Sample> {
    let page = SignIn {
        application: Some(text.to_owned()),
        xsrf: "xsrf-value".to_owned(),
        fields: vec![Field::identifier(locale, &[Identifier::Username], ""), password(locale)],
        error: None,
        terms: Terms::Automatic,
        register: Some("/register?app_id=abc".to_owned()),
        forgot_password: Some("/forgot-password".to_owned()),
    };
    let every = [Identifier::Username, Identifier::Email, Identifier::Phone];
    let wrong = SignIn {
        fields: vec![Field::identifier(locale, &every, text), password(locale)],
        error: Some(error_message(locale, "session.invalid_credentials")),
        ..page.clone()
    };
    let full = SignIn {
        application: Some(format!("{text} — a rather long application name, as people sometimes have them")),
        fields: vec![Field::identifier(locale, &[Identifier::Email, Identifier::Phone], ""), password(locale)],
        terms: Terms::Missing,
        ..page.clone()
    };
    let none = SignIn {
        fields: vec![],
        error: Some(phrase(locale, "pages.sign_in.no_method", &[])),
        register: None,
        forgot_password: None,
        application: None,
        ..page.clone()
    };
    vec![
        sample("sign_in", page),
        sample("sign_in_wrong", wrong),
        sample("sign_in_full", full),
        sample("sign_in_none", none),
    ]
}

fn register(locale: Locale, text: &str) -> Vec<Sample> {
    let new = Field::password(locale, "password", "pages.input.new_password", "new-password");
    let again = Field::password(locale, "confirm", "pages.input.confirm_password", "new-password");
    let page = Register {
        application: Some(text.to_owned()),
        xsrf: "xsrf-value".to_owned(),
        fields: vec![Field::identifier(locale, &[Identifier::Username], ""), new.clone(), again.clone()],
        error: None,
        requirements: vec![phrase(locale, "pages.register.requirement_length", &[("min", "8")])],
        issues: vec![],
        terms: Terms::Manual,
        sign_in: Some("/sign-in".to_owned()),
    };
    let taken = Field {
        error: Some(error_message(locale, "user.username_already_in_use")),
        ..Field::identifier(locale, &[Identifier::Username], text)
    };
    let rejected = Register {
        fields: vec![taken, new, again],
        issues: vec![error_message(locale, "password_rejected.restricted.sequence"), text.to_owned()],
        ..page.clone()
    };
    let optional =
        Field { required: false, label: text.to_owned(), ..Field::identifier(locale, &[Identifier::Email], text) };
    let more = Continue {
        action: "/continue".to_owned(),
        application: Some(text.to_owned()),
        xsrf: "xsrf-value".to_owned(),
        fields: vec![
            Field::identifier(locale, &[Identifier::Phone], ""),
            Field { name: "name".to_owned(), ..optional },
        ],
        error: Some(text.to_owned()),
        issues: vec![],
    };
    vec![sample("register", page), sample("register_rejected", rejected), sample("continue", more)]
}

fn recovery(text: &str) -> Vec<Sample> {
    let forgot = ForgotPassword { contact: Some(text.to_owned()), contact_link: None, sign_in: "/sign-in".to_owned() };
    let linked = ForgotPassword {
        contact: Some("help@example.com".to_owned()),
        contact_link: views::Link::mail("help@example.com"),
        ..forgot.clone()
    };
    let plain = ForgotPassword { contact: None, ..forgot.clone() };
    vec![
        sample("forgot_password", linked),
        sample("forgot_password_text", forgot),
        sample("forgot_password_plain", plain),
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
    let page = Consent {
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
    let small = Consent {
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
    let sign_out = SignOut {
        action: "http://localhost:3001/oidc/session/end/confirm".to_owned(),
        xsrf: "xsrf-value".to_owned(),
        application: Some(text.to_owned()),
        automatic: true,
    };
    let asked = SignOut { application: None, automatic: false, ..sign_out.clone() };
    let link = views::Link::parse("https://app.example.com/");
    let failure = Failure {
        status: 400,
        code: "oidc.invalid_redirect_uri",
        detail: Some(text),
        request_id: Some("k3x9v0a1b2c3d4e5"),
    };
    let unknown = Failure { status: 500, code: "", ..Failure::default() };
    vec![
        sample("sign_out", sign_out),
        sample("sign_out_asked", asked),
        sample("signed_out", Message::signed_out(locale)),
        sample("unknown_session", Message::unknown_session(locale, link.as_ref())),
        sample("suspended", Message::suspended(locale, None)),
        sample("error", Message::error(locale, failure)),
        sample("error_unknown", Message::error(locale, unknown)),
        sample("unavailable_sso", Message::unavailable(locale, Unavailable::SingleSignOn, Some("/sign-in"))),
        sample("unavailable_direct", Message::unavailable(locale, Unavailable::DirectSignIn, None)),
        sample("unavailable_console", Message::unavailable(locale, Unavailable::Console, None)),
        sample("unavailable_device", Message::unavailable(locale, Unavailable::Device, None)),
    ]
}

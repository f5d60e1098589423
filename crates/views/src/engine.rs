//! The template engine: embedded templates, escaping on, undefined names are errors.

use std::sync::{Arc, LazyLock};

use kernel::Locale;
use kernel::text::{is_bidi_control, isolate};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Object, Serde};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, escape_formatter};
use serde::Serialize;

use crate::captcha::CaptchaPrompt;
use crate::{Branding, Catalogue, FormActionPolicy, Language, Languages, key_exists, phrases, translate};

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../templates/", $name)))),*]
    };
}

pub(crate) const TEMPLATES: &[(&str, &str)] = templates![
    "base.html",
    "form.html",
    "captcha.html",
    "sign_in.html",
    "register.html",
    "continue.html",
    "forgot_password.html",
    "consent.html",
    "sign_out.html",
    "message.html",
    "welcome.html",
    "demo.html",
    "demo_app.html",
    "device_demo_app.html",
    "account_frame.html",
    "account_rows.html",
    "account_sections.html",
    "account_profile.html",
    "account_card.html",
    "account_task.html",
    "account_done.html",
    "account_app.html",
    "account_codes.html",
    "account_passkey.html",
    "inbox.html",
    "mfa_code.html",
    "mfa_onboarding.html",
    "mfa_app.html",
    "mfa_backup_codes.html",
    "create_passkey.html",
    "mfa_passkey.html",
    "address.html",
    "mfa_address_code.html",
    "sent_code.html",
    "other_way.html",
    "new_password.html",
    "one_time_token.html",
    "device_forward.html",
    "device_code.html",
    "device_confirm.html",
    "single_sign_on.html",
    "social.html",
    "social_link.html",
    "logo.html",
    "wordmark.html",
    "api_docs.html",
    "console.html",
    "console_parts.html",
];

const STYLES: &str = include_str!("../../../assets/pages.css");
const DARK_COLORS: &str = include_str!("../../../assets/dark.css");
const SCRIPT: &str = include_str!("../../../assets/pages.js");

const CAPTCHA_SCRIPT: &str = include_str!("../../../assets/captcha.js");
const ONE_TAP_SCRIPT: &str = include_str!("../../../assets/one_tap.js");
const PASSKEY_SCRIPT: &str = include_str!("../../../assets/passkey.js");

const ACCOUNT_STYLES: &str = include_str!("../../../assets/account.css");
const DEMO_STYLES: &str = include_str!("../../../assets/demo.css");
/// The script of the demo applications, a file of its own.
pub const DEMO_SCRIPT: &str = include_str!("../../../assets/demo.js");

static ENGINE: LazyLock<Result<Environment<'static>, Error>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    engine.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    engine.set_formatter(format);
    engine.add_function("t", translate_function);
    engine.add_filter("isolate", |name: String| isolate(&name));
    engine.add_global("styles", Value::from_safe_string(without_comments(STYLES)));
    engine.add_global("dark_colors", Value::from_safe_string(DARK_COLORS.trim_end().to_owned()));
    engine.add_global("docs_styles", Value::from_safe_string(DOCS_STYLES.clone()));
    engine.add_global("account_styles", Value::from_safe_string(without_comments(ACCOUNT_STYLES)));
    engine.add_global("demo_styles", Value::from_safe_string(without_comments(DEMO_STYLES)));
    engine.add_global("script", Value::from_safe_string(SCRIPT.to_owned()));
    engine.add_global("passkey_script", Value::from_safe_string(PASSKEY_SCRIPT.to_owned()));
    engine.add_global("one_tap_script", Value::from_safe_string(ONE_TAP_SCRIPT.to_owned()));
    engine.add_global("captcha_script", Value::from_safe_string(CAPTCHA_SCRIPT.to_owned()));
    for (name, source) in TEMPLATES {
        engine.add_template(name, source)?;
    }
    Ok(engine)
});

/// The style sheet of the reference of the APIs, in the colours of the hosted pages.
pub(crate) static DOCS_STYLES: LazyLock<String> = LazyLock::new(|| {
    let pages = include_str!("../../../assets/docs.css");
    without_comments(&format!("{STYLES}{pages}@media (prefers-color-scheme: dark) {{ :root {{ {DARK_COLORS} }} }}"))
});

/// The style sheet of the console, over that of the hosted pages.
pub fn console_styles() -> String {
    let own = include_str!("../../../assets/console.css");
    let dark = DARK_COLORS.trim_end();
    without_comments(&format!(
        "{STYLES}{own}:root[data-colors=dark] {{ {dark} }}\n\
         @media (prefers-color-scheme: dark) {{ :root:not([data-colors=light]) {{ {dark} }} }}"
    ))
}

/// What every page needs besides its own context.
#[derive(Debug, Clone, Copy)]
pub struct PageFrame<'a> {
    pub language: Language<'a>,
    /// In which the page can be read.
    pub languages: &'a Languages,
    /// The nonce of this response's Content-Security-Policy.
    pub nonce: &'a str,
    pub branding: &'a Branding,
    /// Path and query of this page without `ui_locales`, to offer it in the other languages.
    pub current_url: Option<&'a str>,
    /// What the interaction asks for before its first form; a page shows it if it [asks](Template::ASKS_CAPTCHA).
    pub captcha: Option<&'a CaptchaPrompt>,
}

/// A page could not be rendered: a mistake in a template, never the reader's doing.
#[derive(Debug, thiserror::Error)]
#[error("template {template}: {source}")]
pub struct RenderError {
    template: &'static str,
    source: Error,
}

/// A page: its template and the names the template reads.
pub trait Template: Serialize {
    const TEMPLATE: &'static str;
    /// Where its forms lead, for the Content-Security-Policy of the response.
    const FORM_ACTION: FormActionPolicy = FormActionPolicy::Unrestricted;
    /// Whether its form begins an interaction, or makes the server send something, so that it shows the captcha.
    const ASKS_CAPTCHA: bool = false;
    /// Whether its script calls this server.
    const CALLS_SERVER: bool = false;

    /// Whether it lets Google's script ask for One Tap.
    fn shows_one_tap(&self) -> bool {
        false
    }

    /// Whether something is wrong with what was sent: the title says so first, for who hears the page.
    fn has_error(&self) -> bool {
        false
    }
}

/// Renders a whole HTML document.
pub fn render<P: Template>(frame: &PageFrame<'_>, page: &P) -> Result<String, RenderError> {
    let context = minijinja::context! {
        locale => frame.language.tag(),
        direction => frame.language.direction(),
        texts => Value::from_object(Texts::of(frame.language)),
        nonce => frame.nonce,
        brand => frame.branding.value(),
        languages => languages(frame),
        captcha => Value::from(Serde(frame.captcha.filter(|_| P::ASKS_CAPTCHA))),
        has_error => page.has_error(),
        page => Value::from(Serde(page)),
    };
    render_template(P::TEMPLATE, context)
}

/// Renders a page that is the same for everybody.
pub(crate) fn render_static(
    template: &'static str,
    locale: Locale,
    page: &impl Serialize,
) -> Result<String, RenderError> {
    let languages = Locale::ALL.map(|one| minijinja::context! { tag => one.tag(), name => Language::from(one).name() });
    let context = minijinja::context! {
        locale => locale.tag(),
        texts => Value::from_object(Texts::of(locale.into())),
        languages => languages.to_vec(),
        page => Value::from(Serde(page)),
    };
    render_template(template, context)
}

pub(crate) fn render_template(template: &'static str, context: Value) -> Result<String, RenderError> {
    let failed = |source| RenderError { template, source };
    match &*ENGINE {
        Ok(engine) => engine.get_template(template).and_then(|t| t.render(context)).map_err(failed),
        Err(error) => Err(failed(Error::new(ErrorKind::BadInclude, error.to_string()))),
    }
}

/// Links to this page in each language, named in that language.
fn languages(frame: &PageFrame<'_>) -> Value {
    let Some(current_url) = frame.current_url else { return Value::from(Vec::<Value>::new()) };
    let join = if current_url.contains('?') { '&' } else { '?' };
    let link = |language: Language<'_>| {
        let (tag, name) = (language.tag(), language.name());
        minijinja::context! {
            tag, name, dir => language.direction(), href => format!("{current_url}{join}ui_locales={tag}"),
            current => tag == frame.language.tag()
        }
    };
    Value::from(frame.languages.all().map(link).collect::<Vec<_>>())
}

/// The texts that `t` reads.
#[derive(Debug)]
pub(crate) struct Texts {
    built_in: Locale,
    own: Option<Arc<Catalogue>>,
}

impl Object for Texts {}

impl Texts {
    pub(crate) fn of(language: Language<'_>) -> Self {
        Self { built_in: language.built_in(), own: language.own().cloned() }
    }
}

/// `t("key", name=value)`: the phrase with its places filled, escaped; a value that is markup already stays markup.
fn translate_function(state: &State, key: &str, args: Kwargs) -> Result<Value, Error> {
    if !key_exists(key) {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("no phrase {key}")));
    }
    let texts = state.lookup("texts");
    let texts = texts.as_ref().and_then(|texts| texts.downcast_object_ref::<Texts>());
    let fill = |text: &str| {
        phrases::interpolate(&escape(text), |name| {
            let value: Value = args.get(name).ok()?;
            Some(if value.is_safe() { value.to_string() } else { escape(&isolate(&value.to_string())) })
        })
    };
    let own = texts.and_then(|texts| texts.own.as_ref()?.get(key)).map(|text| fill(text));
    // A tenant's text need not have every place; ours must have the places that the template fills.
    let built_in = fill(&translate(texts.map(|texts| texts.built_in).unwrap_or_default(), key, &[]));
    let filled = own.unwrap_or(built_in);
    args.assert_all_used()?;
    Ok(Value::from_safe_string(filled))
}

/// Writes a value, text escaped. The engine's own escaping also rewrites `/`, which clients that read `action` from our
/// forms do not expect.
fn format(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => out.write_str(&escape(text)).map_err(Error::from),
        _ => escape_formatter(out, state, value),
    }
}

/// Escapes text for element content and for quoted attribute values.
fn escape(text: &str) -> String {
    // U+2068 and U+2069 are our own, where a name is inserted. One that ends nothing is not.
    let (mut opened, closed) = (0_usize, text.matches('\u{2069}').count());
    let is_kept = |c: &char| {
        match c {
            '\u{2068}' if opened < closed => opened += 1,
            '\u{2069}' if opened > 0 => opened -= 1,
            c if is_bidi_control(*c) => return false,
            _ => {}
        }
        true
    };
    let isolated: String = text.chars().filter(is_kept).collect();
    html_escape::encode_quoted_attribute(&isolated).into_owned()
}

/// A style sheet without its comments and indentation.
fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        rest = rest[start..].split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

//! Texts of messages: the tenant's template for the language, else one of the connector's settings, else a built-in one in the
//! reader's language.

use api::BoundedText;
use api::email_templates::{EmailContentType, EmailTemplateDetails};
use kernel::Locale;
use serde_json::{Map, Value};

use super::message::{Message, UsageType};
use super::settings::{ContentType, MailTemplate};

pub(super) const LAYOUT: &str = include_str!("../../../../templates/mail/layout.html");
const CODE: &str = include_str!("../../../../templates/mail/code.html");
const LINK: &str = include_str!("../../../../templates/mail/link.html");
const VALID: &str = include_str!("../../../../templates/mail/valid.html");
/// Of a name in the text of an invitation.
const MAX_NAME_CHARS: usize = 128;

/// An e-mail without its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RenderedMail {
    /// One line.
    pub subject: String,
    pub content: Content,
    /// One line each, as the template has them.
    pub reply_to: Option<String>,
    pub send_from: Option<String>,
}

/// The body of an e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Plain(String),
    Html(String),
    Both { text: String, html: String },
}

/// Renders a message: by the tenant's template, else by that of the settings for its usage, else by the one for `Generic`, else by the built-in one.
pub(super) fn render_mail(templates: &[MailTemplate], message: &Message) -> RenderedMail {
    if let Some(notice) = &message.notice {
        return notice.render();
    }
    if let Some(details) = &message.template {
        return render_details(details, &message.payload);
    }
    let of = |usage: UsageType| templates.iter().find(|template| template.usage_type == usage);
    let Some(template) = of(message.usage).or_else(|| of(UsageType::Generic)) else { return built_in(message) };
    let payload = &message.payload;
    let content = match template.content_type {
        ContentType::Plain => Content::Plain(fill(&template.content, payload, Escape::None)),
        ContentType::Html => Content::Html(fill(&template.content, payload, Escape::Html)),
    };
    RenderedMail {
        subject: one_line(&fill(&template.subject, payload, Escape::None)),
        content,
        reply_to: None,
        send_from: None,
    }
}

fn render_details(details: &EmailTemplateDetails, payload: &Map<String, Value>) -> RenderedMail {
    let line = |template: &str| one_line(&fill(template, payload, Escape::None));
    let optional = |template: &Option<BoundedText<0, 512>>| {
        template.as_ref().map(|template| line(template)).filter(|line| !line.trim().is_empty())
    };
    let content = match details.content_type {
        Some(EmailContentType::Plain) => Content::Plain(fill(&details.content, payload, Escape::None)),
        Some(EmailContentType::Html) | None => Content::Html(fill(&details.content, payload, Escape::Html)),
    };
    RenderedMail {
        subject: line(&details.subject),
        content,
        reply_to: optional(&details.reply_to),
        send_from: optional(&details.send_from),
    }
}

/// Subject and text by the tenant's template or the built-in one, for the development inbox.
pub(super) fn plain_text(message: &Message) -> (String, String) {
    let RenderedMail { subject, content, .. } = match (&message.notice, &message.template) {
        (Some(notice), _) => notice.render(),
        (None, Some(details)) => render_details(details, &message.payload),
        (None, None) => built_in(message),
    };
    match content {
        Content::Plain(text) | Content::Html(text) | Content::Both { text, .. } => (subject, text),
    }
}

/// The language of a message.
pub(super) fn locale(message: &Message) -> Locale {
    let asked = message.payload.get("locale").and_then(Value::as_str).and_then(Locale::from_tag);
    asked.or_else(|| message.fallback_language.as_deref().and_then(Locale::from_tag)).unwrap_or(Locale::En)
}

fn built_in(message: &Message) -> RenderedMail {
    let locale = locale(message);
    let member = |name: &str| message.payload.get(name).and_then(Value::as_str).unwrap_or_default();
    let (code, link) = (member("code"), member("link"));
    let names = Names::of(message);
    let args = [("code", code), ("organization", names.organization.as_str()), ("inviter", names.inviter.as_str())];
    let phrase = |key: &str| views::translate(locale, &format!("messages.{key}"), &args);
    let usage = usage_key(message.usage, !names.inviter.is_empty());
    let subject = one_line(&phrase(&format!("subject.{usage}")));
    let title = phrase(&format!("title.{usage}"));
    let intro = phrase(&format!("intro.{usage}"));
    let is_invitation = message.usage == UsageType::OrganizationInvitation;
    let valid = if code.is_empty() || is_invitation { String::new() } else { phrase("valid") };
    let ignore = phrase(if is_invitation { "ignore_invitation" } else { "ignore" });
    let blocks = [(link, LINK), (code, CODE), (valid.as_str(), VALID)];
    let block: String = blocks.into_iter().filter(|(value, _)| !value.is_empty()).map(|(_, block)| block).collect();
    let values = Map::from_iter([
        ("language".to_owned(), Value::from(locale.tag())),
        ("title".to_owned(), title.clone().into()),
        ("intro".to_owned(), intro.clone().into()),
        ("code".to_owned(), code.into()),
        ("link".to_owned(), link.into()),
        ("action".to_owned(), phrase("action").into()),
        ("valid".to_owned(), valid.clone().into()),
        ("ignore".to_owned(), ignore.clone().into()),
    ]);
    let html = fill(&LAYOUT.replace("<!-- block -->", &block), &values, Escape::Html);
    let paragraphs = [title.as_str(), &intro, link, code, &valid, &ignore];
    let text: Vec<&str> = paragraphs.into_iter().filter(|paragraph| !paragraph.is_empty()).collect();
    let content = Content::Both { text: format!("{}\n", text.join("\n\n")), html };
    RenderedMail { subject, content, reply_to: None, send_from: None }
}

/// Who is named in the text of an invitation, on one line and not at length: people choose their names themselves.
struct Names {
    organization: String,
    /// Empty for an invitation of nobody in particular.
    inviter: String,
}

impl Names {
    fn of(message: &Message) -> Self {
        let name = |path: &str| {
            let shown = |c: &char| {
                !c.is_control() && !('\u{202a}'..='\u{202e}').contains(c) && !('\u{2066}'..='\u{2069}').contains(c)
            };
            let text: String = value_at(&message.payload, path).chars().filter(shown).take(MAX_NAME_CHARS).collect();
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let paths = ["inviter.name", "inviter.username", "inviter.primaryEmail"];
        Self {
            organization: name("organization.name").unwrap_or_default(),
            inviter: paths.into_iter().find_map(name).unwrap_or_default(),
        }
    }
}

fn usage_key(usage: UsageType, has_inviter: bool) -> &'static str {
    match usage {
        UsageType::SignIn => "sign_in",
        UsageType::Register => "register",
        UsageType::ForgotPassword => "forgot_password",
        UsageType::OrganizationInvitation if has_inviter => "organization_invitation_by",
        UsageType::OrganizationInvitation => "organization_invitation",
        UsageType::Generic => "generic",
        UsageType::UserPermissionValidation => "user_permission_validation",
        UsageType::BindNewIdentifier => "bind_new_identifier",
        UsageType::MfaVerification => "mfa_verification",
        UsageType::BindMfa => "bind_mfa",
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    None,
    Html,
}

/// Replaces each `{{path.to.value}}`. What the payload does not have leaves nothing; what was filled in is not looked through
/// again.
pub(super) fn fill(template: &str, payload: &Map<String, Value>, escape: Escape) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((path, tail)) = after.split_once("}}") else {
            rest = &rest[before.len()..];
            break;
        };
        let text = value_at(payload, path.trim());
        match escape {
            Escape::None => out.push_str(&text),
            Escape::Html => out.push_str(&html_escape::encode_quoted_attribute(&text)),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn value_at(payload: &Map<String, Value>, path: &str) -> String {
    let mut steps = path.split('.');
    let first = steps.next().and_then(|name| payload.get(name));
    match steps.fold(first, |value, name| value.and_then(|value| value.get(name))) {
        Some(Value::String(text)) => text.clone(),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
        _ => String::new(),
    }
}

/// A subject is one header: a line break in a value must not begin another one.
pub(super) fn one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::message::Recipient;
    use super::*;

    fn message(payload: Value) -> Message {
        let mut message = Message::code(Recipient::Email("a@b.example".into()), UsageType::SignIn, "123456", None);
        message.payload.extend(payload.as_object().unwrap().clone());
        message
    }

    fn template(usage: &str, kind: &str, subject: &str, content: &str) -> MailTemplate {
        let value = json!({"usageType": usage, "contentType": kind, "subject": subject, "content": content});
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn e11_values_are_escaped_in_html_and_break_no_subject() {
        let evil = json!({"user": {"name": "<b>\"M\"</b>\r\nBcc: x@y.example"}, "application": {"name": "{{code}}"}});
        let templates = [template(
            "SignIn",
            "text/html",
            "Hi {{user.name}}",
            "<p>{{ user.name }} {{application.name}} {{no.such}}|{{code}}",
        )];
        let mail = render_mail(&templates, &message(evil));
        assert_eq!(mail.subject, "Hi <b>\"M\"</b> Bcc: x@y.example");
        let Content::Html(html) = mail.content else { panic!("no HTML") };
        assert!(html.starts_with("<p>&lt;b&gt;&quot;M&quot;") && html.ends_with("{{code}} |123456"), "{html}");
    }

    #[test]
    fn the_template_of_the_usage_goes_before_that_for_generic_and_the_built_in_one() {
        let generic = template("Generic", "text/plain", "g", "{{code}} {{");
        let mail = render_mail(std::slice::from_ref(&generic), &message(json!({})));
        assert_eq!((mail.subject.as_str(), mail.content), ("g", Content::Plain("123456 {{".into())));
        let both = [generic, template("SignIn", "text/plain", "s", "x")];
        assert_eq!(render_mail(&both, &message(json!({}))).subject, "s");
    }

    #[test]
    fn an_invitation_shows_what_there_is_and_speaks_the_language_of_its_tenant() {
        let invitation = |payload: Value, fallback_language: &str| {
            let payload = payload.as_object().unwrap().clone();
            let fallback_language = Some(fallback_language.to_owned());
            let usage = UsageType::OrganizationInvitation;
            let mail = render_mail(&[], &Message { usage, payload, fallback_language, ..message(json!({})) });
            let Content::Both { text, html } = mail.content else { panic!("not both") };
            (mail.subject, text, html)
        };
        let name = format!("{}\r\nBcc: x@y.example", "n".repeat(200));
        let organization = json!({"name": "Docks"});
        let (subject, text, html) = invitation(json!({"organization": organization, "inviter": {"name": name}}), "en");
        assert!(!subject.contains(['\r', '\n']) && !subject.contains("Bcc"), "{subject}");
        assert!(!html.contains("href") && !html.contains("class=\"code\"") && !text.contains("\n\n\n"), "{html}");
        let both = json!({"code": "c1", "link": "https://a.example/", "organization": organization});
        let (_, text, html) = invitation(both, "zh-CN");
        assert!(html.contains("href=\"https://a.example/\"") && html.contains(">c1<"), "{html}");
        assert!(text.contains("https://a.example/") && text.contains("c1") && text.contains('\u{7ec4}'), "{text}");
    }

    #[test]
    fn built_in_texts_are_complete_in_both_languages() {
        use UsageType::*;
        let usages = [
            SignIn,
            Register,
            ForgotPassword,
            OrganizationInvitation,
            Generic,
            UserPermissionValidation,
            BindNewIdentifier,
            MfaVerification,
            BindMfa,
        ];
        for (usage, language) in usages.into_iter().flat_map(|usage| [(usage, "en"), (usage, "zh-CN")]) {
            let payload = match usage {
                OrganizationInvitation => json!({
                    "code": "", "link": "https://a.example/?x=1&y=2", "locale": language,
                    "organization": {"name": "Docks <b>"}, "inviter": {"name": "", "username": "ada"},
                }),
                _ => json!({"locale": language}),
            };
            let mail = render_mail(&[], &Message { usage, ..message(payload) });
            let Content::Both { text, html } = &mail.content else { panic!("not both") };
            let main = if usage == OrganizationInvitation { "https://a.example/?x=1&amp;y=2" } else { "123456" };
            assert!(html.contains(main) && html.contains(&format!("lang=\"{language}\"")), "{html}");
            assert!(!mail.subject.contains("messages.") && !text.contains("messages.") && !html.contains("messages."));
            assert!(!html.contains("{{") && !html.contains("<!-- block"), "{html}");
            assert_eq!(
                html.contains("Docks &lt;b&gt;") && mail.subject.contains("ada"),
                usage == OrganizationInvitation
            );
            assert_eq!(text.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)), language == "zh-CN", "{text}");
        }
    }
}

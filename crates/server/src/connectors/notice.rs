//! Notices: e-mails whose text the server makes for one message. They ask for nothing and hold no link.

use kernel::Locale;
use serde_json::{Map, Value};

use super::templates::{Content, Escape, LAYOUT, RenderedMail, fill, one_line};

const ITEM: &str = include_str!("../../../../templates/mail/item.html");
const FACT: &str = include_str!("../../../../templates/mail/fact.html");
const FACTS: &str = include_str!("../../../../templates/mail/facts.html");
const ADVICE: &str = include_str!("../../../../templates/mail/advice.html");
/// Where the layout has what is different in each message.
const PLACE: &str = "<!-- block -->";

/// A text, in the language of its reader.
#[derive(Clone)]
pub struct Notice {
    /// What services that make their own texts call it.
    pub kind: &'static str,
    pub locale: Locale,
    pub subject: String,
    pub title: String,
    pub intro: String,
    /// What happened, if it is more than the title says.
    pub items: Vec<String>,
    /// Names and values.
    pub facts: Vec<(String, String)>,
    /// What to do.
    pub advice: String,
    pub closing: String,
}

impl Notice {
    /// The text and its HTML.
    pub(super) fn render(&self) -> RenderedMail {
        RenderedMail {
            subject: one_line(&self.subject),
            content: Content::Both { text: self.text(), html: self.html() },
            reply_to: None,
            send_from: None,
        }
    }

    fn text(&self) -> String {
        let items: Vec<String> = self.items.iter().map(|item| format!("- {item}")).collect();
        let facts: Vec<String> = self.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let blocks = [&self.title, &self.intro, &items.join("\n"), &facts.join("\n"), &self.advice, &self.closing];
        let blocks: Vec<&str> = blocks.into_iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        format!("{}\n", blocks.join("\n\n"))
    }

    fn html(&self) -> String {
        let one = |template: &str, values: &[(&str, &str)]| {
            let values = values.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
            fill(template, &Map::from_iter(values), Escape::Html)
        };
        let items: String = self.items.iter().map(|item| one(ITEM, &[("item", item)])).collect();
        let facts: String =
            self.facts.iter().map(|(name, value)| one(FACT, &[("name", name), ("value", value)])).collect();
        let facts = FACTS.replace(PLACE, &facts);
        let block = [items, facts, one(ADVICE, &[("advice", &self.advice)])].concat();
        // Put in last: what was filled in is not looked through again, and no value can hold the place, because it is escaped.
        let layout = one(
            LAYOUT,
            &[
                ("language", self.locale.tag()),
                ("title", &self.title),
                ("intro", &self.intro),
                ("ignore", &self.closing),
            ],
        );
        layout.replace(PLACE, &block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e11_values_are_escaped_and_not_looked_through_again() {
        let notice = Notice {
            kind: "K",
            locale: Locale::En,
            subject: "A\r\nBcc: x@y.example".to_owned(),
            title: "<b>{{intro}}".to_owned(),
            intro: "all".to_owned(),
            items: vec!["{{title}} <!-- block --> <i>".to_owned()],
            facts: vec![("By".to_owned(), "\"x\" & {{closing}}".to_owned())],
            advice: "Do <something>".to_owned(),
            closing: "end".to_owned(),
        };
        let mail = notice.render();
        assert_eq!(mail.subject, "A Bcc: x@y.example");
        let Content::Both { text, html } = mail.content else { panic!("not both") };
        assert!(text.starts_with("<b>{{intro}}\n\nall\n\n- {{title}}") && text.ends_with("\n\nend\n"), "{text}");
        for shown in ["&lt;b&gt;{{intro}}", "{{title}} &lt;!-- block", "&quot;x&quot; &amp; {{closing}}", "Do &lt;some"]
        {
            assert!(html.contains(shown), "{shown} in {html}");
        }
        assert!(!html.contains("<!-- block") && !html.contains("href"), "{html}");
    }
}

//! The admin console: one layout, and the components that its pages are made of. A page is a list of blocks, so that an entity
//! has no template of its own.

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

pub use crate::console_table::{Bulk, Cell, Filter, Pages, Row, SearchForm, Table};
use crate::engine::{RenderError, Texts, render_template};
use crate::pages::{Choice, Field};
use crate::{Branding, Language};

/// The script of the console, a file of its own.
pub const CONSOLE_SCRIPT: &str = include_str!("../../../assets/console.js");

/// What every page of the console shows around its own blocks.
#[derive(Debug, Clone)]
pub struct ConsoleFrame<'a> {
    pub language: Language<'a>,
    /// The nonce of this response's Content-Security-Policy.
    pub nonce: &'a str,
    pub branding: &'a Branding,
    /// Addresses of the style sheet and the script.
    pub assets: ConsoleAssets<'a>,
    /// Who is signed in; nobody on the pages before that.
    pub person: Option<ConsolePerson>,
    pub navigation: Vec<NavigationGroup>,
    /// This page in each language that ships.
    pub languages: Vec<LanguageLink>,
    pub appearance: Appearance,
    /// This page in each appearance.
    pub appearances: Vec<Tab>,
    /// Pages that help.
    pub help: Vec<Action>,
    /// What forms send back.
    pub csrf: &'a str,
}

/// The colours of the console.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Appearance {
    /// As the system of the person has them.
    #[default]
    System,
    Light,
    Dark,
}

impl Appearance {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// In addresses, cookies and phrases.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

/// Addresses that change with what is there.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ConsoleAssets<'a> {
    pub styles: &'a str,
    pub script: &'a str,
}

/// Who is signed in.
#[derive(Debug, Clone, Serialize)]
pub struct ConsolePerson {
    pub name: String,
    /// Their strongest role, translated.
    pub role: String,
    /// Where they change their own account, if they may.
    pub account: Option<&'static str>,
}

/// A page in another language.
#[derive(Debug, Clone, Serialize)]
pub struct LanguageLink {
    pub tag: &'static str,
    pub name: &'static str,
    pub href: String,
    pub is_current: bool,
}

/// A section of the sidebar.
#[derive(Debug, Clone, Serialize)]
pub struct NavigationGroup {
    /// None for the first.
    pub title: Option<String>,
    pub links: Vec<NavigationLink>,
}

/// A page of the sidebar.
#[derive(Debug, Clone, Serialize)]
pub struct NavigationLink {
    pub title: String,
    pub href: String,
    pub is_current: bool,
}

/// A page of the console.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ConsolePage {
    pub title: String,
    pub lead: Option<String>,
    /// The list that the page belongs to.
    pub back: Option<Action>,
    /// The most important ones, beside the title.
    pub actions: Vec<Action>,
    pub tabs: Vec<Tab>,
    /// What was just done.
    pub toast: Option<Toast>,
    pub blocks: Vec<Block>,
}

/// A link that looks like a button, or leads back.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Action {
    pub title: String,
    pub href: String,
}

/// One of several views of the same entity.
#[derive(Debug, Clone, Serialize)]
pub struct Tab {
    pub title: String,
    pub href: String,
    pub is_current: bool,
}

/// A short message that goes away.
#[derive(Debug, Clone, Serialize)]
pub struct Toast {
    pub text: String,
    pub tone: Tone,
}

/// What a badge or a message means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    #[default]
    Neutral,
    Good,
    Bad,
}

/// A component.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    Table(Table),
    /// Filters of the whole page.
    Search(SearchForm),
    Form(Form),
    Facts(Facts),
    Numbers(Numbers),
    Chart(Chart),
    Empty(Empty),
    Secret(ShownSecret),
    Notice(Notice),
    Code(CodeText),
    Cards(Cards),
    Dialogs(Dialogs),
}

/// A form with the error beside its field.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Form {
    pub title: Option<String>,
    pub lead: Option<String>,
    pub action: String,
    pub fields: Vec<Field>,
    /// Further fields, in groups.
    pub sections: Vec<FormSection>,
    /// Sent as they are.
    pub hidden: Vec<(String, String)>,
    pub submit: String,
    /// Another button, which sends the form to its own address.
    pub second: Option<Action>,
    /// What is wrong with the whole.
    pub error: Option<String>,
    /// Whether the page warns who leaves it with changes.
    pub is_guarded: bool,
    /// Whether it holds what was typed and not saved.
    pub is_changed: bool,
    /// What the form's values make of a page, beside it.
    pub preview: Option<Preview>,
}

/// A group of fields of a form.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FormSection {
    pub title: String,
    pub lead: Option<String>,
    pub fields: Vec<Field>,
}

/// A page in a frame: first as it is saved; as it is typed once the form is sent to `action`, with what was chosen as `preview.page`,
/// `preview.theme` and `preview.language`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Preview {
    /// The address of what is saved.
    pub source: String,
    pub action: String,
    pub pages: Vec<Choice>,
    pub languages: Vec<Choice>,
    pub language: String,
}

/// Names and values.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    pub title: Option<String>,
    pub rows: Vec<(String, Cell)>,
}

/// Figures that people look at first.
#[derive(Debug, Clone, Serialize)]
pub struct Numbers {
    pub items: Vec<Number>,
}

/// A figure, and how it changed.
#[derive(Debug, Clone, Serialize)]
pub struct Number {
    pub label: String,
    pub value: String,
    pub change: Option<String>,
    pub tone: Tone,
}

/// A list that is empty: what to do about it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Empty {
    pub title: String,
    pub text: Option<String>,
    pub action: Option<Action>,
}

/// A secret that is shown this once.
#[derive(Debug, Clone, Serialize)]
pub struct ShownSecret {
    pub title: String,
    pub text: String,
    pub secret: String,
}

/// A remark.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    pub text: String,
    pub tone: Tone,
}

/// Text that machines read.
#[derive(Debug, Clone, Serialize)]
pub struct CodeText {
    pub title: Option<String>,
    pub text: String,
}

/// Things of which one is chosen.
#[derive(Debug, Clone, Serialize)]
pub struct Cards {
    pub title: Option<String>,
    pub items: Vec<Card>,
}

/// Something to choose.
#[derive(Debug, Clone, Serialize)]
pub struct Card {
    pub picture: Picture,
    pub title: String,
    pub text: String,
    /// None for what can't be chosen: `text` says why.
    pub href: Option<String>,
}

/// The URL of an image, and of another one for dark screens.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Picture {
    pub light: String,
    pub dark: Option<String>,
}

/// What can be done with the entity of the page, each behind a question.
#[derive(Debug, Clone, Serialize)]
pub struct Dialogs {
    pub title: String,
    pub items: Vec<Dialog>,
}

/// A question before something is done.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Dialog {
    /// Unique on its page.
    pub id: String,
    /// The button that opens it, and the one that does it.
    pub button: String,
    pub title: String,
    pub text: String,
    pub action: String,
    pub hidden: Vec<(String, String)>,
    pub fields: Vec<Field>,
    /// What must be typed before it is done: for what can't be undone.
    pub confirm: Option<String>,
    pub is_danger: bool,
}

impl ConsolePage {
    /// Whether one of its blocks shows a page of this server in a frame.
    pub fn has_frame(&self) -> bool {
        self.blocks.iter().any(|block| matches!(block, Block::Form(form) if form.preview.is_some()))
    }
}

/// Renders a page of the console.
///
/// # Errors
/// A mistake in the template.
pub fn render_console(frame: &ConsoleFrame<'_>, page: &ConsolePage) -> Result<String, RenderError> {
    let context = context! {
        locale => frame.language.tag(),
        direction => frame.language.direction(),
        texts => Value::from_object(Texts::of(frame.language)),
        nonce => frame.nonce,
        brand => frame.branding.value(),
        assets => Value::from(Serde(frame.assets)),
        person => Value::from(Serde(&frame.person)),
        navigation => Value::from(Serde(&frame.navigation)),
        languages => Value::from(Serde(&frame.languages)),
        appearance => frame.appearance.as_str(),
        appearances => Value::from(Serde(&frame.appearances)),
        help => Value::from(Serde(&frame.help)),
        csrf => frame.csrf,
        page => Value::from(Serde(page)),
    };
    render_template("console.html", context)
}

pub use crate::console_chart::Chart;
pub use crate::engine::console_styles;

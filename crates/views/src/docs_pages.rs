//! The reference of the APIs for people. Its pages are the same for everybody, so that they are made once.

use kernel::Locale;
use serde::Serialize;

use crate::RenderError;
use crate::engine;

/// A page of the reference.
#[derive(Debug, Clone, Serialize)]
pub struct DocsPage<'a> {
    pub groups: Vec<DocsGroupLink<'a>>,
    /// The group that the page shows in full; none on the first page.
    pub current: Option<&'a DocsGroup>,
    /// What is searched for on the first page.
    pub query: &'a str,
    /// Operations on the first page.
    pub found: usize,
    /// Path of this page.
    pub path: &'a str,
    pub version: &'static str,
}

/// A group in the lists of a page.
#[derive(Debug, Clone, Serialize)]
pub struct DocsGroupLink<'a> {
    pub name: &'a str,
    pub slug: &'a str,
    pub count: usize,
    /// Its operations that the first page lists.
    pub shown: Vec<&'a DocsLine>,
}

/// An operation in a list.
#[derive(Debug, Clone, Serialize)]
pub struct DocsLine {
    pub id: String,
    pub title: String,
    pub method: String,
    /// The path in pieces; those that are parameters are marked.
    pub path: Vec<DocsPathPart>,
}

/// The operations with one tag.
#[derive(Debug, Clone, Serialize)]
pub struct DocsGroup {
    pub name: String,
    /// The last segment of its page's path.
    pub slug: String,
    pub operations: Vec<DocsOperation>,
}

#[derive(Debug, Clone, Serialize)]
pub struct DocsOperation {
    #[serde(flatten)]
    pub line: DocsLine,
    pub needs_token: bool,
    pub parameters: Vec<DocsMember>,
    /// None where it takes no body.
    pub body: Option<Vec<DocsMember>>,
    pub answers: Vec<DocsAnswer>,
}

#[derive(Debug, Clone, Serialize)]
pub struct DocsPathPart {
    pub text: String,
    pub is_parameter: bool,
}

/// A parameter, or a member of a body.
#[derive(Debug, Clone, Serialize)]
pub struct DocsMember {
    pub name: String,
    /// How deep it is inside of other members, from 0.
    pub depth: usize,
    /// Such as `string` or `array of object`.
    pub kind: String,
    /// The place of a parameter: `path` or `query`; empty for a member.
    pub place: String,
    pub is_required: bool,
    pub is_nullable: bool,
    /// Such as `1 to 128 characters`.
    pub limits: Vec<String>,
    pub values: Vec<String>,
    pub description: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct DocsAnswer {
    pub status: String,
    pub is_error: bool,
    pub description: String,
    pub members: Vec<DocsMember>,
}

/// The whole style sheet of a page, for its digest in the Content-Security-Policy.
pub fn docs_styles() -> &'static str {
    &engine::DOCS_STYLES
}

/// Renders a page as an HTML document, without any nonce: its one style sheet is known by its digest, and it has no script.
///
/// # Errors
/// A mistake in the template.
pub fn render_docs(locale: Locale, page: &DocsPage<'_>) -> Result<String, RenderError> {
    engine::render_static("api_docs.html", locale, page)
}

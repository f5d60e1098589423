//! Lists that people search: the `search` grammar (inventory M014, M015) and the simple `q` (M016) as SQL conditions.
//!
//! Every value is a bound parameter; columns come from constants of the slices, never from a request.

use db::{DbError, FromRow, Read, Sql, Value};
use kernel::Page;
use serde_json::json;

use crate::errors::ApiError;
use crate::http::QueryParams;

mod pattern;

/// Names that a search may use, with their columns.
pub type Fields = &'static [(&'static str, &'static str)];

/// A `where` clause being put together.
#[derive(Debug, Clone)]
pub struct Condition {
    text: String,
    values: Vec<Value>,
}

impl Condition {
    /// A condition; each `{}` in `text` stands for the next value: `Condition::new("u.tenant_id = {}", [tenant])`.
    pub fn new<V: Into<Value>>(text: &str, values: impl IntoIterator<Item = V>) -> Self {
        let mut condition = Self { text: String::new(), values: Vec::new() };
        condition.add(text, values.into_iter().map(Into::into).collect());
        condition
    }

    /// Narrows by another condition, written as in [`Condition::new`].
    #[must_use]
    pub fn and<V: Into<Value>>(mut self, text: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.text.push_str(" and ");
        self.add(text, values.into_iter().map(Into::into).collect());
        self
    }

    /// Narrows to rows where one of the columns contains `part`, whatever its case (the parameter `q`).
    #[must_use]
    pub fn and_contains(mut self, columns: &[&str], part: Option<&str>) -> Self {
        let Some(part) = part else { return self };
        let like = format!("%{}%", part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        let any: Vec<String> =
            columns.iter().map(|c| format!("lower({c}) like lower(cast({{}} as text)) escape '\\'")).collect();
        self.text.push_str(" and ");
        self.add(&format!("({})", any.join(" or ")), columns.iter().map(|_| like.clone().into()).collect());
        self
    }

    /// The SQL with `$1`, `$2`, … and the values that they stand for.
    pub fn parts(&self) -> (&str, &[Value]) {
        (&self.text, &self.values)
    }

    fn add(&mut self, text: &str, values: Vec<Value>) {
        let mut pieces = text.split("{}");
        self.text.push_str(pieces.next().unwrap_or_default());
        for (piece, value) in pieces.zip(values) {
            self.values.push(value);
            self.text.push_str(&format!("${}{piece}", self.values.len()));
        }
    }
}

/// What a list shows: `select {columns} from {from} where … order by {order}`.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    pub columns: &'static str,
    pub from: &'static str,
    pub order: &'static str,
}

impl Listing {
    /// How many rows satisfy the condition, and those of the page; all of them without a page.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn rows<T: FromRow>(
        &self,
        r: &Read<'_>,
        condition: &Condition,
        page: Option<Page>,
    ) -> Result<(i64, Vec<T>), DbError> {
        let Some(page) = page else {
            let rows: Vec<T> = r.query_all(&Sql::dynamic(self.select(condition)), &condition.values)?;
            return Ok((i64::try_from(rows.len()).unwrap_or(i64::MAX), rows));
        };
        let rows = self.page(r, condition, page)?;
        let total = page.total(rows.len()).map_or_else(|| self.count(r, condition), Ok)?;
        Ok((total, rows))
    }

    /// How many rows satisfy the condition.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn count(&self, r: &Read<'_>, Condition { text, values }: &Condition) -> Result<i64, DbError> {
        r.query_one(&Sql::dynamic(format!("select count(*) from {} where {text}", self.from)), values)
    }

    /// The rows of a page.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn page<T: FromRow>(&self, r: &Read<'_>, condition: &Condition, page: Page) -> Result<Vec<T>, DbError> {
        let (text, values) = self.on_page(condition, page);
        r.query_all(&text, &values)
    }

    /// The statement for the rows of a page. PostgreSQL would plan anew at each use if it did not see how few rows it is
    /// asked for: that number is checked (1 to 100) and stands in the text.
    pub fn on_page(&self, condition: &Condition, page: Page) -> (Sql, Vec<Value>) {
        let (mut text, mut values) = (self.select(condition), condition.values.clone());
        text.push_str(&format!(" limit {}", page.size));
        if page.offset() > 0 {
            values.push(page.offset().into());
            text.push_str(&format!(" offset ${}", values.len()));
        }
        (Sql::dynamic(text), values)
    }

    fn select(&self, condition: &Condition) -> String {
        let Self { columns, from, order } = self;
        format!("select {columns} from {from} where {} order by {order}", condition.text)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Exact,
    Like,
    SimilarTo,
    Posix,
}

/// What to look for in one place.
#[derive(Debug, Clone)]
struct Wanted {
    /// Columns of which one must fit, with how they are compared.
    columns: Vec<(&'static str, Mode)>,
    values: Vec<String>,
}

/// A checked search; empty when the request asks for none.
#[derive(Debug, Clone, Default)]
pub struct Search {
    wanted: Vec<Wanted>,
    all: bool,
    case_sensitive: bool,
    folded: &'static [(&'static str, &'static str)],
}

impl Search {
    /// Reads `search`, `search.{field}`, `mode`, `mode.{field}`, `joint` or `jointMode`, `isCaseSensitive`.
    ///
    /// # Errors
    /// 400 `request.invalid_input` for an unknown field, mode or joint, an empty value, several values that are not
    /// compared exactly, `similar_to` without case sensitivity, and a pattern that is none.
    pub fn read(query: &QueryParams, fields: Fields) -> Result<Self, ApiError> {
        let joint = query.get("joint").or(query.get("jointMode"));
        let all = match joint {
            None | Some("or") => false,
            Some("and") => true,
            Some(_) => return Err(invalid()),
        };
        let case_sensitive = query.is_true("isCaseSensitive");
        let default_mode = query.values("mode").next().map_or(Ok(Mode::Like), mode)?;
        let mut modes: Vec<(&str, Mode)> = Vec::new();
        let mut values: Vec<(Option<usize>, Vec<String>)> = Vec::new();
        for (name, value) in query.pairs() {
            let field = |text: &str| fields.iter().position(|(known, _)| *known == text).ok_or_else(invalid);
            if let Some(name) = name.strip_prefix("mode.") {
                modes.push((fields[field(name)?].0, mode(value)?));
                continue;
            }
            let place = match name.strip_prefix("search.") {
                Some(name) => Some(field(name)?),
                None if name == "search" => None,
                None => continue,
            };
            if value.is_empty() || value.contains('\0') {
                return Err(invalid());
            }
            match values.iter_mut().find(|(known, _)| *known == place) {
                Some((_, more)) => more.push(value.to_owned()),
                None => values.push((place, vec![value.to_owned()])),
            }
        }
        let mode_of =
            |name: &str| modes.iter().rfind(|(known, _)| *known == name).map_or(default_mode, |(_, mode)| *mode);
        let wanted = values.into_iter().map(|(place, values)| {
            let searched = place.map_or(fields, |index| &fields[index..=index]);
            Wanted { columns: searched.iter().map(|(name, column)| (*column, mode_of(name))).collect(), values }
        });
        let search = Self { wanted: wanted.collect(), all, case_sensitive, folded: &[] };
        search.check()?;
        Ok(search)
    }

    /// Where case does not matter, the second column of a pair is compared instead of the first: it has the same in small
    /// letters, which need not be made for each row then.
    #[must_use]
    pub fn with_folded(self, folded: &'static [(&'static str, &'static str)]) -> Self {
        Self { folded, ..self }
    }

    fn check(&self) -> Result<(), ApiError> {
        for Wanted { columns, values } in &self.wanted {
            for (_, mode) in columns {
                let several = values.len() > 1 && *mode != Mode::Exact;
                let undefined = *mode == Mode::SimilarTo && !self.case_sensitive;
                let broken = match mode {
                    Mode::Posix => values.iter().any(|value| !db::is_pattern(value)),
                    Mode::SimilarTo => values.iter().any(|value| !db::is_pattern(&pattern::of_similar(value))),
                    Mode::Exact | Mode::Like => false,
                };
                if several || undefined || broken {
                    return Err(invalid());
                }
            }
        }
        Ok(())
    }

    /// Whether the request asks for none.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Narrows a condition to what was searched for.
    #[must_use]
    pub fn narrow(&self, mut condition: Condition) -> Condition {
        if self.wanted.is_empty() {
            return condition;
        }
        let mut values = Vec::new();
        let places: Vec<String> = self.wanted.iter().map(|wanted| self.place(wanted, &mut values)).collect();
        condition.text.push_str(" and ");
        condition.add(&format!("({})", places.join(if self.all { " and " } else { " or " })), values);
        condition
    }

    fn place(&self, wanted: &Wanted, values: &mut Vec<Value>) -> String {
        let mut any = Vec::new();
        for (column, mode) in &wanted.columns {
            let stored = self.folded.iter().find(|(plain, _)| plain == column).filter(|_| !self.case_sensitive);
            let (fold, end) = if self.case_sensitive || stored.is_some() { ("", "") } else { ("lower(", ")") };
            let compared = stored.map_or(*column, |(_, folded)| folded);
            let one = format!("{fold}cast({{}} as text){end}");
            for value in &wanted.values {
                let folded = stored.map(|_| value.to_lowercase());
                let asked = folded.as_ref().unwrap_or(value);
                let (text, value) = match mode {
                    Mode::Exact => (format!("{fold}{compared}{end} = {one}"), asked.clone()),
                    Mode::Like => {
                        (format!("{fold}{compared}{end} like {one} escape '\\'"), pattern::complete_like(asked))
                    }
                    Mode::SimilarTo => (format!("regexp_like({column}, {{}}, 'c')"), pattern::of_similar(value)),
                    Mode::Posix => {
                        let flag = if self.case_sensitive { 'c' } else { 'i' };
                        (format!("regexp_like({column}, {{}}, '{flag}')"), value.clone())
                    }
                };
                any.push(text);
                values.push(value.into());
            }
        }
        format!("({})", any.join(" or "))
    }
}

fn mode(text: &str) -> Result<Mode, ApiError> {
    match text {
        "exact" => Ok(Mode::Exact),
        "like" => Ok(Mode::Like),
        "similar_to" => Ok(Mode::SimilarTo),
        "posix" => Ok(Mode::Posix),
        _ => Err(invalid()),
    }
}

fn invalid() -> ApiError {
    ApiError::bad_request("request.invalid_input").data(json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: Fields = &[("id", "u.id"), ("name", "u.name")];

    fn text(query: &str) -> Result<(String, Vec<Value>), ApiError> {
        let search = Search::read(&QueryParams::parse(query), FIELDS)?;
        let Condition { text, values } = search.narrow(Condition::new("u.tenant_id = {}", ["t"]));
        Ok((text, values))
    }

    #[test]
    fn no_search_leaves_the_condition_alone() {
        assert_eq!(text("page=1&foo=bar"), Ok(("u.tenant_id = $1".into(), vec!["t".into()])));
    }

    #[test]
    fn values_are_parameters_and_fields_are_joined() {
        let (sql, values) = text("search.name=a%25&search.id=b&mode.id=exact&joint=and&isCaseSensitive=true").unwrap();
        let expected =
            "u.tenant_id = $1 and ((u.name like cast($2 as text) escape '\\') and (u.id = cast($3 as text)))";
        assert_eq!((sql.as_str(), values), (expected, vec!["t".into(), "a%".into(), "b".into()]));
        let (sql, _) = text("search=x").unwrap();
        assert_eq!(sql.matches(" or ").count(), 1, "{sql}");
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for query in [
            "search.other=x",
            "mode.other=like",
            "search=x&mode=other",
            "mode=",
            "joint=xor",
            "search=",
            "search.name=",
            "search.name=a&search.name=b",
            "search.name=a&mode=similar_to",
            "search.name=(&mode=posix",
            "search.name=a%00b",
        ] {
            assert_eq!(text(query).map_err(|e| e.code().to_owned()), Err("request.invalid_input".into()), "{query}");
        }
    }

    #[test]
    fn a_substring_search_takes_wildcards_literally() {
        let condition = Condition::new("true", [0_i64; 0]).and_contains(&["o.name"], Some("50%_\\"));
        assert_eq!(condition.values, vec!["%50\\%\\_\\\\%".into()]);
    }
}

//! Lists with search: the `search` parameters (inventory M014, M015) and the parameter `q` (M016) as SQL conditions.
//! Every value is a bound parameter; column names come from constants, never from a request.

use db::{DbError, FromRow, Read, Sql, UNICODE, Value};
use kernel::Pagination;

use crate::errors::ApiError;
use crate::http::QueryParams;

mod error;
mod parts;
mod pattern;
mod value;

use error::SearchError;
pub use parts::IndexedSearch;
pub(crate) use value::check_substring;
use value::{check_value, fold, stored_phone};

/// Limit of one search: the work for each row grows with it.
const MAX_VALUES: usize = 100;

/// Field names that a search may use, with their columns.
pub type SearchableColumns = &'static [(&'static str, &'static str)];

/// A `where` clause with its parameters.
#[derive(Debug, Clone)]
pub struct Where {
    text: String,
    values: Vec<Value>,
}

impl Where {
    /// A condition; each `{}` in `text` stands for the next value: `Where::new("u.tenant_id = {}", [tenant])`.
    pub fn new<V: Into<Value>>(text: &str, values: impl IntoIterator<Item = V>) -> Self {
        let mut condition = Self { text: String::new(), values: Vec::new() };
        condition.add(text, values.into_iter().map(Into::into).collect());
        condition
    }

    /// Adds a condition with `and`; the syntax is that of [`Where::new`].
    #[must_use]
    pub fn and<V: Into<Value>>(mut self, text: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.text.push_str(" and ");
        self.add(text, values.into_iter().map(Into::into).collect());
        self
    }

    /// Requires that the column has one of the values.
    #[must_use]
    pub fn and_in(self, column: &str, values: &[String]) -> Self {
        match values.is_empty() {
            true => self.and(&format!("{column} in (null)"), [""; 0]),
            false => self.and(&format!("{column} in ({})", vec!["{}"; values.len()].join(", ")), values),
        }
    }

    /// Requires that one of the columns contains `part`, ignoring case (the parameter `q`).
    #[must_use]
    pub fn and_contains(mut self, columns: &[&str], part: Option<&str>) -> Self {
        let Some(part) = part else { return self };
        let like = format!("%{}%", part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        let any: Vec<String> =
            columns.iter().map(|c| format!("{} like {} escape '\\'", fold(c), fold("cast({} as text)"))).collect();
        self.text.push_str(" and ");
        self.add(&format!("({})", any.join(" or ")), columns.iter().map(|_| like.clone().into()).collect());
        self
    }

    /// The SQL with `$1`, `$2`, … and their values.
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

/// The query of a list: `select {columns} from {from} where … order by {order}`.
#[derive(Debug, Clone, Copy)]
pub struct ListQuery {
    pub columns: &'static str,
    pub from: &'static str,
    pub order: &'static str,
}

impl ListQuery {
    /// The number of rows that match, and the rows of the page; without a page all rows.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn rows<T: FromRow>(
        &self,
        r: &Read<'_>,
        condition: &Where,
        page: Option<Pagination>,
    ) -> Result<(i64, Vec<T>), DbError> {
        let Some(page) = page else {
            let rows: Vec<T> = r.query_all(&Sql::dynamic(self.select(condition)), &condition.values)?;
            return Ok((i64::try_from(rows.len()).unwrap_or(i64::MAX), rows));
        };
        let rows = self.page(r, condition, page)?;
        let total = page.known_total(rows.len()).map_or_else(|| self.count(r, condition), Ok)?;
        Ok((total, rows))
    }

    /// The number of rows that match.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn count(&self, r: &Read<'_>, Where { text, values }: &Where) -> Result<i64, DbError> {
        r.query_one(&Sql::dynamic(format!("select count(*) from {} where {text}", self.from)), values)
    }

    /// As [`ListQuery::count`], but no further than `most`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn count_up_to(&self, r: &Read<'_>, Where { text, values }: &Where, most: i64) -> Result<i64, DbError> {
        let counted = format!("select 1 from {} where {text} limit {most}", self.from);
        r.query_one(&Sql::dynamic(format!("select count(*) from ({counted}) as counted")), values)
    }

    /// The rows of a page.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn page<T: FromRow>(&self, r: &Read<'_>, condition: &Where, page: Pagination) -> Result<Vec<T>, DbError> {
        let (text, values) = self.page_statement(condition, page);
        r.query_all(&text, &values)
    }

    /// The statement for the rows of a page. The limit (1 to 100, validated) is part of the text: PostgreSQL only
    /// caches a generic plan if it knows the limit.
    pub fn page_statement(&self, condition: &Where, page: Pagination) -> (Sql, Vec<Value>) {
        let (mut text, mut values) = (self.select(condition), condition.values.clone());
        text.push_str(&format!(" limit {}", page.size));
        if page.offset() > 0 {
            values.push(page.offset().into());
            text.push_str(&format!(" offset ${}", values.len()));
        }
        (Sql::dynamic(text), values)
    }

    fn select(&self, condition: &Where) -> String {
        let Self { columns, from, order } = self;
        format!("select {columns} from {from} where {} order by {order}", condition.text)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MatchMode {
    Exact,
    Like,
    SimilarTo,
    Posix,
}

/// One term of a search.
#[derive(Debug, Clone)]
struct SearchTerm {
    /// The columns to search, with their match mode. One of them must match.
    columns: Vec<(&'static str, MatchMode)>,
    values: Vec<String>,
}

/// A validated search; empty if the request has no search parameters.
#[derive(Debug, Clone, Default)]
pub struct Search {
    terms: Vec<SearchTerm>,
    all: bool,
    case_sensitive: bool,
    folded: &'static [(&'static str, &'static str)],
}

impl Search {
    /// Reads `search`, `search.{field}`, `mode`, `mode.{field}`, `joint` or `jointMode`, `isCaseSensitive`.
    ///
    /// # Errors
    /// 400 `request.invalid_input` with a message that names the reason: an unknown field, mode or joint, an empty value,
    /// several values that are not compared exactly, `similar_to` without case sensitivity, a pattern that the engines do
    /// not take alike, a value of more than 256 characters, more than 100 values.
    pub fn parse(query: &QueryParams, fields: SearchableColumns) -> Result<Self, ApiError> {
        let joint = query.get("joint").or(query.get("jointMode"));
        let all = match joint {
            None | Some("or") => false,
            Some("and") => true,
            Some(_) => return Err(SearchError::UnknownJoint.into()),
        };
        let case_sensitive = query.is_true("isCaseSensitive");
        let default_mode = query.values("mode").next().map_or(Ok(MatchMode::Like), parse_mode)?;
        let mut modes: Vec<(&str, MatchMode)> = Vec::new();
        let mut values: Vec<(Option<usize>, Vec<String>)> = Vec::new();
        for (name, value) in query.pairs() {
            let field =
                |text: &str| fields.iter().position(|(known, _)| *known == text).ok_or(SearchError::UnknownField);
            if let Some(name) = name.strip_prefix("mode.") {
                modes.push((fields[field(name)?].0, parse_mode(value)?));
                continue;
            }
            let place = match name.strip_prefix("search.") {
                Some(name) => Some(field(name)?),
                None if name == "search" => None,
                None => continue,
            };
            check_value(value)?;
            match values.iter_mut().find(|(known, _)| *known == place) {
                Some((_, more)) => more.push(value.to_owned()),
                None => values.push((place, vec![value.to_owned()])),
            }
        }
        if values.iter().map(|(_, values)| values.len()).sum::<usize>() > MAX_VALUES {
            return Err(SearchError::TooManyValues.into());
        }
        let mode_of =
            |name: &str| modes.iter().rfind(|(known, _)| *known == name).map_or(default_mode, |(_, mode)| *mode);
        let terms = values.into_iter().map(|(place, values)| {
            let searched = place.map_or(fields, |index| &fields[index..=index]);
            SearchTerm { columns: searched.iter().map(|(name, column)| (*column, mode_of(name))).collect(), values }
        });
        let search = Self { terms: terms.collect(), all, case_sensitive, folded: &[] };
        search.check()?;
        Ok(search)
    }

    /// For case-insensitive searches, compares the second column of a pair instead of the first. It stores the
    /// lower-case form, so the database need not compute it for each row.
    #[must_use]
    pub fn with_folded_columns(self, folded: &'static [(&'static str, &'static str)]) -> Self {
        Self { folded, ..self }
    }

    fn check(&self) -> Result<(), SearchError> {
        for SearchTerm { columns, values } in &self.terms {
            let uses = |mode: MatchMode| columns.iter().any(|(_, used)| *used == mode);
            if values.len() > 1 && columns.iter().any(|(_, mode)| *mode != MatchMode::Exact) {
                return Err(SearchError::OnlyExactTakesSeveral);
            }
            if uses(MatchMode::SimilarTo) && !self.case_sensitive {
                return Err(SearchError::NeedsCaseSensitivity);
            }
            let is_valid = |value: &String| {
                (!uses(MatchMode::Posix) || db::is_pattern(value))
                    && (!uses(MatchMode::SimilarTo) || db::is_pattern(&pattern::of_similar(value)))
            };
            if !values.iter().all(is_valid) {
                return Err(SearchError::InvalidPattern);
            }
        }
        Ok(())
    }

    /// Whether the request has no search parameters.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Adds the search to a condition.
    #[must_use]
    pub fn apply_to(&self, mut condition: Where) -> Where {
        if self.terms.is_empty() {
            return condition;
        }
        let mut values = Vec::new();
        let places: Vec<String> = self.terms.iter().map(|term| self.term_sql(term, &mut values)).collect();
        condition.text.push_str(" and ");
        condition.add(&format!("({})", places.join(if self.all { " and " } else { " or " })), values);
        condition
    }

    fn term_sql(&self, term: &SearchTerm, values: &mut Vec<Value>) -> String {
        let mut any = Vec::new();
        for (column, mode) in &term.columns {
            let stored = self.folded.iter().find(|(plain, _)| plain == column).filter(|_| !self.case_sensitive);
            let folds = !self.case_sensitive && stored.is_none();
            let side = |expression: &str| if folds { fold(expression) } else { expression.to_owned() };
            let (compared, one) = (side(stored.map_or(*column, |(_, folded)| folded)), side("cast({} as text)"));
            for value in &term.values {
                let folded = stored.map(|_| value.to_lowercase());
                let phone = column.ends_with("primary_phone").then(|| stored_phone(value)).flatten();
                let asked = phone.as_ref().or(folded.as_ref()).unwrap_or(value);
                let (text, value) = match mode {
                    MatchMode::Exact => (format!("{compared} = {one}"), asked.clone()),
                    MatchMode::Like => (format!("{compared} like {one} escape '\\'"), pattern::complete_like(asked)),
                    MatchMode::SimilarTo => {
                        (format!("regexp_like({column}{UNICODE}, {{}}, 'c')"), pattern::of_similar(value))
                    }
                    MatchMode::Posix => {
                        let flag = if self.case_sensitive { 'c' } else { 'i' };
                        (format!("regexp_like({column}{UNICODE}, {{}}, '{flag}')"), value.clone())
                    }
                };
                any.push(text);
                values.push(value.into());
            }
        }
        format!("({})", any.join(" or "))
    }
}

fn parse_mode(text: &str) -> Result<MatchMode, SearchError> {
    match text {
        "exact" => Ok(MatchMode::Exact),
        "like" => Ok(MatchMode::Like),
        "similar_to" => Ok(MatchMode::SimilarTo),
        "posix" => Ok(MatchMode::Posix),
        _ => Err(SearchError::UnknownMode),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEARCHABLE_COLUMNS: SearchableColumns = &[("id", "u.id"), ("name", "u.name")];

    fn text(query: &str) -> Result<(String, Vec<Value>), ApiError> {
        let search = Search::parse(&QueryParams::parse(query), SEARCHABLE_COLUMNS)?;
        let Where { text, values } = search.apply_to(Where::new("u.tenant_id = {}", ["t"]));
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
    fn the_reason_is_named() {
        let long = "a".repeat(257);
        let many = "search.id=a&".repeat(101);
        for (query, expected) in [
            ("search=".to_owned(), "empty"),
            ("search.name=a&search.name=b".into(), "`exact`"),
            ("search.name=a&mode=similar_to".into(), "isCaseSensitive"),
            ("search.name=a&mode=other".into(), "similar_to"),
            ("search.other=a".into(), "field"),
            ("search.name=a&joint=xor".into(), "`and`"),
            ("search.name=%5Cbtom&mode=posix".into(), "pattern"),
            ("search.name=(?i)a&mode=posix".into(), "pattern"),
            (format!("search.name={long}"), "256"),
            (format!("search.name={long}&mode=posix"), "256"),
            (format!("{many}mode=exact"), "100"),
        ] {
            let message = text(&query).map_err(|error| error.message(kernel::Locale::En)).unwrap_err();
            assert!(message.contains(expected), "{query}: {message}");
        }
        let most = format!("{}mode=exact&search.name={}", "search.id=a&".repeat(99), "ä".repeat(256));
        assert!(text(&most).is_ok());
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
        let condition = Where::new("true", [0_i64; 0]).and_contains(&["o.name"], Some("50%_\\"));
        assert_eq!(condition.values, vec!["%50\\%\\_\\\\%".into()]);
    }
}

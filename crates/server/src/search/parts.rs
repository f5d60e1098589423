//! Which texts a search looks for in an index of three characters each (`user_search` on SQLite).

use super::value::stored_phone;
use super::{MatchMode, Search, SearchTerm};

/// The shortest text that such an index finds, in characters.
const MIN_PART_CHARS: usize = 3;

/// What a search asks of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedSearch {
    /// An FTS5 expression (<https://sqlite.org/fts5.html>, section 3). All rows that the search finds match it.
    pub expression: String,
    /// Whether the search finds all rows that match it.
    pub is_exact: bool,
}

impl Search {
    /// The search in an index whose fields hold small letters. `None` if the index can't narrow it down: it depends on the case,
    /// or looks for less than three characters in a row, or for expressions.
    pub fn in_index(&self, fields: &[(&str, &'static str)]) -> Option<IndexedSearch> {
        if self.case_sensitive {
            return None;
        }
        let mut terms = self.terms.iter().map(|term| term_in_index(term, fields));
        let (expressions, are_exact): (Vec<_>, Vec<_>) = match self.all {
            true => terms.find_map(|term| term).into_iter().unzip(),
            false => terms.collect::<Option<Vec<_>>>()?.into_iter().unzip(),
        };
        match expressions.is_empty() {
            true => None,
            false => Some(IndexedSearch {
                expression: expressions.join(" OR "),
                is_exact: are_exact.iter().all(|exact| *exact) && expressions.len() == self.terms.len(),
            }),
        }
    }
}

/// The expression of a term, and whether it is exact.
fn term_in_index(term: &SearchTerm, fields: &[(&str, &'static str)]) -> Option<(String, bool)> {
    let mut parts: Vec<(String, Vec<&str>)> = Vec::new();
    let mut is_exact = true;
    for (column, mode) in &term.columns {
        let (_, field) = fields.iter().find(|(known, _)| known == column)?;
        for value in &term.values {
            let phone = column.ends_with("primary_phone").then(|| stored_phone(value)).flatten();
            let asked = phone.unwrap_or_else(|| value.to_lowercase());
            let (part, is_whole) = match mode {
                MatchMode::Exact => (asked, false),
                MatchMode::Like => longest_part(&asked),
                MatchMode::SimilarTo | MatchMode::Posix => return None,
            };
            if part.chars().count() < MIN_PART_CHARS {
                return None;
            }
            is_exact &= is_whole;
            match parts.iter_mut().find(|(known, _)| *known == part) {
                Some((_, fields)) => fields.push(*field),
                None => parts.push((part, vec![*field])),
            }
        }
    }
    // One phrase with a list of fields, not a phrase for each field: the index reads each phrase from the beginning.
    let phrase =
        |(part, fields): (String, Vec<&str>)| format!("{{{}}} : \"{}\"", fields.join(" "), part.replace('"', "\"\""));
    let phrases: Vec<_> = parts.into_iter().map(phrase).collect();
    Some((phrases.join(" OR "), is_exact))
}

/// The longest text that each match of a `like` pattern contains, and whether containing it is enough.
fn longest_part(pattern: &str) -> (String, bool) {
    let mut parts = vec![String::new()];
    let mut wildcards = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match (c, parts.last_mut()) {
            ('%' | '_', _) => {
                wildcards.push(c);
                parts.push(String::new());
            }
            ('\\', Some(part)) => part.push(chars.next().unwrap_or('\\')),
            (_, Some(part)) => part.push(c),
            (_, None) => {}
        }
    }
    let is_whole =
        wildcards == "%%" && parts.first().is_some_and(String::is_empty) && parts.last().is_some_and(String::is_empty);
    (parts.into_iter().max_by_key(|part| part.chars().count()).unwrap_or_default(), is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::QueryParams;

    const FIELDS: &[(&str, &str)] = &[("u.name", "name"), ("u.primary_phone", "phone")];

    fn of(query: &str) -> Option<(String, bool)> {
        let columns = &[("name", "u.name"), ("primaryPhone", "u.primary_phone")];
        let search = Search::parse(&QueryParams::parse(query), columns).unwrap();
        search.in_index(FIELDS).map(|found| (found.expression, found.is_exact))
    }

    #[test]
    fn a_part_of_any_field_is_looked_up() {
        let all = "{name phone} : \"ann\"";
        assert_eq!(of("search=%25Ann%25"), Some((all.into(), true)));
        assert_eq!(of("search.name=%25a%22nn%25"), Some(("{name} : \"a\"\"nn\"".into(), true)));
        assert_eq!(of("search.name=%25a%5C%25n%25"), Some(("{name} : \"a%n\"".into(), true)));
    }

    #[test]
    fn other_patterns_are_narrowed_down() {
        for query in
            ["search.name=Ann", "search.name=Ann%25", "search.name=%25x_Ann%25xy", "search.name=ann&mode=exact"]
        {
            assert_eq!(of(query), Some(("{name} : \"ann\"".into(), false)), "{query}");
        }
        let both = "search.name=%25ann%25&search.primaryPhone=%25123%25";
        assert_eq!(of(both), Some(("{name} : \"ann\" OR {phone} : \"123\"".into(), true)));
        assert_eq!(of(&format!("{both}&joint=and")), Some(("{name} : \"ann\"".into(), false)));
        let half = "search.name=%25an%25&search.primaryPhone=%25123%25";
        assert_eq!(of(half), None);
        assert_eq!(of(&format!("{half}&joint=and")), Some(("{phone} : \"123\"".into(), false)));
    }

    #[test]
    fn what_the_index_does_not_know_is_left_to_a_scan() {
        for query in [
            "page=1",
            "search.name=%25an%25",
            "search.name=a_n_n",
            "search.name=ann&mode=posix",
            "search=ann&isCaseSensitive=true",
        ] {
            assert_eq!(of(query), None, "{query}");
        }
    }
}

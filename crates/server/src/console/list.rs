//! The query, the search and the pages of a list.

use views::console::{Filter, Pages, SearchForm};

use super::api::{Listed, encoded};
use crate::callers::ConsoleUser;

/// How many rows a page of a list has.
pub(super) const PAGE_SIZE: i64 = 20;

/// The number of the page of a list that a query asks for, from 1.
pub(super) fn page_number<R>(user: &ConsoleUser<R>) -> i64 {
    user.query("page").and_then(|page| page.parse().ok()).filter(|page| (1..=1_000_000).contains(page)).unwrap_or(1)
}

/// What stands under a list: which part of it is shown, and links to its neighbours.
pub(super) fn pages<R>(user: &ConsoleUser<R>, listed: &Listed) -> Option<Pages> {
    let (number, shown) = (page_number(user), i64::try_from(listed.items.len()).unwrap_or_default());
    let before = (number - 1) * PAGE_SIZE;
    if listed.total <= PAGE_SIZE && number == 1 {
        return None;
    }
    let address = |number: i64| {
        let kept = user.uri.query().unwrap_or_default();
        let kept = url::form_urlencoded::parse(kept.as_bytes()).filter(|(name, _)| name != "page" && name != "done");
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(kept).append_pair("page", &number.to_string()).finish();
        format!("{}?{query}", user.uri.path())
    };
    let values = [("first", before + 1), ("last", before + shown), ("total", listed.total)];
    let values = values.map(|(name, value)| (name, value.to_string()));
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Some(Pages {
        shown: user.text_with("list.shown", &values),
        previous: (number > 1).then(|| address(number - 1)),
        next: (before + shown < listed.total).then(|| address(number + 1)),
    })
}

/// The query of the API for a page of a list.
pub(super) fn list_query<R>(user: &ConsoleUser<R>, search: Option<&str>) -> String {
    format!("page={}&page_size={PAGE_SIZE}{}", page_number(user), search_query(user, search))
}

/// What was typed into the search of a list as a part of the query of the API; empty or beginning with `&`.
pub(super) fn search_query<R>(user: &ConsoleUser<R>, search: Option<&str>) -> String {
    let typed = user.query("q").unwrap_or_default().trim();
    let search = search.filter(|_| !typed.is_empty()).map(|query| format!("&{}", query.replace("{}", &encoded(typed))));
    search.unwrap_or_default()
}

/// Those filters that were given, as a part of the query of the API; empty or beginning with `&`.
pub(super) fn given<R>(user: &ConsoleUser<R>, names: &[&str]) -> String {
    let filter = |name: &&str| {
        let value = user.query(name).map(str::trim).filter(|value| !value.is_empty())?;
        Some(format!("&{name}={}", encoded(value)))
    };
    names.iter().filter_map(filter).collect()
}

/// The search of a list.
pub(super) fn search_form<R>(user: &ConsoleUser<R>, label: Option<String>, filters: Vec<Filter>) -> SearchForm {
    let query = label.as_ref().map(|_| user.query("q").unwrap_or_default().to_owned());
    SearchForm { action: user.uri.path().to_owned(), query, label: label.unwrap_or_default(), filters }
}

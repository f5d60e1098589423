//! The users that a search finds, newest first (inventory M014, M019). A page's keys are found first, in indexes alone, and
//! then only its rows are read.

use db::{DbError, Engine, Sql, Value};
use kernel::Pagination;

use super::list::LIST_QUERY;
use super::model::UserWithPassword;
use crate::search::{IndexedSearch, Search, Where};
use crate::work::View;

/// The columns that a search compares, with the fields of `user_search` that hold them in small letters.
const INDEX_FIELDS: &[(&str, &str)] = &[
    ("u.id", "id"),
    ("u.username", "username"),
    ("u.primary_email", "email"),
    ("u.primary_phone", "phone"),
    ("u.name", "name"),
];
/// So many users are put in order in about 5 ms. When more match, a page of the newest is soon full of them.
const MAX_SORTED: i64 = 2_000;
/// How many of the newest users are looked at one by one to fill a page.
const MAX_NEWEST: i64 = 20_000;

/// The keys of some users.
pub(super) struct Keys {
    text: String,
    values: Vec<Value>,
}

impl Keys {
    /// The users `u` of a table or subquery.
    pub(super) fn of_users(from: &str, condition: &Where, order: &str) -> Self {
        let (text, values) = condition.parts();
        Self {
            text: format!("select u.tenant_id, u.id from {from} where {text} order by {order}"),
            values: values.to_vec(),
        }
    }

    /// A part of them.
    pub(super) fn page(mut self, size: i64, skipped: i64) -> Self {
        self.values.push(skipped.into());
        self.text.push_str(&format!(" limit {size} offset ${}", self.values.len()));
        self
    }

    fn count(&self, view: &View<'_>) -> Result<i64, DbError> {
        view.query_one(&Sql::dynamic(format!("select count(*) from ({})", self.text)), &self.values)
    }
}

/// The rows of these keys, newest first.
pub(super) fn rows_of_keys(view: &View<'_>, keys: Keys) -> Result<Vec<UserWithPassword>, DbError> {
    let text = format!(
        "select {} from ({}) p join users u on u.tenant_id = p.tenant_id and u.id = p.id order by {}",
        LIST_QUERY.columns, keys.text, LIST_QUERY.order
    );
    view.query_all(&Sql::dynamic(text), &keys.values)
}

/// What a search finds among the users of a tenant.
pub(super) struct SearchedUsers<'a> {
    view: &'a View<'a>,
    condition: &'a Where,
    /// The search in `user_search`, which only SQLite has: PostgreSQL uses the index `users_parts` by itself.
    index: Option<IndexedSearch>,
}

impl<'a> SearchedUsers<'a> {
    /// `excludes_nobody`: the condition is the tenant and the search alone.
    pub(super) fn new(view: &'a View<'a>, search: &Search, condition: &'a Where, excludes_nobody: bool) -> Self {
        let index = match view.engine() {
            Engine::Sqlite => search.in_index(INDEX_FIELDS),
            Engine::Postgres => None,
        };
        let index = index.map(|index| IndexedSearch { is_exact: index.is_exact && excludes_nobody, ..index });
        Self { view, condition, index }
    }

    /// How many there are, and those of a page.
    pub(super) fn page(&self, page: Pagination) -> Result<(i64, Vec<UserWithPassword>), DbError> {
        let Some(index) = &self.index else {
            let users = self.look_through("users u", page)?;
            return Ok((page.known_total(users.len()).map_or_else(|| self.count(), Ok)?, users));
        };
        let matching = self.count_in_index(index, Some(MAX_SORTED + 1))?;
        if matching <= MAX_SORTED {
            let users = rows_of_keys(self.view, self.keys_in_index(index).page(page.size, page.offset()))?;
            let total = match page.known_total(users.len()) {
                Some(total) => total,
                None if index.is_exact => matching,
                None => self.keys_in_index(index).count(self.view)?,
            };
            return Ok((total, users));
        }
        let newest = format!(
            "(select u.* from users u where u.tenant_id = $1 order by {} limit {MAX_NEWEST}) u",
            LIST_QUERY.order
        );
        let mut users = self.look_through(&newest, page)?;
        if i64::try_from(users.len()).is_ok_and(|found| found < page.size) {
            users = rows_of_keys(self.view, self.keys_in_index(index).page(page.size, page.offset()))?;
        }
        let total = match page.known_total(users.len()) {
            Some(total) => total,
            None if index.is_exact => self.count_in_index(index, None)?,
            None => self.count()?,
        };
        Ok((total, users))
    }

    /// The page, found by looking at one user after the other.
    fn look_through(&self, from: &str, page: Pagination) -> Result<Vec<UserWithPassword>, DbError> {
        rows_of_keys(self.view, Keys::of_users(from, self.condition, LIST_QUERY.order).page(page.size, page.offset()))
    }

    fn count(&self) -> Result<i64, DbError> {
        LIST_QUERY.count(self.view, self.condition)
    }

    /// How many users match in the index, counted up to a limit.
    fn count_in_index(&self, index: &IndexedSearch, most: Option<i64>) -> Result<i64, DbError> {
        let matches = matches_in_index(1);
        let text = match most {
            Some(most) => format!("select count(*) from (select 1 from {matches} limit {most})"),
            None => format!("select count(*) from {matches}"),
        };
        self.view.query_one(&Sql::dynamic(text), &[self.view.tenant_id().into(), index.expression.as_str().into()])
    }

    /// The users that match in the index. Unless the index is exact, each is compared in its row, too.
    fn keys_in_index(&self, index: &IndexedSearch) -> Keys {
        let (condition, values) = self.condition.parts();
        let mut values = values.to_vec();
        values.extend([self.view.tenant_id().into(), index.expression.as_str().into()]);
        let matches = matches_in_index(values.len() - 1);
        let text = match index.is_exact {
            true => format!(
                "select k.tenant_id, k.user_id as id from (select s.rowid from {matches}) s \
                 cross join user_search_keys k on k.number = s.rowid order by k.created_at desc, k.user_id desc"
            ),
            false => format!(
                "select u.tenant_id, u.id from (select s.rowid from {matches}) s \
                 cross join user_search_keys k on k.number = s.rowid \
                 cross join users u on u.tenant_id = k.tenant_id and u.id = k.user_id \
                 where {condition} order by {}",
                LIST_QUERY.order
            ),
        };
        Keys { text, values }
    }
}

/// The matches `s` of a tenant; `first` and the parameter after it are the tenant's id and the expression. The numbers of its
/// users are those of the trigger `user_search_added`.
fn matches_in_index(first: usize) -> String {
    let tenant = format!("(select number from user_search_tenants where tenant_id = ${first})");
    format!("user_search(${}) s where s.rowid between {tenant} << 40 and (1 + {tenant}) << 40", first + 1)
}

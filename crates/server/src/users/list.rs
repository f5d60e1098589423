//! The list of users, newest first (inventory M019).

use ::api::ErrorCode;
use axum::response::Response;
use db::{DbError, Sql, Value, params, sql};
use kernel::Pagination;

use super::model::UserWithPassword;
use super::{CASE_FOLDED_COLUMNS, SEARCHABLE_COLUMNS, UserInfo, UserResponse};
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::http::{Paging, QueryParams};
use crate::search::{ListQuery, Search, Where};
use crate::work::View;

/// Newest first: the order of the index `users_created_at`.
const LIST_QUERY: ListQuery =
    ListQuery { columns: UserWithPassword::QUALIFIED_COLUMNS, from: "users u", order: "u.created_at desc, u.id desc" };
/// The reverse of the order of [`LIST_QUERY`].
const OLDEST_FIRST: &str = "u.created_at, u.id";
/// The largest offset, in rows, that a single statement may skip.
const MAX_DIRECT_OFFSET: i64 = 1_000;

/// Which users the list leaves out.
enum ListExclusion {
    Nobody,
    HoldersOf(String),
    MembersOf(String),
}

impl ListExclusion {
    fn parse(query: &QueryParams) -> Result<Self, ApiError> {
        match (query.get("excludeRoleId"), query.get("excludeOrganizationId")) {
            (None, None) => Ok(Self::Nobody),
            (Some(role), None) => Ok(Self::HoldersOf(role.to_owned())),
            (None, Some(organization)) => Ok(Self::MembersOf(organization.to_owned())),
            (Some(_), Some(_)) => Err(ApiError::bad_request(ErrorCode::RequestInvalidInput)),
        }
    }

    fn apply_to(&self, condition: Where) -> Where {
        match self {
            Self::Nobody => condition,
            Self::HoldersOf(role) => condition.and(
                "not exists (select 1 from users_roles x \
                 where x.tenant_id = u.tenant_id and x.user_id = u.id and x.role_id = {})",
                [role],
            ),
            Self::MembersOf(organization) => condition.and(
                "not exists (select 1 from organization_users x \
                 where x.tenant_id = u.tenant_id and x.user_id = u.id and x.organization_id = {})",
                [organization],
            ),
        }
    }

    /// The statement that counts the listed users. It uses `user_counts`, because counting a million rows takes 0.2 s;
    /// only the excluded users are counted row by row.
    fn total(&self, tenant: &str) -> (&'static Sql, Vec<Value>) {
        match self {
            Self::Nobody => (
                sql!("select cast(coalesce(sum(users), 0) as bigint) from user_counts where tenant_id = $1"),
                params![tenant].to_vec(),
            ),
            Self::HoldersOf(role) => (
                sql!(
                    "select cast(coalesce(sum(users), 0) as bigint) \
                     - (select count(*) from users_roles where tenant_id = $1 and role_id = $2) \
                     from user_counts where tenant_id = $1"
                ),
                params![tenant, role].to_vec(),
            ),
            Self::MembersOf(organization) => (
                sql!(
                    "select cast(coalesce(sum(users), 0) as bigint) \
                     - (select count(*) from organization_users where tenant_id = $1 and organization_id = $2) \
                     from user_counts where tenant_id = $1"
                ),
                params![tenant, organization].to_vec(),
            ),
        }
    }
}

pub(super) async fn list_users(
    caller: ManagementCaller,
    paging: Paging,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::parse(&query, SEARCHABLE_COLUMNS)?.with_folded_columns(CASE_FOLDED_COLUMNS);
    let exclusion = ListExclusion::parse(&query)?;
    let page = paging.page();
    let is_short =
        search.is_empty() && matches!(exclusion, ListExclusion::Nobody) && page.offset() <= MAX_DIRECT_OFFSET;
    let read = move |view: &View<'_>| {
        let condition = search.apply_to(exclusion.apply_to(Where::new("u.tenant_id = {}", [view.tenant_id()])));
        let (total, mut users) = match search.is_empty() {
            true => unfiltered_page(view, &condition, page, &exclusion),
            false => search_page(view, &condition, page),
        }?;
        UserInfo::load_identities(view, users.iter_mut().map(|found| &mut found.user.info))?;
        Ok::<_, DbError>((total, users))
    };
    let (total, users) = if is_short { caller.read_inline(read).await? } else { caller.read(read).await? };
    let with_password = query.is_true("includePasswordHash");
    let to_response =
        |UserWithPassword { user, password }| UserResponse { password: with_password.then_some(password), ..user };
    Ok(paging.response(total, &users.into_iter().map(to_response).collect::<Vec<_>>()))
}

/// Where a page is: after `skipped` rows in this order.
struct PagePlace {
    order: &'static str,
    size: i64,
    skipped: i64,
}

/// A page of the list without a search.
fn unfiltered_page(
    view: &View<'_>,
    condition: &Where,
    page: Pagination,
    exclusion: &ListExclusion,
) -> Result<(i64, Vec<UserWithPassword>), DbError> {
    let (count, counted) = exclusion.total(view.tenant_id());
    if page.offset() <= MAX_DIRECT_OFFSET {
        let (text, values) = LIST_QUERY.page_statement(condition, page);
        return view.query_one_and_all((count, &counted), (&text, &values));
    }
    let total: i64 = view.query_one(count, &counted)?;
    let before_end = total - page.offset();
    if before_end <= 0 {
        return Ok((total, Vec::new()));
    }
    // Start at the end of the list that is nearer to the page.
    let (order, size, skipped) = match page.offset() * 2 <= total {
        true => (LIST_QUERY.order, page.size, page.offset()),
        false => (OLDEST_FIRST, page.size.min(before_end), (before_end - page.size).max(0)),
    };
    Ok((total, page_by_key(view, condition, PagePlace { order, size, skipped })?))
}

/// A page of the search result.
fn search_page(view: &View<'_>, condition: &Where, page: Pagination) -> Result<(i64, Vec<UserWithPassword>), DbError> {
    let users =
        page_by_key(view, condition, PagePlace { order: LIST_QUERY.order, size: page.size, skipped: page.offset() })?;
    let total = page.known_total(users.len()).map_or_else(|| LIST_QUERY.count(view, condition), Ok)?;
    Ok((total, users))
}

/// Finds the ids of the page first, with an index-only scan, and then reads only these rows.
fn page_by_key(view: &View<'_>, condition: &Where, place: PagePlace) -> Result<Vec<UserWithPassword>, DbError> {
    let PagePlace { order, size, skipped } = place;
    let (text, values) = condition.parts();
    let mut values = values.to_vec();
    values.push(skipped.into());
    let keys = format!(
        "select u.tenant_id, u.id from users u where {text} order by {order} limit {size} offset ${}",
        values.len()
    );
    let text = format!(
        "select {} from ({keys}) p join users u on u.tenant_id = p.tenant_id and u.id = p.id order by {}",
        LIST_QUERY.columns, LIST_QUERY.order
    );
    view.query_all(&Sql::dynamic(text), &values)
}

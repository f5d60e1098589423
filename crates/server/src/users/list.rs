//! The list of users, newest first (inventory M019).

use ::api::ErrorCode;
use axum::response::Response;
use db::{DbError, Sql, Value, params, sql};
use kernel::Pagination;

use super::model::UserWithPassword;
use super::search::{Keys, SearchedUsers, rows_of_keys};
use super::{CASE_FOLDED_COLUMNS, SEARCHABLE_COLUMNS, UserInfo, UserResponse, list_marks};
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::http::{Paging, QueryParams};
use crate::search::{ListQuery, Search, Where};
use crate::work::View;

/// Newest first: the order of the index `users_created_at`.
pub(super) const LIST_QUERY: ListQuery =
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
    let excludes_nobody = matches!(exclusion, ListExclusion::Nobody);
    let is_short = search.is_empty() && excludes_nobody && page.offset() <= MAX_DIRECT_OFFSET;
    let read = move |view: &View<'_>| {
        let condition = search.apply_to(exclusion.apply_to(Where::new("u.tenant_id = {}", [view.tenant_id()])));
        let (total, mut users) = match search.is_empty() {
            true => unfiltered_page(view, &condition, page, &exclusion),
            false => SearchedUsers::new(view, &search, &condition, excludes_nobody).page(page),
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
    if let ListExclusion::Nobody = exclusion
        && let Some(mark) = list_marks::mark_before(view, page.offset(), total)?
    {
        let after =
            condition.clone().and("(u.created_at, u.id) < ({}, {})", [mark.created_at.0.into(), Value::from(mark.id)]);
        let keys = Keys::of_users("users u", &after, LIST_QUERY.order);
        return Ok((total, rows_of_keys(view, keys.page(page.size, page.offset() - mark.before))?));
    }
    // Start at the end of the list that is nearer to the page.
    let (order, size, skipped) = match page.offset() * 2 <= total {
        true => (LIST_QUERY.order, page.size, page.offset()),
        false => (OLDEST_FIRST, page.size.min(before_end), (before_end - page.size).max(0)),
    };
    Ok((total, rows_of_keys(view, Keys::of_users("users u", condition, order).page(size, skipped))?))
}

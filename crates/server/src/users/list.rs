//! The list of users, newest first (inventory M019).

use axum::extract::State;
use axum::response::Response;
use db::{DbError, Read, Sql, Value, params, sql};
use kernel::Page;

use super::model::Exported;
use super::{COLUMNS, FIELDS, FOLDED, UserInfo};
use crate::http::{Paged, QueryParams};
use crate::search::{Condition, Listing, Search};
use crate::{ApiError, App, Tenant};

/// Newest first, as the index `users_created_at` has them.
const LISTING: Listing = Listing { columns: COLUMNS, from: "users u", order: "u.created_at desc, u.id desc" };
/// From the oldest on.
const BACKWARDS: &str = "u.created_at, u.id";
/// Rows that a page may skip and still be found at once.
const NEAR: i64 = 1_000;

/// Whom the list leaves out.
enum Excluded {
    Nobody,
    HoldersOf(String),
    MembersOf(String),
}

impl Excluded {
    fn read(query: &QueryParams) -> Result<Self, ApiError> {
        match (query.get("excludeRoleId"), query.get("excludeOrganizationId")) {
            (None, None) => Ok(Self::Nobody),
            (Some(role), None) => Ok(Self::HoldersOf(role.to_owned())),
            (None, Some(organization)) => Ok(Self::MembersOf(organization.to_owned())),
            (Some(_), Some(_)) => Err(ApiError::bad_request("request.invalid_input")),
        }
    }

    fn narrow(&self, condition: Condition) -> Condition {
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

    /// How many users are left. Nothing is counted row by row but who is left out: with a million users that would take
    /// 0.2 s.
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

pub(super) async fn list(
    State(app): State<App>,
    tenant: Tenant,
    paged: Paged,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::read(&query, FIELDS)?.with_folded(FOLDED);
    let excluded = Excluded::read(&query)?;
    let (name, page) = (tenant.id(), paged.page());
    let bounded = search.is_empty() && matches!(excluded, Excluded::Nobody) && page.offset() <= NEAR;
    let read = move |r: &Read<'_>| {
        let condition = search.narrow(excluded.narrow(Condition::new("u.tenant_id = {}", [name])));
        match search.is_empty() {
            true => listed(r, &condition, page, excluded.total(name)),
            false => found(r, &condition, page),
        }
    };
    let (total, users) = if bounded { app.db.read_inline(read).await? } else { app.db.read(read).await? };
    let with_password = query.is_true("includePasswordHash");
    let shown = |Exported(user)| if with_password { user } else { UserInfo { password: None, ..user } };
    Ok(paged.reply(total, &users.into_iter().map(shown).collect::<Vec<_>>()))
}

/// A page of the whole list.
fn listed(
    r: &Read<'_>,
    condition: &Condition,
    page: Page,
    (count, counted): (&Sql, Vec<Value>),
) -> Result<(i64, Vec<Exported>), DbError> {
    if page.offset() <= NEAR {
        let (text, values) = LISTING.on_page(condition, page);
        return r.query_one_and_all((count, &counted), (&text, &values));
    }
    let total: i64 = r.query_one(count, &counted)?;
    let before_end = total - page.offset();
    if before_end <= 0 {
        return Ok((total, Vec::new()));
    }
    // From the nearer end.
    let (order, size, skipped) = match page.offset() * 2 <= total {
        true => (LISTING.order, page.size, page.offset()),
        false => (BACKWARDS, page.size.min(before_end), (before_end - page.size).max(0)),
    };
    Ok((total, by_id(r, condition, (order, size, skipped))?))
}

/// A page of what a search finds.
fn found(r: &Read<'_>, condition: &Condition, page: Page) -> Result<(i64, Vec<Exported>), DbError> {
    let users = by_id(r, condition, (LISTING.order, page.size, page.offset()))?;
    let total = page.total(users.len()).map_or_else(|| LISTING.count(r, condition), Ok)?;
    Ok((total, users))
}

/// The users of a page whose place is found first: an index alone shows it, so that no row is read but those of the page.
fn by_id(
    r: &Read<'_>,
    condition: &Condition,
    (order, size, skipped): (&str, i64, i64),
) -> Result<Vec<Exported>, DbError> {
    let (text, values) = condition.parts();
    let mut values = values.to_vec();
    values.push(skipped.into());
    let place = format!(
        "select u.tenant_id, u.id from users u where {text} order by {order} limit {size} offset ${}",
        values.len()
    );
    let text = format!(
        "select {} from ({place}) p join users u on u.tenant_id = p.tenant_id and u.id = p.id order by {}",
        LISTING.columns, LISTING.order
    );
    r.query_all(&Sql::dynamic(text), &values)
}

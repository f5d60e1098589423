//! Usernames that differ only in case (inventory M218, M221).

use ::api::sign_in_experience::{UsernameConflict, UsernameConflicts};
use db::{DbError, params, sql};

use crate::work::View;

/// The conflicts of a tenant with at most `limit` samples.
///
/// # Errors
/// A failure of the database.
pub(super) fn find(view: &View<'_>, limit: i64) -> Result<UsernameConflicts, DbError> {
    let total = sql!(
        "select count(*) from (select username_folded from users where tenant_id = $1 and username_folded is not null \
         group by username_folded having count(*) > 1) as collisions"
    );
    let names = sql!(
        "select username_folded from users where tenant_id = $1 and username_folded is not null \
         group by username_folded having count(*) > 1 order by username_folded limit $2"
    );
    let bearers =
        sql!("select id from users where tenant_id = $1 and username_folded = $2 order by created_at, id limit 100");
    let (tenant, mut samples) = (view.tenant_id(), Vec::new());
    for name in view.query_all::<String>(names, params![tenant, limit])? {
        let user_ids = view.query_all(bearers, params![tenant, &name])?;
        samples.push(UsernameConflict { username_lower: name, user_ids });
    }
    Ok(UsernameConflicts { total_conflicts: view.query_one(total, params![tenant])?, samples })
}

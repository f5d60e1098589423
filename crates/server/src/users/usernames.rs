//! Usernames that differ in case: where case counts for nothing, one of them is given (inventory E052).

use ::api::ErrorCode;
use db::{DbError, Engine, Json, Sql, params, sql};

use crate::ApiError;
use crate::work::Work;

/// Checks that no user but `own_id` has the same username in another case, and that none gets it before the unit ends. The unique
/// index only finds exact matches.
///
/// # Errors
/// 422 `user.username_already_in_use`; a failure of the database.
pub fn require_username_free(
    work: &Work<'_>,
    username: Option<&str>,
    own_id: &str,
    case_sensitive: bool,
) -> Result<(), ApiError> {
    let Some(username) = username.filter(|_| !case_sensitive) else { return Ok(()) };
    let folded = username.to_lowercase();
    lock(work, vec![&folded])?;
    let other: Option<String> = work.query_opt(
        sql!("select id from users where tenant_id = $1 and username_folded = $2 and id <> $3"),
        params![work.tenant_id(), &folded, own_id],
    )?;
    match other {
        Some(_) => Err(ApiError::unprocessable(ErrorCode::UserUsernameAlreadyInUse)),
        None => Ok(()),
    }
}

/// Makes other units that give one of these usernames wait until this one ends. `names` are in small letters.
///
/// # Errors
/// A failure of the database.
pub(super) fn lock(work: &Work<'_>, mut names: Vec<&str>) -> Result<(), DbError> {
    // SQLite has one such unit at a time.
    if names.is_empty() || work.engine() == Engine::Sqlite {
        return Ok(());
    }
    // Everybody locks them in the same order.
    names.sort_unstable();
    names.dedup();
    let text = "select count(cast(pg_advisory_xact_lock(hashtextextended(cast($1 as text) || n.name, 0)) as text)) \
                from json_array_elements_text(cast($2 as json)) as n(name)";
    let tenant = format!("username {} ", work.tenant_id());
    work.query_one::<i64>(&Sql::dynamic(text.to_owned()), params![tenant, Json(&names)]).map(drop)
}

//! The table `user_assets`: which files there are, and until when.
//!
//! A row is written before its file and deleted before it, together with an order to remove the file ([`super::removal`]): so no
//! file is forgotten, whenever this process ends. What has an end is nobody's yet.

use db::{DbError, FromRow, params, sql};
use kernel::ids::UserId;
use kernel::{Timestamp, id};

use super::removal;
use crate::work::{View, Work};

/// Uploads of one person that are not their avatar; older ones go.
const MAX_UNUSED: usize = 8;

/// Whose file it is.
#[derive(Debug, Clone)]
pub(crate) enum Owner {
    /// Of nobody: an administrator may use it anywhere.
    Tenant {
        uploader: String,
    },
    User(UserId),
    /// Of whoever registers in this interaction, by its digest.
    Interaction(String),
}

/// The digest of an interaction, as [`crate::events::InteractionOrigin`] has it.
pub(crate) fn interaction_digest(uid: &str) -> String {
    id::token_digest(uid)
}

/// A file to come.
#[derive(Debug, Clone)]
pub(crate) struct NewAsset {
    pub key: String,
    pub url: String,
    pub owner: Owner,
    pub expires_at: Timestamp,
}

/// Inserts the row of a file that is written next.
pub(crate) fn insert(work: &Work<'_>, new: &NewAsset) -> Result<(), DbError> {
    work.require_durable();
    let (user, interaction) = match &new.owner {
        Owner::Tenant { .. } => (None, None),
        Owner::User(id) => (Some(id.clone()), None),
        Owner::Interaction(digest) => (None, Some(digest.clone())),
    };
    if let Some(id) = &user {
        remove_unused(work, id, MAX_UNUSED - 1)?;
    }
    work.exec_one(
        sql!(
            "insert into user_assets (tenant_id, key, url, user_id, interaction, expires_at, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        params![work.tenant_id(), &new.key, &new.url, user, interaction, new.expires_at, work.now()],
    )
}

/// Makes a file stay.
pub(crate) fn keep(work: &Work<'_>, key: &str) -> Result<(), DbError> {
    let keep = sql!("update user_assets set expires_at = null where tenant_id = $1 and key = $2");
    work.exec_one(keep, params![work.tenant_id(), key])
}

/// Whether a file is there.
pub(crate) fn exists(view: &View<'_>, key: &str) -> Result<bool, DbError> {
    let found: Option<String> = view.query_opt(
        sql!(
            "select key from user_assets where tenant_id = $1 and key = $2 \
             and (expires_at is null or expires_at > $3)"
        ),
        params![view.tenant_id(), key, view.now()],
    )?;
    Ok(found.is_some())
}

/// How many files were uploaded in an interaction, those that were removed since not counted.
pub(crate) fn count_of_interaction(view: &View<'_>, digest: &str) -> Result<i64, DbError> {
    let count = sql!("select count(*) from user_assets where tenant_id = $1 and interaction = $2");
    view.query_one(count, params![view.tenant_id(), digest])
}

#[derive(Debug, FromRow)]
struct OwnAsset {
    key: String,
    url: String,
    expires_at: Option<Timestamp>,
}

/// The files of a user, newest first.
fn of_user(view: &View<'_>, user: &UserId) -> Result<Vec<OwnAsset>, DbError> {
    view.query_all(
        sql!(
            "select ",
            OwnAsset::COLUMNS,
            " from user_assets where tenant_id = $1 and user_id = $2 order by created_at desc, key"
        ),
        params![view.tenant_id(), user],
    )
}

/// Says what the avatar of a user is now. A file of theirs, also one that they uploaded while they registered, stays as long as it is the
/// avatar; the one before goes. Files of others are left alone, whoever names them.
///
/// # Errors
/// A failure of the database.
pub(crate) fn set_avatar(work: &Work<'_>, user: &UserId, avatar: Option<&str>) -> Result<(), DbError> {
    if let (Some(origin), Some(url)) = (work.interaction(), avatar) {
        work.exec(
            sql!(
                "update user_assets set user_id = $3, interaction = null \
                 where tenant_id = $1 and interaction = $2 and url = $4 and expires_at > $5"
            ),
            params![work.tenant_id(), origin.session_id, user, url, work.now()],
        )?;
    }
    for asset in of_user(work, user)? {
        match (avatar == Some(asset.url.as_str()), asset.expires_at) {
            (true, Some(end)) if end > work.now() => keep(work, &asset.key)?,
            (false, None) => removal::remove(work, &asset.key)?,
            _ => {}
        }
    }
    Ok(())
}

/// Removes what a user uploaded and does not use, but for the newest.
fn remove_unused(work: &Work<'_>, user: &UserId, most: usize) -> Result<(), DbError> {
    let unused = of_user(work, user)?.into_iter().filter(|asset| asset.expires_at.is_some());
    unused.skip(most).try_for_each(|asset| removal::remove(work, &asset.key))
}

/// Removes all files of a user who is deleted.
///
/// # Errors
/// A failure of the database.
pub(crate) fn remove_all_of_user(work: &Work<'_>, user: &UserId) -> Result<(), DbError> {
    of_user(work, user)?.iter().try_for_each(|asset| removal::remove(work, &asset.key))
}

/// Deletes a row.
pub(super) fn delete(work: &Work<'_>, key: &str) -> Result<bool, DbError> {
    let delete = sql!("delete from user_assets where tenant_id = $1 and key = $2");
    Ok(work.exec(delete, params![work.tenant_id(), key])? == 1)
}

/// Files whose end has come and which nobody took.
pub(super) fn find_expired(view: &View<'_>, most: i64) -> Result<Vec<String>, DbError> {
    view.query_all(
        sql!("select key from user_assets where tenant_id = $1 and expires_at <= $2 order by expires_at limit $3"),
        params![view.tenant_id(), view.now(), most],
    )
}

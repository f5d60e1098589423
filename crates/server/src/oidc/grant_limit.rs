//! How many grants one user may have for an application at a time (inventory O071): with a new sign-in on yet another device the
//! oldest one ends.

use db::{DbError, params, sql};
use kernel::ids::{ApplicationId, UserId};
use oauth::authorize::AuthorizationRequest;
use oauth::{Client, OAuthError};
use serde_json::json;

use super::grants::{self, Grant};
use super::{ProviderError, audit, sessions, subject};
use crate::callers::RequestContext;
use crate::events::{EventBody, EventKind};
use crate::work::Work;
use crate::{applications, client_documents};

/// The limit of a client that nobody registered: each consent to it makes a grant, and it can't name a limit.
const MAX_DOCUMENT_GRANTS: usize = 20;

/// Ends the oldest grants above the limit of `client`, but not `current`, which is about to be used in the session `session_uid`.
///
/// # Errors
/// `consent_required` when `current` was ended meanwhile by another device; a failure of the database.
pub fn enforce(
    work: &Work<'_>,
    req: &RequestContext,
    client: &Client,
    current: &Grant,
    session_uid: &str,
    request: &AuthorizationRequest,
) -> Result<(), ProviderError> {
    let Some(limit) = limit_of(client) else { return Ok(()) };
    // Of two sign-ins at the same time the second sees what the first one ended. The session comes first in the order of locks.
    sessions::lock(work, session_uid)?;
    subject::lock(work, &current.user_id)?;
    let active = active_ids(work, &current.user_id, &client.id)?;
    if !active.contains(&current.id) {
        return Err(OAuthError::consent_required("requested scopes not granted").into());
    }
    let others = active.iter().filter(|id| **id != current.id);
    let ended: Vec<String> = others.skip(limit.saturating_sub(1)).cloned().collect();
    if ended.is_empty() {
        return Ok(());
    }
    work.require_durable();
    for id in &ended {
        grants::revoke(work, id)?;
    }
    work.audit(&audit::limit_revocation(req, current, request, &ended))?;
    let application = applications::find(work, &client.id)?;
    work.emit(EventKind::GrantLimitExceeded, || {
        let body = EventBody::default()
            .with("userId", current.user_id.as_str())
            .with(client_documents::member_of(&client.id), client.id.as_str())
            .with("revokedGrantIds", ended.clone())
            .with("maxAllowedGrants", limit)
            .with("preRevocationActiveGrantCount", active.len());
        match application {
            Some(found) => body.with(
                "application",
                json!({
                    "id": found.id, "type": found.kind.name(), "name": found.name, "description": found.description,
                }),
            ),
            None => body,
        }
    })?;
    Ok(())
}

fn limit_of(client: &Client) -> Option<usize> {
    match client.has_metadata_document() {
        true => Some(MAX_DOCUMENT_GRANTS),
        false => client.custom.max_allowed_grants.and_then(|limit| usize::try_from(limit).ok()),
    }
}

/// The grants that a user gave a client by signing in, newest first. Those of token exchanges have no session.
fn active_ids(work: &Work<'_>, user_id: &UserId, client_id: &ApplicationId) -> Result<Vec<String>, DbError> {
    work.query_all(
        sql!(
            "select g.id from grants g where g.tenant_id = $1 and g.user_id = $2 and g.client_id = $3 and g.expires_at > $4 \
             and g.session_uid is not null and ",
            grants::IS_CURRENT,
            " order by g.created_at desc, g.id"
        ),
        params![work.tenant_id(), user_id, client_id, work.now()],
    )
}

//! The refresh token grant: one write transaction, then the signatures. The checks run in the order of inventory O073,
//! and nothing is used up unless all of them pass.

use std::sync::Arc;

use db::Tx;
use kernel::id;
use oauth::token::Target;
use oauth::token::refresh_token::{self, RefreshToken, Use};
use oauth::{Client, OAuthError, Params, scope};

use super::{Answer, Refused};
use crate::oidc::context::Context;
use crate::oidc::held::Held;
use crate::oidc::issue::{self, Basis, Plan};
use crate::oidc::registry::Registered;
use crate::oidc::tokens::{self, StoredRefreshToken};
use crate::oidc::{Failure, audit, grants, sessions};

/// The outcome of the transaction. A replay commits the end of its grant; a refusal knows its user.
enum Refresh {
    Done(Box<Plan>),
    Replayed { grant_id: String, user_id: String },
    Refused { error: OAuthError, user_id: String },
}

pub(super) async fn run(cx: &Context, params: &Params, registered: &Arc<Registered>) -> Result<Answer, Refused> {
    params.require(&["refresh_token"])?;
    let (inner, asked, owner) = (cx.clone(), params.clone(), Arc::clone(registered));
    match cx.app.db.write(move |tx| refresh(tx, &inner, &asked, &owner.client)).await? {
        Refresh::Done(plan) => Ok(Answer::of_plan(cx, &plan)?),
        Refresh::Refused { error, user_id } => Err(Refused { error, user_id: Some(user_id) }),
        Refresh::Replayed { grant_id, user_id } => {
            audit::revoke(cx, &grant_id, None, params);
            Err(Refused { error: refresh_token::replayed(), user_id: Some(user_id) })
        }
    }
}

fn refresh(tx: &Tx<'_>, cx: &Context, params: &Params, client: &Client) -> Result<Refresh, Failure> {
    let value = params.get("refresh_token").unwrap_or_default();
    let held = tokens::hold_refresh(tx, cx.tenant_id(), value)?;
    refresh_token::check(held.as_ref().map(|held| &held.stored.token), client, cx.now)?;
    let Some(held) = held else { return Err(OAuthError::invalid_grant("refresh token not found").into()) };
    let user_id = held.stored.about.user_id.clone();
    match use_token(tx, cx, params, client, (value, held)) {
        // Nothing was written before a protocol error, so keeping this transaction is harmless.
        Err(Failure(error)) if error.status < 500 => Ok(Refresh::Refused { error, user_id }),
        other => other,
    }
}

fn use_token(
    tx: &Tx<'_>,
    cx: &Context,
    params: &Params,
    client: &Client,
    (value, held): (&str, Held<StoredRefreshToken>),
) -> Result<Refresh, Failure> {
    let tenant = cx.tenant_id();
    let Held { stored, grant, account } = held;
    let granted = grant.scopes(cx.now)?;
    let requested = refresh_token::requested_scope(params, &stored.token)?;
    let account = account.require_active()?;
    sessions::require_for(tx, tenant, &stored.about, cx.now)?;
    let usage = stored.token.usage(cx.now);
    if usage == Use::Replay {
        return replayed(tx, cx, &stored);
    }
    let target = Target::resolve(params, &stored.about.resources, &stored.token.scope, params.get("organization_id"))?;
    issue::check_target(tx, cx, client, &account, &target)?;
    let names_organization = target.organization().or(target.organization_audience()).is_some();
    if names_organization && !stored.token.scope.contains(scope::ORGANIZATIONS) {
        let text = "refresh token missing required scope";
        return Err(OAuthError::insufficient_scope(text, scope::ORGANIZATIONS).into());
    }
    let kept = match &stored.successor_salt {
        Some(salt) => tokens::successor(value, salt),
        None if stored.token.rotates(client, cx.now) => {
            let salt = id::opaque(&cx.app.rng);
            tokens::consume_refresh(tx, tenant, value, &salt, cx.now)?;
            rotate(tx, cx, client, &stored, tokens::successor(value, &salt))?
        }
        None => value.to_owned(),
    };
    let id_token_scope = refresh_token::wants_id_token(params, &stored.token).then(|| requested.and(&granted.openid));
    let gty = with_refresh(&stored.gty);
    let basis = Basis { client, account, granted: &granted, about: &stored.about, gty: &gty };
    let mut plan = issue::plan(tx, cx, basis, &target, &requested, id_token_scope.as_ref())?;
    plan.refresh_token = Some(kept);
    Ok(Refresh::Done(Box::new(plan)))
}

fn replayed(tx: &Tx<'_>, cx: &Context, stored: &StoredRefreshToken) -> Result<Refresh, Failure> {
    grants::revoke(tx, cx.tenant_id(), &stored.about.grant_id)?;
    Ok(Refresh::Replayed { grant_id: stored.about.grant_id.clone(), user_id: stored.about.user_id.clone() })
}

fn rotate(
    tx: &Tx<'_>,
    cx: &Context,
    client: &Client,
    parent: &StoredRefreshToken,
    value: String,
) -> Result<String, Failure> {
    let row = StoredRefreshToken {
        token: RefreshToken {
            issued_at: cx.now,
            expires_at: parent.token.successor_expires_at(client, cx.now),
            consumed_at: None,
            ..parent.token.clone()
        },
        about: parent.about.clone(),
        gty: with_refresh(&parent.gty),
        rotations: parent.rotations + 1,
        successor_salt: None,
    };
    tokens::insert_refresh(tx, cx.tenant_id(), &value, &row)?;
    Ok(value)
}

/// The grant chain: ` refresh_token` is added once (inventory O077).
fn with_refresh(gty: &str) -> String {
    if gty.ends_with(" refresh_token") { gty.to_owned() } else { format!("{gty} refresh_token") }
}

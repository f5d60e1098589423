//! The authorization code grant: one write transaction, then the signatures.

use std::sync::Arc;

use db::Tx;
use oauth::token::authorization_code::{self, Refusal};
use oauth::token::{Target, refresh_token};
use oauth::{Client, OAuthError, Params, ScopeSet, ttl};

use super::{Answer, Refused};
use crate::oidc::context::Context;
use crate::oidc::held::Held;
use crate::oidc::issue::{self, Basis, Plan};
use crate::oidc::registry::Registered;
use crate::oidc::tokens::{self, StoredRefreshToken};
use crate::oidc::{Failure, audit, codes, grants, sessions};

const GTY: &str = "authorization_code";

/// The outcome of the transaction. A replay commits the end of its grant.
enum Exchange {
    Done(Box<Plan>),
    Replayed { grant_id: String, user_id: String },
}

pub(super) async fn run(cx: &Context, params: &Params, registered: &Arc<Registered>) -> Result<Answer, Refused> {
    authorization_code::parameters(params, &registered.client)?;
    let (inner, asked, owner) = (cx.clone(), params.clone(), Arc::clone(registered));
    match cx.app.db.write(move |tx| exchange(tx, &inner, &asked, &owner.client)).await? {
        Exchange::Done(plan) => Ok(Answer::of_plan(cx, &plan)?),
        Exchange::Replayed { grant_id, user_id } => {
            audit::revoke(cx, &grant_id, None, params);
            Err(Refused { error: authorization_code::replayed().error, user_id: Some(user_id) })
        }
    }
}

fn exchange(tx: &Tx<'_>, cx: &Context, params: &Params, client: &Client) -> Result<Exchange, Failure> {
    let tenant = cx.tenant_id();
    let (value, redirect_uri) = authorization_code::parameters(params, client)?;
    let held = codes::hold(tx, tenant, value)?;
    let verifier = params.get("code_verifier");
    let checked =
        authorization_code::check(held.as_ref().map(|held| &held.stored.code), client, redirect_uri, verifier, cx.now);
    let missing = || OAuthError::invalid_grant("authorization code not found");
    let Held { stored, grant, account } = held.ok_or_else(missing)?;
    let about = stored.about;
    let replayed = |tx: &Tx<'_>| -> Result<Exchange, Failure> {
        grants::revoke(tx, tenant, &about.grant_id)?;
        Ok(Exchange::Replayed { grant_id: about.grant_id.clone(), user_id: about.user_id.clone() })
    };
    match checked {
        Err(Refusal { revoke_grant: true, .. }) => return replayed(tx),
        Err(Refusal { error, .. }) => return Err(error.into()),
        Ok(()) => {}
    }
    let granted = grant.scopes(cx.now)?;
    let account = account.require_active()?;
    sessions::require_for(tx, tenant, &about, cx.now)?;
    let target = Target::resolve(params, &about.resources, &about.scope, None)?;
    if !codes::consume(tx, tenant, value, cx.now)? {
        return replayed(tx);
    }
    let id_token_scope = about.scope.contains("openid").then(|| about.scope.and(&granted.openid));
    let basis = Basis { client, account, granted: &granted, about: &about, gty: GTY };
    let mut plan = issue::plan(tx, cx, basis, &target, &about.scope, id_token_scope.as_ref())?;
    if refresh_token::is_issued(client, &about.scope) {
        plan.refresh_token = Some(first_refresh_token(tx, cx, client, &about)?);
    }
    Ok(Exchange::Done(Box::new(plan)))
}

fn first_refresh_token(tx: &Tx<'_>, cx: &Context, client: &Client, about: &codes::About) -> Result<String, Failure> {
    let value = kernel::id::opaque(&cx.app.rng);
    let scope: ScopeSet = about.scope.clone();
    let row = StoredRefreshToken {
        token: refresh_token::RefreshToken {
            client_id: client.id.clone(),
            scope,
            first_issued_at: cx.now,
            issued_at: cx.now,
            expires_at: cx.now.plus_seconds(ttl::refresh_token(client)),
            consumed_at: None,
        },
        about: about.clone(),
        gty: GTY.to_owned(),
        rotations: 0,
        successor_salt: None,
    };
    tokens::insert_refresh(tx, cx.tenant_id(), &value, &row)?;
    Ok(value)
}

//! Consent (inventory O116–O118, E093, E094; trace 10-11): by itself for first-party applications, asked for third-party
//! ones. The page and the REST route both use [`load`], [`allow`] and [`deny`].

use std::sync::Arc;

use db::{DbError, Read, Tx, params, sql};
use kernel::id;
use oauth::OAuthError;
use oauth::authorize::prompt::Missing;
use oauth::grant::GrantedScopes;

use super::context::Context;
use super::grants::Grant;
use super::interactions::{Consent, Interaction, Outcome, Prompt};
use super::registry::Registered;
use super::{account, decision, grants, interactions, sessions};
use crate::errors::ApiError;
use crate::organizations::memberships;

/// A consent interaction with the user who is asked.
pub struct Asked {
    pub interaction: Interaction,
    pub registered: Arc<Registered>,
    pub account: account::Account,
    /// The grant to extend, if there is one.
    pub grant: Option<Grant>,
    pub missing: Missing,
}

/// Loads what the user is asked for. The browser must hold the session that the interaction belongs to.
///
/// # Errors
/// 400 `session.not_found` when nobody is asked, or not here.
pub async fn load(cx: &Context, interaction: Interaction) -> Result<Asked, ApiError> {
    let lost = || ApiError::bad_request("session.not_found");
    if interaction.prompt != Prompt::Consent {
        return Err(lost());
    }
    let registered = cx.client(&interaction.client_id).ok_or_else(lost)?;
    let handle = cx.cookie(super::cookies::SESSION).ok_or_else(lost)?;
    let (inner, known) = (cx.clone(), registered.clone());
    let asked = cx.app.db.read_inline(move |r| read(r, &inner, &handle, interaction, known)).await?;
    asked.ok_or_else(lost)
}

fn read(
    r: &Read<'_>,
    cx: &Context,
    handle: &str,
    interaction: Interaction,
    registered: Arc<Registered>,
) -> Result<Option<Asked>, ApiError> {
    let tenant = cx.tenant_id();
    let session = sessions::by_handle(r, tenant, handle, cx.now)?;
    let session = session.filter(|session| interaction.session_uid.as_ref() == Some(&session.uid));
    let Some(user_id) = session.and_then(|session| session.user_id) else { return Ok(None) };
    let Some(account) = account::active(r, tenant, &user_id)? else { return Ok(None) };
    let grant = match &interaction.grant_id {
        Some(grant_id) => grants::by_id(r, tenant, grant_id, cx.now)?,
        None => None,
    };
    let grant = grant.filter(|grant| grant.user_id == user_id && grant.client_id == interaction.client_id);
    let available = decision::available(r, cx, &registered, &interaction.request().resources, &user_id)?;
    let granted = grant.as_ref().map(|grant| grant.granted.clone()).unwrap_or_default();
    let missing = Missing::of(interaction.request(), &granted, &available);
    Ok(Some(Asked { interaction, registered, account, grant, missing }))
}

/// Grants everything that was asked for, and to a third-party client access to these organizations; returns where the
/// browser continues.
///
/// # Errors
/// 422 `organization.require_membership` for an organization that the user does not belong to.
pub async fn allow(cx: &Context, asked: Asked, organization_ids: Vec<String>) -> Result<String, ApiError> {
    let to = asked.interaction.return_to(cx.issuer());
    let inner = cx.clone();
    cx.app.db.write(move |tx| grant(tx, &inner, asked, &organization_ids)).await?;
    Ok(to)
}

fn grant(tx: &Tx<'_>, cx: &Context, asked: Asked, organization_ids: &[String]) -> Result<(), ApiError> {
    let (tenant, user_id) = (cx.tenant_id(), asked.account.facts.id.clone());
    let client = &asked.registered.client;
    if client.is_third_party {
        for organization_id in organization_ids {
            if !memberships::is_member(tx, tenant, organization_id, &user_id)? {
                return Err(ApiError::unprocessable("organization.require_membership"));
            }
            allow_organization(tx, tenant, &client.id, &user_id, organization_id)?;
        }
    }
    let mut grant = asked.grant.unwrap_or_else(|| Grant {
        id: id::opaque(&cx.app.rng),
        user_id: user_id.clone(),
        client_id: client.id.clone(),
        session_uid: asked.interaction.session_uid.clone(),
        granted: GrantedScopes::default(),
        created_at: cx.now,
        expires_at: cx.now,
    });
    grant.granted.openid.extend(asked.missing.openid.iter());
    for (indicator, scopes) in &asked.missing.resources {
        grant.granted.add_resource(indicator, scopes);
    }
    remember_first_application(tx, tenant, &user_id, &client.id)?;
    grants::save(tx, tenant, &grant, cx.now)?;
    let outcome = Outcome::Consent(Consent { grant_id: grant.id });
    finish(tx, tenant, &asked.interaction, &outcome)
}

/// Declines: the client learns `access_denied`.
///
/// # Errors
/// 400 `session.not_found` when the interaction is over.
pub async fn deny(cx: &Context, asked: Asked) -> Result<String, ApiError> {
    let to = asked.interaction.return_to(cx.issuer());
    let tenant = cx.tenant_id();
    cx.app.db.write(move |tx| finish(tx, tenant, &asked.interaction, &Outcome::Denied)).await?;
    Ok(to)
}

fn finish(tx: &Tx<'_>, tenant: &str, interaction: &Interaction, outcome: &Outcome) -> Result<(), ApiError> {
    tx.relax();
    match interactions::finish(tx, tenant, interaction, outcome) {
        Err(DbError::Conflict) => Err(OAuthError::invalid_request("interaction session not found").into()),
        other => Ok(other?),
    }
}

fn allow_organization(
    tx: &Tx<'_>,
    tenant: &str,
    client_id: &str,
    user_id: &str,
    organization_id: &str,
) -> Result<(), DbError> {
    tx.exec(
        sql!(
            "insert into application_consent_organizations (tenant_id, application_id, user_id, organization_id) \
             values ($1, $2, $3, $4) on conflict (tenant_id, application_id, user_id, organization_id) do nothing"
        ),
        params![tenant, client_id, user_id, organization_id],
    )
    .map(drop)
}

/// The first application a user consents to is theirs (inventory O118).
fn remember_first_application(tx: &Tx<'_>, tenant: &str, user_id: &str, client_id: &str) -> Result<(), DbError> {
    tx.exec(
        sql!("update users set application_id = $3 where tenant_id = $1 and id = $2 and application_id is null"),
        params![tenant, user_id, client_id],
    )
    .map(drop)
}

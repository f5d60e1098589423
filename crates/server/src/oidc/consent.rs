//! Consent (inventory O116–O118, E093, E094; trace 10-11): automatic for first-party applications, confirmed by the user for
//! third-party ones. The page and the REST route both use [`load_request`], [`approve`] and [`reject`].

use std::sync::Arc;

use ::api::ErrorCode;
use db::DbError;
use kernel::id;
use kernel::ids::UserId;
use oauth::OAuthError;
use oauth::authorize::prompt::MissingScopes;
use oauth::grant::GrantedScopes;

use super::authorize::Asked;
use super::clients::RegisteredClient;
use super::grants::Grant;
use super::interactions::{ConsentResult, Interaction, InteractionResult, Prompt};
use super::{ProviderError, authorize, grant_limit, grants, interactions, sessions, subject};
use crate::callers::RequestContext;
use crate::errors::ApiError;
use crate::work::{View, Work};
use crate::{applications, client_documents, users};

/// A consent interaction with its user.
pub struct ConsentRequest {
    pub interaction: Interaction,
    pub registered: Arc<RegisteredClient>,
    pub subject: subject::Subject,
    /// The grant to extend; `None` for a first consent.
    pub grant: Option<Grant>,
    pub missing: MissingScopes,
}

impl ConsentRequest {
    /// The grant to extend.
    pub fn grant_id(&self) -> Option<&str> {
        self.grant.as_ref().map(|grant| grant.id.as_str())
    }

    /// What the user granted the client before.
    pub fn granted(&self) -> GrantedScopes {
        self.grant.as_ref().map(|grant| grant.granted.clone()).unwrap_or_default()
    }
}

/// Loads the request for consent. The browser must have the session that the interaction belongs to.
///
/// # Errors
/// 400 `session.not_found` when the interaction does not ask for consent, belongs to another session, or asked for a client that is
/// another one to people by now; 400 `oidc.access_denied` for a user who may not use the application.
pub async fn load_request(req: &RequestContext, interaction: Interaction) -> Result<ConsentRequest, ApiError> {
    let not_found = || ApiError::bad_request("session.not_found");
    if interaction.prompt != Prompt::Consent {
        return Err(not_found());
    }
    let registered = req.current_client(&interaction.client_id).await?.ok_or_else(not_found)?;
    if registered.consent_epoch > interaction.pending.consent_epoch {
        return Err(not_found());
    }
    let handle = req.cookie(super::cookies::SESSION).ok_or_else(not_found)?;
    let inner = req.clone();
    let found = req.read_inline(move |view| find_request(view, &inner, &handle, interaction, registered)).await?;
    found.ok_or_else(not_found)
}

fn find_request(
    view: &View<'_>,
    req: &RequestContext,
    handle: &str,
    mut interaction: Interaction,
    registered: Arc<RegisteredClient>,
) -> Result<Option<ConsentRequest>, ApiError> {
    let session = sessions::find_by_cookie(view, handle)?;
    let session = session.filter(|session| interaction.session_uid.as_ref() == Some(&session.uid));
    let Some(user_id) = session.and_then(|session| session.user_id) else { return Ok(None) };
    let Some(subject) = subject::find_active(view, &user_id)? else { return Ok(None) };
    require_access(view, &registered, &user_id)?;
    // A scope may have been taken from the client while the page was open.
    registered.limit(&mut interaction.pending.request);
    let grant = match &interaction.grant_id {
        Some(grant_id) => grants::find(view, grant_id)?,
        None => None,
    };
    let grant = grant.filter(|grant| grant.user_id == user_id && grant.client_id == interaction.client_id);
    if interaction.grant_id.is_some() && grant.is_none() {
        // It ended while the page was open, which shows only what that grant lacked.
        return Ok(None);
    }
    let missing = MissingScopes::default();
    let mut found = ConsentRequest { interaction, registered, subject, grant, missing };
    found.missing = find_missing(view, req, &found)?;
    Ok(Some(found))
}

/// Checks that the user may use the application (inventory O122).
fn require_access(view: &View<'_>, registered: &RegisteredClient, user_id: &UserId) -> Result<(), ApiError> {
    registered.require_access(view, user_id).map_err(|ProviderError(error)| match error.error {
        "access_denied" => ApiError::bad_request(ErrorCode::OidcAccessDenied),
        _ => error.into(),
    })
}

/// The scopes that the request asks for, the user may grant, and the grant lacks.
fn find_missing(
    view: &View<'_>,
    req: &RequestContext,
    consent_request: &ConsentRequest,
) -> Result<MissingScopes, ApiError> {
    let ConsentRequest { interaction, registered, subject, .. } = consent_request;
    let request = interaction.request();
    let asked = Asked { client: &registered.client, request, subject, grant_id: consent_request.grant_id() };
    let grantable = authorize::grantable_scopes(view, req, &asked)?;
    Ok(MissingScopes::between(request, &consent_request.granted(), &grantable))
}

/// Grants the requested scopes, and to a third-party client access to these organizations. Returns the URL where the browser
/// continues.
///
/// # Errors
/// 422 `organization.require_membership` for an organization that the user does not belong to.
pub async fn approve(
    req: &RequestContext,
    consent_request: ConsentRequest,
    organization_ids: Vec<String>,
) -> Result<String, ApiError> {
    let to = consent_request.interaction.resume_url(req.issuer());
    let inner = req.clone();
    req.write_relaxed(move |work| grant(work, &inner, consent_request, &organization_ids)).await?;
    Ok(to)
}

fn grant(
    work: &Work<'_>,
    req: &RequestContext,
    mut consent_request: ConsentRequest,
    organization_ids: &[String],
) -> Result<(), ApiError> {
    let user_id = consent_request.subject.facts.id.clone();
    // Again: the rules may have changed since the request was loaded.
    require_access(work, &consent_request.registered, &user_id)?;
    let client = consent_request.registered.client.clone();
    if client.has_metadata_document() {
        let new = new_grant(work, &consent_request);
        grants::upsert(work, &new)?;
        // Also of whoever never goes on from here.
        let session_uid = new.session_uid.as_deref().unwrap_or_default();
        let request = consent_request.interaction.request();
        grant_limit::enforce(work, req, &client, &new, session_uid, request)?;
        client_documents::grants::keep_name(work, &new.id, &client.name)?;
        client_documents::grants::open_organization(work, &new.id, &user_id, organization_ids)?;
        consent_request.grant = Some(new);
    } else if client.is_third_party && !organization_ids.is_empty() {
        applications::allow_organizations(work, &client.id, &user_id, organization_ids)?;
    }
    users::store::set_first_application(work, &user_id, &client.id)?;
    if let Some(shown) = consent_request.grant.take_if(|_| !client.has_metadata_document()) {
        grants::lock(work, &shown.id)?;
        // Other pages may have added to it since this one was asked for.
        let current = grants::find(work, &shown.id)?.ok_or_else(|| ApiError::bad_request("session.not_found"))?;
        consent_request.grant = Some(current);
    }
    if client.is_third_party && !organization_ids.is_empty() {
        // With what the roles in these organizations give.
        consent_request.missing = find_missing(work, req, &consent_request)?;
    }
    let mut grant = consent_request.grant.take().unwrap_or_else(|| new_grant(work, &consent_request));
    grant.granted.openid.extend(consent_request.missing.openid.iter());
    for (indicator, scopes) in &consent_request.missing.resources {
        grant.granted.add_resource(indicator, scopes);
    }
    grants::upsert(work, &grant)?;
    let result = InteractionResult::Consent(ConsentResult { grant_id: grant.id });
    record_result(work, &consent_request.interaction, &result)
}

fn new_grant(work: &Work<'_>, consent_request: &ConsentRequest) -> Grant {
    Grant {
        id: id::opaque_token(work.rng()),
        user_id: consent_request.subject.facts.id.clone(),
        client_id: consent_request.registered.client.id.clone(),
        session_uid: consent_request.interaction.session_uid.clone(),
        granted: GrantedScopes::default(),
        consent_epoch: consent_request.interaction.pending.consent_epoch,
        created_at: work.now(),
        expires_at: work.now(),
    }
}

/// Rejects the request: the client receives `access_denied`. Returns the URL where the browser continues.
///
/// # Errors
/// 400 `session.not_found` when the interaction is over.
pub async fn reject(req: &RequestContext, consent_request: ConsentRequest) -> Result<String, ApiError> {
    let interaction = consent_request.interaction;
    let to = interaction.resume_url(req.issuer());
    req.write_relaxed(move |work| record_result(work, &interaction, &InteractionResult::Denied)).await?;
    Ok(to)
}

fn record_result(work: &Work<'_>, interaction: &Interaction, result: &InteractionResult) -> Result<(), ApiError> {
    match interactions::set_result(work, interaction, result) {
        Err(DbError::Conflict) => Err(OAuthError::invalid_request("interaction session not found").into()),
        other => Ok(other?),
    }
}

//! The next step of an authorization: a page, the code, or an error. Runs inside one transaction.

use db::DbError;
use kernel::ids::ApplicationId;
use kernel::ids::UserId;
use kernel::{Timestamp, id};
use oauth::acr::AuthenticationClaims;
use oauth::authorize::AuthorizationRequest;
use oauth::authorize::prompt::{self, MissingScopes, SessionInfo};
use oauth::client::metadata_document;
use oauth::grant::{Authorization, GrantedScopes};
use oauth::token::refresh_token;
use oauth::{Client, OAuthError, ScopeSet, ttl};

use super::magic_link;
use crate::callers::RequestContext;
use crate::oidc::authorization_codes::{self, NewAuthorizationCode, TokenContext};
use crate::oidc::clients::RegisteredClient;
use crate::oidc::device::codes as device_codes;
use crate::oidc::grants::Grant;
use crate::oidc::interactions::{self, NewInteraction, PendingAuthorization, Prompt};
use crate::oidc::scopes::{Through, UserRights};
use crate::oidc::sessions::Session;
use crate::oidc::subject::Subject;
use crate::oidc::{ProviderError, audit, grant_limit, grants, pushed_requests, sessions, subject};
use crate::work::{View, Work};

/// The next step of an authorization request.
#[derive(Debug, Clone, PartialEq)]
pub enum AuthorizeStep {
    /// To the sign-in page with a new interaction.
    Login { uid: String },
    /// To the consent page with a new interaction.
    Consent { uid: String },
    /// Back to the client with a code.
    Issue { code: String },
    /// The device that polls gets the tokens.
    ApproveDevice,
    /// Back to the client with an error.
    Error(OAuthError),
}

impl AuthorizeStep {
    /// Whether the browser goes back to the client.
    pub fn ends_interaction(&self) -> bool {
        matches!(self, Self::Issue { .. } | Self::ApproveDevice | Self::Error(_))
    }
}

/// An authorization request whose next step is to be decided.
pub struct Decision<'a> {
    pub work: &'a Work<'a>,
    pub req: &'a RequestContext,
    pub registered: &'a RegisteredClient,
}

/// A session whose user is signed in and active.
struct SignedIn<'a> {
    session: &'a Session,
    subject: Subject,
    auth_time: Timestamp,
}

impl SignedIn<'_> {
    fn user_id(&self) -> &UserId {
        &self.subject.facts.id
    }
}

impl Decision<'_> {
    /// Decides the next step and stores its interaction or code. A device learns of a refusal too.
    pub fn next_step(
        &self,
        pending: PendingAuthorization,
        session: Option<&Session>,
    ) -> Result<AuthorizeStep, ProviderError> {
        let device_code = pending.device_code.clone();
        let step = self.decide(pending, session)?;
        if let (Some(digest), AuthorizeStep::Error(_)) = (&device_code, &step) {
            device_codes::deny(self.work, digest)?;
        }
        Ok(step)
    }

    fn decide(
        &self,
        mut pending: PendingAuthorization,
        session: Option<&Session>,
    ) -> Result<AuthorizeStep, ProviderError> {
        self.registered.limit(&mut pending.request);
        let signed_in = self.signed_in(session)?;
        let info = signed_in.as_ref().map(|found| SessionInfo {
            user_id: found.user_id(),
            auth_time: found.auth_time,
            authentication: found.session.authentication.as_ref(),
        });
        let needs_login = match prompt::needs_login(&pending.request, info, pending.progress, self.work.now()) {
            Err(error) => return Ok(AuthorizeStep::Error(error)),
            Ok(needs_login) => needs_login,
        };
        let follows_link = match &signed_in {
            Some(signed_in) if !pending.progress.signed_in => {
                magic_link::must_be_followed(self.work, &pending.request, &signed_in.subject)?
            }
            _ => false,
        };
        if follows_link && pending.request.prompts.none {
            let error = OAuthError::login_required("End-User authentication is required");
            return Ok(AuthorizeStep::Error(error));
        }
        let needs_login = needs_login || follows_link;
        match signed_in.filter(|_| !needs_login) {
            Some(signed_in) => self.after_login(pending, &signed_in),
            None => {
                let session_uid = session.map(|session| session.uid.clone());
                let new = NewInteraction { prompt: Prompt::Login, pending, session_uid, grant_id: None };
                Ok(AuthorizeStep::Login { uid: self.begin_interaction(&new)? })
            }
        }
    }

    fn signed_in<'s>(&self, session: Option<&'s Session>) -> Result<Option<SignedIn<'s>>, ProviderError> {
        let Some(session) = session else { return Ok(None) };
        let (Some(user_id), Some(auth_time)) = (&session.user_id, session.signed_in_at) else { return Ok(None) };
        let active = subject::find_active(self.work, user_id)?;
        Ok(active.map(|subject| SignedIn { session, subject, auth_time }))
    }

    fn after_login(
        &self,
        pending: PendingAuthorization,
        signed_in: &SignedIn<'_>,
    ) -> Result<AuthorizeStep, ProviderError> {
        let (client, request) = (&self.registered.client, &pending.request);
        // A client that nobody registered is never granted anything silently: each request has a grant of its own (inventory O127).
        let is_new = client.has_metadata_document() && !pending.progress.consented;
        let authorization = signed_in.session.authorizations.get(&client.id).filter(|_| !is_new);
        let grant = match authorization {
            Some(authorization) => grants::find(self.work, &authorization.grant_id)?,
            None => None,
        };
        let grant = grant.filter(|grant| grant.user_id == *signed_in.user_id() && grant.client_id == client.id);
        // Without a grant the consent page says so, where the person may change the account.
        if grant.is_some()
            && let Some(step) = refusal(self.registered.require_access(self.work, signed_in.user_id()))?
        {
            return Ok(step);
        }
        let available = grantable_scopes(
            self.work,
            self.req,
            &Asked {
                client,
                request,
                subject: &signed_in.subject,
                grant_id: grant.as_ref().map(|grant| grant.id.as_str()),
            },
        )?;
        let nothing = GrantedScopes::default();
        let granted = grant.as_ref().map_or(&nothing, |grant| &grant.granted);
        let missing = MissingScopes::between(request, granted, &available);
        match prompt::needs_consent(request, client.is_native(), grant.is_some(), &missing, pending.progress) {
            Err(error) => return Ok(AuthorizeStep::Error(error)),
            Ok(true) => {
                let session_uid = Some(signed_in.session.uid.clone());
                let grant_id = grant.map(|grant| grant.id);
                let pending = PendingAuthorization { consent_epoch: self.registered.consent_epoch, ..pending };
                let new = NewInteraction { prompt: Prompt::Consent, pending, session_uid, grant_id };
                return Ok(AuthorizeStep::Consent { uid: self.begin_interaction(&new)? });
            }
            Ok(false) => {}
        }
        let (Some(grant), Some(authorization)) = (grant, authorization) else {
            return Ok(AuthorizeStep::Error(OAuthError::consent_required("requested scopes not granted")));
        };
        let grant = match pending.device_code {
            Some(_) => self.grant_of_device(&grant, signed_in)?,
            None => grant,
        };
        let session_uid = &signed_in.session.uid;
        let enforced = grant_limit::enforce(self.work, self.req, client, &grant, session_uid, request);
        if let Some(step) = refusal(enforced)? {
            return Ok(step);
        }
        self.finish(&pending, signed_in, authorization, &grant)
    }

    /// The grant of a device, which ends without the browser's and without other devices'.
    fn grant_of_device(&self, granted: &Grant, signed_in: &SignedIn<'_>) -> Result<Grant, ProviderError> {
        let grant = Grant {
            id: id::opaque_token(self.work.rng()),
            session_uid: Some(signed_in.session.uid.clone()),
            created_at: self.work.now(),
            expires_at: self.work.now().plus_seconds(ttl::GRANT),
            ..granted.clone()
        };
        grants::insert(self.work, &grant)?;
        Ok(grant)
    }

    fn begin_interaction(&self, new: &NewInteraction) -> Result<String, ProviderError> {
        let network = self.req.ip.network();
        if !self.req.app.interaction_budget.take(network, new.size(), self.work.now()) {
            return Err(OAuthError::temporarily_unavailable().into());
        }
        let uid = interactions::create(self.work, new)?;
        let event = audit::InteractionEvent {
            key: "Interaction.Create",
            uid: &uid,
            request: &new.pending.request,
            session_uid: None,
            prompt: Some(new.prompt.name()),
        };
        self.work.audit_beginning(&self.req.app, network, &audit::interaction(self.req, &event))?;
        Ok(uid)
    }

    /// Gives the client what it asked for: a code, or tokens for its device code.
    fn finish(
        &self,
        pending: &PendingAuthorization,
        signed_in: &SignedIn<'_>,
        authorization: &Authorization,
        grant: &Grant,
    ) -> Result<AuthorizeStep, ProviderError> {
        let (work, request) = (self.work, &pending.request);
        let client = &self.registered.client;
        let keeps_rules = || {
            client.check_begun(request)?;
            pushed_requests::use_up(work, client, request)
        };
        if pending.device_code.is_none()
            && let Some(step) = refusal(keeps_rules())?
        {
            return Ok(step);
        }
        let context = self.token_context(request, signed_in, authorization, grant)?;
        let step = match &pending.device_code {
            Some(digest) if !device_codes::approve(work, digest, &context)? => {
                return Ok(AuthorizeStep::Error(OAuthError::expired_device_code()));
            }
            Some(_) => AuthorizeStep::ApproveDevice,
            None => {
                let new = NewAuthorizationCode {
                    client_id: &self.registered.client.id,
                    redirect_uri: &request.redirect_uri,
                    code_challenge: request.code_challenge.clone(),
                    dpop_jkt: request.dpop_jkt.clone(),
                    context: &context,
                };
                AuthorizeStep::Issue { code: authorization_codes::create(work, &new)? }
            }
        };
        // Checked again after the insert: a concurrent suspension either deletes the code or is visible here (attack B11).
        subject::get_active(work, &context.user_id)?;
        sessions::extend(work, &signed_in.session.uid, self.req.session_end())?;
        Ok(step)
    }

    fn token_context(
        &self,
        request: &AuthorizationRequest,
        signed_in: &SignedIn<'_>,
        authorization: &Authorization,
        grant: &Grant,
    ) -> Result<TokenContext, ProviderError> {
        let (work, client, session) = (self.work, &self.registered.client, signed_in.session);
        let accepted = grant.granted.accepted(&request.scope, &request.resources);
        let offline = accepted.contains("offline_access") && refresh_token::is_issued(client, &accepted);
        if offline && !authorization.persists_logout {
            let mut authorizations = session.authorizations.clone();
            authorizations.insert(client.id.clone(), Authorization { persists_logout: true, ..authorization.clone() });
            sessions::update_authorizations(work, session, &authorizations)?;
        }
        let claims = request.claims.as_ref().map(|claims| claims.within(&grant.granted.openid));
        let claims = claims.filter(|claims| !claims.is_empty());
        let asks_for =
            |name| client.uses_acr_values() || claims.as_ref().is_some_and(|claims| claims.asks_of_sign_in(name));
        let mut authentication =
            session.authentication.as_ref().map(|found| AuthenticationClaims::of(found, request.acr.as_ref()));
        if let Some(told) = &mut authentication {
            told.acr = told.acr.take().filter(|_| asks_for("acr"));
            told.amr.retain(|_| asks_for("amr"));
        }
        let authentication = authentication.filter(|told| told.acr.is_some() || !told.amr.is_empty());
        let wants_sid = client.oidc.backchannel_logout_session_required.unwrap_or(false);
        Ok(TokenContext {
            grant_id: grant.id.clone(),
            user_id: signed_in.user_id().clone(),
            session_uid: Some(session.uid.clone()),
            expires_with_session: !offline,
            scope: accepted,
            resources: request.resources.clone(),
            nonce: request.nonce.clone(),
            sid: wants_sid.then(|| authorization.sid.clone()),
            auth_time: (request.max_age.is_some() || asks_for("auth_time")).then_some(signed_in.auth_time),
            authentication,
            claims,
        })
    }
}

/// The step that tells the client of a refusal. A failure of the server is none: it undoes the unit.
fn refusal(checked: Result<(), ProviderError>) -> Result<Option<AuthorizeStep>, ProviderError> {
    match checked {
        Ok(()) => Ok(None),
        Err(ProviderError(error)) if error.status < 500 => Ok(Some(AuthorizeStep::Error(error))),
        Err(failure) => Err(failure),
    }
}

/// Who asks whom for what.
pub struct Asked<'a> {
    pub client: &'a Client,
    pub request: &'a AuthorizationRequest,
    pub subject: &'a Subject,
    /// The grant that is there already, if one is.
    pub grant_id: Option<&'a str>,
}

/// The scopes of each requested resource that the user may grant.
pub fn grantable_scopes(
    view: &View<'_>,
    req: &RequestContext,
    asked: &Asked<'_>,
) -> Result<Vec<(String, ScopeSet)>, ProviderError> {
    let &Asked { client, request, subject, grant_id } = asked;
    if request.resources.is_empty() {
        return Ok(Vec::new());
    }
    let rights = UserRights::load(view, req, client, subject, grant_id)?;
    let of = |indicator: &String| (indicator.clone(), rights.resource_scopes(indicator, Through::Grantable));
    Ok(request.resources.iter().map(of).collect())
}

/// Clients that nobody registered in one session: any address of a host may be one.
const MAX_DOCUMENT_CLIENTS: usize = 50;

/// Points the session's entry for a client to a grant. An existing entry keeps its `sid`.
pub fn put_client_authorization(
    work: &Work<'_>,
    session: &mut Session,
    client_id: &ApplicationId,
    grant_id: &str,
) -> Result<(), DbError> {
    if metadata_document::is_address(client_id) {
        forget_oldest_documents(work, session, client_id)?;
    }
    let known = session.authorizations.get(client_id);
    let authorization = Authorization {
        sid: known.map_or_else(|| id::opaque_token(work.rng()), |known| known.sid.clone()),
        grant_id: grant_id.to_owned(),
        persists_logout: known.is_some_and(|known| known.persists_logout && known.grant_id == grant_id),
    };
    session.authorizations.insert(client_id.to_owned(), authorization);
    Ok(())
}

/// Makes room for one more client that nobody registered: those whose grants are the oldest lose them.
fn forget_oldest_documents(work: &Work<'_>, session: &mut Session, client_id: &ApplicationId) -> Result<(), DbError> {
    let is_other = |id: &ApplicationId| id != client_id && metadata_document::is_address(id);
    let others = session.authorizations.iter().filter(|(id, _)| is_other(id));
    let mut others: Vec<_> = others.map(|(id, known)| (id.clone(), known.grant_id.clone())).collect();
    let beyond = (others.len() + 1).saturating_sub(MAX_DOCUMENT_CLIENTS);
    if beyond == 0 {
        return Ok(());
    }
    work.require_durable();
    let by_age = grants::ids_of_session(work, &session.uid)?;
    // One that has ended is not there, and comes first.
    others.sort_by_key(|(_, grant_id)| by_age.iter().position(|id| id == grant_id));
    for (id, grant_id) in others.iter().take(beyond) {
        grants::revoke(work, grant_id)?;
        session.authorizations.remove(id);
    }
    Ok(())
}

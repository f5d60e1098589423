//! `POST /oidc/token/introspection`: tokens that are stored (RFC 7662; inventory O007, trace 30-10).

use axum::body::Body;
use axum::response::Response;
use kernel::Timestamp;
use kernel::ids::{ApplicationId, UserId};
use oauth::ScopeSet;
use oauth::confirmation::Confirmation;
use serde_json::{Value, json};

use super::client_request::{ClientRequest, NamedToken, read_request, stored_token_of};
use super::{ProviderError, grants, response, sessions, subject, tokens};
use crate::callers::{Anyone, RequestContext};
use crate::work::View;

/// What a resource server learns of a token that may be used.
struct ActiveToken {
    user_id: UserId,
    client_id: ApplicationId,
    scope: ScopeSet,
    issued_at: Timestamp,
    expires_at: Timestamp,
    is_access_token: bool,
    /// Who acts for the user (RFC 8693 section 4.1).
    act: Option<Value>,
    /// What it is bound to, as it is stored.
    jkt: Option<String>,
    /// Of the sign-in (RFC 9470 section 6.2).
    acr: Option<String>,
    auth_time: Option<Timestamp>,
}

/// `POST /oidc/token/introspection`.
pub async fn introspect_token(Anyone(req): Anyone, body: Body) -> Response {
    let mut client_request = match read_request(&req, body, "/token/introspection").await {
        Ok(client_request) => client_request,
        Err(response) => return response,
    };
    match introspect(&req, &mut client_request).await {
        Ok(found) => client_request.with_headers(&req, response::json(found)),
        Err(ProviderError(error)) => client_request.error_response(&req, &error),
    }
}

async fn introspect(req: &RequestContext, client_request: &mut ClientRequest) -> Result<Value, ProviderError> {
    let (registered, token) =
        stored_token_of(req, client_request, "introspected via the introspection_endpoint").await?;
    let inner = req.clone();
    let found = req.read_inline(move |view| find_active(&inner, view, &token)).await?;
    // A public client learns only about its own tokens.
    let client = &registered.client;
    let visible = found.filter(|found| !client.is_public() || found.client_id == client.id);
    Ok(visible.map_or_else(|| json!({"active": false}), |found| found.describe(req.issuer())))
}

fn find_active(
    req: &RequestContext,
    view: &View<'_>,
    token: &NamedToken,
) -> Result<Option<ActiveToken>, ProviderError> {
    let Some(mut found) = find_unexpired(view, token)? else { return Ok(None) };
    let Some(owner) = req.client_in(view, &found.client_id)? else { return Ok(None) };
    // Where a client has bound tokens alone, one from before opens nothing.
    if found.is_access_token && found.jkt.is_none() && owner.client.requires_bound_tokens() {
        return Ok(None);
    }
    found.scope = owner.permitted_scopes(&found.scope);
    if !owner.client.uses_acr_values() {
        (found.acr, found.auth_time) = (None, None);
    }
    Ok(owner.is_open_to(view, &found.user_id)?.then_some(found))
}

fn find_unexpired(view: &View<'_>, token: &NamedToken) -> Result<Option<ActiveToken>, ProviderError> {
    if let Some(access) = tokens::find_access_token(view, &token.name)? {
        return Ok(access.subject.is_active().then_some(ActiveToken {
            user_id: access.user_id,
            client_id: access.client_id,
            scope: access.scope,
            issued_at: access.issued_at,
            expires_at: access.expires_at,
            is_access_token: true,
            act: access.act,
            jkt: access.jkt,
            acr: access.authentication.and_then(|found| found.acr),
            auth_time: access.auth_time,
        }));
    }
    let refresh = tokens::find_refresh_token(view, &token.value)?;
    let usable = refresh.filter(|found| found.token.consumed_at.is_none() && found.token.expires_at > view.now());
    let Some(found) = usable else { return Ok(None) };
    let is_alive = grants::find(view, &found.context.grant_id)?.is_some()
        && sessions::require_alive_for(view, &found.context).is_ok()
        && subject::find_active(view, &found.context.user_id)?.is_some();
    Ok(is_alive.then_some(ActiveToken {
        user_id: found.context.user_id,
        client_id: found.token.client_id,
        scope: found.context.scope,
        issued_at: found.token.issued_at,
        expires_at: found.token.expires_at,
        is_access_token: false,
        act: None,
        jkt: found.jkt,
        acr: None,
        auth_time: None,
    }))
}

impl ActiveToken {
    /// The members of RFC 7662 section 2.2.
    fn describe(&self, issuer: &str) -> Value {
        let mut members = json!({
            "active": true,
            "sub": self.user_id,
            "client_id": self.client_id,
            "exp": self.expires_at.seconds(),
            "iat": self.issued_at.seconds(),
            "iss": issuer,
            "scope": self.scope.to_string(),
        });
        let bound_to = self.jkt.as_deref().map(Confirmation::of_stored);
        if self.is_access_token {
            let needs_proof = matches!(bound_to, Some(Confirmation::Key(_)));
            members["token_type"] = if needs_proof { "DPoP" } else { "Bearer" }.into();
        }
        if let Some(bound_to) = bound_to {
            members["cnf"] = bound_to.claim();
        }
        if let Some(acr) = &self.acr {
            members["acr"] = acr.clone().into();
        }
        if let Some(auth_time) = self.auth_time {
            members["auth_time"] = auth_time.seconds().into();
        }
        if let Some(act) = &self.act {
            members["act"] = act.clone();
        }
        members
    }
}

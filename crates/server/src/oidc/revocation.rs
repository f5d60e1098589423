//! `POST /oidc/token/revocation`: tokens that are stored (RFC 7009; inventory O008, trace 30-11).

use axum::Extension;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use oauth::{Client, OAuthError};

use super::client_request::{ClientRequest, NamedToken, read_request, stored_token_of};
use super::{ProviderError, audit, grants, response, tokens};
use crate::callers::{Anyone, RequestContext};
use crate::http::NoStatusText;
use crate::work::View;

/// `POST /oidc/token/revocation`.
pub async fn revoke_token(Anyone(req): Anyone, body: Body) -> Response {
    let mut client_request = match read_request(&req, body, "/token/revocation").await {
        Ok(client_request) => client_request,
        Err(response) => return response,
    };
    match revoke(&req, &mut client_request).await {
        Ok(()) => {
            let response = (Extension(NoStatusText), StatusCode::OK).into_response();
            client_request.with_headers(&req, response::no_store(response))
        }
        Err(ProviderError(error)) => client_request.error_response(&req, &error),
    }
}

/// Revokes the grant of the token, of either kind, so that a refresh cannot restore access (attack B9).
async fn revoke(req: &RequestContext, client_request: &mut ClientRequest) -> Result<(), ProviderError> {
    let (registered, token) = stored_token_of(req, client_request, "revoked via the revocation_endpoint").await?;
    let (inner, params) = (req.clone(), client_request.params.clone());
    req.write(move |work| {
        let Some(grant_id) = find_grant_of(work, &registered.client, &token)? else { return Ok(()) };
        grants::revoke(work, &grant_id)?;
        Ok(work.audit(&audit::revocation(&inner, &grant_id, None, &params))?)
    })
    .await
}

/// The grant of a token that belongs to the client.
fn find_grant_of(view: &View<'_>, client: &Client, token: &NamedToken) -> Result<Option<String>, ProviderError> {
    let owner = match tokens::find_access_token(view, &token.name)? {
        Some(access) => Some((access.client_id, access.grant_id)),
        None => {
            tokens::find_refresh_token(view, &token.value)?.map(|found| (found.token.client_id, found.context.grant_id))
        }
    };
    match owner {
        // A public client proves nothing: it must not learn whose token it holds (RFC 7009 section 2.1).
        Some((client_id, _)) if client_id != client.id && client.is_public() => Ok(None),
        Some((client_id, _)) if client_id != client.id => {
            let text = "client is not authorized to revoke the presented token";
            Err(OAuthError::invalid_request(text).into())
        }
        owner => Ok(owner.map(|(_, grant_id)| grant_id)),
    }
}

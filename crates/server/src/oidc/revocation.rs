//! `POST /oidc/token/revocation`: opaque tokens only (RFC 7009; inventory O008, trace 30-11).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::Tx;
use oauth::{Client, OAuthError};

use super::client_request::{ClientRequest, opaque_token_of, read_request};
use super::provider_request::ProviderRequest;
use super::{ProviderError, audit, grants, response, tokens};

/// `POST /oidc/token/revocation`.
pub async fn revoke_token(req: ProviderRequest, body: Body) -> Response {
    let mut client_request = match read_request(&req, body, "/token/revocation").await {
        Ok(client_request) => client_request,
        Err(response) => return response,
    };
    match revoke(&req, &mut client_request).await {
        Ok(()) => {
            let mut response = StatusCode::OK.into_response();
            let text = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, text);
            client_request.with_headers(&req, response::no_store(response))
        }
        Err(ProviderError(error)) => client_request.error_response(&req, &error),
    }
}

/// Revokes the grant of the token, of either kind, so that a refresh cannot restore access (attack B9).
async fn revoke(req: &ProviderRequest, client_request: &mut ClientRequest) -> Result<(), ProviderError> {
    let (registered, token) = opaque_token_of(req, client_request, "revoked via the revocation_endpoint")?;
    let inner = req.clone();
    let ended = req.app.db.write(move |tx| revoke_grant_of(tx, &inner, &registered.client, &token)).await?;
    if let Some(grant_id) = ended {
        audit::log_revocation(req, &grant_id, None, &client_request.params);
    }
    Ok(())
}

fn revoke_grant_of(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    client: &Client,
    token: &str,
) -> Result<Option<String>, ProviderError> {
    let tenant = req.tenant_id();
    let owner = match tokens::find_access_token(tx, tenant, token, req.now)? {
        Some(access) => Some((access.client_id, access.grant_id)),
        None => {
            tokens::find_refresh_token(tx, tenant, token)?.map(|found| (found.token.client_id, found.context.grant_id))
        }
    };
    let Some((client_id, grant_id)) = owner else { return Ok(None) };
    if client_id != client.id {
        let text = "client is not authorized to revoke the presented token";
        return Err(OAuthError::invalid_request(text).into());
    }
    grants::revoke(tx, tenant, &grant_id)?;
    Ok(Some(grant_id))
}

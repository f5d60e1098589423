//! `POST /oidc/token/introspection`: opaque tokens only (RFC 7662; inventory O007, trace 30-10).

use axum::body::Body;
use axum::response::Response;
use db::Read;
use serde_json::{Map, Value, json};

use super::client_request::{ClientRequest, opaque_token_of, read_request};
use super::provider_request::ProviderRequest;
use super::{ProviderError, grants, response, sessions, subject, tokens};

/// `POST /oidc/token/introspection`.
pub async fn introspect_token(req: ProviderRequest, body: Body) -> Response {
    let mut client_request = match read_request(&req, body, "/token/introspection").await {
        Ok(client_request) => client_request,
        Err(response) => return response,
    };
    match introspect(&req, &mut client_request).await {
        Ok(found) => client_request.with_headers(&req, response::json(found)),
        Err(ProviderError(error)) => client_request.error_response(&req, &error),
    }
}

async fn introspect(req: &ProviderRequest, client_request: &mut ClientRequest) -> Result<Value, ProviderError> {
    let (registered, token) = opaque_token_of(req, client_request, "introspected via the introspection_endpoint")?;
    let client = &registered.client;
    let inner = req.clone();
    let found = req.app.db.read_inline(move |r| describe_token(r, &inner, &token)).await?;
    // A public client learns only about its own tokens.
    let visible = found.filter(|found| !client.is_public() || found["client_id"] == client.id.as_str());
    Ok(visible.map_or_else(|| json!({"active": false}), Value::Object))
}

fn describe_token(
    r: &Read<'_>,
    req: &ProviderRequest,
    token: &str,
) -> Result<Option<Map<String, Value>>, ProviderError> {
    let tenant = req.tenant_id();
    let (user_id, client_id, scope, issued_at, expires_at, is_access) =
        if let Some(access) = tokens::find_access_token(r, tenant, token, req.now)? {
            if !access.subject.is_active() {
                return Ok(None);
            }
            (access.user_id, access.client_id, access.scope, access.issued_at, access.expires_at, true)
        } else {
            let refresh = tokens::find_refresh_token(r, tenant, token)?;
            let usable = refresh.filter(|found| found.token.consumed_at.is_none() && found.token.expires_at > req.now);
            let Some(found) = usable else { return Ok(None) };
            let grant = grants::find(r, tenant, &found.context.grant_id, req.now)?;
            if grant.is_none() || sessions::require_alive_for(r, tenant, &found.context, req.now).is_err() {
                return Ok(None);
            }
            if subject::find_active(r, tenant, &found.context.user_id)?.is_none() {
                return Ok(None);
            }
            let token = found.token;
            (found.context.user_id, token.client_id, token.scope, token.issued_at, token.expires_at, false)
        };
    let mut out = Map::new();
    out.insert("active".into(), true.into());
    out.insert("sub".into(), user_id.into());
    out.insert("client_id".into(), client_id.into());
    out.insert("exp".into(), expires_at.seconds().into());
    out.insert("iat".into(), issued_at.seconds().into());
    out.insert("iss".into(), req.issuer().into());
    out.insert("scope".into(), scope.to_string().into());
    if is_access {
        out.insert("token_type".into(), "Bearer".into());
    }
    Ok(Some(out))
}

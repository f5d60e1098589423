//! Introspection and revocation of opaque tokens (RFC 7662, RFC 7009; inventory O007, O008; traces 30-10, 30-11).

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::{Read, Tx};
use oauth::{Client, OAuthError};
use serde_json::{Map, Value, json};

use super::body::{self, BodyError};
use super::call::Call;
use super::context::Context;
use super::registry::Registered;
use super::{Failure, account, audit, grants, reply, sessions, tokens};

/// `POST /oidc/token/introspection`.
pub async fn introspect(cx: Context, body: Body) -> Response {
    let mut call = match open(&cx, body, "/token/introspection").await {
        Ok(call) => call,
        Err(response) => return response,
    };
    match run_introspection(&cx, &mut call).await {
        Ok(found) => call.answer(&cx, reply::json(found)),
        Err(Failure(error)) => call.refuse(&cx, &error),
    }
}

/// `POST /oidc/token/revocation`.
pub async fn revoke(cx: Context, body: Body) -> Response {
    let mut call = match open(&cx, body, "/token/revocation").await {
        Ok(call) => call,
        Err(response) => return response,
    };
    match run_revocation(&cx, &mut call).await {
        Ok(()) => {
            let mut response = StatusCode::OK.into_response();
            let text = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, text);
            call.answer(&cx, reply::no_store(response))
        }
        Err(Failure(error)) => call.refuse(&cx, &error),
    }
}

async fn open(cx: &Context, body: Body, path: &str) -> Result<Call, Response> {
    Call::read(cx, body, path).await.map_err(|error| match error {
        BodyError::TooLarge => body::too_large(),
        BodyError::OAuth(error) => Call::default().refuse(cx, &error),
    })
}

/// The client and the token to look at; a JWT lives in no table.
fn subject(cx: &Context, call: &mut Call, endpoint: &str) -> Result<(Arc<Registered>, String), OAuthError> {
    let registered = call.authenticate(cx)?;
    call.params.require(&["token"])?;
    let token = call.params.get("token").unwrap_or_default();
    if token.matches('.').count() == 2 {
        return Err(OAuthError::unsupported_token_type(endpoint));
    }
    Ok((registered, token.to_owned()))
}

async fn run_introspection(cx: &Context, call: &mut Call) -> Result<Value, Failure> {
    let (registered, token) = subject(cx, call, "introspected via the introspection_endpoint")?;
    let client = &registered.client;
    let inner = cx.clone();
    let found = cx.app.db.read_inline(move |r| look_up(r, &inner, &token)).await?;
    // A public client learns only about its own tokens.
    let visible = found.filter(|found| !client.is_public() || found["client_id"] == client.id.as_str());
    Ok(visible.map_or_else(|| json!({"active": false}), Value::Object))
}

fn look_up(r: &Read<'_>, cx: &Context, token: &str) -> Result<Option<Map<String, Value>>, Failure> {
    let tenant = cx.tenant_id();
    let (user_id, client_id, scope, issued_at, expires_at, is_access) =
        if let Some(access) = tokens::access_by_value(r, tenant, token, cx.now)? {
            if !access.account.is_active() {
                return Ok(None);
            }
            (access.user_id, access.client_id, access.scope, access.issued_at, access.expires_at, true)
        } else {
            let refresh = tokens::refresh_by_value(r, tenant, token)?;
            let usable = refresh.filter(|found| found.token.consumed_at.is_none() && found.token.expires_at > cx.now);
            let Some(found) = usable else { return Ok(None) };
            let grant = grants::by_id(r, tenant, &found.about.grant_id, cx.now)?;
            if grant.is_none() || sessions::require_for(r, tenant, &found.about, cx.now).is_err() {
                return Ok(None);
            }
            if account::active(r, tenant, &found.about.user_id)?.is_none() {
                return Ok(None);
            }
            let token = found.token;
            (found.about.user_id, token.client_id, token.scope, token.issued_at, token.expires_at, false)
        };
    let mut out = Map::new();
    out.insert("active".into(), true.into());
    out.insert("sub".into(), user_id.into());
    out.insert("client_id".into(), client_id.into());
    out.insert("exp".into(), expires_at.seconds().into());
    out.insert("iat".into(), issued_at.seconds().into());
    out.insert("iss".into(), cx.issuer().into());
    out.insert("scope".into(), scope.to_string().into());
    if is_access {
        out.insert("token_type".into(), "Bearer".into());
    }
    Ok(Some(out))
}

/// Ends the grant of the token, whichever kind it is: what was revoked must not come back by refreshing (attack B9).
async fn run_revocation(cx: &Context, call: &mut Call) -> Result<(), Failure> {
    let (registered, token) = subject(cx, call, "revoked via the revocation_endpoint")?;
    let inner = cx.clone();
    let ended = cx.app.db.write(move |tx| end(tx, &inner, &registered.client, &token)).await?;
    if let Some(grant_id) = ended {
        audit::revoke(cx, &grant_id, None, &call.params);
    }
    Ok(())
}

fn end(tx: &Tx<'_>, cx: &Context, client: &Client, token: &str) -> Result<Option<String>, Failure> {
    let tenant = cx.tenant_id();
    let owner = match tokens::access_by_value(tx, tenant, token, cx.now)? {
        Some(access) => Some((access.client_id, access.grant_id)),
        None => tokens::refresh_by_value(tx, tenant, token)?.map(|found| (found.token.client_id, found.about.grant_id)),
    };
    let Some((client_id, grant_id)) = owner else { return Ok(None) };
    if client_id != client.id {
        let text = "client is not authorized to revoke the presented token";
        return Err(OAuthError::invalid_request(text).into());
    }
    grants::revoke(tx, tenant, &grant_id)?;
    Ok(Some(grant_id))
}

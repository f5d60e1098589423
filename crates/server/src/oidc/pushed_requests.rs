//! `POST /oidc/request`: a client sends its authorization request itself (RFC 9126; inventory O011, trace 30-16). The browser brings
//! only a handle, so nobody who sees the browser's addresses reads or changes what the client asks for.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, Json, params, sql};
use kernel::id;
use oauth::authorize::{AuthorizationRequest, pushed};
use oauth::{Client, OAuthError, Params, ttl};
use serde_json::{Map, Value, json};

use super::client_request::{ClientRequest, read_request};
use super::used_jwts::UsedJwt;
use super::{ProviderError, authorize, dpop, request_object, response};
use crate::callers::{Anyone, RequestContext};
use crate::interaction::address_limit::{self, AddressLimit};
use crate::work::{View, Work};

/// Requests that one network may push for public clients, which prove nothing: each is a row.
const LIMIT: AddressLimit = AddressLimit { action: "PushedRequests", most: 600, window_seconds: 600 };

/// How long a used request is remembered, in seconds: longer than any sign-in that was begun with it.
const REMEMBERED: i64 = 24 * 60 * 60;

/// `POST /oidc/request`.
pub async fn push_request(Anyone(req): Anyone, body: Body) -> Response {
    let mut client_request = match read_request(&req, body, "/request").await {
        Ok(client_request) => client_request,
        Err(response) => return response,
    };
    match push(&req, &mut client_request).await {
        Ok(handle) => {
            let body = json!({"expires_in": ttl::PUSHED_REQUEST, "request_uri": pushed::request_uri(&handle)});
            let mut response = response::json(body);
            *response.status_mut() = StatusCode::CREATED;
            client_request.with_headers(&req, response)
        }
        Err(ProviderError(error)) => client_request.error_response(&req, &error),
    }
}

async fn push(req: &RequestContext, client_request: &mut ClientRequest) -> Result<String, ProviderError> {
    let registered = client_request.authenticate(req).await?;
    if client_request.params.get("request_uri").is_some() {
        return Err(OAuthError::request_uri_not_supported().into());
    }
    let signed = request_object::resolve(req, &registered, &client_request.params).await?;
    let params = signed.as_ref().unwrap_or(&client_request.params);
    let proof = dpop::of_client(req, &registered.client)?;
    let mut kept = authorize::with_context(req, &registered, params, |context| pushed::check(params, context))?;
    if let Some(jkt) = dpop::thumbprint_of_pushed(params, proof.as_ref())? {
        kept.insert("dpop_jkt".to_owned(), jkt.into());
    }
    let is_signed = signed.is_some();
    let counted = registered.client.is_public().then(|| req.ip.network());
    req.write_relaxed(move |work| {
        if let Some(network) = counted
            && !address_limit::count(work, &LIMIT, network)?
        {
            return Err(OAuthError::temporarily_unavailable().into());
        }
        if let Some(proof) = proof {
            proof.use_up(work)?;
        }
        Ok(insert(work, kept, is_signed)?)
    })
    .await
}

fn insert(work: &Work<'_>, kept: Map<String, Value>, is_signed: bool) -> Result<String, DbError> {
    let handle = id::opaque_token(work.rng());
    work.exec_pipelined(
        sql!(
            "insert into pushed_requests (digest, tenant_id, params, created_at, expires_at, is_signed) \
             values ($1, $2, $3, $4, $5, $6)"
        ),
        params![
            id::token_digest(&handle),
            work.tenant_id(),
            Json(kept),
            work.now(),
            work.now().plus_seconds(ttl::PUSHED_REQUEST),
            is_signed
        ],
    )?;
    Ok(handle)
}

/// The request stored under a handle, and whether it was signed; `None` when expired.
fn find(view: &View<'_>, handle: &str) -> Result<Option<(Map<String, Value>, bool)>, DbError> {
    let found: Option<(Json<Map<String, Value>>, bool)> = view.query_opt(
        sql!("select params, is_signed from pushed_requests where digest = $2 and (tenant_id = $1) is true and expires_at > $3"),
        params![view.tenant_id(), id::token_digest(handle), view.now()],
    )?;
    Ok(found.map(|(Json(params), is_signed)| (params, is_signed)))
}

/// Uses the pushed request up that a code is given out for; where it must be one, it counts once. A person may reload the pages before
/// (FAPI 2.0 section 5.3.2.2), and the client may have been set so since the sign-in began.
///
/// # Errors
/// `invalid_request` for a request that was not pushed, `invalid_request_uri` for one that was used; a failure of the database.
pub fn use_up(work: &Work<'_>, client: &Client, request: &AuthorizationRequest) -> Result<(), ProviderError> {
    let is_required = client.requires_pushed_requests();
    let Some(digest) = request.pushed_as.as_deref() else {
        return if is_required { Err(OAuthError::pushed_request_required().into()) } else { Ok(()) };
    };
    if is_required {
        let used = UsedJwt::new("request_uri", &client.id, digest, work.now().plus_seconds(REMEMBERED));
        if !used.use_up(work)? {
            return Err(OAuthError::invalid_request_uri().into());
        }
    }
    let delete = sql!("delete from pushed_requests where digest = $2 and (tenant_id = $1) is true");
    Ok(work.exec_pipelined(delete, params![work.tenant_id(), digest])?)
}

/// What an authorization request brings in its `request_uri`.
pub enum Pushed {
    /// None, or one that is not stored: a check refuses it.
    Nothing,
    /// The parameters that count, and whether the client signed them.
    Stored { params: Params, is_signed: bool },
    /// It may not be used by this client.
    Refused(OAuthError),
}

/// Looks at the `request_uri` of an authorization request. It may be opened again until its code is given out, as a person
/// may reload a page.
///
/// # Errors
/// A failure of the database.
pub async fn resolve(req: &RequestContext, params: &Params) -> Result<Pushed, ProviderError> {
    let Some(handle) = pushed::handle(params).map(str::to_owned) else { return Ok(Pushed::Nothing) };
    let stored = req.read_inline(move |view| Ok::<_, ProviderError>(find(view, &handle)?)).await?;
    let Some((stored, is_signed)) = stored else { return Ok(Pushed::Nothing) };
    Ok(match pushed::resolve(params, &stored) {
        Ok(params) => Pushed::Stored { params, is_signed },
        Err(error) => Pushed::Refused(error),
    })
}

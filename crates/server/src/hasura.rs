//! `GET /api/authn/hasura`: tells Hasura who calls it and in which role (inventory M305). A role of Hasura is a permission of the API
//! resource that stands for it.

use ::api::ErrorCode;
use ::api::hasura::{HasuraQuery, HasuraSession};
use axum::Json;
use axum::http::{HeaderName, StatusCode, header};
use jose::DecodedToken;
use kernel::ids::UserId;
use oauth::token::token_exchange::grant_of_jti;

use crate::callers::{Anyone, LEEWAY_SECONDS, RequestContext};
use crate::errors::ApiError;
use crate::http::Query;
use crate::oidc::grants::{self, TokenStanding};
use crate::oidc::subject;
use crate::routes::Routes;

const EXPECTED_ROLE: HeaderName = HeaderName::from_static("expected-role");

pub(crate) fn routes() -> Routes {
    Routes::new().get("/api/authn/hasura", authorize)
}

/// Without a token the caller has the role for those who are not signed in.
async fn authorize(Anyone(request): Anyone, Query(query): Query<HasuraQuery>) -> Result<Json<HasuraSession>, ApiError> {
    let stranger = HasuraSession { user_id: None, role: query.unauthorized_role.map(|role| role.0) };
    let Some(value) = request.header(header::AUTHORIZATION) else { return Ok(Json(stranger)) };
    let holder = match value.strip_prefix("Bearer ") {
        Some(token) => holder(&request, token.trim_start(), &query.resource).await?,
        None => None,
    };
    let Some(holder) = holder else {
        let unauthorized = ApiError::new(StatusCode::UNAUTHORIZED, ErrorCode::AuthUnauthorized);
        return if stranger.role.is_some() { Ok(Json(stranger)) } else { Err(unauthorized) };
    };
    let expected = request.header(EXPECTED_ROLE).unwrap_or_default();
    let scopes = holder.text("scope").unwrap_or_default();
    if expected.is_empty() || scopes.split(' ').all(|scope| scope != expected) {
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, ErrorCode::AuthExpectedRoleNotFound));
    }
    let user_id = holder.text("sub").map(str::to_owned);
    Ok(Json(HasuraSession { user_id, role: Some(expected.to_owned()) }))
}

/// What an access token for `resource` says, if it opens that now: its client is there and open to its user, who is active,
/// and the grant has not ended. One that is bound to a key is not a bearer token.
///
/// # Errors
/// A failure of the database.
async fn holder(request: &RequestContext, token: &str, resource: &str) -> Result<Option<DecodedToken>, ApiError> {
    let Ok(token) = request.config.keys.verifying.verify(token) else { return Ok(None) };
    let is_for_it = token.text("iss") == Some(request.issuer())
        && token.has_audience(resource)
        && token.header.typ.as_deref() == Some("at+jwt")
        && !token.claims.contains_key("cnf")
        && jose::check_times(&token.claims, request.now, LEEWAY_SECONDS).is_ok();
    let (Some(sub), Some(client_id), true) = (token.text("sub"), token.text("client_id"), is_for_it) else {
        return Ok(None);
    };
    let Some(client) = request.client(client_id).await? else { return Ok(None) };
    if sub != client_id {
        let id = UserId::from(sub);
        let grant_id = token.text("jti").and_then(grant_of_jti).map(str::to_owned);
        let is_open = request.read_inline(move |view| {
            let is_active = subject::find_active(view, &id)?.is_some();
            let standing = grants::standing(view, grant_id.as_deref(), &id, &client)?;
            Ok::<_, ApiError>(is_active && standing == TokenStanding::Good)
        });
        if !is_open.await? {
            return Ok(None);
        }
    }
    Ok(Some(token))
}

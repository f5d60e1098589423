//! Clients that register themselves (RFC 7591) and change themselves later (RFC 7592), as third parties: people are asked for consent.

use ::api::applications::{CreateApplication, UpdateApplication};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use kernel::ids::ApplicationId;
use oauth::OAuthError;
use oauth::client::registration::{self, ClientMetadata};
use oauth::client::{AuthenticationMethod, CustomClientMetadata, OidcClientMetadata};
use serde_json::{Map, Value, json};

use super::{ProviderError, audit, body, grants, response};
use crate::applications::{self, Application};
use crate::callers::{Anyone, RequestContext};
use crate::client_registration::{self as registrations, Registration};
use crate::errors::ApiError;
use crate::interaction::address_limit::{self, AddressLimit};
use crate::keys;
use crate::work::{View, Work};

/// Changes of one client: each is an entry of the audit log, and all servers read the client again.
const CHANGES: AddressLimit = AddressLimit { action: "ClientRegistration", most: 60, window_seconds: 3600 };

/// `POST /oidc/register`.
pub async fn register_client(Anyone(req): Anyone, body: Body) -> Response {
    match register(&req, body).await {
        Ok(answer) => response::no_store((StatusCode::CREATED, Json(answer)).into_response()),
        Err(ProviderError(error)) => error_response(&req, &error),
    }
}

/// `GET /oidc/register/{clientId}` (RFC 7592 section 2.1).
pub async fn read_client(Anyone(req): Anyone, Path(id): Path<ApplicationId>) -> Response {
    match read(&req, id).await {
        Ok(answer) => response::json(Value::Object(answer)),
        Err(ProviderError(error)) => error_response(&req, &error),
    }
}

/// `PUT /oidc/register/{clientId}` (RFC 7592 section 2.2).
pub async fn replace_client(Anyone(req): Anyone, Path(id): Path<ApplicationId>, body: Body) -> Response {
    match replace(&req, id, body).await {
        Ok(answer) => response::json(Value::Object(answer)),
        Err(ProviderError(error)) => error_response(&req, &error),
    }
}

/// `DELETE /oidc/register/{clientId}` (RFC 7592 section 2.3).
pub async fn delete_client(Anyone(req): Anyone, Path(id): Path<ApplicationId>) -> Response {
    match delete(&req, id).await {
        Ok(()) => response::no_store(StatusCode::NO_CONTENT.into_response()),
        Err(ProviderError(error)) => error_response(&req, &error),
    }
}

async fn register(req: &RequestContext, body: Body) -> Result<Map<String, Value>, ProviderError> {
    let token = bearer(req)?;
    let initial = token.clone();
    // Nobody else makes the server read on, or make keys.
    if !req.read_inline(move |view| registrations::find_usable(view, &initial)).await? {
        return Err(unusable_token().into());
    }
    let metadata = metadata_of(body).await?;
    let new: CreateApplication = typed(json!({
        "name": metadata.name(),
        "type": metadata.application_type().name(),
        "isThirdParty": true,
        "oidcClientMetadata": metadata.oidc_settings(&OidcClientMetadata::default()),
        "customClientMetadata": metadata.custom_settings(&CustomClientMetadata::default())?,
    }))?;
    applications::check_new(&new).map_err(metadata_error)?;
    keys::provide_application_keys(req, applications::response_algorithms(Some(&new.custom_client_metadata))).await?;
    let inner = req.clone();
    req.write(move |work| {
        let allowed = registrations::redeem(work, &token)?.ok_or_else(unusable_token)?;
        let created = applications::create(work, new).map_err(metadata_error)?.application;
        applications::set_user_scopes(work, &created.id, &metadata.user_scopes(&allowed))?;
        let value = registrations::record(work, &created.id)?;
        work.audit(&audit::client_registration(&inner, "Create", &created.id, &created.name))?;
        describe(&inner, work, created, &value)
    })
    .await
}

async fn read(req: &RequestContext, id: ApplicationId) -> Result<Map<String, Value>, ProviderError> {
    let token = bearer(req)?;
    let inner = req.clone();
    req.read_inline(move |view| {
        let application = registered(view, &id, &token)?;
        describe(&inner, view, application, &token)
    })
    .await
}

async fn replace(req: &RequestContext, id: ApplicationId, body: Body) -> Result<Map<String, Value>, ProviderError> {
    let token = bearer(req)?;
    let (known, presented) = (id.clone(), token.clone());
    let before = req.read_inline(move |view| registered(view, &known, &presented)).await?;
    let metadata = metadata_of(body).await?;
    if metadata.client_id.as_deref() != Some(id.as_str()) {
        return Err(OAuthError::invalid_client_metadata("client_id must be that of the client").into());
    }
    if metadata.application_type() != before.kind {
        let text = "whether a client has credentials, and whether it is native, can't change: register another one";
        return Err(OAuthError::invalid_client_metadata(text).into());
    }
    let patch = patch_of(&before, &metadata)?;
    let algorithms = applications::response_algorithms(patch.custom_client_metadata.as_ref());
    before.with_update(patch).map_err(metadata_error)?;
    keys::provide_application_keys(req, algorithms).await?;
    let inner = req.clone();
    req.write(move |work| {
        let known = registered_for_update(work, &id, &token)?;
        if !address_limit::count_text(work, &CHANGES, &id)? {
            return Err(OAuthError::too_many_changes().into());
        }
        // The secret may not be chosen (RFC 7592 section 2.2).
        let secret = applications::first_valid_secret(work, &id)?;
        if metadata.client_secret.is_some() && metadata.client_secret != secret.map(|secret| secret.value) {
            return Err(OAuthError::invalid_client_metadata("client_secret is not that of the client").into());
        }
        // People agreed to a client of this name at this address.
        if metadata.shows_another(&known.name, &known.oidc_client_metadata) {
            grants::end_all_of_client(work, &id)?;
        }
        // An administrator may have changed it meanwhile.
        let patch = patch_of(&known, &metadata)?;
        let changed = applications::update(work, &id, patch).map_err(metadata_error)?;
        work.audit(&audit::client_registration(&inner, "Update", &changed.id, &changed.name))?;
        describe(&inner, work, changed, &token)
    })
    .await
}

/// The change of an application to what its client says.
fn patch_of(known: &Application, metadata: &ClientMetadata) -> Result<UpdateApplication, ProviderError> {
    typed(json!({
        "name": metadata.name(),
        "oidcClientMetadata": metadata.oidc_settings(&known.oidc_client_metadata),
        "customClientMetadata": metadata.custom_settings(&known.custom_client_metadata)?,
    }))
}

async fn delete(req: &RequestContext, id: ApplicationId) -> Result<(), ProviderError> {
    let token = bearer(req)?;
    let inner = req.clone();
    req.write(move |work| {
        let application = registered_for_update(work, &id, &token)?;
        applications::delete(work, &id)?;
        Ok(work.audit(&audit::client_registration(&inner, "Delete", &id, &application.name))?)
    })
    .await
}

/// The client whose registration access token this is.
fn registered(view: &View<'_>, id: &ApplicationId, token: &str) -> Result<Application, ProviderError> {
    registrations::registration(view, id, token)?.ok_or_else(unusable_token)?;
    Ok(applications::find(view, id)?.ok_or_else(unusable_token)?)
}

/// As [`registered`], locked until the unit ends.
fn registered_for_update(work: &Work<'_>, id: &ApplicationId, token: &str) -> Result<Application, ProviderError> {
    work.require_durable();
    // The application first: an administrator who ends the registration holds it.
    let application = applications::get_for_update(work, id).map_err(|error| match error.status() {
        // Who reads that the token is unknown may throw it away.
        status if status.is_server_error() => ProviderError::from(error),
        _ => unusable_token().into(),
    })?;
    registrations::registration(work, id, token)?.ok_or_else(unusable_token)?;
    Ok(application)
}

/// What a client is told of itself (RFC 7591 section 3.2.1, RFC 7592 section 3).
fn describe(
    req: &RequestContext,
    view: &View<'_>,
    application: Application,
    token: &str,
) -> Result<Map<String, Value>, ProviderError> {
    let id = &application.id;
    let Some(Registration { created_at, .. }) = registrations::registration(view, id, token)? else {
        return Err(unusable_token().into());
    };
    let mut answer = Map::new();
    answer.insert("client_id".to_owned(), json!(id));
    answer.insert("client_id_issued_at".to_owned(), created_at.seconds().into());
    // Who signs with a key has no use for one.
    let signs =
        application.custom_client_metadata.token_endpoint_auth_method == Some(AuthenticationMethod::PrivateKeyJwt);
    if let Some(secret) = applications::first_valid_secret(view, id)?.filter(|_| !signs) {
        answer.insert("client_secret".to_owned(), secret.value.into());
        answer.insert("client_secret_expires_at".to_owned(), secret.expires_at.map_or(0, |at| at.seconds()).into());
    }
    answer.insert("registration_access_token".to_owned(), token.into());
    answer.insert("registration_client_uri".to_owned(), format!("{}/register/{id}", req.issuer()).into());
    let scopes = applications::user_scopes(view, id)?;
    let (oidc, custom) = (&application.oidc_client_metadata, &application.custom_client_metadata);
    answer.extend(registration::describe(application.kind, &application.name, oidc, custom, &scopes));
    Ok(answer)
}

async fn metadata_of(body: Body) -> Result<ClientMetadata, OAuthError> {
    let unreadable = || OAuthError::invalid_client_metadata("the body must be a JSON object of at most 56 kB");
    let bytes = to_bytes(body, body::LIMIT).await.map_err(|_| unreadable())?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
    match value {
        Value::Object(members) => ClientMetadata::parse(members),
        _ => Err(unreadable()),
    }
}

/// Reads what the Management API would take, by its rules.
fn typed<T: serde::de::DeserializeOwned + schemars::JsonSchema + 'static>(value: Value) -> Result<T, ProviderError> {
    ::api::body::read(value).map_err(|issues| metadata_error(crate::http::body::invalid_body(&issues)))
}

/// The refusal of an application, as RFC 7591 section 3.2.2 has it.
fn metadata_error(error: ApiError) -> ProviderError {
    if error.status().is_server_error() {
        return error.into();
    }
    let issue = error.data_ref().and_then(|data| data.pointer("/issues/0")).cloned().unwrap_or_default();
    let text = issue.get("message").and_then(Value::as_str).unwrap_or("a member can't be registered");
    let path: Vec<&str> =
        issue.get("path").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    match path.last().map(|setting| registration::member_of(setting)) {
        Some("redirect_uris") => OAuthError::invalid_redirect_metadata(text).into(),
        Some(member) => OAuthError::invalid_client_metadata(format!("{member}: {text}")).into(),
        None => OAuthError::invalid_client_metadata(text).into(),
    }
}

fn bearer(req: &RequestContext) -> Result<String, OAuthError> {
    let missing = || OAuthError::invalid_token("no access token provided");
    let value = req.header(header::AUTHORIZATION).ok_or_else(missing)?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim().to_owned()),
        _ => Err(unusable_token()),
    }
}

fn unusable_token() -> OAuthError {
    OAuthError::invalid_token("the token is unknown, expired or used up")
}

fn error_response(req: &RequestContext, error: &OAuthError) -> Response {
    let mut response = response::error(req, error);
    if error.status == 401
        && let Ok(value) = HeaderValue::from_str(&error.challenge("Bearer", req.issuer()))
    {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

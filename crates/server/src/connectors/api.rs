//! `/api/connectors` and `/api/connector-factories` (inventory M189–M198).

use ::api::ErrorCode;
use ::api::connectors::{
    AuthorizationUri, Connector, ConnectorFactory, ConnectorType, CreateAuthorizationUri, CreateConnector,
    ListConnectorsQuery, TestConnector, UpdateConnector,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use federation::AuthorizationRequest;

use super::message::{Message, Recipient, UsageType};
use super::settings::ServiceSettings;
use super::{factories, send, social, store};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::body::invalid_input;
use crate::http::{Query, RequestBody};
use crate::routes::Routes;

/// What a test message shows instead of a code.
const TEST_CODE: &str = "000000";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/connectors", list_connectors)
        .post("/api/connectors", create_connector)
        .get("/api/connectors/{id}", get_connector)
        .patch("/api/connectors/{id}", update_connector)
        .delete("/api/connectors/{id}", delete_connector)
        .post("/api/connectors/{id}/test", send_test)
        .post("/api/connectors/{id}/authorization-uri", create_authorization_uri)
        .get("/api/connector-factories", list_factories)
        .get("/api/connector-factories/{id}", get_factory)
}

async fn list_connectors(
    caller: ManagementCaller,
    Query(query): Query<ListConnectorsQuery>,
) -> Result<Json<Vec<Connector>>, ApiError> {
    let connectors = caller.read(move |view| store::list(view, query.target.as_deref())).await?;
    Ok(Json(connectors.iter().map(|connector| connector.to_wire()).collect()))
}

async fn create_connector(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateConnector>,
) -> Result<Json<Connector>, ApiError> {
    caller.write(move |work| store::create(work, new)).await.map(|connector| Json(connector.to_wire()))
}

async fn get_connector(caller: ManagementCaller, Path(id): Path<String>) -> Result<Json<Connector>, ApiError> {
    caller.read(move |view| store::get(view, &id)).await.map(|connector| Json(connector.to_wire()))
}

async fn update_connector(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(patch): RequestBody<UpdateConnector>,
) -> Result<Json<Connector>, ApiError> {
    caller.write(move |work| store::update(work, &id, patch)).await.map(|connector| Json(connector.to_wire()))
}

async fn delete_connector(caller: ManagementCaller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let has_inbox = caller.app.inbox.is_open();
    caller.write(move |work| store::delete(work, &id, has_inbox)).await.map(|()| StatusCode::NO_CONTENT)
}

/// The address at which somebody proves an account to an administrator's own page, which sends what comes back to
/// `POST /api/users/{userId}/identities`.
async fn create_authorization_uri(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(body): RequestBody<CreateAuthorizationUri>,
) -> Result<Json<AuthorizationUri>, ApiError> {
    // Also an app's own scheme. The provider compares it with what was registered there.
    if url::Url::parse(&body.redirect_uri.0).map_or(true, |uri| uri.fragment().is_some()) {
        return Err(invalid_input(&["redirectUri".to_owned()], "expected an absolute URL without fragment"));
    }
    let read = caller.read(move |view| {
        let connector = social::get(view, &id)?;
        let request = AuthorizationRequest { state: &body.state.0, redirect_uri: &body.redirect_uri.0, scope: None };
        let session = social::session(view, &id, request);
        Ok::<_, ApiError>(connector.provider.uri_of(request, &session).into())
    });
    read.await.map(|redirect_to| Json(AuthorizationUri { redirect_to }))
}

/// Sends a message with settings that need not be stored.
async fn send_test(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(test): RequestBody<TestConnector>,
) -> Result<StatusCode, ApiError> {
    let recipient = match (test.email, test.phone) {
        (Some(email), None) => Recipient::Email(email.0),
        (None, Some(phone)) => Recipient::Phone(phone.0),
        _ => return Err(invalid_input(&["email".to_owned()], "expected either `email` or `phone`")),
    };
    let factory =
        factories::find(&id).ok_or_else(|| ApiError::new(StatusCode::NOT_FOUND, ErrorCode::ConnectorNotFound))?;
    let fits = match recipient {
        Recipient::Email(_) => factory.connector_type() == ConnectorType::Email,
        Recipient::Phone(_) => factory.connector_type() == ConnectorType::Sms,
    };
    if !fits {
        return Err(ApiError::bad_request(ErrorCode::ConnectorUnexpectedType));
    }
    let settings = ServiceSettings::read(factory, &test.config)?;
    let locale = test.locale.as_deref().filter(|locale| !locale.is_empty());
    let message = Message::code(recipient, UsageType::Generic, TEST_CODE, locale);
    match send::send(&caller.app, &settings, &message).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(error.in_full()),
    }
}

async fn list_factories(_: ManagementCaller) -> Json<Vec<ConnectorFactory>> {
    Json(factories::all().iter().map(|factory| factory.data.clone()).collect())
}

async fn get_factory(_: ManagementCaller, Path(id): Path<String>) -> Result<Json<ConnectorFactory>, ApiError> {
    factories::find(&id).map(|factory| Json(factory.data.clone())).ok_or_else(ApiError::not_found)
}

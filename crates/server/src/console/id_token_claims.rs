//! Claims of the ID token beside those of the scopes (inventory C030): each is switched on for all applications.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Block, Form};
use views::pages::Field;

use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

const PATH: &str = "/console/custom-jwt/id-token";
const API: &str = "/api/configs/id-token";
const MEMBER: &str = "enabledExtendedClaims";
/// As the API names them.
const CLAIMS: [&str; 7] = [
    "roles",
    "organizations",
    "organization_roles",
    "organization_data",
    "custom_data",
    "identities",
    "sso_identities",
];

pub(super) fn routes() -> Routes {
    Routes::new().post(PATH, save)
}

/// The form, below the scripts for access tokens.
///
/// # Errors
/// Those of the API.
pub(super) async fn block(user: &ConsoleUser<Manage>) -> Result<Block, ApiError> {
    let settings = user.api().find(API).await?.unwrap_or_default();
    let enabled = settings.get(MEMBER).and_then(Value::as_array).cloned().unwrap_or_default();
    let field = |claim: &str| Field {
        name: claim.to_owned(),
        label: user.text(&format!("custom-jwt.claim_{claim}")),
        kind: "checkbox",
        value: enabled.iter().any(|known| known == claim).to_string(),
        ..Field::default()
    };
    Ok(Block::Form(Form {
        title: Some(user.text("custom-jwt.id_token")),
        lead: Some(user.text("custom-jwt.id_token_text")),
        action: PATH.to_owned(),
        fields: CLAIMS.map(field).to_vec(),
        submit: user.text("button.save"),
        is_guarded: true,
        ..Form::default()
    }))
}

async fn save(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let enabled: Vec<&str> = CLAIMS.into_iter().filter(|claim| form.fields.get(claim) == "true").collect();
    form.user.api().send(Method::PUT, API, json!({MEMBER: enabled})).await?;
    Ok(redirect(StatusCode::SEE_OTHER, "/console/custom-jwt?done=saved"))
}

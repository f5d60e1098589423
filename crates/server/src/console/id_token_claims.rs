//! Claims of the ID token beside those of the scopes (inventory C030): each is switched on for all applications.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Block, Form};
use views::pages::Field;

use super::fields::{FieldKind, FieldSpec, FormErrors};
use super::{meanwhile, scripts};
use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

const PATH: &str = "/console/custom-jwt/id-token";
const API: &str = "/api/configs/id-token";
const MEMBER: &str = "enabledExtendedClaims";
const SETTINGS: &[FieldSpec] = &[FieldSpec::new(MEMBER, FieldKind::Lines)];
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
    let settings = stored(user).await?;
    let enabled = settings.get(MEMBER).and_then(Value::as_array).cloned().unwrap_or_default();
    let is_on = |claim: &str| enabled.iter().any(|known| known == claim);
    Ok(form(user, &settings, is_on, FormErrors::default()))
}

async fn stored(user: &ConsoleUser<Manage>) -> Result<Value, ApiError> {
    Ok(user.api().find(API).await?.unwrap_or_default())
}

fn form(user: &ConsoleUser<Manage>, settings: &Value, is_on: impl Fn(&str) -> bool, errors: FormErrors) -> Block {
    let field = |claim: &str| Field {
        name: claim.to_owned(),
        label: user.text(&format!("custom-jwt.claim_{claim}")),
        kind: "checkbox",
        value: is_on(claim).to_string(),
        ..Field::default()
    };
    Block::Form(Form {
        title: Some(user.text("custom-jwt.id_token")),
        lead: Some(user.text("custom-jwt.id_token_text")),
        action: PATH.to_owned(),
        fields: CLAIMS.map(field).to_vec(),
        hidden: vec![meanwhile::hidden(user, settings, SETTINGS)],
        submit: user.text("button.save"),
        error: errors.whole,
        is_guarded: true,
        ..Form::default()
    })
}

async fn save(ConsoleForm { user, fields, .. }: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let is_on = |claim: &str| fields.get(claim) == "true";
    let settings = stored(&user).await?;
    if let Err(errors) = meanwhile::check(&user, &settings, SETTINGS, &fields) {
        let form = form(&user, &settings, is_on, errors);
        return scripts::render_claims(&user, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    }
    let enabled: Vec<&str> = CLAIMS.into_iter().filter(|claim| is_on(claim)).collect();
    user.api().send(Method::PUT, API, json!({MEMBER: enabled})).await?;
    Ok(redirect(StatusCode::SEE_OTHER, "/console/custom-jwt?done=saved"))
}

//! Clients that nobody registered (inventory C014, client ID metadata documents): whether the tenant allows them, and what all of them may
//! ask people for.

use axum::http::StatusCode;
use axum::response::Response;
use views::console::{Block, Facts};

use super::applications::{ConsentScopes, endpoints};
use super::entity::shown_beside;
use super::fields::{FieldKind, FieldSpec};
use super::settings::{self, Section, Settings, SettingsTab};
use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

const PATH: &str = "/console/client-documents";

pub(super) fn routes() -> Routes {
    settings::routes::<ClientDocuments>()
        .post("/console/client-documents/permissions", add)
        .post("/console/client-documents/permissions/remove", remove)
}

struct ClientDocuments;

const TAB: SettingsTab = SettingsTab::new(
    "client-documents",
    &[Section { name: "switch", fields: &[FieldSpec::new("enabled", FieldKind::Check)] }],
);

impl Settings for ClientDocuments {
    const NAME: &'static str = "client-documents";
    const API: &'static str = "/api/configs/cimd";
    type Read = Manage;
    type Write = Manage;
    const TABS: &'static [SettingsTab] = &[TAB];

    async fn below(user: &ConsoleUser<Manage>, _: &SettingsTab) -> Result<Vec<Block>, ApiError> {
        below(user, None).await
    }
}

fn scopes() -> ConsentScopes {
    ConsentScopes::new("/api/cimd/user-consent-scopes", PATH)
}

async fn below(user: &ConsoleUser<Manage>, error: Option<String>) -> Result<Vec<Block>, ApiError> {
    let title = Some(user.text("applications.endpoints"));
    let mut blocks = scopes().blocks(user, error).await?;
    blocks.push(Block::Facts(Facts { title, rows: endpoints(user) }));
    Ok(blocks)
}

async fn add(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let user = &form.user;
    match scopes().add(user, &form.fields).await {
        Ok(()) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{PATH}?done=added"))),
        Err(error) => {
            let errors = shown_beside(user, error, &[])?;
            let below = below(user, errors.whole).await?;
            settings::render::<ClientDocuments>(user, &TAB, StatusCode::UNPROCESSABLE_ENTITY, below).await
        }
    }
}

async fn remove(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    scopes().remove(&form.user, &form.fields).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("{PATH}?done=removed")))
}

//! Applications (inventory C009 and C011): list, create, settings, and secrets, which are shown once.

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Block, Cell, Dialog, Empty, Facts, Form, Row, ShownSecret, Table};
use views::pages::Field;

use super::api::encoded;
use super::bulk::BulkAction;
use super::entity::{self, Entity, address, api_path, cell, item_page, link, text, time};
use super::fields::{FieldKind, FieldSpec};
use crate::callers::console::{Manage, Read};
use crate::callers::{ConsoleForm, ConsoleUser, Right};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

const SECRETS: &str = "/console/applications/{id}/secrets";

pub(super) fn routes() -> Routes {
    entity::routes::<Applications>()
        .get(SECRETS, show_secrets)
        .post(SECRETS, create_secret)
        .post("/console/applications/{id}/secrets/remove", delete_secret)
}

pub(super) struct Applications;

const KINDS: &[&str] = &["Traditional", "SPA", "Native", "MachineToMachine"];

impl Entity for Applications {
    const NAME: &'static str = "applications";
    const API: &'static str = "/api/applications";
    type Read = Read;
    type Write = Manage;
    const SEARCH: Option<&'static str> = Some("search=%25{}%25");
    const COLUMNS: &'static [&'static str] = &["name", "type", "id", "created"];
    const NEW: &'static [FieldSpec] = &[
        FieldSpec::required("name", FieldKind::Text),
        FieldSpec::required("type", FieldKind::Choice(KINDS)),
        FieldSpec::new("description", FieldKind::Optional),
        FieldSpec::new("oidcClientMetadata.redirectUris", FieldKind::Lines),
        FieldSpec::new("oidcClientMetadata.postLogoutRedirectUris", FieldKind::Lines),
    ];
    const SETTINGS: &'static [FieldSpec] = &[
        FieldSpec::required("name", FieldKind::Text),
        FieldSpec::new("description", FieldKind::Optional),
        FieldSpec::new("oidcClientMetadata.redirectUris", FieldKind::Lines),
        FieldSpec::new("oidcClientMetadata.postLogoutRedirectUris", FieldKind::Lines),
        FieldSpec::new("customClientMetadata.corsAllowedOrigins", FieldKind::Lines),
        FieldSpec::new("customClientMetadata.alwaysIssueRefreshToken", FieldKind::Check),
        FieldSpec::new("customClientMetadata.refreshTokenTtlInDays", FieldKind::Number),
        FieldSpec::new("oidcClientMetadata.backchannelLogoutUri", FieldKind::Url),
        FieldSpec::new("customData", FieldKind::Object),
    ];
    const TABS: &'static [&'static str] = &["secrets"];
    const BULK: &'static [BulkAction] = &[BulkAction::DELETE];
    const EXPORT: &'static [&'static str] = &["id", "name", "type", "description", "createdAt"];

    fn right_of_tab(_: &str) -> Right {
        Right::Manage
    }

    fn cells(user: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let kind = text(item, "type");
        let kind = user.text_if_any(&format!("applications.type_{kind}")).unwrap_or(kind);
        vec![
            link::<Self>(item, Some(text(item, "description")).filter(|text| !text.is_empty())),
            Cell::Text { text: kind },
            Cell::Copy { text: text(item, "id") },
            time(item, "createdAt"),
        ]
    }

    fn above(user: &ConsoleUser<Read>, item: &Value) -> Vec<Block> {
        let issuer = user.app.tenants.issuer("default");
        let rows = [
            ("id", text(item, "id")),
            ("issuer", issuer.to_owned()),
            ("authorization", format!("{issuer}/auth")),
            ("token", format!("{issuer}/token")),
            ("userinfo", format!("{issuer}/me")),
            ("jwks", format!("{issuer}/jwks")),
        ];
        let rows = rows.map(|(name, text)| (user.text(&format!("applications.endpoint.{name}")), Cell::Copy { text }));
        vec![Block::Facts(Facts { title: Some(user.text("applications.endpoints")), rows: rows.to_vec() })]
    }
}

/// The secrets, without their values: a value is shown when it is made.
async fn show_secrets(user: ConsoleUser<Manage>, Path(id): Path<String>) -> Result<Response, ApiError> {
    render_secrets(&user, &id, StatusCode::OK, Shown::default()).await
}

/// What stands above the list.
#[derive(Default)]
struct Shown {
    secret: Option<ShownSecret>,
    error: Option<String>,
}

async fn render_secrets(
    user: &ConsoleUser<Manage>,
    id: &str,
    status: StatusCode,
    shown: Shown,
) -> Result<Response, ApiError> {
    let api = user.api();
    let item = api.get(&api_path::<Applications>(id)).await?;
    let secrets = api.list(&format!("{}/secrets", api_path::<Applications>(id))).await?.items;
    let own = format!("{}/secrets", address::<Applications>(id));
    let row = |(number, secret): (usize, &Value)| Row {
        cells: vec![cell(secret, "name"), time(secret, "createdAt"), time(secret, "expiresAt")],
        actions: vec![Dialog {
            id: format!("remove-{number}"),
            button: user.text("button.delete"),
            title: user.text_with("dialog.delete", &[("name", &text(secret, "name"))]),
            text: user.text("applications.secrets.remove_text"),
            action: format!("{own}/remove"),
            hidden: vec![("name".to_owned(), text(secret, "name"))],
            is_danger: true,
            ..Dialog::default()
        }],
    };
    let table = Table {
        title: Some(user.text("applications.tab.secrets")),
        columns: ["name", "created", "expires"].map(|name| user.text(&format!("applications.secrets.{name}"))).to_vec(),
        rows: secrets.iter().enumerate().map(row).collect(),
        empty: Empty { title: user.text("applications.secrets.empty"), ..Empty::default() },
        has_actions: true,
        ..Table::default()
    };
    let name = Field {
        name: "name".to_owned(),
        label: user.text("applications.secrets.name"),
        kind: "text",
        autocomplete: "off",
        required: true,
        limits: vec![("maxlength", "256".to_owned())],
        ..Field::default()
    };
    let form = Form {
        title: Some(user.text("applications.secrets.add")),
        lead: Some(user.text("applications.secrets.add_text")),
        action: own,
        fields: vec![name],
        submit: user.text("button.create"),
        error: shown.error,
        ..Form::default()
    };
    let mut blocks: Vec<Block> = shown.secret.map(Block::Secret).into_iter().collect();
    blocks.extend([Block::Table(table), Block::Form(form)]);
    Ok(user.render(status, item_page::<Applications, _>(user, &item, "secrets", blocks)).await)
}

async fn create_secret(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (id, user) = (form.id("id"), &form.user);
    let path = format!("{}/secrets", api_path::<Applications>(&id));
    let made = user.api().send(Method::POST, &path, json!({"name": form.fields.get("name").trim()})).await;
    let (status, shown) = match made {
        Ok(made) => {
            let secret = ShownSecret {
                title: user.text("applications.secrets.made"),
                text: user.text("applications.secrets.made_text"),
                secret: text(&made, "value"),
            };
            (StatusCode::OK, Shown { secret: Some(secret), error: None })
        }
        Err(error) if [StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY].contains(&error.status()) => {
            let error = Some(error.message(super::page::language(user)));
            (StatusCode::UNPROCESSABLE_ENTITY, Shown { secret: None, error })
        }
        Err(error) => return Err(error),
    };
    render_secrets(user, &id, status, shown).await
}

async fn delete_secret(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (id, name) = (form.id("id"), form.fields.get("name"));
    form.user.api().delete(&format!("{}/secrets/{}", api_path::<Applications>(&id), encoded(name))).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("{}/secrets?done=deleted", address::<Applications>(&id))))
}

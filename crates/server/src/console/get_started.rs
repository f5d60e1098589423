//! Get started (inventory C007): an application from a guide, a look at the sign-in, and a colleague.

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Action, Block, Cell, CodeText, ConsolePage, Facts, Form, Row, ShownSecret, Table};

use super::api::encoded;
use super::entity::{shown_beside, text};
use super::fields::{self, FieldKind, FieldSpec, Filled, FormErrors};
use super::guides::{self, GUIDES, Guide, Own};
use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser, Right};
use crate::errors::ApiError;
use crate::routes::Routes;

const PATH: &str = "/console/get-started";
const ONE: &str = "/console/get-started/{id}";

const NEW: &[FieldSpec] = &[
    FieldSpec::required("name", FieldKind::Text),
    FieldSpec::new("oidcClientMetadata.redirectUris", FieldKind::Lines),
    FieldSpec::new("oidcClientMetadata.postLogoutRedirectUris", FieldKind::Lines),
];
/// Of an application that nobody signs in to.
const NEW_MACHINE: &[FieldSpec] = &[FieldSpec::required("name", FieldKind::Text)];

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, list).get(ONE, show).post(ONE, create)
}

fn specs(guide: &Guide) -> &'static [FieldSpec] {
    if guide.redirect_uri.is_empty() { NEW_MACHINE } else { NEW }
}

fn find(slug: &str) -> Result<&'static Guide, ApiError> {
    guides::find(slug).ok_or_else(ApiError::not_found)
}

async fn list(user: ConsoleUser<Manage>) -> Result<Response, ApiError> {
    let row = |guide: &Guide| Row {
        cells: vec![
            Cell::Link { text: guide.name.to_owned(), href: format!("{PATH}/{}", guide.slug), note: None },
            Cell::Text { text: user.text(&format!("applications.type_{}", guide.kind)) },
        ],
        actions: Vec::new(),
    };
    let guides = Table {
        title: Some(user.text("get-started.guides")),
        columns: ["framework", "type"].map(|name| user.text(&format!("get-started.column_{name}"))).to_vec(),
        rows: GUIDES.iter().map(row).collect(),
        ..Table::default()
    };
    let link = |key: &str, href: String| {
        let cell = Cell::Link { text: user.text(&format!("get-started.{key}")), href, note: None };
        (user.text(&format!("get-started.{key}_text")), cell)
    };
    let mut rows = vec![
        link("experience", "/console/sign-in-experience".to_owned()),
        link("preview", format!("{}/demo-app", user.app.tenants.endpoint("default"))),
    ];
    if user.may(Right::Own) {
        rows.push(link("invite", "/console/administrators".to_owned()));
    }
    let page = ConsolePage {
        title: user.text("navigation.get-started"),
        lead: Some(user.text("get-started.lead")),
        blocks: vec![Block::Table(guides), Block::Facts(Facts { title: Some(user.text("get-started.next")), rows })],
        ..ConsolePage::default()
    };
    Ok(user.render(StatusCode::OK, page).await)
}

/// What a guide is shown with.
#[derive(Default)]
struct Shown {
    /// An application that was made before.
    application: Option<Value>,
    /// Its secret, just after that.
    secret: Option<String>,
    form: Option<Form>,
}

fn page(user: &ConsoleUser<Manage>, guide: &Guide, shown: Shown) -> ConsolePage {
    let Shown { application, secret, form } = shown;
    let id = application.as_ref().map(|application| text(application, "id"));
    let registered = application.as_ref().and_then(|item| item.pointer("/oidcClientMetadata/redirectUris/0"));
    let (placeholder, hidden) = (user.text("get-started.app_id"), user.text("get-started.secret"));
    let own = Own {
        endpoint: user.app.tenants.endpoint("default"),
        issuer: user.app.tenants.issuer("default"),
        app_id: id.as_deref().unwrap_or(&placeholder),
        secret: &hidden,
        redirect_uri: registered.and_then(Value::as_str).unwrap_or(guide.redirect_uri),
    };
    let mut blocks: Vec<Block> = Vec::new();
    if let Some(secret) = secret {
        blocks.push(Block::Secret(ShownSecret {
            title: user.text("applications.secrets.made"),
            text: user.text("applications.secrets.made_text"),
            secret,
        }));
    }
    if let (Some(application), Some(id)) = (&application, &id) {
        let href = format!("/console/applications/{}", encoded(id));
        let rows = vec![
            (user.text("get-started.application"), Cell::Link { text: text(application, "name"), href, note: None }),
            (user.text("applications.endpoint.id"), Cell::Copy { text: id.clone() }),
            (user.text("applications.endpoint.issuer"), Cell::Copy { text: own.issuer.to_owned() }),
        ];
        blocks.push(Block::Facts(Facts { title: None, rows }));
    }
    blocks.extend(form.map(Block::Form));
    let step = |(number, step): (usize, guides::Step)| {
        let what = user.text(&format!("get-started.step_{}", step.kind));
        let file = if step.file.is_empty() { String::new() } else { format!(": {}", step.file) };
        Block::Code(CodeText { title: Some(format!("{}. {what}{file}", number + 1)), text: step.text })
    };
    blocks.extend(guide.steps(&own).into_iter().enumerate().map(step));
    ConsolePage {
        title: guide.name.to_owned(),
        lead: Some(user.text(&format!("get-started.about_{}", guide.kind))),
        back: Some(Action { title: user.text("navigation.get-started"), href: PATH.to_owned() }),
        blocks,
        ..ConsolePage::default()
    }
}

/// The form that makes the application of a guide.
fn form(user: &ConsoleUser<Manage>, guide: &Guide, filled: &Filled<'_>, errors: FormErrors) -> Form {
    Form {
        title: Some(user.text("get-started.make")),
        lead: Some(user.text("get-started.make_text")),
        action: format!("{PATH}/{}", guide.slug),
        fields: fields::shown(user, "applications", specs(guide), filled, &errors),
        submit: user.text("button.create"),
        error: errors.whole,
        ..Form::default()
    }
}

/// A guide, for the application that `?app=` names, or with a form that makes one.
async fn show(user: ConsoleUser<Manage>, Path(slug): Path<String>) -> Result<Response, ApiError> {
    let guide = find(&slug)?;
    let shown = match user.query("app") {
        Some(id) => {
            let application = user.api().get(&format!("/api/applications/{}", encoded(id))).await?;
            Shown { application: Some(application), ..Shown::default() }
        }
        None => {
            let uris = |uri: &'static str| if uri.is_empty() { Vec::new() } else { vec![uri] };
            let suggested = json!({
                "name": format!("{} {}", guide.name, user.text("get-started.sample")),
                "oidcClientMetadata": {
                    "redirectUris": uris(guide.redirect_uri), "postLogoutRedirectUris": uris(guide.home),
                },
            });
            let form = form(&user, guide, &Filled::Entity(&suggested), FormErrors::default());
            Shown { form: Some(form), ..Shown::default() }
        }
    };
    Ok(user.render(StatusCode::OK, page(&user, guide, shown)).await)
}

/// Makes the application and shows the guide with it, and its secret this once.
async fn create(form_sent: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let guide = find(&form_sent.id("id"))?;
    let (user, fields) = (&form_sent.user, &form_sent.fields);
    let specs = specs(guide);
    let made = match fields::body(user, specs, fields, None) {
        Ok(mut body) => {
            body["type"] = guide.kind.into();
            let sent = user.api().send(Method::POST, "/api/applications", body).await;
            sent.map_err(|error| shown_beside(user, error, specs))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match made {
        Ok(made) => {
            let secret = match guide.has_secret() {
                true => first_secret(user, &text(&made, "id")).await?,
                false => None,
            };
            let shown = Shown { application: Some(made), secret, form: None };
            Ok(user.render(StatusCode::CREATED, page(user, guide, shown)).await)
        }
        Err(errors) => {
            let form = form(user, guide, &Filled::Form(fields), errors?);
            let shown = Shown { form: Some(form), ..Shown::default() };
            Ok(user.render(StatusCode::UNPROCESSABLE_ENTITY, page(user, guide, shown)).await)
        }
    }
}

/// The secret that a new application has.
async fn first_secret(user: &ConsoleUser<Manage>, id: &str) -> Result<Option<String>, ApiError> {
    let secrets = user.api().list(&format!("/api/applications/{}/secrets", encoded(id))).await?.items;
    Ok(secrets.first().map(|secret| text(secret, "value")).filter(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_machines_have_no_redirect_uri() {
        for guide in &GUIDES {
            assert_eq!(specs(guide).len() == 1, guide.kind == "MachineToMachine", "{}", guide.slug);
        }
    }
}

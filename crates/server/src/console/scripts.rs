//! Scripts of the tenant (inventory C030 and C031, docs/scripts.md): what adds claims to tokens, and what takes part in sign-ins; each is
//! written, tried out, switched and deleted on a page of its own.

use std::future::Future;

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Action, Block, Cell, CodeText, ConsolePage, Dialog, Dialogs, Form, Row, Table, Tone};
use views::pages::Field;

use super::entity::shown_beside;
use super::fields::{self, FieldKind, FieldSpec, Filled, FormErrors};
use super::script_fields::{self, VARIABLES};
use super::{id_token_claims, meanwhile};
use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    routes_of::<CustomJwt>().merge(routes_of::<Actions>())
}

/// A script that a tenant may have.
pub(super) struct Script {
    /// In the address of its page, and in phrases.
    slug: &'static str,
    /// In the API.
    name: &'static str,
    /// What its editor begins with.
    starter: &'static str,
    /// What its other fields begin with: an object as JSON.
    samples: &'static str,
}

impl Script {
    fn filled_in(&self, stored: Option<&Value>) -> Value {
        script_fields::filled_in(self.starter, self.samples, stored)
    }
}

/// A kind of scripts.
pub(super) trait Scripts: Send + Sync + 'static {
    /// Their path below `/console`, and the name of their phrases.
    const NAME: &'static str;
    const API: &'static str;
    const ALL: &'static [Script];
    const SETTINGS: &'static [FieldSpec];

    /// The body of a run that changes nothing, of settings that were typed.
    fn run(script: &Script, settings: &Value) -> Value;

    /// What stands below their list.
    fn below(_user: &ConsoleUser<Manage>) -> impl Future<Output = Result<Option<Block>, ApiError>> + Send {
        async { Ok(None) }
    }
}

struct CustomJwt;

impl Scripts for CustomJwt {
    const NAME: &'static str = "custom-jwt";
    const API: &'static str = "/api/configs/jwt-customizer";
    const ALL: &'static [Script] = &[
        Script {
            slug: "access-token",
            name: "access-token",
            starter: include_str!("samples/access_token.js"),
            samples: include_str!("samples/access_token.json"),
        },
        Script {
            slug: "client-credentials",
            name: "client-credentials",
            starter: include_str!("samples/client_credentials.js"),
            samples: include_str!("samples/client_credentials.json"),
        },
    ];
    const SETTINGS: &'static [FieldSpec] = &[
        FieldSpec::required("script", FieldKind::Code),
        FieldSpec::new("blockIssuanceOnError", FieldKind::Check),
        FieldSpec::new("tokenSample", FieldKind::Object),
        FieldSpec::new("contextSample", FieldKind::Object),
    ];

    fn run(script: &Script, settings: &Value) -> Value {
        json!({
            "tokenType": script.name, "script": settings["script"], "token": settings["tokenSample"],
            "context": settings["contextSample"], VARIABLES: settings[VARIABLES],
        })
    }

    async fn below(user: &ConsoleUser<Manage>) -> Result<Option<Block>, ApiError> {
        id_token_claims::block(user).await.map(Some)
    }
}

struct Actions;

impl Scripts for Actions {
    const NAME: &'static str = "actions";
    const API: &'static str = "/api/configs/actions";
    const ALL: &'static [Script] = &[
        Script {
            slug: "post-sign-in",
            name: "action.postSignIn",
            starter: include_str!("samples/post_sign_in.js"),
            samples: include_str!("samples/post_sign_in.json"),
        },
        Script {
            slug: "post-first-factor-verification",
            name: "action.postFirstFactorVerification",
            starter: include_str!("samples/post_first_factor_verification.js"),
            samples: include_str!("samples/post_first_factor_verification.json"),
        },
    ];
    const SETTINGS: &'static [FieldSpec] = &[
        FieldSpec::required("script", FieldKind::Code),
        FieldSpec::new("enabled", FieldKind::Check),
        FieldSpec::required("onExecutionError", FieldKind::Choice(&["block", "allow"])),
        FieldSpec::new("contextSample", FieldKind::Object),
    ];

    fn run(script: &Script, settings: &Value) -> Value {
        json!({
            "actionType": script.name, "script": settings["script"], "event": settings["contextSample"],
            VARIABLES: settings[VARIABLES],
        })
    }
}

fn routes_of<S: Scripts>() -> Routes {
    let path = |rest: &str| format!("/console/{}{rest}", S::NAME);
    Routes::new()
        .get(&path(""), list::<S>)
        .get(&path("/{id}"), show::<S>)
        .post(&path("/{id}"), save::<S>)
        .post(&path("/{id}/test"), test::<S>)
        .post(&path("/{id}/delete"), delete::<S>)
}

fn find<S: Scripts>(slug: &str) -> Result<&'static Script, ApiError> {
    S::ALL.iter().find(|script| script.slug == slug).ok_or_else(ApiError::not_found)
}

fn api_path<S: Scripts>(script: &Script) -> String {
    format!("{}/{}", S::API, script.name)
}

fn address<S: Scripts>(script: &Script) -> String {
    format!("/console/{}/{}", S::NAME, script.slug)
}

/// The settings of a script, if there is one.
async fn stored<S: Scripts>(user: &ConsoleUser<Manage>, script: &Script) -> Result<Option<Value>, ApiError> {
    user.api().find(&api_path::<S>(script)).await
}

async fn list<S: Scripts>(user: ConsoleUser<Manage>) -> Result<Response, ApiError> {
    let below = S::below(&user).await?;
    render_list::<S>(&user, StatusCode::OK, below).await
}

/// The page of the scripts for claims, with the form for those of the ID token as it was sent.
pub(super) async fn render_claims(
    user: &ConsoleUser<Manage>,
    status: StatusCode,
    form: Block,
) -> Result<Response, ApiError> {
    render_list::<CustomJwt>(user, status, Some(form)).await
}

async fn render_list<S: Scripts>(
    user: &ConsoleUser<Manage>,
    status: StatusCode,
    below: Option<Block>,
) -> Result<Response, ApiError> {
    let mut rows = Vec::new();
    for script in S::ALL {
        let found = stored::<S>(user, script).await?;
        let is_on = |settings: &Value| settings.get("enabled").and_then(Value::as_bool).unwrap_or(true);
        let (status, tone) = match &found {
            Some(settings) if is_on(settings) => ("on", Tone::Good),
            Some(_) => ("off", Tone::Neutral),
            None => ("none", Tone::Neutral),
        };
        let title = user.text(&format!("{}.{}", S::NAME, script.slug));
        let note = Some(user.text(&format!("{}.{}_text", S::NAME, script.slug)));
        rows.push(Row {
            cells: vec![
                Cell::Link { text: title, href: address::<S>(script), note },
                Cell::Badge { text: user.text(&format!("scripts.{status}")), tone },
            ],
            actions: Vec::new(),
        });
    }
    let table = Table {
        columns: ["script", "status"].map(|name| user.text(&format!("scripts.column_{name}"))).to_vec(),
        rows,
        ..Table::default()
    };
    let page = ConsolePage {
        title: user.text(&format!("navigation.{}", S::NAME)),
        lead: Some(user.text(&format!("{}.lead", S::NAME))),
        blocks: [Block::Table(table)].into_iter().chain(below).collect(),
        ..ConsolePage::default()
    };
    Ok(user.render(status, page).await)
}

/// What a page shows of a script beside what is stored.
#[derive(Default)]
struct Shown<'a> {
    typed: Option<&'a FormFields>,
    errors: FormErrors,
    /// What a run said.
    result: Option<Block>,
}

fn page<S: Scripts>(
    user: &ConsoleUser<Manage>,
    script: &Script,
    stored: Option<&Value>,
    shown: Shown<'_>,
) -> ConsolePage {
    let own = address::<S>(script);
    let settings = script.filled_in(stored);
    let filled = shown.typed.map_or(Filled::Entity(&settings), Filled::Form);
    let mut fields = fields::shown(user, S::NAME, S::SETTINGS, &filled, &shown.errors);
    let variables = Field {
        name: VARIABLES.to_owned(),
        label: user.text("scripts.variables"),
        kind: "textarea",
        value: match shown.typed {
            Some(typed) => typed.get(VARIABLES).to_owned(),
            None => script_fields::shown(&settings[VARIABLES]),
        },
        hint: Some(user.text("scripts.variables_hint")),
        error: shown.errors.of_field(VARIABLES),
        ..Field::default()
    };
    fields.insert(fields.len().min(1), variables);
    let title = user.text(&format!("{}.{}", S::NAME, script.slug));
    let form = Form {
        action: own.clone(),
        fields,
        hidden: vec![meanwhile::hidden(user, &settings, &script_fields::sent(S::SETTINGS))],
        submit: user.text("button.save"),
        second: Some(Action { title: user.text("scripts.test"), href: format!("{own}/test") }),
        error: shown.errors.whole,
        is_guarded: true,
        is_changed: shown.typed.is_some(),
        ..Form::default()
    };
    let deletion = || Dialog {
        id: "delete".to_owned(),
        button: user.text("button.delete"),
        title: user.text_with("dialog.delete", &[("name", &title)]),
        text: user.text(&format!("{}.delete", S::NAME)),
        action: format!("{own}/delete"),
        confirm: Some(script.slug.to_owned()),
        is_danger: true,
        ..Dialog::default()
    };
    let mut blocks: Vec<Block> = shown.result.into_iter().collect();
    blocks.push(Block::Form(form));
    if stored.is_some() {
        blocks.push(Block::Dialogs(Dialogs { title: user.text("dialog.danger"), items: vec![deletion()] }));
    }
    ConsolePage {
        title,
        lead: Some(user.text(&format!("{}.{}_text", S::NAME, script.slug))),
        back: Some(Action {
            title: user.text(&format!("navigation.{}", S::NAME)),
            href: format!("/console/{}", S::NAME),
        }),
        blocks,
        ..ConsolePage::default()
    }
}

async fn show<S: Scripts>(user: ConsoleUser<Manage>, Path(slug): Path<String>) -> Result<Response, ApiError> {
    let script = find::<S>(&slug)?;
    let stored = stored::<S>(&user, script).await?;
    let page = page::<S>(&user, script, stored.as_ref(), Shown::default());
    Ok(user.render(StatusCode::OK, page).await)
}

/// The settings that were typed, as the API takes them.
fn settings<S: Scripts>(
    user: &ConsoleUser<Manage>,
    fields: &FormFields,
    stored: Option<&Value>,
) -> Result<Value, FormErrors> {
    let mut body = fields::body(user, S::SETTINGS, fields, None)?;
    let known = stored.and_then(|stored| stored.get(VARIABLES)).unwrap_or(&Value::Null);
    match script_fields::typed(fields.get(VARIABLES), known) {
        Some(variables) => body[VARIABLES] = variables.into(),
        None => return Err(FormErrors::of_one(VARIABLES, user.text("scripts.variables_wrong"))),
    }
    Ok(body)
}

/// The form that answers is made of what is stored now: so a run asks, too, whether it is what was shown.
fn unchanged<S: Scripts>(
    user: &ConsoleUser<Manage>,
    script: &Script,
    stored: Option<&Value>,
    fields: &FormFields,
) -> Result<(), FormErrors> {
    meanwhile::check(user, &script.filled_in(stored), &script_fields::sent(S::SETTINGS), fields)
}

async fn save<S: Scripts>(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let script = find::<S>(&form.id("id"))?;
    let (user, fields) = (&form.user, &form.fields);
    let stored = stored::<S>(user, script).await?;
    let is_same = unchanged::<S>(user, script, stored.as_ref(), fields);
    let saved = match is_same.and_then(|()| settings::<S>(user, fields, stored.as_ref())) {
        Ok(body) => {
            let sent = user.api().send(Method::PUT, &api_path::<S>(script), body).await;
            sent.map_err(|error| shown_beside(user, error, S::SETTINGS))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match saved {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=saved", address::<S>(script)))),
        Err(errors) => {
            let shown = Shown { typed: Some(fields), errors: errors?, result: None };
            let page = page::<S>(user, script, stored.as_ref(), shown);
            Ok(user.render(StatusCode::UNPROCESSABLE_ENTITY, page).await)
        }
    }
}

/// Runs what was typed, with the samples. Nothing is stored.
async fn test<S: Scripts>(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let script = find::<S>(&form.id("id"))?;
    let (user, fields) = (&form.user, &form.fields);
    let stored = stored::<S>(user, script).await?;
    let mut shown = Shown { typed: Some(fields), ..Shown::default() };
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let is_same = unchanged::<S>(user, script, stored.as_ref(), fields);
    match is_same.and_then(|()| settings::<S>(user, fields, stored.as_ref())) {
        Ok(settings) => {
            let body = S::run(script, &settings);
            match user.api().send(Method::POST, &format!("{}/test", S::API), body).await {
                Ok(result) => {
                    status = StatusCode::OK;
                    shown.result = Some(result_block(user, &result));
                }
                Err(error) => shown.result = Some(script_fields::failure_block(user, error)?),
            }
        }
        Err(errors) => shown.errors = errors,
    }
    let page = page::<S>(user, script, stored.as_ref(), shown);
    Ok(user.render(status, page).await)
}

fn result_block(user: &ConsoleUser<Manage>, result: &Value) -> Block {
    let text = match result {
        Value::Null => "undefined".to_owned(),
        result => serde_json::to_string_pretty(result).unwrap_or_default(),
    };
    Block::Code(CodeText { title: Some(user.text("scripts.result")), text })
}

async fn delete<S: Scripts>(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (script, user) = (find::<S>(&form.id("id"))?, &form.user);
    if form.fields.get("confirm").trim() != script.slug {
        let stored = stored::<S>(user, script).await?;
        let errors = FormErrors::of_whole(user.text("dialog.mismatch"));
        let page = page::<S>(user, script, stored.as_ref(), Shown { errors, ..Shown::default() });
        return Ok(user.render(StatusCode::UNPROCESSABLE_ENTITY, page).await);
    }
    user.api().delete(&api_path::<S>(script)).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("/console/{}?done=deleted", S::NAME)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::entity::text;

    #[test]
    fn a_new_script_begins_with_samples_and_a_stored_one_with_its_own() {
        for script in CustomJwt::ALL.iter().chain(Actions::ALL) {
            let new = script.filled_in(None);
            assert!(new["contextSample"].is_object() && !text(&new, "script").is_empty(), "{}", script.slug);
            let stored = json!({"script": "x", "enabled": false});
            let old = script.filled_in(Some(&stored));
            assert_eq!((&old["script"], &old["enabled"]), (&json!("x"), &json!(false)));
        }
    }
}

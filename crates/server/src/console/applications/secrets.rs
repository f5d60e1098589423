//! The secrets of an application, which can be renamed.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::Dialog;
use views::pages::Field;

use super::Applications;
use crate::callers::console::Manage;
use crate::callers::{ConsoleForm, ConsoleUser};
use crate::console::api::{Api, encoded};
use crate::console::entity::{shown_beside, text};
use crate::console::fields::SecretForm;
use crate::console::named_secrets::{self, NamedSecrets, tab_address};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

/// The new name of a secret: with its place in the list, because each row has a field for it.
const NEW_NAME: &str = "new_name.";

pub(super) fn routes() -> Routes {
    named_secrets::routes::<Secrets>().post("/console/applications/{id}/secrets/rename", rename)
}

fn secret_path(id: &str, name: &str) -> String {
    format!("{}/{}", named_secrets::secrets_path::<Secrets>(id), encoded(name))
}

struct Secrets;

impl NamedSecrets for Secrets {
    type Of = Applications;
    const TAB: &'static str = "secrets";
    const API: &'static str = "secrets";

    fn actions(user: &ConsoleUser<Manage>, id: &str, number: usize, secret: &Value) -> Vec<Dialog> {
        let name = text(secret, "name");
        vec![Dialog {
            id: format!("rename-{number}"),
            button: user.text("applications.secrets.rename"),
            title: user.text_with("applications.secrets.rename_title", &[("name", &name)]),
            text: user.text("applications.secrets.rename_text"),
            action: format!("{}/rename", tab_address::<Self>(id)),
            fields: vec![Field {
                name: format!("{NEW_NAME}{number}"),
                label: user.text("applications.secrets.new_name"),
                kind: "text",
                value: name.clone(),
                autocomplete: "off",
                required: true,
                limits: vec![("maxlength", "256".to_owned())],
                ..Field::default()
            }],
            hidden: vec![("name".to_owned(), name)],
            ..Dialog::default()
        }]
    }

    async fn remove(api: &Api, id: &str, name: &str) -> Result<(), ApiError> {
        api.delete(&secret_path(id, name)).await
    }
}

async fn rename(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let (user, fields) = (&form.user, &form.fields);
    let typed = fields.with_prefix(NEW_NAME).into_iter().next().map(|(_, name)| name).unwrap_or_default();
    let body = json!({"name": typed.trim()});
    match user.api().send(Method::PATCH, &secret_path(&id, fields.get("name")), body).await {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=saved", tab_address::<Secrets>(&id)))),
        Err(error) => {
            let shown = SecretForm { errors: shown_beside(user, error, &[])?, ..SecretForm::default() };
            named_secrets::render::<Secrets>(user, &id, StatusCode::UNPROCESSABLE_ENTITY, shown).await
        }
    }
}

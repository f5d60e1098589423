//! The personal access tokens of a person (inventory C026).

use axum::http::Method;
use serde_json::json;

use super::api::Api;
use super::named_secrets::{self, NamedSecrets};
use super::users::Users;
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    named_secrets::routes::<UserTokens>()
}

struct UserTokens;

impl NamedSecrets for UserTokens {
    type Of = Users;
    const TAB: &'static str = "tokens";
    const API: &'static str = "personal-access-tokens";

    async fn remove(api: &Api, id: &str, name: &str) -> Result<(), ApiError> {
        // With the name in the body: in an address `delete` would be the name of this route.
        let path = format!("{}/delete", named_secrets::secrets_path::<Self>(id));
        api.send(Method::POST, &path, json!({"name": name})).await.map(drop)
    }
}

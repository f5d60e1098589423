//! A checked authorization request, as it is stored with the interaction.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::prompt::Prompts;
use super::response::ResponseMode;
use crate::scope::ScopeSet;
use crate::{Client, OAuthError, Params};

/// What the checks need to know about the tenant and the client.
pub struct AuthorizationContext<'a> {
    pub client: &'a Client,
    /// User scopes enabled for a third-party client.
    pub enabled_user_scopes: &'a ScopeSet,
    /// Whether the tenant has a resource with this indicator.
    pub knows_resource: &'a dyn Fn(&str) -> bool,
    /// The tenant's default resource.
    pub default_resource: Option<&'a str>,
    /// The result of verifying `id_token_hint`.
    pub id_token_hint: IdTokenHint,
}

/// `id_token_hint` after its signature was checked; its expiry does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdTokenHint {
    Absent,
    Invalid,
    Subject(String),
}

/// The request after all checks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    pub client_id: String,
    pub redirect_uri: String,
    pub response_mode: ResponseMode,
    /// As requested, without `offline_access` where it does not count.
    pub scope: ScopeSet,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub prompts: Prompts,
    /// Seconds.
    pub max_age: Option<i64>,
    pub code_challenge: Option<String>,
    pub resources: Vec<String>,
    /// Subject of a valid `id_token_hint`.
    pub hinted_subject: Option<String>,
    /// Every parameter as it came, for the pages and the audit log.
    pub params: Map<String, Value>,
}

impl AuthorizationRequest {
    pub(super) fn new(params: &Params, redirect_uri: String, client_id: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            redirect_uri,
            response_mode: ResponseMode::Query,
            scope: params.list("scope").into_iter().collect(),
            state: params.get("state").map(str::to_owned),
            nonce: params.get("nonce").map(str::to_owned),
            prompts: Prompts::default(),
            max_age: None,
            code_challenge: None,
            resources: Vec::new(),
            hinted_subject: None,
            params: params.to_json(),
        }
    }

    /// A parameter that is a single text.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name)?.as_str().filter(|value| !value.is_empty())
    }
}

pub(super) fn check_hint(
    _params: &Params,
    context: &AuthorizationContext<'_>,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    match &context.id_token_hint {
        IdTokenHint::Absent => {}
        IdTokenHint::Invalid => return Err(OAuthError::invalid_request("could not validate id_token_hint")),
        IdTokenHint::Subject(subject) => request.hinted_subject = Some(subject.clone()),
    }
    Ok(())
}

//! A checked authorization request, as it is stored with the interaction.

use kernel::Assurance;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::prompt::Prompts;
use super::response::ResponseMode;
use crate::acr::AcrRequest;
use crate::claims_request::ClaimsRequest;
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
    /// What the sign-in shall prove, for applications that may ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<AcrRequest>,
    /// Single claims, for applications that may ask for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<ClaimsRequest>,
    /// The users that the client takes; empty for anybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    pub code_challenge: Option<String>,
    /// The thumbprint of the key that the code is bound to (RFC 9449 section 10).
    #[serde(default)]
    pub dpop_jkt: Option<String>,
    pub resources: Vec<String>,
    /// The digest of the handle under which it was pushed (RFC 9126), which is of no use once a code was given out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_as: Option<String>,
    /// Whether it came as a signed JWT (RFC 9101).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_signed: bool,
    /// Subject of a valid `id_token_hint`.
    pub hinted_subject: Option<String>,
    /// The known parameters as they came, for the pages and the audit log: see [`AuthorizationRequest::parameters`].
    pub params: Map<String, Value>,
}

/// No scope has a longer name in bytes; unknown ones are ignored.
const MAX_SCOPE_NAME: usize = 256;
/// The parameters that are kept with a request, beside `state` and `nonce`. Whatever else a client sends is forgotten.
pub(super) const KEPT: [&str; 23] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "prompt",
    "max_age",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "resource",
    "acr_values",
    "claims",
    "display",
    "login_hint",
    "ui_locales",
    "organization_id",
    "first_screen",
    "interaction_mode",
    "direct_sign_in",
    "identifier",
    "one_time_token",
    "google_one_tap_credential",
];
/// Their names and values in bytes; parameters beyond it are forgotten.
const MAX_KEPT: usize = 6 * 1024;

fn kept(params: &Params) -> Map<String, Value> {
    let mut left = MAX_KEPT;
    let mut fits = |name: &str, value: &Value| {
        let size = name.len() + value.to_string().len();
        let fits = size <= left;
        left -= if fits { size } else { 0 };
        fits
    };
    params.to_json().into_iter().filter(|(name, value)| KEPT.contains(&name.as_str()) && fits(name, value)).collect()
}

impl AuthorizationRequest {
    pub(super) fn new(params: &Params, redirect_uri: String, client_id: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            redirect_uri,
            response_mode: ResponseMode::Query,
            scope: params.list("scope").into_iter().filter(|name| name.len() <= MAX_SCOPE_NAME).collect(),
            state: params.get("state").map(str::to_owned),
            nonce: params.get("nonce").map(str::to_owned),
            prompts: Prompts::default(),
            max_age: None,
            acr: None,
            claims: None,
            subjects: Vec::new(),
            code_challenge: None,
            dpop_jkt: None,
            resources: Vec::new(),
            pushed_as: None,
            is_signed: false,
            hinted_subject: None,
            params: kept(params),
        }
    }

    /// The kept parameters with `state` and `nonce`: enough to make the same request again.
    pub fn parameters(&self) -> Map<String, Value> {
        let mut out = self.params.clone();
        for (name, value) in [("state", &self.state), ("nonce", &self.nonce)] {
            out.extend(value.as_ref().map(|value| (name.to_owned(), value.clone().into())));
        }
        out
    }

    /// The scopes that the user is asked for: also those that carry a single claim.
    pub fn scope_to_grant(&self) -> ScopeSet {
        let mut scope = self.scope.clone();
        if let Some(claims) = &self.claims {
            scope.extend(claims.scopes().iter());
        }
        scope
    }

    /// Leaves out what the client may not have now.
    pub fn limit(&mut self, permitted: impl Fn(&ScopeSet) -> ScopeSet) {
        self.scope = permitted(&self.scope);
        self.claims = self.claims.take().map(|claims| claims.within(&permitted(&claims.scopes())));
    }

    /// The least that the client wants a sign-in to prove.
    pub fn demanded_assurance(&self) -> Option<Assurance> {
        self.acr.as_ref()?.least()
    }

    /// Whether a browser can make the same request again.
    pub fn is_repeatable(&self) -> bool {
        self.pushed_as.is_none() && !self.is_signed
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

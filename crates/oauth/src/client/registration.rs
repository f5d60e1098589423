//! Metadata of clients that register themselves (RFC 7591 section 2, OpenID Connect Dynamic Client Registration 1.0 section 2).

use jose::Algorithm;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

use super::{ApplicationType, AuthenticationMethod, CustomClientMetadata, OidcClientMetadata};
use crate::OAuthError;

/// Methods with a secret in the header or in the form: each client may use both.
const SECRET_METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];
const ASSERTION_METHODS: [&str; 2] = ["client_secret_jwt", "private_key_jwt"];
const GRANT_TYPES: [&str; 2] = ["authorization_code", "refresh_token"];
/// The longest name, in characters.
const MAX_NAME: usize = 256;

/// What would change how safe a client is, and does not work here. Whatever else is unknown is ignored, as RFC 7591 says.
const UNSUPPORTED: [&str; 16] = [
    "authorization_signed_response_alg",
    "default_max_age",
    "introspection_signed_response_alg",
    "require_auth_time",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "introspection_encrypted_response_alg",
    "request_object_encryption_alg",
    "sector_identifier_uri",
    "software_statement",
    "tls_client_auth_san_dns",
    "tls_client_auth_subject_dn",
    "tls_client_certificate_bound_access_tokens",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "authorization_encrypted_response_alg",
];

/// Members for the algorithms that a client signs with. Its keys say them, so here they only must not say what no key can do.
const SIGNS_WITH: [&str; 3] = ["dpop_signing_alg", "request_object_signing_alg", "token_endpoint_auth_signing_alg"];

/// Settings of applications with the names that clients know.
const NAMES: [(&str, &str); 13] = [
    ("name", "client_name"),
    ("redirectUris", "redirect_uris"),
    ("postLogoutRedirectUris", "post_logout_redirect_uris"),
    ("backchannelLogoutUri", "backchannel_logout_uri"),
    ("backchannelLogoutSessionRequired", "backchannel_logout_session_required"),
    ("tokenEndpointAuthMethod", "token_endpoint_auth_method"),
    ("jwks", "jwks"),
    ("jwksUri", "jwks_uri"),
    ("idTokenSignedResponseAlg", "id_token_signed_response_alg"),
    ("userinfoSignedResponseAlg", "userinfo_signed_response_alg"),
    ("dpopBoundAccessTokens", "dpop_bound_access_tokens"),
    ("requirePushedAuthorizationRequests", "require_pushed_authorization_requests"),
    ("requireSignedRequestObject", "require_signed_request_object"),
];

/// The name that clients know a setting of an application by.
pub fn member_of(setting: &str) -> &str {
    NAMES.iter().find(|(known, _)| *known == setting).map_or(setting, |(_, member)| member)
}

/// What a client says of itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ClientMetadata {
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    application_type: Option<String>,
    client_name: Option<String>,
    scope: Option<String>,
    jwks: Option<Map<String, Value>>,
    jwks_uri: Option<String>,
    post_logout_redirect_uris: Vec<String>,
    backchannel_logout_uri: Option<String>,
    backchannel_logout_session_required: Option<bool>,
    id_token_signed_response_alg: Option<String>,
    userinfo_signed_response_alg: Option<String>,
    dpop_bound_access_tokens: Option<bool>,
    require_pushed_authorization_requests: Option<bool>,
    require_signed_request_object: Option<bool>,
    subject_type: Option<String>,
    /// At an update (RFC 7592 section 2.2).
    pub client_id: Option<String>,
    /// At an update.
    pub client_secret: Option<String>,
}

impl ClientMetadata {
    /// Reads the body of a request. What the server can't do is refused; the rules of addresses and keys are those of all
    /// applications, and are checked with them.
    ///
    /// # Errors
    /// `invalid_client_metadata`, `invalid_redirect_uri`.
    pub fn parse(mut body: Map<String, Value>) -> Result<Self, OAuthError> {
        body.retain(|_, value| !value.is_null());
        let wanted = |name: &&&str| body.get(**name).is_some_and(|value| *value != Value::Bool(false));
        if let Some(name) = UNSUPPORTED.iter().find(wanted) {
            return refused(format!("{name} is not supported"));
        }
        let is_unknown = |name: &&&str| {
            body.get(**name).is_some_and(|value| value.as_str().is_none_or(|alg| alg.parse::<Algorithm>().is_err()))
        };
        if let Some(name) = SIGNS_WITH.iter().find(is_unknown) {
            return refused(format!("{name} is not one that discovery names"));
        }
        let metadata: Self = serde_json::from_value(Value::Object(body))
            .or_else(|error| refused(format!("a member is wrong: {error}")))?;
        metadata.check()?;
        Ok(metadata)
    }

    fn check(&self) -> Result<(), OAuthError> {
        if self.redirect_uris.is_empty() {
            return Err(OAuthError::invalid_redirect_metadata("redirect_uris must name at least one address"));
        }
        // An administrator may use patterns; a client means its own addresses.
        if self.redirect_uris.iter().chain(&self.post_logout_redirect_uris).any(|uri| uri.contains('*')) {
            return Err(OAuthError::invalid_redirect_metadata("addresses must not have wildcards"));
        }
        let grants = self.grant_types.as_deref().unwrap_or_default();
        if let Some(grant) = grants.iter().find(|grant| !GRANT_TYPES.contains(&grant.as_str())) {
            return refused(format!("the grant type {grant:?} can't be registered"));
        }
        let has_code =
            self.grant_types.as_deref().is_none_or(|grants| grants.iter().any(|grant| grant == GRANT_TYPES[0]));
        if !has_code {
            return refused("grant_types must have authorization_code".to_owned());
        }
        if self.response_types.as_ref().is_some_and(|types| *types != ["code"]) {
            return refused("response_types must be code alone".to_owned());
        }
        if self.subject_type.as_deref().is_some_and(|kind| kind != "public") {
            return refused("subject_type must be public".to_owned());
        }
        if self.application_type.as_deref().is_some_and(|kind| kind != "web" && kind != "native") {
            return refused("application_type must be web or native".to_owned());
        }
        let known =
            |method: &str| method == "none" || SECRET_METHODS.contains(&method) || ASSERTION_METHODS.contains(&method);
        if self.token_endpoint_auth_method.as_deref().is_some_and(|method| !known(method)) {
            return refused("token_endpoint_auth_method is not one that clients may register".to_owned());
        }
        if self.client_name.as_deref().is_some_and(|name| !is_name(name)) {
            return refused(format!("client_name must have 1 to {MAX_NAME} characters that people see"));
        }
        Ok(())
    }

    /// The type of the application.
    pub fn application_type(&self) -> ApplicationType {
        match (self.token_endpoint_auth_method.as_deref(), self.application_type.as_deref()) {
            (Some("none"), Some("native")) => ApplicationType::Native,
            (Some("none"), _) => ApplicationType::Spa,
            _ => ApplicationType::Traditional,
        }
    }

    /// The name that people see: without one, where the client lives.
    pub fn name(&self) -> String {
        let host = || {
            let first = Url::parse(self.redirect_uris.first()?).ok()?;
            first.host_str().map(str::to_owned)
        };
        self.client_name
            .as_deref()
            .map(|name| name.trim().to_owned())
            .or_else(host)
            .unwrap_or_else(|| "Registered client".to_owned())
    }

    /// `oidcClientMetadata` of the application. What an administrator set beside it stays.
    pub fn oidc_settings(&self, known: &OidcClientMetadata) -> Value {
        over(
            known,
            json!({
                "redirectUris": self.redirect_uris,
                "postLogoutRedirectUris": self.post_logout_redirect_uris,
                "backchannelLogoutUri": self.backchannel_logout_uri,
                "backchannelLogoutSessionRequired": self.backchannel_logout_session_required,
            }),
        )
    }

    /// `customClientMetadata` of the application. What an administrator set beside it stays, and so does each restriction: who holds a
    /// registration access token lifts none.
    ///
    /// # Errors
    /// `invalid_client_metadata` for a weaker way of proof than the client has now.
    pub fn custom_settings(&self, known: &CustomClientMetadata) -> Result<Value, OAuthError> {
        let method = self.token_endpoint_auth_method.as_deref();
        let method = method.filter(|method| ASSERTION_METHODS.contains(method));
        // They are named in the order of their strength.
        let rank = |method: Option<&str>| ASSERTION_METHODS.iter().position(|known| Some(*known) == method);
        let before = known.token_endpoint_auth_method.map(|method| match method {
            AuthenticationMethod::ClientSecretJwt => 0,
            AuthenticationMethod::PrivateKeyJwt => 1,
            // What an administrator set, and no client can.
            AuthenticationMethod::TlsClientAuth | AuthenticationMethod::SelfSignedTlsClientAuth => 2,
        });
        if rank(method) < before {
            return refused("token_endpoint_auth_method can't become weaker: register another client".to_owned());
        }
        let kept = |wanted: Option<bool>, known: Option<bool>| if known == Some(true) { known } else { wanted };
        Ok(over(
            known,
            json!({
                "tokenEndpointAuthMethod": method,
                "jwks": self.jwks,
                "jwksUri": self.jwks_uri,
                "idTokenSignedResponseAlg": self.id_token_signed_response_alg,
                "userinfoSignedResponseAlg": self.userinfo_signed_response_alg,
                "dpopBoundAccessTokens": kept(self.dpop_bound_access_tokens, known.dpop_bound_access_tokens),
                "requirePushedAuthorizationRequests":
                    kept(self.require_pushed_authorization_requests, known.require_pushed_authorization_requests),
                "requireSignedRequestObject": kept(self.require_signed_request_object, known.require_signed_request_object),
            }),
        ))
    }

    /// Whether the client would be another one to people: by its name, or by where they are sent.
    pub fn shows_another(&self, name: &str, oidc: &OidcClientMetadata) -> bool {
        let origin =
            |uri: &String| Url::parse(uri).ok().map(|url| (url.scheme().to_owned(), url.host_str().map(str::to_owned)));
        let known: Vec<_> = oidc.redirect_uris.iter().map(origin).collect();
        self.name() != name || self.redirect_uris.iter().any(|uri| !known.contains(&origin(uri)))
    }

    /// Of the scopes that an administrator allows, those that the client wants: all, unless it names some.
    pub fn user_scopes(&self, allowed: &[String]) -> Vec<String> {
        let Some(wanted) = &self.scope else { return allowed.to_vec() };
        let wanted: Vec<&str> = wanted.split(' ').collect();
        allowed.iter().filter(|scope| wanted.contains(&scope.as_str())).cloned().collect()
    }
}

/// What is registered (RFC 7591 section 3.2.1), without credentials.
pub fn describe(
    kind: ApplicationType,
    name: &str,
    oidc: &OidcClientMetadata,
    custom: &CustomClientMetadata,
    user_scopes: &[String],
) -> Map<String, Value> {
    let method = match (kind.is_confidential(), &custom.token_endpoint_auth_method) {
        (false, _) => json!("none"),
        (true, None) => json!(SECRET_METHODS[0]),
        (true, Some(method)) => json!(method),
    };
    let scopes: Vec<&str> =
        ["openid", "offline_access"].into_iter().chain(user_scopes.iter().map(String::as_str)).collect();
    let members = json!({
        "client_name": name,
        "application_type": if kind == ApplicationType::Native { "native" } else { "web" },
        "redirect_uris": oidc.redirect_uris,
        "post_logout_redirect_uris": oidc.post_logout_redirect_uris,
        "backchannel_logout_uri": oidc.logout_receiver(),
        "backchannel_logout_session_required": oidc.backchannel_logout_session_required,
        "grant_types": GRANT_TYPES,
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
        "jwks": custom.jwks,
        "jwks_uri": custom.jwks_uri,
        "id_token_signed_response_alg": custom.id_token_signed_response_alg,
        "userinfo_signed_response_alg": custom.userinfo_signed_response_alg,
        "dpop_bound_access_tokens": custom.dpop_bound_access_tokens,
        "require_pushed_authorization_requests": custom.require_pushed_authorization_requests,
        "require_signed_request_object": custom.require_signed_request_object,
        "subject_type": "public",
        "scope": scopes.join(" "),
    });
    match without_nulls(members) {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Whether people see a name, and see all of it.
pub(super) fn is_name(name: &str) -> bool {
    let length = name.trim().chars().count();
    (1..=MAX_NAME).contains(&length) && !name.contains(|c: char| c.is_control() || kernel::text::is_invisible(c))
}

/// `changes` over the stored settings; null removes one.
fn over<T: Serialize>(known: &T, changes: Value) -> Value {
    let mut settings = json!(known);
    if let (Some(settings), Value::Object(changes)) = (settings.as_object_mut(), changes) {
        settings.extend(changes);
    }
    without_nulls(settings)
}

fn without_nulls(mut object: Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    object
}

fn refused<T>(description: String) -> Result<T, OAuthError> {
    Err(OAuthError::invalid_client_metadata(description))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(changes: Value) -> Result<ClientMetadata, OAuthError> {
        let mut body = json!({"redirect_uris": ["https://app.example.com/callback"]});
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        ClientMetadata::parse(body.as_object().unwrap().clone())
    }

    #[test]
    fn the_method_and_the_kind_say_which_type_it_is() {
        let kind = |changes: Value| parse(changes).unwrap().application_type();
        assert_eq!(kind(json!({})), ApplicationType::Traditional);
        assert_eq!(kind(json!({"token_endpoint_auth_method": "private_key_jwt"})), ApplicationType::Traditional);
        assert_eq!(kind(json!({"token_endpoint_auth_method": "none"})), ApplicationType::Spa);
        let native = json!({"token_endpoint_auth_method": "none", "application_type": "native"});
        assert_eq!(kind(native), ApplicationType::Native);
    }

    #[test]
    fn unknown_members_are_ignored_and_what_can_not_be_kept_is_refused() {
        for good in [
            json!({"tos_uri": "https://x", "contacts": ["a"], "logo_uri": null}),
            json!({"require_signed_request_object": true, "software_statement": null}),
            json!({"token_endpoint_auth_signing_alg": "ES256", "require_auth_time": false}),
            json!({"grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"]}),
        ] {
            assert!(parse(good.clone()).is_ok(), "{good}");
        }
        for bad in [
            json!({"software_statement": "e30.e30.x"}),
            json!({"id_token_encrypted_response_alg": "RSA-OAEP"}),
            json!({"tls_client_certificate_bound_access_tokens": true}),
            json!({"grant_types": ["client_credentials"]}),
            json!({"grant_types": ["refresh_token"]}),
            json!({"grant_types": "authorization_code"}),
            json!({"response_types": ["code", "token"]}),
            json!({"response_types": []}),
            json!({"subject_type": "pairwise"}),
            json!({"application_type": "service"}),
            json!({"token_endpoint_auth_method": "tls_client_auth"}),
            json!({"client_name": ""}),
            json!({"client_name": "  "}),
            json!({"client_name": "Loggia\u{200b}"}),
            json!({"client_name": "\u{feff}"}),
            json!({"client_name": "\u{2800}"}),
            json!({"client_name": "Par\u{200f}tner"}),
            json!({"require_auth_time": true}),
            json!({"request_object_signing_alg": "none"}),
            json!({"client_name": "x".repeat(257)}),
            json!({"client_name": 7}),
        ] {
            assert_eq!(parse(bad.clone()).unwrap_err().error, "invalid_client_metadata", "{bad}");
        }
        for bad in [json!({"redirect_uris": []}), json!({"redirect_uris": ["https://*.example.com/callback"]})] {
            assert_eq!(parse(bad.clone()).unwrap_err().error, "invalid_redirect_uri", "{bad}");
        }
    }

    #[test]
    fn scopes_are_those_that_are_wanted_and_allowed() {
        let allowed = ["profile".to_owned(), "email".to_owned()];
        assert_eq!(parse(json!({})).unwrap().user_scopes(&allowed), allowed);
        let asking = parse(json!({"scope": "openid email phone"})).unwrap();
        assert_eq!(asking.user_scopes(&allowed), ["email"]);
        assert!(parse(json!({"scope": "openid"})).unwrap().user_scopes(&allowed).is_empty());
    }

    #[test]
    fn a_client_without_a_name_has_that_of_its_host() {
        assert_eq!(parse(json!({})).unwrap().name(), "app.example.com");
        assert_eq!(parse(json!({"client_name": "Harbour"})).unwrap().name(), "Harbour");
        assert_eq!(parse(json!({"redirect_uris": ["com.example.app:/x"]})).unwrap().name(), "Registered client");
    }
}

//! Clients that publish what they say of themselves at an address, which is their `client_id`
//! (draft-ietf-oauth-client-id-metadata-document; inventory O123–O127). Nobody registered them, so whoever may write at the address is
//! the client, and people are shown its host.

use jose::JwkSet;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::registration::is_name;
use super::{ApplicationType, AuthenticationMethod, Client, CustomClientMetadata, OidcClientMetadata};
use crate::redirect::registration as redirect_uri;

/// The longest address, in bytes.
pub const MAX_ID_BYTES: usize = 2048;
/// The largest document, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 5 * 1024;

/// Settings that an administrator gives an application: no client gives them to itself.
const PRIVATE: [&str; 13] = [
    "alwaysIssueRefreshToken",
    "allowTokenExchange",
    "appLevelAccessControlEnabled",
    "corsAllowedOrigins",
    "idTokenTtl",
    "isDeviceFlow",
    "isThirdParty",
    "maxAllowedGrants",
    "refreshTokenTtl",
    "refreshTokenTtlInDays",
    "rotateRefreshToken",
    "tenantId",
    "customClientMetadata",
];
/// Everybody can read the document.
const SECRETS: [&str; 2] = ["client_secret", "client_secret_expires_at"];
/// Members of a private or symmetric key (RFC 7518 section 6).
const PRIVATE_KEY_MEMBERS: [&str; 2] = ["d", "k"];

/// Whether a `client_id` is meant as the address of a document: no application has such an id.
pub fn is_address(client_id: &str) -> bool {
    client_id.starts_with("https://")
}

/// Why an address, or what is there, is no client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidDocument(String);

fn refused<T>(reason: impl Into<String>) -> Result<T, InvalidDocument> {
    Err(InvalidDocument(reason.into()))
}

/// The address of a document, in the one spelling that counts: ids compare byte for byte.
///
/// # Errors
/// No https address with a path, or one with a user name, query, fragment or dot segment, or another spelling of it.
pub fn parse_address(client_id: &str) -> Result<Url, InvalidDocument> {
    if client_id.len() > MAX_ID_BYTES {
        return refused("the address is too long");
    }
    let Ok(url) = Url::parse(client_id) else { return refused("this is no address") };
    let is_plain = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !is_plain {
        return refused("the address must start with https://, without a user name, a query and a fragment");
    }
    if url.path() == "/" {
        return refused("the address must have a path");
    }
    // Dot segments, an upper-case host and a default port vanish when the address is read.
    if url.as_str() != client_id {
        return refused("the address must be written in its normal form");
    }
    Ok(url)
}

/// What a client says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataDocument {
    address: Url,
    name: String,
    pub logo_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub policy_uri: Option<String>,
    /// The algorithm that it wants its ID tokens signed with, as written.
    pub id_token_signed_response_alg: Option<String>,
    oidc: OidcClientMetadata,
    custom: CustomClientMetadata,
}

/// The members that count. Others are ignored (RFC 7591 section 2): the same document is for other servers too.
#[derive(Deserialize)]
struct Members {
    client_id: String,
    client_name: Option<String>,
    logo_uri: Option<String>,
    tos_uri: Option<String>,
    policy_uri: Option<String>,
    redirect_uris: Vec<String>,
    #[serde(default)]
    post_logout_redirect_uris: Vec<String>,
    token_endpoint_auth_method: Option<String>,
    jwks: Option<JwkSet>,
    jwks_uri: Option<String>,
    id_token_signed_response_alg: Option<String>,
    dpop_bound_access_tokens: Option<bool>,
    require_pushed_authorization_requests: Option<bool>,
}

impl MetadataDocument {
    /// Reads the document at `client_id`.
    ///
    /// # Errors
    /// It is of another client, or says what no client may say of itself.
    pub fn parse(client_id: &str, text: &[u8]) -> Result<Self, InvalidDocument> {
        let address = parse_address(client_id)?;
        let Ok(mut members) = serde_json::from_slice::<Map<String, Value>>(text) else {
            return refused("the document is no JSON object");
        };
        members.retain(|_, value| !value.is_null());
        if let Some(name) = PRIVATE.iter().chain(&SECRETS).find(|name| members.contains_key(**name)) {
            return refused(format!("the document must not have {name}"));
        }
        if has_private_key(&members) {
            return refused("the document has a private key: everybody can read it");
        }
        let members: Members = match serde_json::from_value(Value::Object(members)) {
            Ok(members) => members,
            Err(error) => return refused(format!("a member of the document is wrong: {error}")),
        };
        members.check(client_id)?;
        Ok(Self::of(address, members))
    }

    fn of(address: Url, members: Members) -> Self {
        let https = |uri: Option<String>| uri.filter(|uri| is_web_address(uri));
        let name = members.client_name.map(|name| name.trim().to_owned());
        let method = members.token_endpoint_auth_method.filter(|method| method != "none");
        Self {
            name: name.unwrap_or_else(|| host_of(&address)),
            logo_uri: https(members.logo_uri),
            tos_uri: https(members.tos_uri),
            policy_uri: https(members.policy_uri),
            id_token_signed_response_alg: members.id_token_signed_response_alg,
            oidc: OidcClientMetadata {
                redirect_uris: members.redirect_uris,
                post_logout_redirect_uris: members.post_logout_redirect_uris,
                ..OidcClientMetadata::default()
            },
            custom: CustomClientMetadata {
                token_endpoint_auth_method: method.map(|_| AuthenticationMethod::PrivateKeyJwt),
                jwks: members.jwks,
                jwks_uri: members.jwks_uri,
                dpop_bound_access_tokens: members.dpop_bound_access_tokens,
                require_pushed_authorization_requests: members.require_pushed_authorization_requests,
                ..CustomClientMetadata::default()
            },
            address,
        }
    }

    /// The client. It is a third party, consent is asked for every time, and PKCE is required.
    pub fn client(&self) -> Client {
        Client {
            id: self.address.as_str().into(),
            name: self.name.clone(),
            oidc: self.oidc.clone(),
            custom: self.custom.clone(),
            ..client_without_document(&self.address)
        }
    }
}

/// The client at an address whose document is not at hand: tokens that it has still name it, and it gets no new ones, because it has no
/// redirect URI.
pub fn client_without_document(address: &Url) -> Client {
    Client {
        id: address.as_str().into(),
        name: host_of(address),
        application_type: ApplicationType::Native,
        is_third_party: true,
        oidc: OidcClientMetadata::default(),
        custom: CustomClientMetadata::default(),
    }
}

impl Members {
    fn check(&self, client_id: &str) -> Result<(), InvalidDocument> {
        if self.client_id != client_id {
            return refused("client_id must be the address of the document");
        }
        if self.redirect_uris.is_empty() {
            return refused("redirect_uris must name at least one address");
        }
        for uri in self.redirect_uris.iter().chain(&self.post_logout_redirect_uris) {
            if let Err(reason) = redirect_uri::check(uri) {
                return refused(format!("the address {uri:?} is refused: {reason}"));
            }
        }
        if self.client_name.as_deref().is_some_and(|name| !is_name(name)) {
            return refused("client_name must have 1 to 256 characters that people see");
        }
        let has_keys = self.jwks.is_some() || self.jwks_uri.is_some();
        match self.token_endpoint_auth_method.as_deref() {
            None | Some("none") => {}
            Some("private_key_jwt") if !has_keys => return refused("private_key_jwt needs jwks or jwks_uri"),
            Some("private_key_jwt") => {}
            Some(_) => return refused("token_endpoint_auth_method must be none or private_key_jwt"),
        }
        if self.jwks_uri.as_deref().is_some_and(|uri| !is_web_address(uri)) {
            return refused("jwks_uri must start with https://");
        }
        Ok(())
    }
}

fn has_private_key(members: &Map<String, Value>) -> bool {
    let keys = members.get("jwks").and_then(|jwks| jwks.get("keys")?.as_array());
    let is_private = |key: &Value| PRIVATE_KEY_MEMBERS.iter().any(|member| key.get(member).is_some());
    keys.is_some_and(|keys| keys.iter().any(is_private))
}

fn is_web_address(uri: &str) -> bool {
    uri.len() <= MAX_ID_BYTES && Url::parse(uri).is_ok_and(|url| url.scheme() == "https" && url.username().is_empty())
}

/// The host of an address, with its port unless that is the usual one.
pub fn host_of(address: &Url) -> String {
    let host = address.host_str().unwrap_or_default();
    address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::redirect::{self, RedirectUriUse};

    const ID: &str = "https://app.example.com/oauth/client.json";

    fn parse(changes: Value) -> Result<MetadataDocument, InvalidDocument> {
        let mut members = json!({"client_id": ID, "redirect_uris": ["https://app.example.com/callback"]});
        members.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        MetadataDocument::parse(ID, members.to_string().as_bytes())
    }

    #[test]
    fn e3_an_address_has_one_spelling_and_nothing_but_host_and_path() {
        for good in [ID, "https://app.example.com:8443/c", "https://xn--bcher-kva.example/c", "https://a.example/c/"] {
            assert!(parse_address(good).is_ok(), "{good}");
        }
        for bad in [
            "http://app.example.com/c",
            "https://app.example.com",
            "https://app.example.com/",
            "https://app.example.com/c?x=1",
            "https://app.example.com/c?",
            "https://app.example.com/c#f",
            "https://app.example.com/c#",
            "https://user@app.example.com/c",
            "https://user:pw@app.example.com/c",
            "https://@app.example.com/c",
            "https://app.example.com/a/../c",
            "https://app.example.com/./c",
            "https://app.example.com/%2e%2e/c",
            "https://APP.example.com/c",
            "https://app.example.com:443/c",
            "https:app.example.com/c",
            "https:///app.example.com/c",
            "https://app.example.com\\c",
            "https://app.example.com/c ",
            "https://app.example.com/\u{e9}",
            "https://0x7f.1/c",
            "https:///c",
            "app",
            "",
        ] {
            assert!(parse_address(bad).is_err(), "{bad}");
        }
        assert!(parse_address(&format!("https://a.example/{}", "c".repeat(MAX_ID_BYTES))).is_err());
    }

    #[test]
    fn e3_a_document_speaks_for_its_own_address_alone() {
        assert!(parse(json!({})).is_ok());
        for other in ["https://app.example.com/oauth/client", "https://APP.example.com/oauth/client.json", ""] {
            assert!(parse(json!({"client_id": other})).is_err(), "{other}");
        }
        for text in ["", "[]", "null", "{", "{\"client_id\": 1}"] {
            assert!(MetadataDocument::parse(ID, text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn what_no_client_may_say_of_itself_is_refused() {
        for bad in [
            json!({"redirect_uris": []}),
            json!({"redirect_uris": null}),
            json!({"redirect_uris": ["javascript:alert(1)"]}),
            json!({"redirect_uris": ["https://*.com/cb"]}),
            json!({"redirect_uris": ["https://*/cb"]}),
            json!({"post_logout_redirect_uris": ["data:text/html,x"]}),
            json!({"client_name": "a\u{202e}b"}),
            json!({"client_name": " "}),
            json!({"client_name": "n".repeat(257)}),
            json!({"client_secret": "s"}),
            json!({"client_secret_expires_at": 0}),
            json!({"token_endpoint_auth_method": "client_secret_basic"}),
            json!({"token_endpoint_auth_method": "client_secret_jwt"}),
            json!({"token_endpoint_auth_method": "private_key_jwt"}),
            json!({"token_endpoint_auth_method": "tls_client_auth"}),
            json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "http://app.example.com/keys"}),
            json!({"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "b", "d": "c"}]}}),
            json!({"jwks": {"keys": [{"kty": "oct", "k": "c"}]}}),
            json!({"corsAllowedOrigins": ["https://evil.example"]}),
            json!({"isDeviceFlow": true}),
            json!({"tenantId": "admin"}),
            json!({"allowTokenExchange": true}),
        ] {
            assert!(parse(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_does_not_concern_this_server_is_ignored() {
        let members = json!({"contacts": ["a@example.com"], "grant_types": ["urn:example:other"], "software_id": "s",
            "scope": "everything", "logo_uri": "http://app.example.com/l.png", "tos_uri": "javascript:alert(1)"});
        let found = parse(members).unwrap();
        assert_eq!((found.logo_uri, found.tos_uri), (None, None));
    }

    #[test]
    fn the_client_is_a_public_third_party_that_needs_pkce() {
        let client = parse(json!({"client_name": " Tool "})).unwrap().client();
        assert_eq!((client.id.as_str(), client.name.as_str()), (ID, "Tool"));
        assert!(client.is_third_party && client.is_public() && client.requires_pkce() && client.is_native());
        use crate::client::GrantType::*;
        let allowed = [AuthorizationCode, RefreshToken, ClientCredentials, DeviceCode, TokenExchange];
        assert_eq!(allowed.map(|grant| client.allows_grant(grant)), [true, true, false, false, false]);
        assert_eq!(parse(json!({})).unwrap().client().name, "app.example.com");
    }

    #[test]
    fn e3_redirect_uris_are_compared_as_they_are_written() {
        let uris = json!(["https://app.example.com/cb", "http://127.0.0.1/cb", "https://*.app.example.com/cb"]);
        let client = parse(json!({"redirect_uris": uris})).unwrap().client();
        let is_registered = |uri| redirect::is_registered(&client, uri, RedirectUriUse::Authorization);
        for good in ["https://app.example.com/cb", "http://127.0.0.1:5123/cb", "https://pr-1.app.example.com/cb"] {
            assert!(is_registered(good), "{good}");
        }
        for bad in [
            "https://APP.example.com/cb",
            "https://app.example.com:443/cb",
            "https://app.example.com/x/../cb",
            "https://app.example.com/%63b",
            "https://app.example.com/cb?",
            "https://app.example.com/cb/",
            "http://localhost:5123/cb",
            "http://127.0.0.1:5123/cb2",
        ] {
            assert!(!is_registered(bad), "{bad}");
        }
    }
}

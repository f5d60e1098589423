//! Finding the provider of an API of which nothing but its address is known (RFC 9728).

use serde::Deserialize;
use url::Url;

use crate::metadata::check_url;
use crate::transport::{Connection, Request};
use crate::{Deadline, Error, Provider};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// What an API says about itself, and that it said it about the address that was asked (section 3.3).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ResourceMetadata {
    /// What to ask tokens for, as `resource`.
    pub resource: String,
    /// The issuers that give out its tokens; never empty.
    #[serde(default)]
    pub authorization_servers: Vec<String>,
    #[serde(default)]
    pub scopes_supported: Vec<String>,
    pub resource_name: Option<String>,
}

impl ResourceMetadata {
    /// The metadata of the API with this identifier, from its well-known address (section 3).
    ///
    /// # Errors
    /// `InsecureUrl`, `Network`, `UnexpectedResponse` for anything but metadata, `ResourceMismatch` for that of another API.
    pub fn of_resource(resource: &str, connection: &Connection, deadline: Deadline) -> Result<Self, Error> {
        check_url("resource", resource, connection.allow_insecure_http)?;
        fetch(&well_known(resource)?, resource, connection, deadline)
    }

    /// The metadata that an API names in `WWW-Authenticate` of a refusal (section 5); none if it names none. `requested` is the address
    /// that refused, and must be the API's identifier.
    ///
    /// # Errors
    /// As [`Self::of_resource`].
    pub fn of_challenge(
        www_authenticate: &str,
        requested: &str,
        connection: &Connection,
        deadline: Deadline,
    ) -> Result<Option<Self>, Error> {
        check_url("requested address", requested, connection.allow_insecure_http)?;
        let named = named_document(www_authenticate);
        named.map(|url| fetch(&url, requested, connection, deadline)).transpose()
    }

    /// The API's provider: the first of its issuers, whose own metadata must be about that issuer (RFC 8414 section 3.3).
    ///
    /// # Errors
    /// As [`Provider::discover`].
    pub fn provider(&self, connection: Connection, deadline: Deadline) -> Result<Provider, Error> {
        let issuer = self.authorization_servers.first().map_or("", String::as_str);
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        Provider::discover(&url, connection, deadline).map(|(provider, _)| provider)
    }
}

/// The well-known address of a resource: between its host and its path (section 3.1).
fn well_known(resource: &str) -> Result<String, Error> {
    let unusable = || Error::InsecureUrl { name: "resource", url: resource.to_owned() };
    let mut url = Url::parse(resource).map_err(|_| unusable())?;
    let path = if url.path() == "/" { "" } else { url.path() };
    url.set_path(&format!("{WELL_KNOWN}{path}"));
    Ok(url.into())
}

fn fetch(url: &str, resource: &str, connection: &Connection, deadline: Deadline) -> Result<ResourceMetadata, Error> {
    check_url("resource_metadata", url, connection.allow_insecure_http)?;
    let response = connection.send(Request::get(url), deadline)?;
    let wrong = || Error::UnexpectedResponse { url: url.to_owned(), expected: "metadata of a protected resource" };
    if response.status != 200 {
        return Err(wrong());
    }
    let found: ResourceMetadata = serde_json::from_str(&response.body).map_err(|_| wrong())?;
    // Compared as text (section 6): another API's document would lead tokens of this one elsewhere.
    if found.resource != resource {
        return Err(Error::ResourceMismatch { url: url.to_owned(), resource: found.resource });
    }
    for issuer in &found.authorization_servers {
        check_url("authorization server", issuer, connection.allow_insecure_http)?;
    }
    if found.authorization_servers.is_empty() { Err(wrong()) } else { Ok(found) }
}

/// The first `resource_metadata` of the challenges in a header (RFC 9110 section 11.6.1).
fn named_document(header: &str) -> Option<String> {
    const NAME: &str = "resource_metadata";
    let mut is_quoted = false;
    let mut starts = Vec::new();
    let mut previous = ' ';
    for (at, one) in header.char_indices() {
        match one {
            '"' if !(is_quoted && previous == '\\') => is_quoted = !is_quoted,
            _ if !is_quoted && matches!(previous, ' ' | '\t' | ',') => starts.push(at),
            _ => {}
        }
        previous = if is_quoted && previous == '\\' && one == '\\' { ' ' } else { one };
    }
    let value = starts.into_iter().find_map(|at| {
        let rest = header.get(at..)?;
        let name = rest.get(..NAME.len()).filter(|name| name.eq_ignore_ascii_case(NAME))?;
        rest.strip_prefix(name)?.trim_start().strip_prefix('=').map(str::trim_start)
    })?;
    match value.strip_prefix('"') {
        // No address has an escaped character.
        Some(quoted) => quoted.split('"').next().filter(|text| !text.contains('\\')).map(str::to_owned),
        None => value.split([' ', '\t', ',']).next().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use kernel::{Clock, Timestamp};

    use super::*;
    use crate::{ClockOffset, Response, Transport, TransportError};

    struct Site(&'static str, String);

    impl Transport for Site {
        fn send(&self, request: &Request<'_>) -> Result<Response, TransportError> {
            let status = if request.url == self.0 { 200 } else { 404 };
            Ok(Response { status, body: self.1.clone(), date: None })
        }
    }

    fn connection(url: &'static str, body: &str) -> Connection {
        Connection {
            transport: Arc::new(Site(url, body.to_owned())),
            clock: Clock::frozen(Timestamp(0)),
            timeout: Duration::from_secs(1),
            allow_insecure_http: false,
            clock_offset: ClockOffset::default(),
        }
    }

    const API: &str = "https://api.example.com/v1";
    const DOCUMENT: &str = "https://api.example.com/.well-known/oauth-protected-resource/v1";

    fn ask(body: &str) -> Result<ResourceMetadata, Error> {
        let connection = connection(DOCUMENT, body);
        ResourceMetadata::of_resource(API, &connection, connection.deadline())
    }

    #[test]
    fn the_document_is_between_host_and_path() {
        for (resource, expected) in [
            ("https://a.example", "https://a.example/.well-known/oauth-protected-resource"),
            ("https://a.example/", "https://a.example/.well-known/oauth-protected-resource"),
            ("https://a.example:8443/b/c?d=e", "https://a.example:8443/.well-known/oauth-protected-resource/b/c?d=e"),
        ] {
            assert_eq!(well_known(resource).unwrap(), expected);
        }
    }

    #[test]
    fn only_a_document_about_the_api_that_was_asked_counts() {
        let body = |resource: &str, servers: &str| {
            format!(r#"{{"resource":"{resource}","authorization_servers":{servers},"scopes_supported":["read"]}}"#)
        };
        let found = ask(&body(API, r#"["https://auth.example.com/oidc"]"#)).unwrap();
        assert_eq!(found.authorization_servers, ["https://auth.example.com/oidc"]);
        for (resource, servers, code) in [
            ("https://api.example.com/v1/", r#"["https://auth.example.com/oidc"]"#, "resource_metadata.mismatch"),
            ("https://API.example.com/v1", r#"["https://auth.example.com/oidc"]"#, "resource_metadata.mismatch"),
            (API, "[]", "provider.unexpected_answer"),
            (API, r#"["http://auth.example.com/oidc"]"#, "config.insecure_url"),
            (API, r#"["https://good.example", "javascript:alert(1)"]"#, "config.insecure_url"),
            (API, r#""https://auth.example.com""#, "provider.unexpected_answer"),
        ] {
            assert_eq!(ask(&body(resource, servers)).unwrap_err().code(), code, "{resource} {servers}");
        }
        assert_eq!(ask("<html>").unwrap_err().code(), "provider.unexpected_answer");
        let elsewhere = connection("https://other.example", "{}");
        let missing = ResourceMetadata::of_resource(API, &elsewhere, elsewhere.deadline());
        assert_eq!(missing.unwrap_err().code(), "provider.unexpected_answer");
        let plain = ResourceMetadata::of_resource("http://api.example.com", &elsewhere, elsewhere.deadline());
        assert_eq!(plain.unwrap_err().code(), "config.insecure_url");
    }

    #[test]
    fn a_challenge_leads_to_the_document_of_the_address_that_refused() {
        let body = format!(r#"{{"resource":"{API}","authorization_servers":["https://auth.example.com"]}}"#);
        let url = "https://elsewhere.example/document";
        let connection = connection(url, &body);
        let ask = |header: &str, requested: &str| {
            ResourceMetadata::of_challenge(header, requested, &connection, connection.deadline())
        };
        for header in [
            format!("Bearer resource_metadata=\"{url}\""),
            format!("Bearer error=\"invalid_token\", Resource_Metadata = \"{url}\", scope=\"a b\""),
            format!("DPoP algs=\"ES256\", Bearer realm=\"a \\\" resource_metadata=x\",resource_metadata=\"{url}\""),
            format!("Basic realm=\"x\", Bearer resource_metadata={url}, scope=x"),
        ] {
            assert!(ask(&header, API).unwrap().is_some(), "{header}");
            assert_eq!(ask(&header, "https://api.example.com").unwrap_err().code(), "resource_metadata.mismatch");
        }
        for header in ["Bearer", "", "Bearer realm=\"resource_metadata=https://x\"", "Bearer xresource_metadata=\"y\""]
        {
            assert_eq!(ask(header, API).unwrap(), None, "{header}");
        }
        assert!(ask("Bearer resource_metadata=\"http://169.254.169.254/\"", API).is_err());
    }
}

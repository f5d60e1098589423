//! The OpenAPI 3.0 document of a set of operations.

use serde_json::{Map, Value, json};

use crate::operation::Endpoint;

/// The document of `endpoints`. `server` is the URL that the paths begin at.
pub fn assemble<'a>(title: &str, server: &str, endpoints: impl IntoIterator<Item = Endpoint<'a>>) -> Value {
    let (mut paths, mut tags) = (Map::new(), Vec::new());
    for endpoint in endpoints {
        let path = paths.entry(endpoint.operation.path()).or_insert_with(|| json!({}));
        path[endpoint.operation.method().to_ascii_lowercase()] = endpoint.to_value();
        if !tags.contains(&endpoint.operation.tag()) {
            tags.push(endpoint.operation.tag());
        }
    }
    tags.sort_unstable();
    let tags: Vec<Value> = tags.into_iter().map(|name| json!({"name": name})).collect();
    json!({
        "openapi": "3.0.1",
        "info": {"title": title, "version": env!("CARGO_PKG_VERSION")},
        "servers": [{"url": server}],
        "security": [{"OAuth2": ["all"]}],
        "tags": tags,
        "paths": paths,
        "components": {"securitySchemes": {
            "OAuth2": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "/oidc/token", "scopes": {"all": "All scopes"}}},
            },
            "AccessToken": {
                "type": "http",
                "scheme": "bearer",
                "description": "The opaque access token of the person whose account it is.",
            },
        }},
    })
}

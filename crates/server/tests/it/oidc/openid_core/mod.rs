//! OpenID Connect Core 1.0, by what its certification asks of a provider (docs/conformance.md).

mod acr_values;
mod authentication_request;
mod claims_parameter;
mod id_token;
mod userinfo;

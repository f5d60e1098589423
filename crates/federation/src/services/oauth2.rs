//! Any provider of OAuth 2.0 with an endpoint for user information (H060).

use crate::authorization::check_parameters;
use crate::client_authentication::ClientAuthentication;
use crate::config::ConfigReader;
use crate::profile_map::ProfileMap;
use crate::provider::{EmailTrust, Identity, UserInfoSource};
use crate::{InvalidConfig, Provider};

pub(super) fn read(config: &mut ConfigReader<'_>) -> Result<Provider, InvalidConfig> {
    let authentication = ClientAuthentication::read(config)?;
    // Both kinds are told apart by what arrives, so either choice works.
    config.choice("tokenEndpointResponseType", &[("query-string", ()), ("json", ())])?;
    let parameters = config.parameters("customConfig")?;
    check_parameters(&parameters, "customConfig")?;
    Ok(Provider {
        authorization_endpoint: config.url("authorizationEndpoint")?,
        response_type: "code",
        client_id: authentication.client_id.clone(),
        scope: config.scope("scope")?.unwrap_or_default(),
        parameters,
        token_endpoint: Some((config.url("tokenEndpoint")?, authentication)),
        one_tap: None,
        identity: Identity::UserInfo(Box::new(UserInfoSource {
            endpoint: config.url("userInfoEndpoint")?,
            map: ProfileMap::read(config)?,
            email: EmailTrust::Claim,
        })),
    })
}

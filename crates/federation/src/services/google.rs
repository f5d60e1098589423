//! Google (H053), by <https://developers.google.com/identity/openid-connect/openid-connect>.

use super::{address, prompts};
use crate::client_authentication::{ClientAuthentication, Method};
use crate::config::ConfigReader;
use crate::id_token::IdTokenRules;
use crate::one_tap::OneTap;
use crate::provider::Identity;
use crate::{InvalidConfig, Provider};

pub(super) fn read(config: &mut ConfigReader<'_>) -> Result<Provider, InvalidConfig> {
    let client_id = config.required("clientId")?;
    let authentication = ClientAuthentication {
        client_id: client_id.clone(),
        client_secret: config.required("clientSecret")?,
        method: Method::Post,
    };
    let mut parameters = prompts(config, &["none", "consent", "select_account"])?;
    if config.flag("offlineAccess")? {
        parameters.push(("access_type".to_owned(), "offline".to_owned()));
    }
    let scope = config.scope("scope")?.unwrap_or_else(|| "openid profile email".to_owned());
    let issuers = vec!["https://accounts.google.com".to_owned(), "accounts.google.com".to_owned()];
    let rules = IdTokenRules::new(address("https://www.googleapis.com/oauth2/v3/certs")?, issuers, &client_id);
    let one_tap = OneTap::read(config, &client_id)?;
    Ok(Provider {
        authorization_endpoint: address("https://accounts.google.com/o/oauth2/v2/auth")?,
        response_type: "code",
        client_id,
        scope: super::oidc::with_openid(&scope),
        parameters,
        token_endpoint: Some((address("https://oauth2.googleapis.com/token")?, authentication)),
        identity: Identity::IdToken(Box::new(rules)),
        one_tap,
    })
}

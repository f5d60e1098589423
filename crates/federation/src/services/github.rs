//! GitHub (H051), by <https://docs.github.com/en/apps/oauth-apps> and <https://docs.github.com/en/rest/users>.

use super::address;
use crate::client_authentication::{ClientAuthentication, Method};
use crate::config::ConfigReader;
use crate::profile_map::ProfileMap;
use crate::provider::{EmailTrust, Identity, UserInfoSource};
use crate::{InvalidConfig, Provider};

pub(super) fn read(config: &mut ConfigReader<'_>) -> Result<Provider, InvalidConfig> {
    let client_id = config.required("clientId")?;
    let authentication = ClientAuthentication {
        client_id: client_id.clone(),
        client_secret: config.required("clientSecret")?,
        method: Method::Post,
    };
    let [id, email, phone, name, avatar] = ["id", "email", "phone", "name", "avatar_url"].map(str::to_owned);
    Ok(Provider {
        authorization_endpoint: address("https://github.com/login/oauth/authorize")?,
        response_type: "code",
        client_id,
        scope: config.scope("scope")?.unwrap_or_else(|| "read:user user:email".to_owned()),
        parameters: Vec::new(),
        token_endpoint: Some((address("https://github.com/login/oauth/access_token")?, authentication)),
        one_tap: None,
        identity: Identity::UserInfo(Box::new(UserInfoSource {
            endpoint: address("https://api.github.com/user")?,
            map: ProfileMap { id, email, phone, name, avatar },
            email: EmailTrust::List(address("https://api.github.com/user/emails")?),
        })),
    })
}

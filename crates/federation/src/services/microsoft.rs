//! Microsoft (H046), by <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow> and Microsoft Graph.

use super::{address, prompts};
use crate::client_authentication::{ClientAuthentication, Method};
use crate::config::ConfigReader;
use crate::profile_map::ProfileMap;
use crate::provider::{EmailTrust, Identity, UserInfoSource};
use crate::shared_issuers::is_shared_tenant;
use crate::{InvalidConfig, Provider};

pub(super) fn read(config: &mut ConfigReader<'_>) -> Result<Provider, InvalidConfig> {
    let client_id = config.required("clientId")?;
    let authentication = ClientAuthentication {
        client_id: client_id.clone(),
        client_secret: config.required("clientSecret")?,
        method: Method::Post,
    };
    let cloud = config.url("cloudInstance")?;
    let tenant = config.required("tenantId")?;
    let is_name = tenant.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
    if !is_name || tenant.starts_with('.') {
        return Err(config
            .invalid("tenantId", "must be the id or the domain of a tenant, or common, organizations or consumers"));
    }
    let is_shared = is_shared_tenant(&tenant);
    let endpoint =
        |name: &str| address(&format!("{}/{tenant}/oauth2/v2.0/{name}", cloud.as_str().trim_end_matches('/')));
    let [id, email, phone, name, avatar] = ["id", "mail", "phone", "displayName", "avatar"].map(str::to_owned);
    Ok(Provider {
        authorization_endpoint: endpoint("authorize")?,
        response_type: "code",
        client_id,
        scope: config.scope("scopes")?.unwrap_or_else(|| "User.Read".to_owned()),
        parameters: prompts(config, &["none", "login", "consent", "select_account"])?,
        token_endpoint: Some((endpoint("token")?, authentication)),
        one_tap: None,
        identity: Identity::UserInfo(Box::new(UserInfoSource {
            endpoint: address(graph(cloud.host_str().unwrap_or_default()))?,
            map: ProfileMap { id, email, phone, name, avatar },
            email: if is_shared { EmailTrust::Never } else { EmailTrust::Always },
        })),
    })
}

/// The graph of a cloud (<https://learn.microsoft.com/graph/deployments>).
fn graph(login_host: &str) -> &'static str {
    match login_host {
        "login.microsoftonline.us" => "https://graph.microsoft.us/v1.0/me",
        "login.chinacloudapi.cn" | "login.partner.microsoftonline.cn" => {
            "https://microsoftgraph.chinacloudapi.cn/v1.0/me"
        }
        _ => "https://graph.microsoft.com/v1.0/me",
    }
}

//! Issuers of accounts of many enterprises, and of nobody's: that one vouches for somebody does not say which enterprise they are of.

use url::Url;

/// Tenants of everybody at Microsoft, the last being that of private accounts by its id. Who administers one of many tenants writes any
/// address into a directory, so an address proves nothing there (attack D1, "nOAuth").
const MICROSOFT_TENANTS: [&str; 4] = ["common", "organizations", "consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"];
/// Where everybody may have an account, from the providers' discovery documents.
const HOSTS: [&str; 7] = [
    "accounts.google.com",
    "gitlab.com",
    "slack.com",
    "appleid.apple.com",
    "account.apple.com",
    "www.linkedin.com",
    "api.login.yahoo.com",
];
const MICROSOFT_HOSTS: [&str; 2] = ["login.microsoftonline.com", "sts.windows.net"];

/// Whether it is no tenant of one enterprise at Microsoft.
pub(crate) fn is_shared_tenant(tenant: &str) -> bool {
    MICROSOFT_TENANTS.iter().any(|shared| tenant.eq_ignore_ascii_case(shared))
}

/// The first part of the path, which names the tenant at Microsoft.
pub(crate) fn tenant_of(issuer: &Url) -> &str {
    issuer.path_segments().and_then(|mut segments| segments.next()).unwrap_or_default()
}

/// Whether accounts of many enterprises have this issuer.
pub(crate) fn is_shared(issuer: &str) -> bool {
    // The host of a parsed URL is in lower case.
    let Ok(url) = Url::parse(issuer) else { return false };
    let host = url.host_str().unwrap_or_default();
    HOSTS.contains(&host) || (MICROSOFT_HOSTS.contains(&host) && is_shared_tenant(tenant_of(&url)))
}

#[cfg(test)]
mod tests {
    use super::is_shared;

    #[test]
    fn d1_issuers_of_everybody_are_known_in_any_spelling() {
        for shared in [
            "https://accounts.google.com",
            "https://Accounts.Google.com/",
            "https://gitlab.com",
            "https://slack.com",
            "https://login.microsoftonline.com/Common/v2.0",
            "https://login.microsoftonline.com/9188040D-6c67-4c5b-b112-36a304b66dad/v2.0",
        ] {
            assert!(is_shared(shared), "{shared}");
        }
        for own in [
            "https://idp.corp.example",
            "https://gitlab.corp.example",
            "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0",
            "https://corp.okta.com",
        ] {
            assert!(!is_shared(own), "{own}");
        }
    }
}

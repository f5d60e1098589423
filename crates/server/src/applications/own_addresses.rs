//! Whether an address belongs to one of the operator's own applications.

use db::{DbError, Json, params, sql};
use serde::Deserialize;
use url::Url;

use crate::work::View;

/// The most applications that name one host. What is beyond is not looked at.
const MAX_CANDIDATES: i64 = 200;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RegisteredUris {
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
}

/// Whether an own application of the tenant, which no third party runs, has a redirect URI of this origin (RFC 6454), with which it also
/// gets answers to sign-ins. An address that is no web page must be registered itself. Patterns count for nothing.
///
/// # Errors
/// A failure of the database.
pub(crate) fn contains(view: &View<'_>, url: &Url) -> Result<bool, DbError> {
    if !url.username().is_empty() || url.password().is_some() {
        return Ok(false);
    }
    let sign = url.host_str().unwrap_or(url.scheme());
    // `!` escapes what the pattern would take for a wildcard.
    let sign = sign.replace('!', "!!").replace('%', "!%").replace('_', "!_").to_ascii_lowercase();
    let text = sql!(
        "select oidc_client_metadata from applications where tenant_id = $1 and is_third_party = false \
         and lower(oidc_client_metadata) like $2 escape '!' order by id limit $3"
    );
    let found: Vec<(Json<RegisteredUris>,)> =
        view.query_all(text, params![view.tenant_id(), format!("%{sign}%"), MAX_CANDIDATES])?;
    let mut uris =
        found.into_iter().flat_map(|(Json(uris),)| [uris.redirect_uris, uris.post_logout_redirect_uris].concat());
    Ok(uris.any(|uri| covers(&uri, url)))
}

fn covers(registered: &str, url: &Url) -> bool {
    let Some(registered) = Url::parse(registered).ok().filter(|_| !registered.contains('*')) else { return false };
    match url.scheme() {
        "https" | "http" => url.has_host() && registered.origin() == url.origin(),
        // These run something in the page itself (attack A7).
        "javascript" | "data" | "vbscript" | "blob" | "file" | "about" => false,
        _ => registered == *url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a2_only_the_origin_of_a_web_page_counts_and_all_of_another_address() {
        let covers = |registered: &str, url: &str| covers(registered, &Url::parse(url).unwrap());
        let page = "https://app.example.com/callback";
        for own in
            ["https://app.example.com/", "https://app.example.com:443/settings?a=b#c", "https://APP.example.com/x"]
        {
            assert!(covers(page, own), "{own}");
        }
        for foreign in [
            "http://app.example.com/",
            "https://app.example.com:8443/",
            "https://app.example.com.evil.example/",
            "https://evil.example/?https://app.example.com/",
            "https://evil.example/app.example.com",
        ] {
            assert!(!covers(page, foreign), "{foreign}");
        }
        assert!(covers("com.example.app://back", "com.example.app://back"));
        assert!(!covers("com.example.app://back", "com.example.app://other"));
        assert!(!covers("https://*.example.com/cb", "https://evil.example.com/"));
        assert!(!covers("javascript:alert(1)", "javascript:alert(1)"));
    }
}

//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0, inventory O114, traces 30-14 and 30-15).

use kernel::ids::ApplicationId;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::redirect::{self, RedirectUriUse};
use crate::{Client, OAuthError, Params};

/// `id_token_hint` after its signature was checked; expired ones count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogoutHint {
    Absent,
    Invalid,
    /// The client it was issued to.
    Client(String),
}

/// A checked logout request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndSession {
    pub client_id: Option<ApplicationId>,
    /// Where to go afterwards; only ever a registered URI.
    pub post_logout_redirect_uri: Option<String>,
    pub state: Option<String>,
}

/// Checks the parameters. Without a client the target is ignored, so that nobody is sent to a place that no client
/// registered (attack A9).
pub fn check<'a>(
    params: &Params,
    hint: &LogoutHint,
    find: impl Fn(&str) -> Option<&'a Client>,
) -> Result<EndSession, OAuthError> {
    params.reject_repeated()?;
    let hinted = match hint {
        LogoutHint::Absent => None,
        LogoutHint::Invalid => return Err(OAuthError::invalid_request("could not decode id_token_hint")),
        LogoutHint::Client(id) => Some(id.as_str()),
    };
    let named = params.get("client_id");
    if let (Some(named), Some(hinted)) = (named, hinted)
        && named != hinted
    {
        return Err(OAuthError::invalid_request("client_id does not match the provided id_token_hint"));
    }
    let client = match named.or(hinted) {
        Some(id) => Some(find(id).ok_or_else(|| OAuthError::unknown_client(id))?),
        None => None,
    };
    let target = client.and_then(|client| params.get("post_logout_redirect_uri").map(|uri| (client, uri)));
    if let Some((client, uri)) = target
        && !redirect::is_registered(client, uri, RedirectUriUse::PostLogout)
    {
        return Err(OAuthError::invalid_request("post_logout_redirect_uri not registered"));
    }
    Ok(EndSession {
        client_id: client.map(|client| client.id.clone()),
        post_logout_redirect_uri: target.map(|(_, uri)| uri.to_owned()),
        state: params.get("state").map(str::to_owned),
    })
}

impl EndSession {
    /// Where the browser goes after the decision: the URI with `state` if `client` still has it registered, else `fallback`.
    pub fn destination(&self, client: Option<&Client>, fallback: &str) -> String {
        let is_registered = |uri: &&String| {
            client.is_some_and(|client| redirect::is_registered(client, uri, RedirectUriUse::PostLogout))
        };
        let registered = self.post_logout_redirect_uri.as_ref().filter(is_registered);
        let Some(uri) = registered else { return fallback.to_owned() };
        let Some(state) = &self.state else { return uri.clone() };
        match Url::parse(uri) {
            Ok(mut url) => {
                url.query_pairs_mut().append_pair("state", state);
                url.into()
            }
            Err(_) => fallback.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{ApplicationType, samples};

    fn client() -> Client {
        let mut client = samples::client(ApplicationType::Traditional, &[]);
        client.oidc.post_logout_redirect_uris = vec!["https://app.example.com/bye".into()];
        client
    }

    fn run(query: &str, hint: &LogoutHint) -> Result<EndSession, String> {
        let client = client();
        check(&Params::parse(query).unwrap(), hint, |id| (id == "app").then_some(&client))
            .map_err(|error| error.description.unwrap())
    }

    #[test]
    fn a9_only_registered_targets_are_opened() {
        let bye = "post_logout_redirect_uri=https://app.example.com/bye";
        let none = LogoutHint::Absent;
        assert_eq!(run(bye, &none).unwrap().post_logout_redirect_uri, None, "no client, no redirect");
        assert_eq!(
            run(&format!("{bye}&client_id=app&state=s"), &none).unwrap().destination(Some(&client()), "/done"),
            "https://app.example.com/bye?state=s"
        );
        let removed = samples::client(ApplicationType::Traditional, &[]);
        let request = run(&format!("{bye}&client_id=app"), &none).unwrap();
        for client in [None, Some(&removed)] {
            assert_eq!(request.destination(client, "/done"), "/done", "the URI was removed while the page was open");
        }
        for bad in ["https://evil.example", "https://app.example.com/bye/..", "//evil.example", "javascript:alert(1)"] {
            let query = format!("client_id=app&post_logout_redirect_uri={bad}");
            assert_eq!(run(&query, &none).unwrap_err(), "post_logout_redirect_uri not registered", "{bad}");
        }
    }

    #[test]
    fn hints_are_checked_against_the_client() {
        let hint = LogoutHint::Client("app".into());
        assert_eq!(run("", &hint).unwrap().client_id.as_deref(), Some("app"));
        assert_eq!(run("client_id=other", &hint).unwrap_err(), "client_id does not match the provided id_token_hint");
        assert_eq!(run("", &LogoutHint::Invalid).unwrap_err(), "could not decode id_token_hint");
        assert_eq!(run("client_id=nobody", &LogoutHint::Absent).unwrap_err(), "invalid client nobody");
    }

    #[test]
    fn without_target_the_success_page_is_shown() {
        assert_eq!(run("", &LogoutHint::Absent).unwrap().destination(None, "/done"), "/done");
    }
}

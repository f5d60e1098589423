//! The authorization request, from the query to the redirect.

use kernel::Timestamp;
use oauth::authorize::first_screen::{ExtraParams, MAX_COOKIE};
use oauth::authorize::prompt::{MissingScopes, PromptProgress, SessionInfo, needs_consent, needs_login};
use oauth::authorize::response::{self, FormPageText, ResponseMode};
use oauth::authorize::{self, AuthorizationContext, AuthorizationRequest, IdTokenHint};
use oauth::client::Client;
use oauth::grant::GrantedScopes;
use oauth::redirect::{self, RedirectUriUse};
use oauth::scope::{self, ScopeSet};
use oauth::{OAuthError, Params};
use url::{Position, Url};

use crate::{head_and_rest, parameters, registered};

/// First line: the client's letters. Rest: the query.
///
/// Attack classes: G5, A5, B2, E8.
pub fn authorization_request(data: &[u8]) {
    let (letters, query) = head_and_rest(data);
    let client = registered::client(&letters);
    let Some(params) = parameters::parse(&query) else { return };
    let opened = authorize::resolve_client(&params, |id| (client.id == id).then_some(&client));
    let redirect_uri = match opened {
        Ok((found, redirect_uri)) => {
            assert_eq!(params.get("client_id"), Some(found.id.as_str()));
            redirect_uri
        }
        Err(error) => return assert!(error.status == 400, "{error:?}"),
    };
    match params.get("redirect_uri") {
        Some(asked) => assert_eq!(asked, redirect_uri),
        None => assert_eq!(client.oidc.redirect_uris, [redirect_uri.as_str()]),
    }
    assert!(redirect::is_registered(&client, &redirect_uri, RedirectUriUse::Authorization));
    let enabled = ScopeSet::parse("profile");
    let facts = AuthorizationContext {
        client: &client,
        enabled_user_scopes: &enabled,
        knows_resource: &|indicator| indicator == registered::RESOURCE,
        default_resource: letters.contains('d').then_some(registered::RESOURCE),
        id_token_hint: if letters.contains('h') { IdTokenHint::Subject("alice".into()) } else { IdTokenHint::Absent },
    };
    match authorize::check(&params, redirect_uri.clone(), &facts) {
        Ok(request) => {
            accepted(&params, &client, &request, &enabled);
            pages(&request);
            policy(&request, client.is_native());
        }
        Err(error) => refused(&params, &redirect_uri, &error),
    }
}

fn accepted(params: &Params, client: &Client, request: &AuthorizationRequest, enabled: &ScopeSet) {
    assert!(params.reject_repeated().is_ok());
    assert!(params.list("response_type") == ["code"] && client.allows_response_type("code"));
    let asked: ScopeSet = params.list("scope").into_iter().collect();
    assert!(request.scope.difference(&asked).is_empty(), "scopes that nobody asked for");
    assert!(!request.scope.contains("offline_access") || request.prompts.consent);
    if client.is_third_party {
        let user = request.scope.filter(|name| scope::is_standard(name) && !scope::RESERVED.contains(&name));
        assert!(user.difference(enabled).is_empty(), "a third party asks for {user}");
    }
    assert!(!client.is_public() || request.code_challenge.is_some(), "PKCE was stripped");
    let formed = |challenge: &String| (43..=128).contains(&challenge.len()) && challenge.is_ascii();
    assert!(request.code_challenge.as_ref().is_none_or(formed));
    assert!(request.resources.iter().all(|one| one == registered::RESOURCE || one == scope::ORGANIZATIONS_RESOURCE));
    assert!(!request.prompts.none || !(request.prompts.login || request.prompts.consent));
    assert!(request.max_age.is_none_or(|seconds| seconds >= 0));
    let stored = serde_json::to_string(request).unwrap();
    assert_eq!(serde_json::from_str::<AuthorizationRequest>(&stored).ok().as_ref(), Some(request));
    let mode = request.response_mode;
    answered(
        &request.redirect_uri,
        mode,
        &[("code", "x".to_owned()), ("state", request.state.clone().unwrap_or_default())],
    );
}

fn refused(params: &Params, redirect_uri: &str, error: &OAuthError) {
    assert!((400..500).contains(&error.status), "{error:?}");
    let parameters: Vec<(&str, String)> = error.parameters();
    answered(redirect_uri, response::mode_for_errors(params), &parameters);
}

/// The response goes to the registered redirect URI, and the client reads the sent parameters from it.
fn answered(redirect_uri: &str, mode: ResponseMode, parameters: &[(&str, String)]) {
    let asked = Url::parse(redirect_uri).unwrap();
    if mode == ResponseMode::FormPost {
        let page = response::form_page(redirect_uri, parameters, FormPageText { title: "t", button: "b" }, "n");
        assert_eq!(page.matches("<script").count(), 1, "{page}");
        assert_eq!(page.matches("<form").count(), 1, "{page}");
        assert_eq!(page.matches("<input").count(), parameters.len(), "{page}");
        return;
    }
    let location = response::location(redirect_uri, mode, parameters).unwrap();
    assert!(location.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "not a header value: {location}");
    let to = Url::parse(&location).unwrap();
    assert_eq!(to[..Position::AfterPath], asked[..Position::AfterPath]);
    let carrier = if mode == ResponseMode::Fragment { to.fragment() } else { to.query() };
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(carrier.unwrap_or_default().as_bytes()).into_owned().collect();
    let sent: Vec<(String, String)> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    assert!(pairs.ends_with(&sent), "{location} does not carry {sent:?}");
}

/// The page's URL is on this server, and its cookie is small.
fn pages(request: &AuthorizationRequest) {
    let extra = ExtraParams::from_request(request);
    let here = Url::parse("http://localhost:3001/oidc/auth").unwrap();
    let login = extra.login_url(&request.client_id);
    let to = here.join(&login).unwrap();
    assert_eq!(to.origin(), here.origin(), "{login}");
    assert!(login.starts_with('/') && login.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "{login}");
    assert!(to.query_pairs().any(|(name, value)| name == "app_id" && value == request.client_id.as_str()));
    let cookie = extra.cookie(&request.client_id).to_string();
    assert!(cookie.len() * 3 <= MAX_COOKIE || !cookie.contains("organizationId") && !cookie.contains("uiLocales"));
}

/// Sign-in requires a session, and consent requires a grant.
fn policy(request: &AuthorizationRequest, is_native: bool) {
    let now = Timestamp(1_000_000_000);
    let none = PromptProgress::default();
    assert!(needs_login(request, None, none, now).unwrap_or(true));
    let bob = SessionInfo { user_id: "bob", auth_time: now, authentication: None };
    let excludes_bob = !request.subjects.is_empty() && request.subjects.iter().all(|subject| subject != "bob");
    if request.hinted_subject.is_some() || excludes_bob {
        assert!(needs_login(request, Some(bob), none, now).unwrap_or(true), "another user passes");
    }
    if let Some(acr) = &request.acr {
        assert!(needs_login(request, Some(bob), none, now).unwrap_or(true), "a sign-in that proved nothing passes");
        let done = PromptProgress { signed_in: true, consented: false };
        let again = needs_login(request, Some(bob), done, now);
        assert!(again != Ok(true), "a loop");
        assert!(!acr.is_essential || again.is_err(), "an essential acr that was not reached");
    }
    if let Some(claims) = &request.claims {
        assert!(claims.scopes().difference(&request.scope_to_grant()).is_empty(), "a claim without its scope");
    }
    let missing = MissingScopes::between(request, &GrantedScopes::default(), &[]);
    assert!(needs_consent(request, is_native, false, &missing, none).unwrap_or(true));
}

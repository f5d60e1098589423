//! Tables taken from traces 10-05, 10-06, 10-07, 10-08.

use kernel::{Assurance, Authentication, Timestamp};

use super::first_screen::ExtraParams;
use super::prompt::{MissingScopes, PromptProgress, SessionInfo, needs_consent, needs_login};
use super::response::{ResponseMode, mode_for_errors};
use super::*;
use crate::acr::AcrRequest;
use crate::client::{ApplicationType, samples};
use crate::grant::GrantedScopes;
use crate::scope::ScopeSet;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn client(kind: ApplicationType) -> Client {
    samples::client(kind, &["https://app.example.com/callback", "https://app.example.com/cb2"])
}

fn base() -> Vec<(String, String)> {
    [
        ("client_id", "app"),
        ("redirect_uri", "https://app.example.com/callback"),
        ("response_type", "code"),
        ("scope", "openid offline_access profile"),
        ("state", "state-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("prompt", "consent"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// The base request with `changes`; a value of "-" removes the parameter.
fn params(changes: &[(&str, &str)]) -> Params {
    let mut pairs = base();
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        if *value != "-" {
            pairs.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    Params::collect(pairs).unwrap()
}

fn run(client: &Client, changes: &[(&str, &str)], hint: IdTokenHint) -> Result<AuthorizationRequest, OAuthError> {
    let params = params(changes);
    let (_, redirect_uri) = resolve_client(&params, |id| (id == "app").then_some(client))?;
    let enabled = ScopeSet::parse("profile");
    let knows = |indicator: &str| indicator == "https://items.example.com";
    let context = AuthorizationContext {
        client,
        enabled_user_scopes: &enabled,
        knows_resource: &knows,
        default_resource: None,
        id_token_hint: hint,
    };
    check(&params, redirect_uri, &context)
}

fn refusal(client: &Client, changes: &[(&str, &str)]) -> (&'static str, String) {
    let error = run(client, changes, IdTokenHint::Absent).unwrap_err();
    (error.error, error.description.unwrap_or_default())
}

fn request(changes: &[(&str, &str)]) -> AuthorizationRequest {
    run(&client(ApplicationType::Traditional), changes, IdTokenHint::Absent).unwrap()
}

#[test]
fn errors_of_client_and_redirect_uri() {
    let traditional = client(ApplicationType::Traditional);
    let mismatch = "redirect_uri did not match any of the client's registered redirect_uris";
    for (changes, error, description) in [
        (vec![("client_id", "nobody")], "invalid_client", "invalid client nobody"),
        (vec![("client_id", "APP")], "invalid_client", "invalid client APP"),
        (vec![("client_id", "-")], "invalid_request", "missing required parameter 'client_id'"),
        (vec![("redirect_uri", "-")], "invalid_request", "missing required parameter 'redirect_uri'"),
        (vec![("redirect_uri", "https://evil.example/cb")], "invalid_redirect_uri", mismatch),
        (vec![("redirect_uri", "not a uri")], "invalid_redirect_uri", mismatch),
        (vec![("redirect_uri", "https://app.example.com/callback?x=1")], "invalid_redirect_uri", mismatch),
    ] {
        assert_eq!(refusal(&traditional, &changes), (error, description.to_owned()), "{changes:?}");
    }
    let machine = samples::client(ApplicationType::MachineToMachine, &[]);
    assert_eq!(refusal(&machine, &[]).0, "invalid_redirect_uri");
    let single = samples::client(ApplicationType::Traditional, &["https://app.example.com/callback"]);
    assert!(run(&single, &[("redirect_uri", "-")], IdTokenHint::Absent).is_ok());
}

#[test]
fn a5_repeated_client_or_redirect_uri_is_never_redirected() {
    let traditional = client(ApplicationType::Traditional);
    for name in ["client_id", "redirect_uri"] {
        let mut pairs = base();
        pairs.push((name.to_owned(), "x".to_owned()));
        let error = resolve_client(&Params::collect(pairs).unwrap(), |_| Some(&traditional)).unwrap_err();
        assert_eq!(error.description.unwrap(), format!("'{name}' parameter must not be provided twice"));
    }
}

#[test]
fn b23_client_ids_compare_byte_for_byte() {
    let traditional = client(ApplicationType::Traditional);
    for id in ["App", "ap", "appx", "app ", "\u{ff41}pp"] {
        assert_eq!(refusal(&traditional, &[("client_id", id)]).0, "invalid_client", "{id}");
    }
}

#[test]
fn errors_that_are_redirected() {
    let traditional = client(ApplicationType::Traditional);
    let not_allowed = "requested response_type is not allowed for this client";
    for (changes, error, description) in [
        (vec![("response_type", "-")], "invalid_request", "missing required parameter 'response_type'"),
        (vec![("response_type", "token")], "unsupported_response_type", "unsupported response_type requested"),
        (vec![("response_type", "id_token")], "invalid_request", not_allowed),
        (vec![("response_type", "code id_token")], "invalid_request", not_allowed),
        (vec![("response_type", "none")], "invalid_request", not_allowed),
        (vec![("prompt", "foo")], "invalid_request", "unsupported prompt value requested"),
        (vec![("prompt", "select_account")], "invalid_request", "unsupported prompt value requested"),
        (vec![("prompt", "none login")], "invalid_request", "prompt none must only be used alone"),
        (
            vec![("resource", "https://unknown.example.com")],
            "invalid_target",
            "resource indicator is missing, or unknown",
        ),
        (vec![("resource", "not-a-uri")], "invalid_target", "resource indicator must be an absolute URI"),
        (
            vec![("resource", "https://items.example.com#frag")],
            "invalid_target",
            "resource indicator must not contain a fragment component",
        ),
        (vec![("response_mode", "foo")], "unsupported_response_mode", "unsupported response_mode requested"),
        (
            vec![("response_mode", "web_message"), ("response_type", "-")],
            "unsupported_response_mode",
            "unsupported response_mode requested",
        ),
        (vec![("max_age", "-1")], "invalid_request", "invalid max_age parameter value"),
        (vec![("max_age", "abc")], "invalid_request", "invalid max_age parameter value"),
        (vec![("request", "x")], "request_not_supported", ""),
        (vec![("registration", "{}")], "registration_not_supported", ""),
        (
            vec![("request_uri", "urn:ietf:params:oauth:request_uri:nope")],
            "invalid_request_uri",
            "request_uri is invalid, expired, or was already used",
        ),
    ] {
        assert_eq!(refusal(&traditional, &changes), (error, description.to_owned()), "{changes:?}");
    }
    let error = run(&traditional, &[("id_token_hint", "bad")], IdTokenHint::Invalid).unwrap_err();
    assert_eq!(error.description.unwrap(), "could not validate id_token_hint");
}

#[test]
fn what_is_unknown_but_harmless_is_ignored() {
    for changes in [
        vec![("scope", "openid foo:bar")],
        vec![("scope", "profile")],
        vec![("scope", "-")],
        vec![("claims", "{}")],
        vec![("state", "")],
        vec![("acr_values", "x"), ("display", "popup")],
    ] {
        request(&changes);
    }
}

#[test]
fn a14_only_known_parameters_are_kept_and_never_many_bytes() {
    let long = "x".repeat(8000);
    let kept = request(&[("password", "secret"), ("junk", &long), ("login_hint", &long), ("ui_locales", "en")]);
    let again = kept.parameters();
    assert_eq!((again["ui_locales"].as_str(), again["state"].as_str()), (Some("en"), Some("state-1")));
    for name in ["password", "junk", "login_hint"] {
        assert!(!again.contains_key(name), "{name}");
    }
    let many: Vec<(&str, &str)> =
        ["login_hint", "display", "acr_values", "identifier"].map(|name| (name, &long[..3000])).to_vec();
    assert!(serde_json::to_string(&request(&many).params).unwrap().len() < 8000);
}

#[test]
fn pkce_is_mandatory_for_public_clients_only() {
    let without = [("code_challenge", "-"), ("code_challenge_method", "-")];
    assert_eq!(refusal(&client(ApplicationType::Spa), &without).0, "invalid_request");
    assert_eq!(request(&without).code_challenge, None);
}

#[test]
fn third_party_clients_may_only_ask_for_enabled_user_scopes() {
    let mut third = client(ApplicationType::Traditional);
    third.is_third_party = true;
    let error = run(&third, &[("scope", "openid email")], IdTokenHint::Absent).unwrap_err();
    assert_eq!((error.error, error.scope.as_deref()), ("invalid_scope", Some("email")));
    let kept = run(&third, &[("scope", "openid offline_access profile foo")], IdTokenHint::Absent).unwrap();
    assert_eq!(kept.scope.to_string(), "openid offline_access profile foo");
}

#[test]
fn offline_access_counts_only_with_prompt_consent() {
    assert_eq!(request(&[("prompt", "-")]).scope.to_string(), "openid profile");
    assert_eq!(request(&[]).scope.to_string(), "openid offline_access profile");
}

#[test]
fn errors_use_the_fragment_for_implicit_types() {
    let mode = |changes: &[(&str, &str)]| mode_for_errors(&params(changes));
    assert_eq!(mode(&[]), ResponseMode::Query);
    assert_eq!(mode(&[("response_type", "code id_token")]), ResponseMode::Fragment);
    assert_eq!(mode(&[("response_mode", "form_post")]), ResponseMode::FormPost);
    assert_eq!(mode(&[("response_mode", "query.jwt")]), ResponseMode::Query);
}

#[test]
fn first_screens() {
    for (changes, expected) in [
        (vec![], "/sign-in?app_id=app"),
        (vec![("first_screen", "register")], "/register?app_id=app"),
        (vec![("first_screen", "reset_password")], "/reset-password?app_id=app"),
        (
            vec![("first_screen", "identifier:sign_in"), ("identifier", "email phone")],
            "/identifier-sign-in?app_id=app&identifier=email+phone",
        ),
        (vec![("first_screen", "single_sign_on")], "/single-sign-on?app_id=app"),
        (vec![("first_screen", "signIn")], "/sign-in?app_id=app"),
        (vec![("first_screen", "bogus")], "/sign-in?app_id=app"),
        (vec![("interaction_mode", "signUp")], "/register?app_id=app"),
        (vec![("interaction_mode", "signUp"), ("first_screen", "sign_in")], "/sign-in?app_id=app"),
        (vec![("interaction_mode", "bogus"), ("ui_locales", "de")], "/sign-in?app_id=app"),
        (vec![("direct_sign_in", "social:mock-social")], "/direct/social/mock-social?app_id=app&fallback=sign-in"),
        (
            vec![("direct_sign_in", "sso:abc"), ("first_screen", "register")],
            "/direct/sso/abc?app_id=app&fallback=register",
        ),
        (vec![("direct_sign_in", "bogus")], "/direct/bogus?app_id=app&fallback=sign-in"),
        (vec![("direct_sign_in", "..:a/b?c")], "/direct/%2E%2E/a%2Fb%3Fc?app_id=app&fallback=sign-in"),
        (vec![("login_hint", "alice@example.com")], "/sign-in?app_id=app&login_hint=alice%40example.com"),
        (
            vec![("one_time_token", "tok"), ("login_hint", "a@example.com")],
            "/sign-in?app_id=app&one_time_token=tok&login_hint=a%40example.com",
        ),
        (vec![("google_one_tap_credential", "cred")], "/direct/social/google?app_id=app&fallback=sign-in"),
        (
            vec![
                ("ui_locales", "de"),
                ("login_hint", "x"),
                ("organization_id", "org"),
                ("first_screen", "register"),
                ("identifier", "email"),
            ],
            "/register?app_id=app&organization_id=org&ui_locales=de&login_hint=x&identifier=email",
        ),
    ] {
        assert_eq!(ExtraParams::from_request(&request(&changes)).login_url("app"), expected, "{changes:?}");
    }
}

#[test]
fn a14_the_readable_cookie_stays_small() {
    let long = "é".repeat(2000);
    let request = request(&[("organization_id", &long), ("ui_locales", "de fr")]);
    let cookie = ExtraParams::from_request(&request).cookie("app").to_string();
    assert_eq!(cookie, r#"{"appId":"app","uiLocales":"de fr"}"#);
}

#[test]
fn login_is_needed_without_session_on_demand_and_when_too_old() {
    let now = Timestamp(1_000_000);
    let session = Some(SessionInfo { user_id: "alice", auth_time: Timestamp(900_000), authentication: None });
    let ask = |changes: &[(&str, &str)], session, progress| needs_login(&request(changes), session, progress, now);
    let fresh = PromptProgress::default();
    let done = PromptProgress { signed_in: true, consented: false };
    assert_eq!(ask(&[], None, fresh), Ok(true));
    assert_eq!(ask(&[], session, fresh), Ok(false));
    assert_eq!(ask(&[("prompt", "login")], session, fresh), Ok(true));
    assert_eq!(ask(&[("prompt", "login")], session, done), Ok(false));
    assert_eq!(ask(&[("max_age", "0")], session, fresh), Ok(true));
    assert_eq!(ask(&[("max_age", "0")], session, done), Ok(false));
    assert_eq!(ask(&[("max_age", "3600")], session, fresh), Ok(false));
    assert_eq!(ask(&[("max_age", "99")], session, fresh), Ok(true));
    let late = |limit: &str| needs_login(&request(&[("max_age", limit)]), session, fresh, Timestamp(1_000_999));
    assert_eq!(late("101"), Ok(false));
    assert_eq!(late("100"), Ok(true), "a part of a second counts");
    assert_eq!(late("9223372036854775807"), Ok(false));
    let silent = [("prompt", "none")];
    assert_eq!(ask(&silent, None, fresh).unwrap_err().error, "login_required");
    let mut hinted = request(&silent);
    hinted.hinted_subject = Some("bob".into());
    assert_eq!(
        needs_login(&hinted, session, fresh, now).unwrap_err().description.unwrap(),
        "id_token_hint and authenticated subject do not match"
    );
}

#[test]
fn an_acr_that_was_not_reached_asks_for_one_sign_in() {
    let ask = |essential: bool, prompt: &str, reached: Option<Assurance>, signed_in: bool| {
        let mut request = request(&[("prompt", prompt)]);
        let mut acr = AcrRequest::voluntary(["https://refeds.org/profile/mfa"]);
        acr.is_essential = essential;
        request.acr = Some(acr);
        let authentication = reached.map(|assurance| Authentication { assurance, methods: Vec::new() });
        let info = SessionInfo { user_id: "alice", auth_time: Timestamp(0), authentication: authentication.as_ref() };
        let progress = PromptProgress { signed_in, consented: false };
        needs_login(&request, Some(info), progress, Timestamp(1)).map_err(|error| error.error)
    };
    let (one, two) = (Some(Assurance::OneFactor), Some(Assurance::TwoFactors));
    for essential in [false, true] {
        assert_eq!(ask(essential, "-", one, false), Ok(true));
        assert_eq!(ask(essential, "-", None, false), Ok(true));
        assert_eq!(ask(essential, "-", two, false), Ok(false));
        assert_eq!(ask(essential, "none", one, false), Err("login_required"));
        assert_eq!(ask(essential, "none", two, false), Ok(false));
        assert_eq!(ask(essential, "-", two, true), Ok(false));
    }
    assert_eq!(ask(false, "-", one, true), Ok(false), "the client reads what was reached");
    assert_eq!(ask(true, "-", one, true), Err("unmet_authentication_requirements"));
}

#[test]
fn acr_values_count_only_where_the_application_says_so() {
    let mut client = samples::client(ApplicationType::Traditional, &["https://app.example.com/callback"]);
    let asked = |client: &Client, values: &str| {
        let request = run(client, &[("acr_values", values)], IdTokenHint::Absent).unwrap();
        request.demanded_assurance()
    };
    assert_eq!(asked(&client, "phr"), None);
    client.custom.acr_values_enabled = Some(true);
    assert_eq!(asked(&client, "phr x"), Some(Assurance::PhishingResistant));
    assert_eq!(asked(&client, "x"), None);
}

#[test]
fn consent_is_needed_for_new_scopes_on_demand_and_for_native_clients() {
    let fresh = PromptProgress::default();
    let done = PromptProgress { signed_in: true, consented: true };
    let grant = GrantedScopes { openid: ScopeSet::parse("openid profile"), ..GrantedScopes::default() };
    let ask = |changes: &[(&str, &str)], native, progress| {
        let request = request(changes);
        let missing = MissingScopes::between(&request, &grant, &[]);
        needs_consent(&request, native, true, &missing, progress)
    };
    assert_eq!(ask(&[("prompt", "-")], false, fresh), Ok(false));
    assert_eq!(ask(&[("prompt", "consent"), ("scope", "openid")], false, fresh), Ok(true));
    assert_eq!(ask(&[("prompt", "consent"), ("scope", "openid")], false, done), Ok(false));
    assert_eq!(ask(&[("prompt", "-")], true, fresh), Ok(true));
    assert_eq!(ask(&[("prompt", "none")], true, fresh).unwrap_err().error, "interaction_required");
    let error = ask(&[("prompt", "none"), ("scope", "openid email")], false, fresh).unwrap_err();
    assert_eq!(
        (error.error, error.description.unwrap().as_str()),
        ("consent_required", "requested scopes not granted")
    );
}

#[test]
fn missing_resource_scopes_are_those_the_user_could_have() {
    let request = request(&[("scope", "openid read write"), ("resource", "https://items.example.com")]);
    let mut grant = GrantedScopes { openid: ScopeSet::parse("openid"), ..GrantedScopes::default() };
    let available = [("https://items.example.com".to_owned(), ScopeSet::parse("read admin"))];
    let missing = MissingScopes::between(&request, &grant, &available);
    assert_eq!(missing.resources, [("https://items.example.com".to_owned(), ScopeSet::parse("read"))]);
    grant.add_resource("https://items.example.com", &ScopeSet::parse("read"));
    assert!(MissingScopes::between(&request, &grant, &available).is_empty());
}

//! The token request: its grant and the issued scopes.

use kernel::{Timestamp, id};
use oauth::client::GrantType;
use oauth::grant::GrantedScopes;
use oauth::scope::{ORGANIZATIONS_RESOURCE, ScopeSet};
use oauth::token::authorization_code::{self, AuthorizationCode};
use oauth::token::client_credentials::{self, MachineTokenTarget};
use oauth::token::refresh_token::{self, RefreshToken, RefreshTokenUse};
use oauth::token::{self, TokenTarget};
use oauth::{Client, Params};

use crate::registered::{RESOURCE, URI};
use crate::{head_and_rest, parameters, registered};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// First line: letters for the client and the stored token (`p` PKCE, `u` used, `o` other client, `x` expired). Rest: the
/// form.
///
/// Attack classes: G5, B1, B4, B18.
pub fn token_request(data: &[u8]) {
    let (letters, form) = head_and_rest(data);
    let client = registered::client(&letters);
    let Some(params) = parameters::parse(&form) else { return };
    let Ok(grant) = token::grant_type(&params, &client) else { return };
    assert!(client.allows_grant(grant) && params.get("grant_type") == Some(grant.name()));
    match grant {
        GrantType::AuthorizationCode => code(&letters, &client, &params),
        GrantType::RefreshToken => refresh(&letters, &client, &params),
        GrantType::ClientCredentials => machine(&params),
        GrantType::DeviceCode | GrantType::TokenExchange => {}
    }
}

fn code(letters: &str, client: &Client, params: &Params) {
    let Ok((value, redirect_uri)) = authorization_code::parameters(params, client) else { return };
    assert_eq!(params.get("code"), Some(value));
    let has = |letter: char| letters.contains(letter);
    let stored = AuthorizationCode {
        client_id: if has('o') { "other".into() } else { client.id.clone() },
        redirect_uri: URI.to_owned(),
        code_challenge: has('p').then(|| CHALLENGE.to_owned()),
        expires_at: Timestamp(if has('x') { 1_000 } else { 60_000 }),
        consumed: has('u'),
    };
    let verifier = params.get("code_verifier");
    let checked = authorization_code::check(Some(&stored), client, redirect_uri, verifier, Timestamp(1_000));
    let proven = match &stored.code_challenge {
        Some(challenge) => verifier.is_some_and(|verifier| id::token_digest(verifier) == *challenge),
        None => verifier.is_none(),
    };
    let bound = stored.client_id == client.id && redirect_uri == stored.redirect_uri;
    assert_eq!(checked.is_ok(), proven && bound && !has('x') && !has('u'), "{checked:?}");
    assert!(!has('p') || !proven || verifier == Some(VERIFIER), "another text has this digest");
    if let Err(refusal) = checked {
        assert_eq!(refusal.error.error, "invalid_grant");
        assert!(!refusal.revoke_grant || proven && bound && has('u'), "a stranger ends the grant");
    }
}

fn refresh(letters: &str, client: &Client, params: &Params) {
    let has = |letter: char| letters.contains(letter);
    let now = Timestamp(1_000_000);
    let scope = ScopeSet::parse("openid offline_access profile read write");
    let stored = RefreshToken {
        client_id: if has('o') { "other".into() } else { client.id.clone() },
        first_issued_at: Timestamp(0),
        issued_at: Timestamp(0),
        expires_at: Timestamp(if has('x') { 1_000_000 } else { 1_209_600_000 }),
        consumed_at: has('u').then_some(Timestamp(0)),
    };
    let checked = refresh_token::check(Some(&stored), client, now);
    assert_eq!(checked.is_ok(), !has('o') && !has('x'));
    assert_eq!(stored.usage(now) == RefreshTokenUse::First, !has('u'));
    let Ok(requested) = refresh_token::requested_scope(params, &scope) else { return };
    assert!(requested.difference(&scope).is_empty(), "{requested} is more than was granted");
    let granted = [RESOURCE.to_owned()];
    let Ok(target) = TokenTarget::resolve(params, &granted, &scope, params.get("organization_id"), |_| true) else {
        return;
    };
    if let TokenTarget::Resource { indicator, .. } = &target {
        assert_eq!(indicator, RESOURCE, "a resource that was not granted");
    }
    let mut grant = GrantedScopes { openid: ScopeSet::parse("openid profile"), ..GrantedScopes::default() };
    grant.add_resource(RESOURCE, &ScopeSet::parse("read"));
    let available = ScopeSet::parse("read write");
    let scopes = target.scopes(&requested, &grant, &available);
    assert!(scopes.difference(&requested).is_empty());
    match &target {
        TokenTarget::Userinfo => assert!(scopes.difference(&grant.openid).is_empty()),
        TokenTarget::Resource { .. } => assert!(scopes.difference(&grant.resource(RESOURCE)).is_empty()),
        TokenTarget::Organization(_) => assert!(scopes.difference(&available).is_empty()),
    }
}

fn machine(params: &Params) {
    if let Ok(MachineTokenTarget::Resource { indicator, .. }) =
        client_credentials::parse_target(params, None, |indicator| indicator == RESOURCE)
    {
        assert!(indicator == RESOURCE || indicator == ORGANIZATIONS_RESOURCE);
        assert_eq!(params.all("resource").collect::<Vec<_>>(), [indicator.as_str()]);
    }
}

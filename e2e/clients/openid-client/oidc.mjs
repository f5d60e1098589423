import * as oidc from 'openid-client';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, HOME_URL, RESOURCE } = process.env;

// The last argument only permits http, for a server on this machine: leave it out elsewhere.
const config = await oidc.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: [oidc.allowInsecureRequests],
});

/** Where to send the browser, and what the visitor's session keeps until she is back. */
export async function signIn() {
  const checks = { pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState() };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: `${HOME_URL}callback`,
    scope: 'openid profile offline_access urn:logto:scope:organizations read:reports',
    prompt: 'consent',
    resource: [RESOURCE, 'urn:logto:resource:organizations'],
    state: checks.expectedState,
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  return { url, checks };
}

export const callback = (url, checks) => oidc.authorizationCodeGrant(config, url, checks);

/** New tokens; with `{ resource }` for an API, with `{ organization_id }` for an organization. */
export const refresh = (refreshToken, parameters) => oidc.refreshTokenGrant(config, refreshToken, parameters);

export const signOut = (idToken) =>
  oidc.buildEndSessionUrl(config, { id_token_hint: idToken, post_logout_redirect_uri: HOME_URL });

// A client that nobody set up: it registers itself and signs whatever it can, driven by e2e/test_registration.py.
import * as oidc from 'openid-client';
import { answer } from './lines.mjs';

const { CALLBACK, ISSUER } = process.env;

const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const jwks = { keys: [await crypto.subtle.exportKey('jwk', publicKey)] };

let config;
let DPoP;
let checks;
const asked = [];

async function noted(url, options) {
  const answered = await fetch(url, options);
  asked.push(`${options.method} ${new URL(url).pathname} ${answered.status}`);
  return answered;
}

const told = (tokens) => ({ ...tokens, claims: tokens.claims() });

/** RFC 7592, which openid-client has no function for. */
function manage(method) {
  const { registration_access_token, registration_client_uri } = config.clientMetadata();
  return oidc.fetchProtectedResource(config, registration_access_token, new URL(registration_client_uri), method);
}

const actions = {
  async register({ token, metadata }) {
    const client = { redirect_uris: [CALLBACK], jwks, ...metadata };
    config = await oidc.dynamicClientRegistration(new URL(ISSUER), client, oidc.PrivateKeyJwt(privateKey), {
      initialAccessToken: token,
      [oidc.customFetch]: noted,
      // Over http the signature of an ID token counts.
      execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
    });
    DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
    return config.clientMetadata();
  },
  /** The address for the browser; `how` is what becomes of the request on its way: `signed`, `pushed`, or both. */
  async begin({ how, parameters }) {
    checks = { expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), pkceCodeVerifier: oidc.randomPKCECodeVerifier() };
    let request = {
      redirect_uri: CALLBACK,
      response_type: 'code',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...parameters,
    };
    if (how.includes('signed')) request = (await oidc.buildAuthorizationUrlWithJAR(config, request, privateKey)).searchParams;
    return how.includes('pushed')
      ? oidc.buildAuthorizationUrlWithPAR(config, request, { DPoP })
      : oidc.buildAuthorizationUrl(config, request);
  },
  callback: async ({ url }) => told(await oidc.authorizationCodeGrant(config, new URL(url), checks, undefined, { DPoP })),
  userInfo: ({ token, subject, proves }) => oidc.fetchUserInfo(config, token, subject, proves && { DPoP }),
  refresh: async ({ token, proves }) => told(await oidc.refreshTokenGrant(config, token, undefined, proves && { DPoP })),
  read: async () => (await manage('GET')).json(),
  remove: async () => (await manage('DELETE')).status,
  /** The requests since the last time, and how they were answered. */
  asked: () => asked.splice(0),
};

await answer(actions);

// Every endpoint that openid-client can use, driven by e2e/test_endpoints.py.
import * as oidc from 'openid-client';
import { answer } from './lines.mjs';

const { CALLBACK, CLIENT_ID, CLIENT_SECRET, DEVICE_ID, ISSUER, MACHINE_ID, MACHINE_SECRET } = process.env;

const discover = (id, secret, authentication) =>
  // Over http the signature of an ID token counts.
  oidc.discovery(new URL(ISSUER), id, secret, authentication, {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  });
const website = await discover(CLIENT_ID, CLIENT_SECRET, oidc.ClientSecretBasic(CLIENT_SECRET));
const machine = await discover(MACHINE_ID, MACHINE_SECRET);
const device = await discover(DEVICE_ID, undefined, oidc.None());

let checks;
let started;

const actions = {
  async push({ parameters }) {
    checks = { expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), pkceCodeVerifier: oidc.randomPKCECodeVerifier() };
    return oidc.buildAuthorizationUrlWithPAR(website, {
      redirect_uri: CALLBACK,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...parameters,
    });
  },
  async callback({ url }) {
    const tokens = await oidc.authorizationCodeGrant(website, new URL(url), checks);
    return { ...tokens, claims: tokens.claims() };
  },
  userInfo: ({ token, subject }) => oidc.fetchUserInfo(website, token, subject),
  introspect: ({ token }) => oidc.tokenIntrospection(website, token),
  revoke: ({ token }) => oidc.tokenRevocation(website, token),
  refresh: ({ token }) => oidc.refreshTokenGrant(website, token),
  exchange: ({ parameters }) =>
    oidc.genericGrantRequest(website, 'urn:ietf:params:oauth:grant-type:token-exchange', parameters),
  clientCredentials: ({ parameters }) => oidc.clientCredentialsGrant(machine, parameters),
  startDevice: async ({ scope }) => (started = await oidc.initiateDeviceAuthorization(device, { scope })),
  async pollDevice() {
    const tokens = await oidc.pollDeviceAuthorizationGrant(device, { ...started, interval: 1 });
    return { ...tokens, claims: tokens.claims() };
  },
};

await answer(actions);

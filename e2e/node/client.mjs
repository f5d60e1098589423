// @logto/node, driven from the browser test: one JSON request per line in, one JSON answer per line out.
import { createInterface } from 'node:readline';
import LogtoClient, { UserScope } from '@logto/node';

const kept = new Map();
const storage = {
  getItem: async (key) => kept.get(key) ?? null,
  setItem: async (key, value) => void kept.set(key, value),
  removeItem: async (key) => void kept.delete(key),
};

let target;
const client = new LogtoClient(
  {
    endpoint: process.env.LOGTO_ENDPOINT,
    appId: process.env.LOGTO_APP_ID,
    appSecret: process.env.LOGTO_APP_SECRET,
    scopes: [UserScope.Email, UserScope.Organizations, 'read:reports'],
    resources: [process.env.LOGTO_RESOURCE],
  },
  { storage, navigate: (url) => { target = url; } }
);

const actions = {
  signIn: async ({ redirectUri }) => (await client.signIn(redirectUri), { url: target }),
  callback: async ({ url }) => client.handleSignInCallback(url),
  claims: async () => client.getIdTokenClaims(),
  userInfo: async () => client.fetchUserInfo(),
  resourceToken: async ({ resource }) => ({
    token: await client.getAccessToken(resource),
    claims: await client.getAccessTokenClaims(resource),
  }),
  refresh: async ({ resource }) => (await client.clearAccessToken(), { token: await client.getAccessToken(resource) }),
  organizationToken: async ({ organization }) => ({
    token: await client.getOrganizationToken(organization),
    claims: await client.getOrganizationTokenClaims(organization),
  }),
  signOut: async ({ redirectUri }) => (await client.signOut(redirectUri), { url: target }),
  isAuthenticated: async () => client.isAuthenticated(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { action, ...rest } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ value: (await actions[action](rest)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error), code: error.code, data: error.data }));
  }
}

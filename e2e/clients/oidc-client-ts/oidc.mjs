import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts';

const { ISSUER, CLIENT_ID, RESOURCE } = await (await fetch('/settings.json')).json();

const settings = {
  authority: ISSUER,
  client_id: CLIENT_ID,
  redirect_uri: `${location.origin}/callback`,
  post_logout_redirect_uri: `${location.origin}/`,
};

export const users = new UserManager({
  ...settings,
  scope: 'openid profile offline_access urn:logto:scope:organizations read:reports',
  prompt: 'consent',
  resource: [RESOURCE, 'urn:logto:resource:organizations'],
});

export const refresh = () => users.signinSilent();
export const forApi = () => users.signinSilent({ resource: RESOURCE });
export const forOrganization = (id) => users.signinSilent({ extraTokenParams: { organization_id: id } });

/** Without offline_access there is no refresh token: a hidden frame asks the session at the server instead. */
export const frameSettings = {
  ...settings,
  scope: 'openid profile',
  userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
};

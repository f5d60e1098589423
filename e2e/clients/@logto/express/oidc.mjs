import { handleAuthRoutes, PersistKey, UserScope, withLogto } from '@logto/express';

const { CLIENT_ID, CLIENT_SECRET, ENDPOINT, HOME_URL, RESOURCE } = process.env;

const config = {
  endpoint: ENDPOINT, // without /oidc
  appId: CLIENT_ID,
  appSecret: CLIENT_SECRET,
  baseUrl: new URL(HOME_URL).origin,
  resources: [RESOURCE],
  scopes: [UserScope.Organizations, 'read:reports'],
};

/** /logto/sign-in, /logto/sign-in-callback and /logto/sign-out. */
export const routes = handleAuthRoutes(config);

/** What these put into `request.user`: who it is, an access token for the API, one for each organization. */
export const user = withLogto(config);
export const withApiToken = withLogto({ ...config, getAccessToken: true, resource: RESOURCE });
export const withOrganizationTokens = withLogto({ ...config, getOrganizationToken: true });

/** Access tokens are kept in the session until they expire; this one fetches it anew. */
export const withFreshToken = [
  (request, response, next) => {
    delete request.session[PersistKey.AccessToken];
    next();
  },
  withLogto({ ...config, getAccessToken: true }),
];

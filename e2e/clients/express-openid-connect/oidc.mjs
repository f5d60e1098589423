import openid from 'express-openid-connect';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, HOME_URL, RESOURCE, SESSION_SECRET } = process.env;

/** Brings /login, /callback and /logout. */
export const routes = openid.auth({
  issuerBaseURL: ISSUER,
  baseURL: HOME_URL,
  clientID: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  secret: SESSION_SECRET,
  idTokenSigningAlg: 'ES384',
  authRequired: false,
  idpLogout: true,
  authorizationParams: {
    response_type: 'code',
    scope: 'openid profile offline_access',
    prompt: 'consent',
    resource: RESOURCE,
  },
});

/** New tokens; with `{ resource }` for an API. */
export const refresh = (request, parameters) => request.oidc.accessToken.refresh({ tokenEndpointParams: parameters });

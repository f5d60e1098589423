import openid from 'express-openid-connect';
import session from 'express-session';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, HOME_URL, RESOURCE, SESSION_SECRET } = process.env;

/** Brings /login, /callback, /logout and /backchannel-logout. */
export const routes = openid.auth({
  issuerBaseURL: ISSUER,
  baseURL: HOME_URL,
  clientID: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  secret: SESSION_SECRET,
  authRequired: false,
  idpLogout: true,
  // What the server tells when a session ends. Several processes need a store that they share.
  backchannelLogout: { store: new session.MemoryStore() },
  authorizationParams: {
    response_type: 'code',
    scope: 'openid profile offline_access',
    prompt: 'consent',
    resource: RESOURCE,
  },
});

/** New tokens; with `{ resource }` for an API. */
export const refresh = (request, parameters) => request.oidc.accessToken.refresh({ tokenEndpointParams: parameters });

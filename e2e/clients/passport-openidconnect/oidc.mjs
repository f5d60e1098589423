import OpenIDConnectStrategy from 'passport-openidconnect';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, HOME_URL, RESOURCE } = process.env;

/** passport-openidconnect has no option for the API that tokens are for. */
class Strategy extends OpenIDConnectStrategy {
  authorizationParams = () => ({ resource: [RESOURCE, 'urn:logto:resource:organizations'] });
}

export const strategy = new Strategy(
  {
    issuer: ISSUER,
    authorizationURL: `${ISSUER}/auth`,
    tokenURL: `${ISSUER}/token`,
    userInfoURL: `${ISSUER}/me`,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    callbackURL: `${HOME_URL}callback`,
    scope: 'profile offline_access urn:logto:scope:organizations read:reports',
    prompt: 'consent',
  },
  (issuer, profile, context, idToken, accessToken, refreshToken, done) =>
    done(null, { id: profile.id, name: profile.displayName, idToken, refreshToken })
);

/** Passport only signs in. New tokens; with `{ resource }` for an API, with `{ organization_id }` for an organization. */
export async function refresh(refreshToken, parameters) {
  const answer = await fetch(`${ISSUER}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken, ...parameters }),
  });
  const tokens = await answer.json();
  if (!answer.ok) throw new Error(tokens.error_description);
  return tokens;
}

export const signOut = (idToken) =>
  `${ISSUER}/session/end?${new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: HOME_URL })}`;

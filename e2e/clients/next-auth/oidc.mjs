const { ISSUER, CLIENT_ID, CLIENT_SECRET, HOME_URL, RESOURCE } = process.env;

/** For pages/api/auth/[...nextauth].js; the redirect URI is /api/auth/callback/loggia. */
export const authOptions = {
  providers: [
    {
      id: 'loggia',
      name: 'Loggia',
      type: 'oauth',
      wellKnown: `${ISSUER}/.well-known/openid-configuration`,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      client: { id_token_signed_response_alg: 'ES384' },
      idToken: true,
      checks: ['pkce', 'state', 'nonce'],
      authorization: {
        params: {
          scope: 'openid profile offline_access urn:logto:scope:organizations read:reports',
          prompt: 'consent',
          resource: [RESOURCE, 'urn:logto:resource:organizations'],
        },
      },
      profile: (claims) => ({ id: claims.sub, name: claims.name }),
    },
  ],
  callbacks: {
    // Into the encrypted cookie of the session.
    jwt: ({ token, account }) => (account ? { ...token, refreshToken: account.refresh_token } : token),
    // Signing out leads to the server.
    redirect: ({ url, baseUrl }) => {
      const target = new URL(url, baseUrl);
      return [baseUrl, new URL(ISSUER).origin].includes(target.origin) ? target.href : baseUrl;
    },
  },
};

/** NextAuth only signs in. New tokens; with `{ resource }` for an API, with `{ organization_id }` for an organization. */
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

/** The `callbackUrl` of signing out, so that the session at the server ends too. */
export const signOut = `${ISSUER}/session/end?${new URLSearchParams({ client_id: CLIENT_ID, post_logout_redirect_uri: HOME_URL })}`;

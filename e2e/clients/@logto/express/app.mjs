// A website that signs its visitors in with @logto/express.
import cookieParser from 'cookie-parser';
import express from 'express';
import session from 'express-session';
import { routes, user, withApiToken, withFreshToken, withOrganizationTokens } from './oidc.mjs';

const { ORGANIZATION_ID, PORT, SESSION_SECRET } = process.env;
const app = express();
app.use(cookieParser());
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }));
app.use(routes);

app.get('/', user, ({ user }, response) =>
  response.send(
    user.isAuthenticated
      ? `Hello ${user.claims.name} (${user.claims.sub}). <a href="/logto/sign-out">Sign out</a>`
      : '<a href="/logto/sign-in">Sign in</a>'
  )
);
app.get('/refresh', withFreshToken, ({ user }, response) => response.json({ access_token: user.accessToken }));
app.get('/resource', withApiToken, ({ user }, response) => response.json({ access_token: user.accessToken }));
app.get('/organization', withOrganizationTokens, ({ user }, response) =>
  response.json({ access_token: user.organizationTokens[ORGANIZATION_ID] })
);

app.use((error, request, response, next) => response.status(500).send(`Something failed: ${error.code} ${error.message}`));

app.listen(Number(PORT), 'localhost');

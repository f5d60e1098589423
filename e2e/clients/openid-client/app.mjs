// A website that signs its visitors in with openid-client.
import express from 'express';
import session from 'express-session';
import { callback, refresh, signIn, signOut } from './oidc.mjs';

const { HOME_URL, ORGANIZATION_ID, PORT, RESOURCE, SESSION_SECRET } = process.env;
const app = express();
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }));

app.get('/', ({ session: { user } }, response) =>
  response.send(user ? `Hello ${user.name} (${user.sub}). <a href="/sign-out">Sign out</a>` : '<a href="/sign-in">Sign in</a>')
);

app.get('/sign-in', async ({ session }, response) => {
  const { url, checks } = await signIn();
  session.checks = checks;
  response.redirect(url.href);
});

app.get('/callback', async ({ session, url }, response) => {
  const tokens = await callback(new URL(url, HOME_URL), session.checks);
  session.user = tokens.claims();
  session.tokens = { id: tokens.id_token, refresh: tokens.refresh_token };
  response.redirect('/');
});

async function token({ session }, response, parameters) {
  const renewed = await refresh(session.tokens.refresh, parameters);
  session.tokens.refresh = renewed.refresh_token ?? session.tokens.refresh;
  response.json(renewed);
}

app.get('/refresh', (request, response) => token(request, response));
app.get('/resource', (request, response) => token(request, response, { resource: RESOURCE }));
app.get('/organization', (request, response) => token(request, response, { organization_id: ORGANIZATION_ID }));

app.get('/sign-out', ({ session }, response) => {
  const url = signOut(session.tokens.id);
  session.destroy(() => response.redirect(url.href));
});

app.use((error, request, response, next) => response.status(500).send(`Something failed: ${error.error ?? error.message}`));

app.listen(Number(PORT), 'localhost');

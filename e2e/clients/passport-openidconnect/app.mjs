// A website that signs its visitors in with Passport.
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { refresh, signOut, strategy } from './oidc.mjs';

const { ORGANIZATION_ID, PORT, RESOURCE, SESSION_SECRET } = process.env;
const app = express();
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false }));
app.use(passport.session());
passport.use(strategy);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

app.get('/', ({ user }, response) =>
  response.send(user ? `Hello ${user.name} (${user.id}). <a href="/sign-out">Sign out</a>` : '<a href="/sign-in">Sign in</a>')
);
app.get('/sign-in', passport.authenticate('openidconnect'));
app.get('/callback', passport.authenticate('openidconnect', { successRedirect: '/' }));

async function token(request, response, parameters) {
  const tokens = await refresh(request.user.refreshToken, parameters);
  request.session.passport.user.refreshToken = tokens.refresh_token;
  response.json(tokens);
}

app.get('/refresh', (request, response) => token(request, response));
app.get('/resource', (request, response) => token(request, response, { resource: RESOURCE }));
app.get('/organization', (request, response) => token(request, response, { organization_id: ORGANIZATION_ID }));

app.get('/sign-out', (request, response, next) => {
  const url = signOut(request.user.idToken);
  request.logout((error) => (error ? next(error) : response.redirect(url)));
});

app.use((error, request, response, next) => response.status(500).send(`Something failed: ${error.code} ${error.message}`));

app.listen(Number(PORT), 'localhost');

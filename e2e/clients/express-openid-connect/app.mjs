// A website that signs its visitors in with express-openid-connect.
import express from 'express';
import { refresh, routes } from './oidc.mjs';

const { PORT, RESOURCE } = process.env;
const app = express();
app.use(routes);

app.get('/', ({ oidc: { user } }, response) =>
  response.send(user ? `Hello ${user.name} (${user.sub}). <a href="/logout">Sign out</a>` : '<a href="/login">Sign in</a>')
);
app.get('/refresh', async (request, response) => response.json(await refresh(request)));
app.get('/resource', async (request, response) => response.json(await refresh(request, { resource: RESOURCE })));

app.use((error, request, response, next) => response.status(500).send(`Something failed: ${error.message}`));

app.listen(Number(PORT), 'localhost');
